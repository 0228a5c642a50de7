"""PCM16 arithmetic and the gateway's own idea of when the person speaks."""

from dataclasses import dataclass

import numpy as np

INPUT_BYTES_PER_MS = 32
OUTPUT_BYTES_PER_MS = 48


def rms(pcm: bytes) -> float:
    """Root mean square of PCM16LE samples, 0 to 32768; 0 for nothing."""
    samples = np.frombuffer(pcm, dtype="<i2")
    if samples.size == 0:
        return 0.0
    wide = samples.astype(np.float32)
    return float(np.sqrt(np.dot(wide, wide) / wide.size))


def output_ms(byte_count: int) -> int:
    """Length of 24 kHz mono PCM16 in whole milliseconds."""
    return byte_count // OUTPUT_BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class SpeechEdge:
    """The person started or stopped speaking."""

    started: bool
    at: float
    """When it really happened: the end is noticed `HANGOVER_S` later than it was."""


class SpeechMeter:
    """Energy against a slowly following noise floor: good enough for a stopwatch and a thinking face.

    It decides nothing about turns; upstream does.
    """

    ONSET_S = 0.06
    HANGOVER_S = 0.25
    _FLOOR_RISE_PER_FRAME = 1.01
    _MARGIN = 3.0
    _LEAST_LOUD = 250.0

    def __init__(self) -> None:
        self._floor = 60.0
        self._loud_since: float | None = None
        self._last_loud = 0.0
        self.speaking = False

    def hear(self, pcm: bytes, now: float) -> SpeechEdge | None:
        """Takes one 20 ms microphone frame; answers an edge when one is noticed."""
        level = rms(pcm)
        loud = level > max(self._LEAST_LOUD, self._floor * self._MARGIN)
        self._floor = level if level < self._floor else self._floor * self._FLOOR_RISE_PER_FRAME
        self._floor = min(max(self._floor, 20.0), 2_000.0)
        if loud:
            self._last_loud = now
            if self._loud_since is None:
                self._loud_since = now
            if not self.speaking and now - self._loud_since >= self.ONSET_S:
                self.speaking = True
                return SpeechEdge(started=True, at=self._loud_since)
            return None
        if now - self._last_loud > self.HANGOVER_S:
            self._loud_since = None
            if self.speaking:
                self.speaking = False
                return SpeechEdge(started=False, at=self._last_loud)
        elif not self.speaking and now - self._last_loud > self.ONSET_S:
            self._loud_since = None
        return None

    def fall_silent(self) -> None:
        """The microphone was closed: whatever was being said is over."""
        self.speaking = False
        self._loud_since = None
