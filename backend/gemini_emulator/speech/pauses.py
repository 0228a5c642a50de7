"""The silences inside a spoken phrase, made as long as the punctuation wants them."""

from __future__ import annotations

import numpy as np

from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.audio.phrasing import BEHIND_MARK_S
from gemini_emulator.speech.synthesizer import Floats, loudness

LEAST_S = 0.09
"""A shorter silence is the stop of a consonant."""
UNWRITTEN_S = 0.12
"""Where the voice is silent and nothing is written."""
REACH = 0.12
"""How far, as a share of the phrase, a silence may be from where its mark stands in the text."""
_QUIET_RMS = 0.004
_PER_S = 100
"""Windows a second of `loudness`."""


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
    window = OUTPUT_RATE // _PER_S
    return [(int(loud[gap] + 1) * window, int(loud[gap + 1]) * window) for gap in gaps]


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
