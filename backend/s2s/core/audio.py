"""PCM16 arithmetic and the gateway's own voice activity detection."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

FRAME_S = 0.02
OUTPUT_BYTES_PER_MS = 48


# The meter and the recorder ask about the same frame, one right after the other.
@lru_cache(maxsize=4)
def energy(pcm: bytes) -> int:
    """Return the sum of the squared samples of PCM16LE audio; half a sample at its end does not count."""
    # In float64 the sum is exact in any order: a replay that knows only the energy gets exactly the same values.
    wide = np.frombuffer(pcm, "<i2", len(pcm) // 2).astype(np.float64)
    return int(wide.dot(wide))


def rms(pcm: bytes) -> float:
    """Return the root mean square of PCM16LE samples, 0 to 32768; 0 for no samples."""
    samples = len(pcm) // 2
    return math.sqrt(energy(pcm) / samples) if samples else 0.0


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """The user started or stopped speaking."""

    started: bool
    at: float
    """When it really happened: the end of speech is noticed a quarter of a second late."""


class SpeechMeter:
    """Voice activity detection (VAD) by energy over a slowly following noise floor.

    Good enough for latency figures and the thinking phase. It decides nothing about turns; upstream does. Durations are
    counted in audio frames, not by the clock: a network that delivers in bursts doesn't change how long the user spoke.
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
        """Take one 20 ms microphone frame; return an edge if one was noticed."""
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
        """Forget what was being said: the microphone was closed."""
        self.is_speaking = False
        self._loud_frames = 0

    def _is_loud(self, level: float) -> bool:
        loud = level > max(self._MIN_LOUD_RMS, self._noise_floor * self._MARGIN)
        self._noise_floor = level if level < self._noise_floor else self._noise_floor * self._FLOOR_RISE_PER_FRAME
        self._noise_floor = min(max(self._noise_floor, 20.0), 2_000.0)
        return loud
