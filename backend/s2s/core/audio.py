"""PCM16 arithmetic and the gateway's own idea of when the person speaks."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

FRAME_S = 0.02
OUTPUT_BYTES_PER_MS = 48


# The meter and the recorder ask about the same piece of sound, one right after the other.
@lru_cache(maxsize=4)
def energy(pcm: bytes) -> int:
    """The sum of the squared samples of PCM16LE; half a sample at its end does not count."""
    # In float64 the sum is exact in any order: a replay that knows only the energy hears exactly the same.
    wide = np.frombuffer(pcm, "<i2", len(pcm) // 2).astype(np.float64)
    return int(wide.dot(wide))


def rms(pcm: bytes) -> float:
    """Root mean square of PCM16LE samples, 0 to 32768; 0 for nothing."""
    samples = len(pcm) // 2
    return math.sqrt(energy(pcm) / samples) if samples else 0.0


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """The person started or stopped speaking."""

    started: bool
    at: float
    """When it really happened: the end is noticed a quarter of a second later than it was."""


class SpeechMeter:
    """Energy against a slowly following noise floor: good enough for a stopwatch and a thinking face.

    It decides nothing about turns; upstream does. Durations are counted in frames of sound, not by the clock:
    a network that delivers in bursts does not change how long somebody spoke.
    """

    ONSET_FRAMES = 3
    HANGOVER_FRAMES = 13
    _FLOOR_RISE_PER_FRAME = 1.01
    _MARGIN = 3.0
    _MIN_LOUD_RMS = 250.0

    def __init__(self) -> None:
        self.is_speaking = False
        self._noise_floor = 60.0
        self._loud_frames = 0
        self._quiet_frames = 0

    def process_frame(self, pcm: bytes, now: float) -> SpeechEdge | None:
        """Takes one 20 ms microphone frame; answers an edge when one is noticed."""
        if self._is_loud(rms(pcm)):
            self._loud_frames += 1
            self._quiet_frames = 0
            if not self.is_speaking and self._loud_frames > self.ONSET_FRAMES:
                self.is_speaking = True
                return SpeechEdge(started=True, at=now - (self._loud_frames - 1) * FRAME_S)
            return None
        self._quiet_frames += 1
        if self._quiet_frames >= (self.HANGOVER_FRAMES if self.is_speaking else self.ONSET_FRAMES):
            self._loud_frames = 0
            if self.is_speaking:
                self.is_speaking = False
                return SpeechEdge(started=False, at=now - self._quiet_frames * FRAME_S)
        return None

    def reset(self) -> None:
        """The microphone was closed: whatever was being said is over."""
        self.is_speaking = False
        self._loud_frames = 0

    def _is_loud(self, level: float) -> bool:
        loud = level > max(self._MIN_LOUD_RMS, self._noise_floor * self._MARGIN)
        self._noise_floor = level if level < self._noise_floor else self._noise_floor * self._FLOOR_RISE_PER_FRAME
        self._noise_floor = min(max(self._noise_floor, 20.0), 2_000.0)
        return loud
