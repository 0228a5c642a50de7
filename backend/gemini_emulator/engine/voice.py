"""hibari: words to PCM16LE mono 24 kHz. Its one voice comes inside the wheel."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.text import aloud

GAIN = 1.8
"""The voice peaks at about 0.4 of full scale; this is +5 dB and leaves room."""
PAUSE_AFTER_SENTENCE_S = 0.25
OUTPUT_RATE = 24_000
_WINDOW = OUTPUT_RATE // 100
_QUIET_RMS = 0.002
"""Below this, of full scale, nobody hears anything."""
_MARGIN_WINDOWS = 3
"""Kept around the voice: soft consonants begin and end below the threshold."""


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
        pause = np.zeros(int(PAUSE_AFTER_SENTENCE_S * OUTPUT_RATE), dtype=np.float32)
        samples = np.clip(np.concatenate([trimmed(np.concatenate(pieces)), pause]) * GAIN, -1.0, 1.0)
        return bytes((samples * 32_767).astype("<i2").tobytes())

    return speak


def trimmed(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Without the silence around the voice: hibari puts about 0.3 s before and 0.45 s behind every sentence, which
    the listener would wait for. Float samples at 24 kHz; all silence is left as it is."""
    windows = samples[: samples.size // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    loud = np.flatnonzero(np.sqrt(np.mean(windows**2, axis=1)) > _QUIET_RMS)
    if loud.size == 0:
        return samples
    first = max(0, int(loud[0]) - _MARGIN_WINDOWS)
    last = int(loud[-1]) + 1 + _MARGIN_WINDOWS
    return samples[first * _WINDOW : last * _WINDOW]
