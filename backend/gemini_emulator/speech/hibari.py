"""hibari: English words to voice. Its one voice comes inside the wheel."""

from __future__ import annotations

import importlib.util

import numpy as np

from gemini_emulator.audio.speech_text import aloud
from gemini_emulator.speech.engine_selection import CannotLoad
from gemini_emulator.speech.synthesizer import Synthesizer, finished, has_words

GAIN = 1.8
"""The voice peaks at about 0.4 of full scale; this is +5 dB and leaves room."""
REMEDY = "To get it: pip install hibari-tts."


def load() -> Synthesizer:
    """Takes about 0.4 s; the first sentence more, so speak one at start. Raises `CannotLoad`, ImportError, OSError."""
    if importlib.util.find_spec("hibari") is None:
        raise CannotLoad("hibari-tts is not installed")
    from hibari import Hibari

    voice = Hibari(threads=1)

    def speak(sentence: str) -> bytes:
        if not has_words(sentence):
            return b""
        pieces = [np.asarray(piece, dtype=np.float32) for piece in voice.stream(aloud(sentence))]
        return finished(np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.float32), GAIN)

    return speak
