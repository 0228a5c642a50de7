"""Everything the core can ask for. Belongs to no vendor and no transport.

`tag` is the name of an effect in recordings. It never changes, whatever its class is called: old reports must replay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from s2s import wire


@dataclass(frozen=True, slots=True)
class PlayFrame:
    """Send these 20 ms to the listener now."""

    tag: ClassVar[str] = "PlayFrame"
    turn: int
    pcm: bytes
    """PCM16LE mono, 24 kHz, 480 samples; the last of a turn is filled up with silence."""
    last: bool
    seq: int = 0
    """Counts the frames; one that is sent again, because nobody said that it was played, keeps its number."""


@dataclass(frozen=True, slots=True)
class SendToBrowser:
    """Send a control message to the browser."""

    tag: ClassVar[str] = "Tell"
    message: wire.ToBrowser


@dataclass(frozen=True, slots=True)
class SendAudio:
    """Microphone audio for upstream."""

    tag: ClassVar[str] = "SendAudio"
    pcm: bytes


@dataclass(frozen=True, slots=True)
class SendText:
    """Typed words for upstream, as a turn of the person's."""

    tag: ClassVar[str] = "SendText"
    text: str


@dataclass(frozen=True, slots=True)
class SendImage:
    """A picture for upstream, as part of the person's turn."""

    tag: ClassVar[str] = "SendPicture"
    jpeg: bytes
    text: str = ""
    """What the person typed about it, which wants an answer; empty: the picture is there to be spoken about."""


@dataclass(frozen=True, slots=True)
class SendVideoFrame:
    """A frame of the person's camera or screen for upstream."""

    tag: ClassVar[str] = "SendScene"
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class StopGeneration:
    """Tell upstream to stop talking, without saying anything."""

    tag: ClassVar[str] = "StopGeneration"


@dataclass(frozen=True, slots=True)
class SendActivity:
    """Push-to-talk mark for upstream."""

    tag: ClassVar[str] = "SendActivity"
    started: bool


@dataclass(frozen=True, slots=True)
class EndAudioStream:
    """No audio will come for a while: upstream should judge what it has."""

    tag: ClassVar[str] = "EndAudioStream"


@dataclass(frozen=True, slots=True)
class SendToolResponse:
    """The result of a function, for upstream."""

    tag: ClassVar[str] = "AnswerTool"
    id: str
    name: str
    response: Mapping[str, Any]
    echo_id: bool
    scheduling: str = ""
    """SILENT, WHEN_IDLE or INTERRUPT for a function that does not block; else empty."""


@dataclass(frozen=True, slots=True)
class PromptReply:
    """Ask upstream to answer now. Only when it owes an answer: it is answered always."""

    tag: ClassVar[str] = "Nudge"
    text: str = ""
    """What to say to the model, as a turn of the person's; empty: nothing but "go ahead"."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """Tell upstream something that wants no answer."""

    tag: ClassVar[str] = "SendContext"
    text: str


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run a function beside the conversation and report ToolFinished."""

    tag: ClassVar[str] = "RunTool"
    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StopTool:
    """Stop a running function; no answer is wanted."""

    tag: ClassVar[str] = "StopTool"
    id: str


@dataclass(frozen=True, slots=True)
class LogTranscript:
    """One line for the conversation log."""

    tag: ClassVar[str] = "Journal"
    who: str
    """user, model, tool or session."""
    text: str
    logged: bool = True
    """False: it is in the log already, and only now certain enough to be told to another session."""
    remembered: bool = True
    """False: it may still be said again to another session, which then must not be told it beside that."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something went wrong and was dealt with: one line in the error log and one more on its counter."""

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
    """One turn of the conversation, as we have it."""

    role: str
    """user or model."""
    text: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a socket to upstream and send setup."""

    tag: ClassVar[str] = "Dial"
    handle: str | None
    """Resumes that session; None starts a fresh one."""
    history: tuple[HistoryTurn, ...] = ()
    """What that session does not know yet, oldest first."""
    model: int = 0
    """Which of the candidates; 0: the configured model."""


@dataclass(frozen=True, slots=True)
class Redial:
    """Close the socket that is open, and only then open another: upstream refuses to resume what is still open."""

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
    """How the link stands now, for the browser and the log."""

    tag: ClassVar[str] = "LinkChanged"
    status: wire.UpstreamStatus
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """Upstream will not be dialled again in this session."""

    tag: ClassVar[str] = "LinkFailed"
    code: str
    message: str
    hint: str


LinkEffect = Dial | Redial | HangUp | UpstreamStatusChanged | LinkFailed | Incident | SendToBrowser
Effect = ConversationEffect | LinkEffect


def is_flush(effect: Effect) -> bool:
    """Whether it silences playback in the browser."""
    return isinstance(effect, SendToBrowser) and isinstance(effect.message, wire.Flush)
