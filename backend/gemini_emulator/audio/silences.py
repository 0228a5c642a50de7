"""Silence around and inside a spoken phrase: taken away, and made as long as the punctuation wants it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.audio.phrasing import BEHIND_MARK_S

Floats = NDArray[np.float32]

LEAST_S = 0.09
"""A shorter silence is the stop of a consonant."""
UNWRITTEN_S = 0.12
"""Where the voice is silent and nothing is written."""
REACH = 0.12
"""How far, as a share of the phrase, a silence may be from where its mark stands in the text."""
_QUIET_RMS = 0.004
"""Of full scale: between words."""
_INAUDIBLE_RMS = 0.002
_MARGIN_WINDOWS = 3
"""Kept around the voice: soft consonants begin and end below the threshold."""
_PER_S = 100
"""Windows a second of `loudness`."""
_WINDOW = OUTPUT_RATE // _PER_S


def with_pauses(samples: Floats, sentence: str, rate: float) -> Floats:
    """Float samples at 24 kHz of this sentence, `rate` times as fast as usual; begins and ends with the voice."""
    found = _silences(samples)
    if not found:
        return samples
    wanted = _wanted(sentence, found, samples.size)
    parts, at = [], 0
    for (start, end), seconds in zip(found, wanted, strict=True):
        length = int(seconds / rate * OUTPUT_RATE)
        middle = (start + end) // 2
        kept = min(length, end - start) // 2
        # What is quiet around the voice stays; the rest is silence.
        parts += [samples[at : start + kept], np.zeros(max(0, length - 2 * kept), np.float32)]
        at = max(middle, end - kept)
    return np.concatenate([*parts, samples[at:]])


def _silences(samples: Floats) -> list[tuple[int, int]]:
    """Where they begin and end, in samples; none at the edges."""
    loud = np.flatnonzero(loudness(samples) > _QUIET_RMS)
    gaps = np.flatnonzero(np.diff(loud) > LEAST_S * _PER_S)
    return [(int(loud[gap] + 1) * _WINDOW, int(loud[gap + 1]) * _WINDOW) for gap in gaps]


def _wanted(sentence: str, found: list[tuple[int, int]], size: int) -> list[float]:
    """Seconds for each silence: those of the nearest mark that no other silence is nearer to."""
    text = sentence.rstrip()
    marks = [
        (at / max(1, len(text)), BEHIND_MARK_S[letter])
        for at, letter in enumerate(text[:-1])
        if letter in BEHIND_MARK_S and text[at + 1].isspace()
    ]
    if len(marks) == len(found):
        return [seconds for _, seconds in marks]
    wanted = [UNWRITTEN_S] * len(found)
    places = [(start + end) / 2 / size for start, end in found]
    for place, seconds in marks:
        nearest = min(range(len(found)), key=lambda index: abs(places[index] - place))
        if abs(places[nearest] - place) <= REACH:
            wanted[nearest] = max(wanted[nearest], seconds)
    return wanted


def trimmed(samples: Floats) -> Floats:
    """Without the silence around the voice: hibari puts about 0.3 s before and 0.45 s behind every sentence, which
    the listener would wait for. Float samples at 24 kHz; all silence is left as it is."""
    loud = np.flatnonzero(loudness(samples) > _INAUDIBLE_RMS)
    if loud.size == 0:
        return samples
    first = max(0, int(loud[0]) - _MARGIN_WINDOWS)
    last = int(loud[-1]) + 1 + _MARGIN_WINDOWS
    return samples[first * _WINDOW : last * _WINDOW]


def loudness(samples: Floats) -> Floats:
    """Root mean square of each 10 ms."""
    windows = samples[: samples.size // _WINDOW * _WINDOW].reshape(-1, _WINDOW)
    return np.asarray(np.sqrt(np.mean(windows**2, axis=1)), dtype=np.float32)
