"""Everything the core can ask for. Belongs to no vendor and no transport."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from s2s import wire


@dataclass(frozen=True, slots=True)
class PlayFrame:
    """Send these 20 ms to the listener now."""

    turn: int
    pcm: bytes
    """PCM16LE mono, 24 kHz, 480 samples; the last of a turn is filled up with silence."""
    last: bool
    seq: int = 0
    """Counts the frames; one that is sent again, because nobody said that it was played, keeps its number."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Send a control message to the browser."""

    message: wire.ToBrowser


@dataclass(frozen=True, slots=True)
class SendAudio:
    """Microphone audio for upstream."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class SendText:
    """Typed words for upstream, as a turn of the person's."""

    text: str


@dataclass(frozen=True, slots=True)
class SendPicture:
    """A picture for upstream, as part of the person's turn."""

    jpeg: bytes
    text: str = ""
    """What the person typed about it, which wants an answer; empty: the picture is there to be spoken about."""


@dataclass(frozen=True, slots=True)
class SendScene:
    """A frame of the person's camera or screen for upstream."""

    jpeg: bytes


@dataclass(frozen=True, slots=True)
class StopGeneration:
    """Tell upstream to stop talking, without saying anything."""


@dataclass(frozen=True, slots=True)
class SendActivity:
    """Push-to-talk mark for upstream."""

    started: bool


@dataclass(frozen=True, slots=True)
class EndAudioStream:
    """No audio will come for a while: upstream should judge what it has."""


@dataclass(frozen=True, slots=True)
class AnswerTool:
    """The result of a function, for upstream."""

    id: str
    name: str
    response: Mapping[str, Any]
    echo_id: bool
    scheduling: str = ""
    """SILENT, WHEN_IDLE or INTERRUPT for a function that does not block; else empty."""


@dataclass(frozen=True, slots=True)
class Nudge:
    """Ask upstream to answer now. Only when it owes an answer: it is answered always."""

    text: str = ""
    """What to say to the model, as a turn of the person's; empty: nothing but "go ahead"."""


@dataclass(frozen=True, slots=True)
class SendContext:
    """Tell upstream something that wants no answer."""

    text: str


@dataclass(frozen=True, slots=True)
class RunTool:
    """Run a function beside the conversation and report ToolFinished."""

    id: str
    name: str
    args: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StopTool:
    """Stop a running function; no answer is wanted."""

    id: str


@dataclass(frozen=True, slots=True)
class Journal:
    """One line for the conversation log."""

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

    code: str
    """Stable, such as no_reply."""
    text: str


TalkEffect = (
    PlayFrame
    | Tell
    | SendAudio
    | SendText
    | SendPicture
    | SendScene
    | StopGeneration
    | SendActivity
    | EndAudioStream
    | AnswerTool
    | RunTool
    | StopTool
    | Journal
    | Nudge
    | SendContext
    | Incident
)


@dataclass(frozen=True, slots=True)
class Remembered:
    """One turn of the conversation, as we have it."""

    role: str
    """user or model."""
    text: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Open a socket to upstream and send setup."""

    handle: str | None
    """Resumes that session; None starts a fresh one."""
    history: tuple[Remembered, ...] = ()
    """What that session does not know yet, oldest first."""
    model: int = 0
    """Which of the candidates; 0: the configured model."""


@dataclass(frozen=True, slots=True)
class Redial:
    """Close the socket that is open, and only then open another: upstream refuses to resume what is still open."""

    handle: str | None
    history: tuple[Remembered, ...] = ()
    model: int = 0


@dataclass(frozen=True, slots=True)
class HangUp:
    """Close the upstream socket."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """How the link stands now, for the browser and the log."""

    status: wire.UpstreamStatus
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LinkFailed:
    """Upstream will not be dialled again in this session."""

    code: str
    message: str
    hint: str


LinkEffect = Dial | Redial | HangUp | LinkChanged | LinkFailed | Incident | Tell
Effect = TalkEffect | LinkEffect
