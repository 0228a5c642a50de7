"""Onset, silence and volume drop of a voice, found in its samples. Pure; numpy in, numbers out.

All times are milliseconds of one clock (`Date.now()` of the page's machine). Samples are numbered by the frame counter
of their audio context.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from bench.clients.playout_model import AUDIBLE

Samples = NDArray[np.int16]
QUANTUM = 128
# Two contexts' clocks drift apart by far less than a millisecond in this time.
NEAR_MS = 1_500.0
# -70 dB: below it, rounding to 16 bits hides how much quieter a piece of 5 ms was made.
FAINTEST = 10


class Timeline:
    """Frames of an audio context on the common clock.

    A device takes and gives a buffer at a time, so several quanta are rendered at once. A microphone hands a buffer
    over when its last sample was taken, so a sample was spoken up to one buffer before it was rendered. A loudspeaker
    begins a buffer when it has it, so a sample sounds up to one buffer after it was rendered. Both count as latency.
    """

    def __init__(self, rate: int, stamps: Sequence[float]) -> None:
        """`stamps`: first frame of a quantum and the time of its rendering, alternating."""
        pairs = np.asarray(stamps, dtype=np.float64).reshape(-1, 2)
        self.rate = rate
        self._frames, self._rendered = pairs[:, 0], pairs[:, 1]
        self._offsets = self._rendered - self._frames / rate * 1000

    def rendered_ms(self, frame: float) -> float:
        """When the quantum with this frame was rendered."""
        at = int(np.searchsorted(self._frames, frame, side="right")) - 1
        return float(self._rendered[min(max(at, 0), len(self._rendered) - 1)])

    def spoken_ms(self, frame: float) -> float:
        """When a person said what a microphone delivered as this frame."""
        return frame / self.rate * 1000 + float(np.percentile(self._near(frame), 2)) - QUANTUM / self.rate * 1000

    def sounded_ms(self, frame: float) -> float:
        """Return when this frame leaves the playback graph; a buffer that is rendered late is heard late."""
        steady = frame / self.rate * 1000 + float(np.percentile(self._near(frame), 98))
        return max(steady, self.rendered_ms(frame))

    def frame_at(self, ms: float) -> int:
        """The frame that sounds at `ms`, within a buffer."""
        near = self._offsets[np.abs(self._rendered - ms) < NEAR_MS]
        offset = float(np.percentile(near if near.size else self._offsets, 98))
        return int((ms - offset) * self.rate / 1000)

    def _near(self, frame: float) -> NDArray[np.float64]:
        near = self._offsets[np.abs(self._frames - frame) < NEAR_MS * self.rate / 1000]
        return near if near.size else self._offsets


@dataclass(frozen=True, slots=True)
class Recording:
    """PCM16 mono; `first` is the frame number of its first sample."""

    first: int
    pcm: Samples
    whole_from: int = 0
    """Before this frame samples are missing, and silence stands in their place."""

    @classmethod
    def from_pieces(cls, firsts: Sequence[int], pcm: Samples) -> "Recording":
        """Join pieces of equal length by their first frames. Where the counter jumps, samples are missing."""
        if not firsts:
            return cls(0, pcm)
        size = len(pcm) // len(firsts)
        placed = np.zeros(firsts[-1] + size - firsts[0], np.int16)
        for first, piece in zip(firsts, pcm.reshape(-1, size), strict=True):
            placed[first - firsts[0] : first - firsts[0] + size] = piece
        jumps = [later for earlier, later in pairwise(firsts) if later - earlier != size]
        return cls(firsts[0], placed, jumps[-1] if jumps else 0)

    def after_frame(self, frame: int) -> "Recording":
        """Return the part from this frame on."""
        start = max(self.first, frame)
        return Recording(start, self.pcm[start - self.first :])

    def first_frame_above(self, level: int = AUDIBLE) -> int | None:
        """Return the first frame whose level is at least `level`."""
        loud = np.flatnonzero(np.abs(self.pcm.astype(np.int32)) >= level)
        return self.first + int(loud[0]) if loud.size else None

    def first_silence(self, samples: int) -> int | None:
        """Return the start of the first complete silence longer than `samples`."""
        sounding = np.flatnonzero(self.pcm)
        edges = np.concatenate([[-1], sounding, [len(self.pcm)]])
        long = np.flatnonzero(np.diff(edges) > samples)
        return self.first + int(edges[long[0]]) + 1 if long.size else None


def find_lag(part: Samples, whole: Samples) -> tuple[int, float]:
    """Find `part` in `whole` by cross-correlation: offset and similarity (1: equal but for the level)."""
    a, b = part.astype(np.float64), whole.astype(np.float64)
    if len(b) < len(a) or not a.any():
        return 0, 0.0
    size = 1 << (len(a) + len(b)).bit_length()
    product = np.fft.irfft(np.fft.rfft(b, size) * np.conj(np.fft.rfft(a, size)), size)[: len(b) - len(a) + 1]
    energy = np.concatenate([[0.0], np.cumsum(b**2)])
    power = np.sqrt(np.maximum(energy[len(a) :] - energy[: -len(a)], 1e-9)) * np.sqrt(float(np.sum(a**2)))
    alike = product / power
    best = int(np.argmax(alike))
    return best, float(alike[best])


def describe_lost_samples(said: Samples, got: Samples, rate: int) -> str:
    """Describe how the microphone's recording differs from what was played into it; empty if it does not.

    Pieces of 250 ms are looked for; a microphone that drops or inserts samples moves the later ones.
    """
    start, overall = find_lag(said, got)
    if overall < 0.3:
        return f"the microphone heard something else (alike {overall:.2f})"
    piece, slack = rate // 4, rate // 50
    loud = float(np.sqrt(np.mean(said.astype(np.float64) ** 2))) / 4
    for at in range(0, len(said) - piece, piece):
        part = said[at : at + piece]
        if float(np.sqrt(np.mean(part.astype(np.float64) ** 2))) < loud:
            continue
        begin = max(0, start + at - slack)
        where, alike = find_lag(part, got[begin : start + at + piece + slack])
        shift_ms = abs(begin + where - start - at) * 1000 / rate
        if alike < 0.8 or shift_ms > 2:
            return f"samples were lost at {at * 1000 // rate} ms (moved {shift_ms:.1f} ms, alike {alike:.2f})"
    return "" if overall > 0.8 else f"the microphone heard something else (alike {overall:.2f})"


def speech_begin_ms(pcm: Samples, rate: int) -> float:
    """Where speech begins: the first 20 ms within 26 dB of the loudest 20 ms."""
    window = rate // 50
    blocks = pcm[: len(pcm) // window * window].reshape(-1, window).astype(np.float64)
    power = np.mean(blocks**2, axis=1)
    return float(np.flatnonzero(power >= power.max() / 10**2.6)[0]) * 20


def heard_until(heard: Recording, sent: Samples, since: int, rate: int) -> int | None:
    """How many samples of `sent` were heard until frame `since`; None where what was heard before is something else.

    The last 400 ms tell, or the last 800 where they are a pause.
    """
    for before in (rate * 4 // 10, rate * 8 // 10):
        sample = heard.pcm[max(0, since - heard.first - before) : since - heard.first]
        where, alike = find_lag(sample, sent)
        if alike >= 0.9:
            return where + len(sample)
    return None


@dataclass(frozen=True, slots=True)
class Quieter:
    """The point from which a voice is quieter."""

    frame: int
    blind: int
    """So many frames before it the voice itself paused: it may have been turned down anywhere in them."""


def quieter_from(heard: Recording, due: Samples, since: int, rate: int) -> Quieter | None:
    """Find the point from which the voice is heard at half its level (-6 dB) or less; None if there is none.

    `due` is what should sound from frame `since` on, as it came by the network. Speech changes its own loudness all the
    time, so only the comparison with it tells that it was made quieter. Looked at in steps of 5 ms; two in a row must
    be quieter. The middle of the first one counts.
    """
    reference = due.astype(np.float64)
    played = heard.after_frame(since).pcm.astype(np.float64)
    step = rate // 200
    found, blind, pause = None, 0, 0
    for at in range(0, min(len(reference), len(played)) - step, step):
        part = reference[at : at + step]
        energy = float(part @ part)
        if energy <= step * FAINTEST**2:
            pause += step
            continue
        if float(part @ played[at : at + step]) / energy > 0.5:
            found = None
        elif found is not None:
            return Quieter(found, blind)
        else:
            found, blind = since + at + step // 2, pause
        pause = 0
    return None
