"""The interface of a synthesizer, words to PCM16LE mono 24 kHz, and what all of them share."""

from __future__ import annotations

import re
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.audio.formats import OUTPUT_RATE

DEFAULT_WPM = 160
"""Words a minute, pauses included: people talk to strangers at 140 to 170."""
MIN_WPM, MAX_WPM = 90, 300
_WINDOW = OUTPUT_RATE // 100
_WORD = re.compile(r"[^\W_]")
_QUIET_RMS = 0.002
"""Below this, of full scale, audio is inaudible."""
_MARGIN_WINDOWS = 3
"""Kept around the voice: soft consonants begin and end below the threshold."""

Floats = NDArray[np.float32]


class Synthesizer(Protocol):
    """One phrase to PCM16LE mono 24 kHz; empty when there is nothing to say in it. One thread at a time.

    The sound begins and ends close to the voice, and peaks below full scale. `rate`: how much faster than the speed
    that it was loaded with. An engine that fails on a sentence raises.
    """

    def __call__(self, sentence: str, rate: float = 1.0) -> bytes: ...


def has_words(sentence: str) -> bool:
    """Asked first: of dots alone an engine makes a hiss or a hum."""
    return bool(_WORD.search(sentence))


def finished(samples: Floats, gain: float) -> bytes:
    """Float samples at 24 kHz as a `Synthesizer` gives them."""
    loud = np.clip(trimmed(samples) * np.float32(gain), -1.0, 1.0)
    return bytes((loud * 32_767).astype("<i2").tobytes())


def trimmed(samples: Floats) -> Floats:
    """Without the silence around the voice: hibari puts about 0.3 s before and 0.45 s behind every sentence, which
    the listener would wait for. Float samples at 24 kHz; all silence is left as it is."""
    loud = np.flatnonzero(loudness(samples) > _QUIET_RMS)
    if loud.size == 0:
        return samples
    first = max(0, int(loud[0]) - _MARGIN_WINDOWS)
    last = int(loud[-1]) + 1 + _MARGIN_WINDOWS
    return samples[first * _WINDOW : last * _WINDOW]


def loudness(samples: Floats) -> Floats:
    """Root mean square of each 10 ms."""
    windows = samples[: samples.size // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    return np.asarray(np.sqrt(np.mean(windows**2, axis=1)), dtype=np.float32)
