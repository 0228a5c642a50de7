"""Test signals whose onset survives any codec: a tone, and near silence."""

import numpy as np

AMPLITUDE = 10_000
LOUD = 2_000
"""A sample above this is the tone; the quiet of these sounds is far below."""
TONE_HZ = 1_000
QUIET_S = 0.1
"""So long without the tone before a new beginning counts."""
FRAME_MS = 20
BURST_FRAMES = 6
PERIOD_FRAMES = 40
"""A burst of tone begins every 800 ms."""


def tone(length_ms: int, rate: int) -> bytes:
    """PCM16LE mono, whole periods when `length_ms` is whole."""
    times = np.arange(rate * length_ms // 1000) / rate
    # A sine would be silent in its first samples.
    return (AMPLITUDE * np.cos(2 * np.pi * TONE_HZ * times)).astype("<i2").tobytes()


def near_silence(length_ms: int, rate: int) -> bytes:
    """The faint noise of a quiet room, always the same."""
    noise = np.random.default_rng(1).integers(-3, 4, rate * length_ms // 1000)
    return noise.astype("<i2").tobytes()


def tone_frames(rate: int) -> list[bytes]:
    """What a talker repeats without end: PERIOD_FRAMES frames of 20 ms, the first BURST_FRAMES of them loud."""
    said = tone(BURST_FRAMES * FRAME_MS, rate) + near_silence((PERIOD_FRAMES - BURST_FRAMES) * FRAME_MS, rate)
    size = 2 * rate * FRAME_MS // 1000
    return [said[at : at + size] for at in range(0, len(said), size)]


def is_loud(pcm: bytes) -> bool:
    """Whether PCM16LE has the tone in it."""
    samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
    return bool(samples.size) and int(samples.max()) > LOUD


class OnsetDetector:
    """Detects the onset of the tone from the arrival of its pieces."""

    def __init__(self) -> None:
        self.last_loud = float("-inf")

    def detect_onset(self, pcm: bytes, at: float) -> bool:
        """Return whether the tone starts in this piece, which arrived at `at` s."""
        if not is_loud(pcm):
            return False
        begins = at - self.last_loud > QUIET_S
        self.last_loud = at
        return begins
