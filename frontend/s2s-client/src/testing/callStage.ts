/** For the tests: a call on a table, with its own clock. */
import { reduce, type SessionEvent, type SessionState } from "../state/sessionState";
import type { PlayedReport, ToBrowser } from "../types";
import { CallRecorder } from "../features/recording/recorder";

export const STARTED_MS = Date.UTC(2026, 10, 22, 9, 30);
const LOUD = 0.2;

export class CallStage {
  nowMs = STARTED_MS;
  readonly recorder: CallRecorder;
  #state: SessionState = { status: "idle" };
  #frame = 50_000;

  constructor(soundLimitMs?: number) {
    this.recorder = new CallRecorder({ id: "a", startedAtMs: STARTED_MS, sound: true, ...(soundLimitMs !== undefined && { soundLimitMs }) });
  }

  happens(event: SessionEvent): this {
    this.#state = reduce(this.#state, event);
    this.recorder.onEvent(event, this.#state, this.nowMs);
    return this;
  }

  says(message: ToBrowser): this {
    return this.happens({ type: "message", message });
  }

  begins(): this {
    this.happens({ type: "start" }).happens({ type: "microphone-open" });
    return this.says({
      type: "ready",
      session_id: "s",
      backend: "emulator",
      model: "local",
      tools: [],
      images: false,
      wire: 1,
      input_rate: 16000,
      output_rate: 24000,
      frame_ms: 20,
    });
  }

  waits(ms: number): this {
    this.nowMs += ms;
    return this;
  }

  /** The microphone for `ms`, with speech or a still room. */
  microphone(ms: number, { speech = true, value = 1_000 } = {}): this {
    for (let passed = 0; passed < ms; passed += 20) {
      this.waits(20);
      const level = speech ? value : 1;
      this.recorder.recordMicrophone(new Int16Array(320).fill(level), speech ? LOUD : 0.001, this.nowMs);
    }
    return this;
  }

  /** The loudspeaker for `ms`, with the worklet's reports. */
  voice(turn: number, ms: number, { from = 0, end = false, value = 2_000 } = {}): this {
    const report = (kind: PlayedReport["kind"], at: number) => {
      this.recorder.onPlayed({ kind, turn, ms: at }, this.nowMs);
    };
    if (from === 0) report("first", 0);
    for (let passed = 20; passed <= ms; passed += 20) {
      this.waits(20);
      this.recorder.recordPlayedAudio({ pcm: new Int16Array(480).fill(value), frame: this.#frame + (this.nowMs - STARTED_MS) * 24, atMs: this.nowMs });
      if ((from + passed) % 100 === 0) report("progress", from + passed);
    }
    if (end) report("end", from + ms);
    return this;
  }
}

/** A question, a function, an answer that is cut, and the next question. */
export function shortCall(): CallStage {
  return new CallStage()
    .begins()
    .microphone(500, { speech: false })
    .microphone(1_500)
    .microphone(500, { speech: false })
    .says({ type: "user_transcript", id: 1, text: "What's the weather in *Paris*?", final: true })
    .says({ type: "tool_call", id: "t", name: "get_weather", args: { city: "Paris" } })
    .waits(340)
    .says({ type: "tool_result", id: "t", ok: true, summary: "12 degrees", took_ms: 340 })
    .says({ type: "model_transcript", turn: 1, text: "It is 12 degrees", at_ms: 0 })
    .says({ type: "model_transcript", turn: 1, text: " & raining in Paris.", at_ms: 1_000 })
    .voice(1, 1_200)
    .happens({ type: "interrupted", turn: 1, heardMs: 1_200 })
    .says({ type: "flush", turn: 1, heard_ms: 1_190 })
    .says({ type: "heard", turn: 1, ms: 1_200, chars: 18 })
    .says({ type: "upstream", status: "reconnecting", backend: "emulator", model: "local", detail: "A new line is made." })
    .waits(200)
    .says({ type: "upstream", status: "live", backend: "emulator", model: "local", detail: "" })
    .says({ type: "notice", level: "info", code: "x", message: "Nothing is lost.", hint: "" })
    .waits(260)
    .happens({ type: "end" });
}
