"""Everything the core can ask the shell to do. Independent of vendor and transport.

`tag` names an effect in recordings. It never changes, whatever its class is called: old reports must replay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from s2s import wire


@dataclass(frozen=True, slots=True)
class PlayFrame:
    """Send these 20 ms of model audio to the browser now."""

    tag: ClassVar[str] = "PlayFrame"
    turn: int
    pcm: bytes
    """PCM16LE mono, 24 kHz, 480 samples; the last frame of a turn is padded with silence."""
    last: bool
    seq: int = 0
    """Frame number. A frame that is sent again because no report confirmed it keeps its number."""


@dataclass(frozen=True, slots=True)
class SendToBrowser:
    """Send a control message to the browser."""

    tag: ClassVar[str] = "Tell"
    message: wire.ToBrowser


@dataclass(frozen=True, slots=True)
class SendAudio:
    """Send microphone audio upstream."""

    tag: ClassVar[str] = "SendAudio"
    pcm: bytes


@dataclass(frozen=True, slots=True)
class SendText:
    """Send typed text upstream as a user turn."""

    tag: ClassVar[str] = "SendText"
    text: str


@dataclass(frozen=True, slots=True)
class SendImage:
    """Send an image upstream as part of the user's turn."""

    tag: ClassVar[str] = "SendPicture"
    jpeg: bytes
    text: str = ""
    """What the user typed about it, which wants an answer; empty: the image is context for what is said next."""


@dataclass(frozen=True, slots=True)
class SendVideoFrame:
    """Send one frame of the user's camera or screen upstream."""

    tag: ClassVar[str] = "SendScene"
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class StopGeneration:
    """Ask upstream to stop generating, without any input."""

    tag: ClassVar[str] = "StopGeneration"


@dataclass(frozen=True, slots=True)
class SendActivity:
    """Send a push-to-talk mark upstream."""

    tag: ClassVar[str] = "SendActivity"
    started: bool


@dataclass(frozen=True, slots=True)
class EndAudioStream:
    """Tell upstream that no audio will come for a while, so that it judges what it has."""

    tag: ClassVar[str] = "EndAudioStream"


@dataclass(frozen=True, slots=True)
class SendToolResponse:
    """Send the result of a function upstream."""

    tag: ClassVar[str] = "AnswerTool"
    id: str
    name: str
    response: Mapping[str, Any]
    echo_id: bool
    scheduling: str = ""
    """SILENT, WHEN_IDLE or INTERRUPT for a non-blocking function; else empty."""


@dataclass(frozen=True, slots=True)
class PromptReply:
    """Ask upstream to reply now. Only sent when a reply is due, because the model always answers it."""

    tag: ClassVar[str] = "Nudge"
    text: str = ""
    """What the model should do, sent as a user turn; empty: just "go ahead"."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """Send upstream a note that wants no reply."""

    tag: ClassVar[str] = "SendContext"
    text: str


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run a function in the background and report ToolFinished."""

    tag: ClassVar[str] = "RunTool"
    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StopTool:
    """Cancel a running function; its result is no longer wanted."""

    tag: ClassVar[str] = "StopTool"
    id: str


@dataclass(frozen=True, slots=True)
class LogTranscript:
    """Write one line to the conversation log."""

    tag: ClassVar[str] = "Journal"
    who: str
    """user, model, tool or session."""
    text: str
    logged: bool = True
    """False: it is in the log already, and only now certain enough to be passed on to another session."""
    remembered: bool = True
    """False: it may still be sent again to another session, which must not get it from the history as well."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Log a problem that was dealt with, and count it."""

    tag: ClassVar[str] = "Incident"
    code: str
    """Stable, such as no_reply."""
    text: str


ConversationEffect = (
    PlayFrame
    | SendToBrowser
    | SendAudio
    | SendText
    | SendImage
    | SendVideoFrame
    | StopGeneration
    | SendActivity
    | EndAudioStream
    | SendToolResponse
    | RunTool
    | StopTool
    | LogTranscript
    | PromptReply
    | SendContext
    | Incident
)


@dataclass(frozen=True, slots=True)
class HistoryTurn:
    """One turn of the conversation history."""

    role: str
    """user or model."""
    text: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a socket to upstream and send setup."""

    tag: ClassVar[str] = "Dial"
    handle: str | None
    """Resumes that session; None starts a new one."""
    history: tuple[HistoryTurn, ...] = ()
    """What that session does not know yet, oldest first."""
    model: int = 0
    """Index of the model candidate; 0: the configured model."""


@dataclass(frozen=True, slots=True)
class Redial:
    """Close the open socket, and only then open another: upstream refuses to resume a session that is still open."""

    tag: ClassVar[str] = "Redial"
    handle: str | None
    history: tuple[HistoryTurn, ...] = ()
    model: int = 0


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the upstream socket."""

    tag: ClassVar[str] = "HangUp"


@dataclass(frozen=True, slots=True)
class UpstreamStatusChanged:
    """The state of the link, for the browser and the log."""

    tag: ClassVar[str] = "LinkChanged"
    status: wire.UpstreamStatus
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """Report that upstream will not be dialled again in this session."""

    tag: ClassVar[str] = "LinkFailed"
    code: str
    message: str
    hint: str


LinkEffect = Dial | Redial | HangUp | UpstreamStatusChanged | LinkFailed | Incident | SendToBrowser
Effect = ConversationEffect | LinkEffect


def is_flush(effect: Effect) -> bool:
    """Return whether the effect silences playback in the browser."""
    return isinstance(effect, SendToBrowser) and isinstance(effect.message, wire.Flush)
