"""Which synthesizer speaks: the wanted one, or the other where that one cannot run."""

from __future__ import annotations

from functools import partial

from gemini_emulator.speech import flite, hibari
from gemini_emulator.speech.engine_selection import Candidate, Chosen, choose
from gemini_emulator.speech.synthesizer import DEFAULT_WPM, Synthesizer

NAMES = ("hibari", "flite")
"""The first is the default; the others stand in for it."""


def load_synthesizer(wanted: str = NAMES[0], wpm: int = DEFAULT_WPM) -> Synthesizer:
    """The wanted voice, or the other one. Raises `CannotLoad`."""
    return choose_synthesizer(wanted, wpm).port


def choose_synthesizer(wanted: str, wpm: int = DEFAULT_WPM) -> Chosen[Synthesizer]:
    """`wpm`: words a minute. Raises `CannotLoad` when none can run."""
    voices = {name: Candidate(partial(m.load, wpm), m.REMEDY) for name, m in zip(NAMES, (hibari, flite), strict=True)}
    return choose("speaks", voices, wanted)
