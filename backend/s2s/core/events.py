"""Every fact the core is told. Belongs to no vendor and no transport; the answers are in `s2s.core.effects`.

`tag` is the name of a fact in recordings. It never changes, whatever its class is called: old reports must replay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from s2s.upstream.models.model_capabilities import Capabilities

# --- facts from the browser ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MicAudio:
    """20 ms of the person's voice."""

    tag: ClassVar[str] = "MicAudio"
    pcm: bytes
    """PCM16LE mono, 16 kHz, 320 samples."""


@dataclass(frozen=True, slots=True)
class InterruptPressed:
    """The person asked for silence, by button or by REST."""

    tag: ClassVar[str] = "InterruptPressed"
    turn: int | None = None
    """The turn they were hearing, or the next number for an answer that has not begun. An older number is a late click
    and is ignored. None: whatever is heard now."""


@dataclass(frozen=True, slots=True)
class TextTyped:
    """The person wrote instead of speaking. It takes the floor like a spoken word."""

    tag: ClassVar[str] = "TextTyped"
    text: str


@dataclass(frozen=True, slots=True)
class ImageShared:
    """The person pasted or dropped a picture. It asks for nothing by itself; what is said next may be about it."""

    tag: ClassVar[str] = "PictureShown"
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class VideoFrame:
    """One frame of the person's camera or screen."""

    tag: ClassVar[str] = "SceneSeen"
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class PlayedReport:
    """The listener's loudspeaker has played so much of a turn: fact, where the playout only estimates."""

    tag: ClassVar[str] = "PlayedReport"
    turn: int
    ms: int


@dataclass(frozen=True, slots=True)
class RoundTripMeasured:
    """To the listener and back takes so long."""

    tag: ClassVar[str] = "RoundTripMeasured"
    ms: int


@dataclass(frozen=True, slots=True)
class MicMuted:
    """The microphone was closed or opened by its owner."""

    tag: ClassVar[str] = "MicMuted"
    muted: bool


@dataclass(frozen=True, slots=True)
class ActivityMarked:
    """Push-to-talk: speech starts, or ends."""

    tag: ClassVar[str] = "ActivityMarked"
    started: bool


@dataclass(frozen=True, slots=True)
class BrowserDetached:
    """Nobody is there to hear: voice waits."""

    tag: ClassVar[str] = "ListenerLeft"


@dataclass(frozen=True, slots=True)
class BrowserAttached:
    """A browser is there, for the first time or again."""

    tag: ClassVar[str] = "ListenerBack"


# --- facts from upstream -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SetupComplete:
    """Upstream accepted the setup: it may be spoken to."""

    tag: ClassVar[str] = "SetupComplete"
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class ModelAudio:
    """The model spoke."""

    tag: ClassVar[str] = "VoiceOut"
    pcm: bytes
    """PCM16LE mono, 24 kHz, any length, often in bursts faster than real time."""


@dataclass(frozen=True, slots=True)
class ModelTranscriptDelta:
    """A piece of the transcript of the model's voice; pieces are appended."""

    tag: ClassVar[str] = "ModelSaid"
    text: str


@dataclass(frozen=True, slots=True)
class UserTranscriptDelta:
    """A piece of the transcript of the person's voice. No order is promised against anything else."""

    tag: ClassVar[str] = "UserSaid"
    text: str
    interim: bool = False
    """A guess at the words since the last piece; the next guess or piece replaces it."""


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Upstream heard the person speak over the model and stopped generating."""

    tag: ClassVar[str] = "Interrupted"


@dataclass(frozen=True, slots=True)
class GenerationComplete:
    """The model has said all of this turn; what is not yet played may still be cut."""

    tag: ClassVar[str] = "GenerationComplete"


@dataclass(frozen=True, slots=True)
class TurnComplete:
    """Upstream considers the turn over, played out included."""

    tag: ClassVar[str] = "TurnComplete"
    reason: str = ""
    """Empty, or upstream's word for an unusual end, such as RESPONSE_REJECTED."""
    more: bool = False
    """The model works on: only an utterance ended (extended thinking)."""


@dataclass(frozen=True, slots=True)
class ModelThinking:
    """The model reasons: a sign of life, neither shown nor spoken."""

    tag: ClassVar[str] = "ModelThought"


@dataclass(frozen=True, slots=True)
class ToolCalled:
    """The model wants a function run."""

    tag: ClassVar[str] = "ToolCalled"
    id: str
    """Unique in the session. Made up by the codec where upstream sent none (Vertex)."""
    name: str
    args: Mapping[str, Any]
    echo_id: bool = True
    """Whether the id came from upstream and goes back with the answer."""


@dataclass(frozen=True, slots=True)
class ToolCancelled:
    """Upstream no longer wants these answers."""

    tag: ClassVar[str] = "ToolCancelled"
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UsageCounted:
    """Tokens of the last turn: its prompt is the whole context so far."""

    tag: ClassVar[str] = "UsageCounted"
    prompt_tokens: int
    response_tokens: int
    total_tokens: int
    prompt_text_tokens: int = 0
    """How many of the prompt were text; what is named by no kind is taken as audio."""
    response_text_tokens: int = 0
    prompt_image_tokens: int = 0
    prompt_video_tokens: int = 0
    thought_tokens: int = 0
    """Reasoning. The Live API counts it beside the total, not in it (recorded on gemini-3.8-live)."""


@dataclass(frozen=True, slots=True)
class GoAway:
    """Upstream will close this socket soon."""

    tag: ClassVar[str] = "GoAway"
    time_left_s: float


@dataclass(frozen=True, slots=True)
class ResumptionHandle:
    """A ticket to resume this session on a new socket; None: not resumable just now."""

    tag: ClassVar[str] = "HandleOffered"
    handle: str | None
    consumed: int | None = None
    """How many of our messages on this socket the ticket knows of, where upstream counts them."""


@dataclass(frozen=True, slots=True)
class UpstreamErrorReported:
    """Upstream said in a frame of its own what is wrong. The client ends that socket; the core hears of it as
    SocketLost."""

    code: int
    """An HTTP status, or 0 where upstream sent none."""
    status: str
    """Google's word for it, such as RESOURCE_EXHAUSTED, or empty."""
    message: str


@dataclass(frozen=True, slots=True)
class UnreadableMessage:
    """Upstream sent a value that is not as documented. Only that value was dropped; it is worth a line in the log."""

    tag: ClassVar[str] = "Oddity"
    kind: str
    """Where it stood and what it was, such as "goAway.timeLeft: null": one of a few hundred kinds, whatever comes."""
    sample: str = ""
    """The beginning of it, where it may be shown."""
    voice_lost: bool = False
    """It was voice, which nobody will hear."""


@dataclass(frozen=True, slots=True)
class SocketLost:
    """The upstream socket is gone, or could not be made."""

    tag: ClassVar[str] = "SocketLost"
    code: int
    """WebSocket close code, the HTTP status of a refused handshake or of an error frame, or one of our own codes in
    `s2s.upstream.refusals.classifier`."""
    reason: str
    trouble: str = ""
    """The stable code of a trouble on our own side, such as token_unavailable; empty: upstream's."""
    hint: str = ""
    """The remedy for it; empty: the one that fits the code."""
    retryable: bool = False
    """Whether that trouble may be over a little later."""


@dataclass(frozen=True, slots=True)
class LinkLost:
    """The link machine's word: upstream does not hear us any more."""

    tag: ClassVar[str] = "LinkLost"
    planned: bool = False
    """A hand-over to a new socket, begun by us: nobody needs to notice."""
    refused: bool = False
    """Upstream did not understand the last thing that it was sent: that is not sent again."""


@dataclass(frozen=True, slots=True)
class ReconnectUpstream:
    """The watchdog's word: this socket is of no use any more."""

    fresh: bool
    """The session behind it is of no use either: begin another."""


@dataclass(frozen=True, slots=True)
class RequestReply:
    """The watchdog's word: the answer that is owed must be asked for."""

    tag: ClassVar[str] = "Urged"
    text: str = ""
    """What the model is told; empty: nothing but "go ahead"."""


@dataclass(frozen=True, slots=True)
class ReplyAwaited:
    """The watchdog's word: an answer is owed that has not begun; or none is."""

    tag: ClassVar[str] = "AnswerAwaited"
    awaited: bool


@dataclass(frozen=True, slots=True)
class ReplyGivenUp:
    """The watchdog's word: no answer will come any more, and none is waited for."""

    tag: ClassVar[str] = "NothingOwed"


@dataclass(frozen=True, slots=True)
class SilencePlayback:
    """The watchdog's word: what is being played is of no use to anybody."""

    tag: ClassVar[str] = "Hushed"


@dataclass(frozen=True, slots=True)
class RepetitionDetected:
    """The watchdog's word: from here on the model says what it has said already; or it has stopped doing so."""

    tag: ClassVar[str] = "Repeating"
    at_ms: int | None
    """Where in the voice of its turn that began; None: it is over."""


@dataclass(frozen=True, slots=True)
class TruncateTurn:
    """The watchdog's word: the model's last turn ends here; nobody can hear what comes after."""

    tag: ClassVar[str] = "Trimmed"
    at_ms: int
    """In the voice of that turn."""


@dataclass(frozen=True, slots=True)
class DropCutNote:
    """The watchdog's word: what the model is told of its last cut, it is told in another way."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody speaks and nothing is owed: a good moment to change the socket."""


@dataclass(frozen=True, slots=True)
class UpstreamOpening:
    """A socket is dialled: which model will answer there, and whether the session behind it goes on."""

    capabilities: Capabilities
    same_session: bool
    """It goes on with the very same session, message by message."""


@dataclass(frozen=True, slots=True)
class MicGateRequired:
    """Upstream closed a socket because microphone audio came during a function call."""


# --- facts from our own side ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A function has answered, well or badly."""

    tag: ClassVar[str] = "ToolFinished"
    id: str
    ok: bool
    response: Mapping[str, Any]
    summary: str


@dataclass(frozen=True, slots=True)
class DeadlineReached:
    """The deadline has come."""

    tag: ClassVar[str] = "Tick"


WatchdogAdvice = (
    ReplyAwaited | RequestReply | ReplyGivenUp | SilencePlayback | RepetitionDetected | TruncateTurn | DropCutNote
)
"""What the watchdog wants of a conversation."""
InternalEvent = UpstreamOpening | MicGateRequired | DropCutNote
"""What only the core itself tells a conversation. It follows from other events, and so is never recorded."""
ConversationEvent = (
    MicAudio
    | InterruptPressed
    | TextTyped
    | ImageShared
    | VideoFrame
    | PlayedReport
    | RoundTripMeasured
    | MicMuted
    | ActivityMarked
    | BrowserDetached
    | BrowserAttached
    | SetupComplete
    | ModelAudio
    | ModelTranscriptDelta
    | UserTranscriptDelta
    | Interrupted
    | GenerationComplete
    | TurnComplete
    | ModelThinking
    | ToolCalled
    | ToolCancelled
    | UsageCounted
    | GoAway
    | ResumptionHandle
    | UnreadableMessage
    | LinkLost
    | ReplyAwaited
    | RequestReply
    | ReplyGivenUp
    | SilencePlayback
    | RepetitionDetected
    | TruncateTurn
    | ToolFinished
    | DeadlineReached
)
LinkEvent = (
    SetupComplete | GoAway | ResumptionHandle | SocketLost | TurnComplete | Idle | ReconnectUpstream | DeadlineReached
)
UpstreamEvent = (
    SetupComplete
    | ModelAudio
    | ModelTranscriptDelta
    | UserTranscriptDelta
    | Interrupted
    | GenerationComplete
    | TurnComplete
    | ModelThinking
    | ToolCalled
    | ToolCancelled
    | UsageCounted
    | GoAway
    | ResumptionHandle
    | UnreadableMessage
    | SocketLost
)
Event = ConversationEvent | SocketLost
