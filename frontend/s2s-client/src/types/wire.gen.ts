// Generated from backend/s2s/wire/messages.py by `make gen`. Do not edit.

export const WIRE_VERSION = 1;
export const INPUT_RATE = 16000;
export const OUTPUT_RATE = 24000;
export const FRAME_MS = 20;
export const INPUT_SAMPLES = 320;
export const OUTPUT_SAMPLES = 480;
export const HEADER_BYTES = 12;
export const MAX_CONTROL_BYTES = 16384;
export const MAX_TEXT_CHARS = 8000;
export const FLAG_LAST_OF_TURN = 1;
export const FLAG_OPUS = 2;
export const FLAG_OPUS_TAIL = 4;
export const OPUS_LOOKAHEAD_SAMPLES = 60;
export const MAX_OPUS_BYTES = 600;
export const OPUS_UP_BITS_PER_S = 28000;
export const AUDIO_CHANNEL = "audio";
export const CONTROL_CHANNEL = "control";
export const TWICE_PROTOCOL = "twice";
export const REPEAT_AFTER_FRAMES = 3;

export type Phase = "connecting" | "listening" | "thinking" | "tool" | "speaking" | "interrupted" | "reconnecting" | "ended";

export type UpstreamStatus = "connecting" | "live" | "reconnecting" | "refused" | "closed";

export type Level = "info" | "warning" | "error";

export type Backend = "vertex" | "developer" | "emulator";

export type Codec = "pcm" | "opus";

export type Sensitivity = "low" | "normal" | "high";

/** First message on the control channel, and the proof that the call is the sender's. */
export interface Hello {
  readonly type: "hello";
  readonly wire: number;
  readonly client: string;
  readonly session_key: string;
}

/**
 * The person pressed Interrupt. `turn` is the turn they were hearing, or, while they wait for an answer, the next
 * number: the answer that is still to come. An older one is a late click and is ignored.
 */
export interface Interrupt {
  readonly type: "interrupt";
  readonly turn: number;
}

/** The person typed instead of speaking. */
export interface Text {
  readonly type: "text";
  readonly text: string;
}

/**
 * `ms` of `turn`'s voice have left the loudspeaker so far.
 *
 * Sent when a turn's first sample sounds, every 300 ms while it plays and at once where it halted or left out silence,
 * when it ends, and in answer to a flush.
 */
export interface Played {
  readonly type: "played";
  readonly turn: number;
  readonly ms: number;
}

/** The microphone was muted or opened again. While muted no audio frames are sent. */
export interface Mic {
  readonly type: "mic";
  readonly muted: boolean;
}

/** Push-to-talk: the person's speech starts or ends here. */
export interface Activity {
  readonly type: "activity";
  readonly mark: "end" | "start";
}

/** Send the voice so. Only where `ready.codecs` names it; `reason` is for the gateway's log. Answer: `codec`. */
export interface WishCodec {
  readonly type: "wish_codec";
  readonly codec: "opus" | "pcm";
  readonly reason: string;
}

/** Round-trip probe; `ms` is the sender's own clock and comes back in the pong. */
export interface Ping {
  readonly type: "ping";
  readonly ms: number;
  readonly round_trip_ms?: number;
}

export type FromBrowser = Hello | Interrupt | Text | Played | Mic | Activity | WishCodec | Ping;

/** Answer to hello: the session stands. */
export interface Ready {
  readonly type: "ready";
  readonly session_id: string;
  readonly backend: "developer" | "emulator" | "vertex";
  readonly model: string;
  readonly tools: readonly string[];
  readonly images: boolean;
  readonly wire: number;
  readonly input_rate: number;
  readonly output_rate: number;
  readonly frame_ms: number;
  readonly codecs?: readonly string[];
  readonly took_over?: boolean;
}

/** What the conversation is doing now. */
export interface State {
  readonly type: "state";
  readonly phase: "connecting" | "ended" | "interrupted" | "listening" | "reconnecting" | "speaking" | "thinking" | "tool";
  readonly overdue?: boolean;
}

/** What the person said. `text` is the whole utterance `id` so far and replaces what came before. */
export interface UserTranscript {
  readonly type: "user_transcript";
  readonly id: number;
  readonly text: string;
  readonly final: boolean;
}

/** One more piece of the answer; append it. It belongs to the voice from `at_ms` of its turn on. */
export interface ModelTranscript {
  readonly type: "model_transcript";
  readonly turn: number;
  readonly text: string;
  readonly at_ms: number;
}

/** Fall silent: drop every frame of `turn` and of older turns, now and when it arrives later. */
export interface Flush {
  readonly type: "flush";
  readonly turn: number;
  readonly heard_ms: number;
}

/**
 * After a flush: `ms` of the turn's voice and the first `chars` code points of its transcript were heard.
 *
 * They end between two characters as readers see them (grapheme clusters), and between two words where words have
 * spaces between them.
 */
export interface Heard {
  readonly type: "heard";
  readonly turn: number;
  readonly ms: number;
  readonly chars: number;
}

/** The last frame of the turn has been sent; its voice is `voice_ms` long. */
export interface TurnEnd {
  readonly type: "turn_end";
  readonly turn: number;
  readonly voice_ms: number;
}

/** The model called a function. `title` is what a person reads while it runs: "Looking up the weather". */
export interface ToolCall {
  readonly type: "tool_call";
  readonly id: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly title?: string;
}

/** The function has answered, failed, or was cancelled (`ok` false). */
export interface ToolResult {
  readonly type: "tool_result";
  readonly id: string;
  readonly ok: boolean;
  readonly summary: string;
  readonly took_ms: number;
}

/** How the link to the model stands; `detail` is a sentence for people, or empty. */
export interface Upstream {
  readonly type: "upstream";
  readonly status: "closed" | "connecting" | "live" | "reconnecting" | "refused";
  readonly backend: "developer" | "emulator" | "vertex";
  readonly model: string;
  readonly detail: string;
}

/**
 * Marks of one answer, in milliseconds after the end of the person's speech.
 *
 * Names: `first_voice` (upstream's first audio reached the gateway), `first_sent` (the gateway sent it on),
 * `first_heard` (the browser reported the first sample as played).
 */
export interface Latency {
  readonly type: "latency";
  readonly turn: number;
  readonly marks: Readonly<Record<string, number>>;
}

/** Tokens as upstream counts them: of the last turn (its prompt is the whole context). */
export interface Usage {
  readonly type: "usage";
  readonly prompt_tokens: number;
  readonly response_tokens: number;
  readonly total_tokens: number;
}

/**
 * What this session has used so far, over all its upstream sockets; replaces what was told before.
 *
 * By kind: what the service bills, the whole context again on every turn; thoughts are text. `tokens`: each once, as
 * the limit counts.
 */
export interface Spent {
  readonly type: "spent";
  readonly prompt_text_tokens: number;
  readonly prompt_audio_tokens: number;
  readonly response_text_tokens: number;
  readonly response_audio_tokens: number;
  readonly tokens: number;
  readonly usd: number;
  readonly limit_tokens: number;
  readonly limit_usd: number;
  readonly usd_per_million: Readonly<Record<string, number>>;
  readonly prices_as_of: string;
  readonly prices_source: string;
  readonly prompt_image_tokens: number;
  readonly prompt_video_tokens: number;
  readonly estimated_turns: number;
}

/**
 * Something the person should know. `code` is stable, `message` says what, `hint` says what to do.
 *
 * With `ends_in_ms` the gateway ends this session within that time, by a limit or because it stops; 0: it ends now,
 * and a page that leaves at once does no harm.
 */
export interface Notice {
  readonly type: "notice";
  readonly level: "error" | "info" | "warning";
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly ends_in_ms?: number;
}

/** Answer to ping: its `ms`, and the gateway's own clock. */
export interface Pong {
  readonly type: "pong";
  readonly ms: number;
  readonly gateway_ms: number;
  readonly mic_missing: number;
  readonly voice_waiting_ms?: number;
}

/**
 * The voice comes so from here on, and the microphone may. Both sides may send PCM at any time all the same.
 *
 * `fault`: a packet could not be read or made, so it is PCM again.
 */
export interface UseCodec {
  readonly type: "codec";
  readonly codec: "opus" | "pcm";
  readonly reason: "fault" | "wished";
}

export type ToBrowser = Ready | State | UserTranscript | ModelTranscript | Flush | Heard | TurnEnd | ToolCall | ToolResult | Upstream | Latency | Usage | Spent | Notice | Pong | UseCodec;
