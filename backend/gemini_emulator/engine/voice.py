"""hibari: words to PCM16LE mono 24 kHz. Its one voice comes inside the wheel."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from gemini_emulator.text import aloud

GAIN = 1.8
"""The voice peaks at about 0.4 of full scale; this is +5 dB and leaves room."""
PAUSE_AFTER_SENTENCE_S = 0.12
OUTPUT_RATE = 24_000


class Speaker(Protocol):
    """One sentence to PCM16LE mono 24 kHz; empty when there is nothing to say in it."""

    def __call__(self, sentence: str) -> bytes: ...


def load_speaker() -> Speaker:
    """Takes about 0.4 s; the first sentence more, so speak one at start."""
    from hibari import Hibari

    voice = Hibari(threads=1)

    def speak(sentence: str) -> bytes:
        pieces = [np.asarray(piece, dtype=np.float32) for piece in voice.stream(aloud(sentence))]
        if not pieces or not sum(piece.size for piece in pieces):
            return b""
        pieces.append(np.zeros(int(PAUSE_AFTER_SENTENCE_S * OUTPUT_RATE), dtype=np.float32))
        samples = np.clip(np.concatenate(pieces) * GAIN, -1.0, 1.0)
        return bytes((samples * 32_767).astype("<i2").tobytes())

    return speak
