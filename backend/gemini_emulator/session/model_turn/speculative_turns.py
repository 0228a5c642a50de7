"""The user's words before they count: recognized at a pause, thought about, and dropped again if speech goes on."""

from __future__ import annotations

from dataclasses import dataclass, field

from gemini_emulator.audio.prosody import Ending
from gemini_emulator.responder.conversation_state import Memory, Reply
from gemini_emulator.session.model_turn.speech_pacing import Speech


@dataclass(frozen=True, slots=True)
class SpeculativeReply:
    """A thought about words that may not be all; good if words and memory are still the same at the end."""

    words: str
    memory: Memory
    thought: Reply


@dataclass(slots=True)
class SpeculativeTurn:
    """One part of a turn. Job 0 is typed text that waits its turn."""

    job: int
    seconds: float = 0.0
    ended: bool = False
    text: str | None = None
    guess: SpeculativeReply | None = None
    speech: Speech | None = None
    pcm: bytes = b""
    """What it was recognized from."""
    ending: Ending | None = None
    """How it sounds where the voice fell silent."""


@dataclass(slots=True)
class Drafts:
    """The parts of the turn at hand, oldest first. Only the last may still be open."""

    parts: list[SpeculativeTurn] = field(default_factory=list)

    @property
    def open(self) -> SpeculativeTurn | None:
        """The part that speech may still go on from."""
        return self.parts[-1] if self.parts and not self.parts[-1].ended else None

    @property
    def words(self) -> str:
        """All words so far, or nothing while a part is not recognized yet."""
        if any(draft.text is None for draft in self.parts):
            return ""
        return " ".join(draft.text for draft in self.parts if draft.text)

    @property
    def complete(self) -> bool:
        """The turn can be answered: every part is over and recognized."""
        return bool(self.parts) and all(draft.ended and draft.text is not None for draft in self.parts)

    def waiting_for(self, job: int) -> SpeculativeTurn | None:
        return next((draft for draft in self.parts if draft.job == job and draft.text is None), None)

    def take_all(self) -> Drafts:
        """All parts; none are left."""
        taken, self.parts = Drafts(self.parts), []
        return taken
