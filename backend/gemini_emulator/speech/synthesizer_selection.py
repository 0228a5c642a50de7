"""Which synthesizer speaks: the wanted one, or the other where that one cannot run."""

from __future__ import annotations

from gemini_emulator.speech import flite, hibari
from gemini_emulator.speech.engine_selection import Candidate, Chosen, choose
from gemini_emulator.speech.synthesizer import Synthesizer

NAMES = ("hibari", "flite")
"""The first is the default; the others stand in for it."""


def load_synthesizer(wanted: str = NAMES[0]) -> Synthesizer:
    """The wanted voice, or the other one. Raises `CannotLoad`."""
    return choose_synthesizer(wanted).port


def choose_synthesizer(wanted: str) -> Chosen[Synthesizer]:
    """Raises `CannotLoad` when none can run."""
    return choose(
        "speaks", dict(zip(NAMES, (Candidate(m.load, m.REMEDY) for m in (hibari, flite)), strict=True)), wanted
    )
