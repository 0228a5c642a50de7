"""Packet loss concealment as in the page (`frontend/s2s-client/src/audio/concealment.ts`). Pure."""

import numpy as np
from numpy.typing import NDArray

from s2s import wire

_MS = wire.OUTPUT_RATE // 1000
_SHORTEST, _LONGEST = wire.OUTPUT_RATE // 400, wire.OUTPUT_RATE // 66
_WINDOW, _STEP = 15 * _MS, 2
_LOUD, _SILENT_AFTER, _LEAN, _MIX = 10 * _MS, 60 * _MS, 2 * _MS, 5 * _MS
_OVERLAP = 0.25
Sound = NDArray[np.float64]


class Concealment:
    """One gap after `before`, the last 40 ms or more of what sounded."""

    def __init__(self, before: Sound) -> None:
        length = _period_of(before)
        start = len(before) - length
        self._period = before[start:].copy()
        overlap = int(length * _OVERLAP)
        share = np.arange(1, overlap + 1) / overlap
        self._period[-overlap:] = self._period[-overlap:] * (1 - share) + before[start - overlap : start] * share
        self._step = before[-1] - before[start - 1]
        self._at = 0

    def next_samples(self, count: int) -> Sound:
        """Return samples to replace lost ones; silent from 60 ms after the start of the gap."""
        at = np.arange(self._at, self._at + count)
        self._at += count
        gain = 0.99 * np.clip(1 - (at - _LOUD) / (_SILENT_AFTER - _LOUD), 0, 1)
        lean = self._step * np.clip(1 - at / _LEAN, 0, 1)
        guess: Sound = (self._period[at % len(self._period)] + lean) * gain
        return guess


def crossfade(pcm: Sound, gap: Concealment) -> Sound:
    """Crossfade from the concealed gap into the audio after it, within 5 ms."""
    share = np.arange(_MIX) / _MIX
    return np.concatenate([pcm[:_MIX] * share + gap.next_samples(_MIX) * (1 - share), pcm[_MIX:]])


def _period_of(before: Sound) -> int:
    tail = before[-_WINDOW::_STEP]
    best, best_score = _SHORTEST, -np.inf
    for lag in range(_SHORTEST, min(_LONGEST, len(before) - _WINDOW) + 1):
        earlier = before[len(before) - _WINDOW - lag : len(before) - lag : _STEP]
        score = float(tail @ earlier) / float(np.sqrt(earlier @ earlier + 1e-9))
        if score > best_score * (1.02 if best_score > 0 else 1):
            best, best_score = lag, score
    return best
