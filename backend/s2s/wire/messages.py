"""The browser wire: control messages (JSON) and the 12-byte audio frame header.

The one source for both languages: `python -m s2s.codegen` writes the client's
`types/wire.gen.ts` from it, and `wire/fixtures/` holds golden bytes that both
sides must read and write alike. `wire/README.md` tells it to people.
"""

from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from s2s.wire.audio_frame import FRAME_MS, INPUT_RATE, OUTPUT_RATE, WIRE_VERSION, WireError

MAX_CONTROL_BYTES = 16_384
MAX_TEXT_CHARS = 8_000
AUDIO_CHANNEL = "audio"
CONTROL_CHANNEL = "control"
TWICE_PROTOCOL = "twice"
"""Subprotocol of an `audio` channel on which every frame is sent again behind the next `REPEAT_AFTER_FRAMES`."""
REPEAT_AFTER_FRAMES = 3

Phase = Literal["connecting", "listening", "thinking", "tool", "speaking", "interrupted", "reconnecting", "ended"]
UpstreamStatus = Literal["connecting", "live", "reconnecting", "refused", "closed"]
Level = Literal["info", "warning", "error"]
Backend = Literal["vertex", "developer", "emulator"]
Codec = Literal["pcm", "opus"]
Sensitivity = Literal["low", "normal", "high"]
"""How easily a sound is taken for speech. Chosen when a session is created, by REST."""

Turn = Annotated[int, Meta(ge=0, le=0xFFFF)]
Millis = Annotated[int, Meta(ge=0)]


class _Message(msgspec.Struct, frozen=True, tag_field="type", omit_defaults=False):
    pass


# --- browser to gateway -------------------------------------------------------------------------


class Hello(_Message, tag="hello", frozen=True):
    """First message on the control channel, and the proof that the call is the sender's."""

    wire: int = WIRE_VERSION
    client: Annotated[str, Meta(max_length=200)] = ""
    session_key: Annotated[str, Meta(max_length=200)] = ""
    """As session creation answered it. Until it is right, the gateway sends nothing and drops everything."""


class Interrupt(_Message, tag="interrupt", frozen=True):
    """The person pressed Interrupt. `turn` is the turn they were hearing, or, while they wait for an answer, the next
    number: the answer that is still to come. An older one is a late click and is ignored."""

    turn: Turn


class Text(_Message, tag="text", frozen=True):
    """The person typed instead of speaking."""

    text: Annotated[str, Meta(min_length=1, max_length=MAX_TEXT_CHARS)]


class Played(_Message, tag="played", frozen=True):
    """`ms` of `turn`'s voice have left the loudspeaker so far.

    Sent when a turn's first sample sounds, every 300 ms while it plays and at once where it halted or left out silence,
    when it ends, and in answer to a flush.
    """

    turn: Turn
    ms: Millis


class Mic(_Message, tag="mic", frozen=True):
    """The microphone was muted or opened again. While muted no audio frames are sent."""

    muted: bool


class Activity(_Message, tag="activity", frozen=True):
    """Push-to-talk: the person's speech starts or ends here."""

    mark: Literal["start", "end"]


class Ping(_Message, tag="ping", frozen=True):
    """Round-trip probe; `ms` is the sender's own clock and comes back in the pong."""

    ms: Millis
    round_trip_ms: Millis | UnsetType = UNSET
    """The shortest of the last few round trips, as the pongs told."""


class WishCodec(_Message, tag="wish_codec", frozen=True):
    """Send the voice so. Only where `ready.codecs` names it; `reason` is for the gateway's log. Answer: `codec`."""

    codec: Codec
    reason: Annotated[str, Meta(max_length=40)] = ""


# --- gateway to browser -------------------------------------------------------------------------


class Ready(_Message, tag="ready", frozen=True):
    """Answer to hello: the session stands."""

    session_id: str
    backend: Backend
    model: str
    tools: tuple[str, ...]
    images: bool = False
    """Pictures may be shown: POST /api/session/{id}/image."""
    wire: int = WIRE_VERSION
    input_rate: int = INPUT_RATE
    output_rate: int = OUTPUT_RATE
    frame_ms: int = FRAME_MS
    codecs: tuple[str, ...] | UnsetType = UNSET
    """What may be wished for."""
    took_over: bool | UnsetType = UNSET
    """True: another transport was the session's listener until now. It gets the notice `call_continued_elsewhere`."""


class UseCodec(_Message, tag="codec", frozen=True):
    """The voice comes so from here on, and the microphone may. Both sides may send PCM at any time all the same.

    `fault`: a packet could not be read or made, so it is PCM again.
    """

    codec: Codec
    reason: Literal["wished", "fault"] = "wished"


class State(_Message, tag="state", frozen=True):
    """What the conversation is doing now."""

    phase: Phase
    overdue: bool | UnsetType = UNSET
    """While thinking: the answer has been waited for longer than usual, and still is."""


class UserTranscript(_Message, tag="user_transcript", frozen=True):
    """What the person said. `text` is the whole utterance `id` so far and replaces what came before."""

    id: int
    text: str
    final: bool


class ModelTranscript(_Message, tag="model_transcript", frozen=True):
    """One more piece of the answer; append it. It belongs to the voice from `at_ms` of its turn on."""

    turn: Turn
    text: str
    at_ms: Millis


class Flush(_Message, tag="flush", frozen=True):
    """Fall silent: drop every frame of `turn` and of older turns, now and when it arrives later."""

    turn: Turn
    heard_ms: Millis


class Heard(_Message, tag="heard", frozen=True):
    """After a flush: `ms` of the turn's voice and the first `chars` code points of its transcript were heard.

    They end between two characters as readers see them (grapheme clusters), and between two words where words have
    spaces between them.
    """

    turn: Turn
    ms: Millis
    chars: int


class TurnEnd(_Message, tag="turn_end", frozen=True):
    """The last frame of the turn has been sent; its voice is `voice_ms` long."""

    turn: Turn
    voice_ms: Millis


class ToolCall(_Message, tag="tool_call", frozen=True):
    """The model called a function. `title` is what a person reads while it runs: "Looking up the weather"."""

    id: str
    name: str
    args: dict[str, Any]
    title: str | UnsetType = UNSET


class ToolResult(_Message, tag="tool_result", frozen=True):
    """The function has answered, failed, or was cancelled (`ok` false)."""

    id: str
    ok: bool
    summary: str
    took_ms: Millis


class Upstream(_Message, tag="upstream", frozen=True):
    """How the link to the model stands; `detail` is a sentence for people, or empty."""

    status: UpstreamStatus
    backend: Backend
    model: str
    detail: str = ""


class Latency(_Message, tag="latency", frozen=True):
    """Marks of one answer, in milliseconds after the end of the person's speech.

    Names: `first_voice` (upstream's first audio reached the gateway), `first_sent` (the gateway sent it on),
    `first_heard` (the browser reported the first sample as played).
    """

    turn: Turn
    marks: dict[str, float]


class Usage(_Message, tag="usage", frozen=True):
    """Tokens as upstream counts them: of the last turn (its prompt is the whole context)."""

    prompt_tokens: int
    response_tokens: int
    total_tokens: int


class Spent(_Message, tag="spent", frozen=True):
    """What this session has used so far, over all its upstream sockets; replaces what was told before.

    By kind: what the service bills, the whole context again on every turn; thoughts are text. `tokens`: each once, as
    the limit counts.
    """

    prompt_text_tokens: int
    prompt_audio_tokens: int
    response_text_tokens: int
    response_audio_tokens: int
    tokens: int
    usd: float
    limit_tokens: int = 0
    """0: no limit."""
    limit_usd: float = 0.0
    usd_per_million: dict[str, float] = {}
    """`text_in`, `audio_in`, `image_in`, `video_in`, `text_out`, `audio_out`; empty: nothing is billed."""
    prices_as_of: str = ""
    prices_source: str = ""
    prompt_image_tokens: int = 0
    prompt_video_tokens: int = 0
    estimated_turns: int = 0
    """So many turns the service has not counted; their tokens are the gateway's own estimate."""


class Notice(_Message, tag="notice", frozen=True):
    """Something the person should know. `code` is stable, `message` says what, `hint` says what to do.

    With `ends_in_ms` the gateway ends this session within that time, by a limit or because it stops; 0: it ends now,
    and a page that leaves at once does no harm.
    """

    level: Level
    code: str
    message: str
    hint: str = ""
    ends_in_ms: Millis | UnsetType = UNSET


class Pong(_Message, tag="pong", frozen=True):
    """Answer to ping: its `ms`, and the gateway's own clock."""

    ms: Millis
    gateway_ms: Millis
    mic_missing: Annotated[int, Meta(ge=0)] = 0
    """Microphone frames of this session that never came."""
    voice_waiting_ms: Millis | UnsetType = UNSET
    """So much voice waits at the gateway because the network does not take it."""


FromBrowser = Hello | Interrupt | Text | Played | Mic | Activity | WishCodec | Ping
ToBrowser = (
    Ready
    | State
    | UserTranscript
    | ModelTranscript
    | Flush
    | Heard
    | TurnEnd
    | ToolCall
    | ToolResult
    | Upstream
    | Latency
    | Usage
    | Spent
    | Notice
    | Pong
    | UseCodec
)

_from_browser: msgspec.json.Decoder[FromBrowser] = msgspec.json.Decoder(FromBrowser)
_to_browser: msgspec.json.Decoder[ToBrowser] = msgspec.json.Decoder(ToBrowser)
_encoder = msgspec.json.Encoder()


def encode(message: FromBrowser | ToBrowser) -> str:
    """One control message as JSON text."""
    return _encoder.encode(message).decode()


def decode_from_browser(text: str | bytes) -> FromBrowser:
    """Raises WireError, with a text that names the fault, for anything that is not a known message."""
    if len(text) > MAX_CONTROL_BYTES:
        raise WireError(f"control message of {len(text)} bytes; the limit is {MAX_CONTROL_BYTES}")
    try:
        return _from_browser.decode(text)
    except msgspec.DecodeError as fault:
        raise WireError(str(fault)) from fault
    except UnicodeDecodeError as fault:
        raise WireError("control message is not UTF-8") from fault
    except RecursionError as fault:
        raise WireError("control message that is nested too deeply") from fault


def decode_to_browser(text: str | bytes) -> ToBrowser:
    """The other direction, for headless clients. Raises WireError."""
    try:
        return _to_browser.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise WireError(str(fault)) from fault


def turn_is_after(turn: int, other: int) -> bool:
    """Whether `turn` is newer than `other`, modulo 2**16."""
    return 0 < ((turn - other) & 0xFFFF) < 0x8000


PHASES: tuple[str, ...] = get_args(Phase)
