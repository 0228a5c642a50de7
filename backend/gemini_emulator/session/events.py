"""The words of the conversation machine: what may happen to it (events) and what it asks for (effects)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gemini_emulator.responder.conversation_state import Call, LlmRequest
from gemini_emulator.scenarios.actions import Action, Network

Message = dict[str, Any]
"""One server message as it goes on the wire, camelCase."""


# Events


@dataclass(frozen=True, slots=True)
class Received:
    """A frame arrived from the client."""

    data: bytes | str


@dataclass(frozen=True, slots=True)
class Voice:
    """The answer to one `Listen`."""

    probability: float
    """How likely a human voice is in those 32 ms, 0 to 1."""


@dataclass(frozen=True, slots=True)
class Recognized:
    """The answer to one `Recognize`."""

    job: int
    text: str


@dataclass(frozen=True, slots=True)
class Synthesized:
    """The answer to one `Synthesize`: the whole sentence."""

    job: int
    pcm: bytes
    """PCM16LE mono at 24 kHz. Empty when nothing in the text can be spoken."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A piece of the answer to one `Ask`."""

    job: int
    text: str = ""
    """Whole sentences."""
    calls: tuple[Call, ...] = ()
    over: bool = False
    """Nothing follows."""
    failed: str = ""
    """Why nothing follows although the answer is not whole: a sentence for the user."""


@dataclass(frozen=True, slots=True)
class EngineReady:
    """Ear and voice are loaded. Speech that waited for them is heard now."""


@dataclass(frozen=True, slots=True)
class EngineMissing:
    """Ear or voice cannot be loaded on this machine."""

    message: str


@dataclass(frozen=True, slots=True)
class Ordered:
    """An action to perform now, from a test or the admin port."""

    action: Action


@dataclass(frozen=True, slots=True)
class Tick:
    """The deadline came."""


Event = (
    Received | Voice | Recognized | Synthesized | Answered | EngineReady | EngineMissing
    | Ordered | Tick
)  # fmt: skip


# Effects


@dataclass(frozen=True, slots=True)
class Send:
    message: Message


@dataclass(frozen=True, slots=True)
class Close:
    """End the connection. Nothing follows."""

    code: int
    reason: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Tell the voice probability of the next 512 samples of the stream (PCM16LE mono at 16 kHz)."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class Recognize:
    """Put these words into text (PCM16LE mono at 16 kHz)."""

    job: int
    pcm: bytes
    final: bool
    """False: only in case the turn ends here; finals of anybody go first."""


@dataclass(frozen=True, slots=True)
class RecognizeInterim:
    """Put what was said so far into text (PCM16LE mono at 16 kHz), if the recognizer is free.

    Answered by `Recognized`, with no text when there was no time for it.
    """

    job: int
    pcm: bytes


@dataclass(frozen=True, slots=True)
class Prioritize:
    """The turn did end there: that recognition is a final now."""

    job: int


@dataclass(frozen=True, slots=True)
class Synthesize:
    """Speak one sentence, clause or item of a list."""

    job: int
    text: str
    rate: float = 1.0
    """How much faster than the voice's own speed."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Put the question to the language model. The answer comes in pieces."""

    job: int
    question: LlmRequest


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Cancel this job: its answer is no longer needed."""

    job: int


Effect = Send | Close | Listen | Recognize | RecognizeInterim | Prioritize | Synthesize | Ask | CancelJob | Network
