"""hibari: English words to voice. Its one voice comes inside the wheel."""

from __future__ import annotations

import importlib.util

import numpy as np

from gemini_emulator.audio.pronunciation import pronounced
from gemini_emulator.audio.silences import trimmed, with_pauses
from gemini_emulator.speech.engine_selection import CannotLoad
from gemini_emulator.speech.synthesizer import DEFAULT_WPM, Synthesizer, finished, has_words

GAIN = 1.8
"""The voice peaks at about 0.4 of full scale; this is +5 dB and leaves room."""
OWN_WPM = 215
"""Words a minute at its speed 1, with our pauses, over the answers to newcomers (`python -m bench company`)."""
SLOWEST, FASTEST = 0.5, 2.0
REMEDY = "To get it: pip install hibari-tts."


def load(wpm: int = DEFAULT_WPM) -> Synthesizer:
    """Takes about 0.4 s; the first sentence more, so speak one at start. Raises `CannotLoad`, ImportError, OSError."""
    if importlib.util.find_spec("hibari") is None:
        raise CannotLoad("hibari-tts is not installed")
    from hibari import Hibari

    voice = Hibari(threads=1)

    def speak(sentence: str, rate: float = 1.0) -> bytes:
        text = pronounced(sentence)
        if not has_words(text):
            return b""
        speed = min(FASTEST, max(SLOWEST, wpm / OWN_WPM * rate))
        pieces = [np.asarray(piece, dtype=np.float32) for piece in voice.stream(text, speed)]
        spoken = trimmed(np.concatenate(pieces)) if pieces else np.zeros(0, dtype=np.float32)
        return finished(with_pauses(spoken, text, rate), GAIN)

    return speak
