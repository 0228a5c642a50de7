"""Audio that a page would play from the frames that arrived: gaps concealed, stalls waited out. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from experiments.loss.concealment import Concealment, crossfade
from s2s import wire

START_S = 0.06
"""From the first frame to the first sound."""
FRAME_S = wire.FRAME_MS / 1000
MAX_STALL_S = 2.0
MEMORY_FRAMES = 2
"""What sounded before a gap, for its concealment."""


@dataclass(frozen=True, slots=True)
class PlayedAudio:
    pcm: bytes
    """PCM16LE mono at 24 kHz, with the silence of gaps and stalls."""
    frames: int
    """That should have sounded."""
    concealed: int
    stalled_ms: float
    late_p99_ms: float
    """How much later than the fastest frame, against the sender's clock."""


def play_out(arrivals: Sequence[tuple[float, wire.Frame]]) -> PlayedAudio:
    """`arrivals`: time in seconds and frame, of one answer, repetitions included.

    A frame whose place has come and that is not there is concealed when a later one is there, else waited for.
    Raises ValueError without a frame.
    """
    first: dict[int, tuple[float, wire.Frame]] = {}
    for at, frame in arrivals:
        if frame.seq not in first:
            first[frame.seq] = (at, frame)
    if not first:
        raise ValueError("no frame arrived")
    now, seq, last = min(at for at, _ in first.values()) + START_S, min(first), max(first)
    frames = last - seq + 1
    out: list[bytes] = []
    concealed, stalled_s = 0, 0.0
    gap: Concealment | None = None
    while seq <= last:
        if seq in first and first[seq][0] <= now:
            pcm = first[seq][1].pcm
            out.append(pcm if gap is None else _bytes(crossfade(_samples(pcm), gap)))
            gap = None
            seq += 1
        elif any(later > seq and at <= now for later, (at, _) in first.items()):
            if gap is None and len(out) >= MEMORY_FRAMES:
                gap = Concealment(_samples(b"".join(out[-MEMORY_FRAMES:])))
            out.append(
                b"\0" * 2 * wire.OUTPUT_SAMPLES if gap is None else _bytes(gap.next_samples(wire.OUTPUT_SAMPLES))
            )
            concealed += 1
            seq += 1
        else:
            out.append(b"\0" * 2 * wire.OUTPUT_SAMPLES)
            stalled_s += FRAME_S
            gap = None
        now += FRAME_S
    ways = np.array([at * 1000 - frame.clock_ms for at, frame in first.values()])
    late_p99_ms = float(np.percentile(ways - ways.min(), 99))
    return PlayedAudio(b"".join(out), frames, concealed, stalled_s * 1000, late_p99_ms)


def _samples(pcm: bytes) -> NDArray[np.float64]:
    return np.frombuffer(pcm, "<i2").astype(float)


def _bytes(samples: NDArray[np.float64]) -> bytes:
    return np.clip(np.round(samples), -32768, 32767).astype("<i2").tobytes()
