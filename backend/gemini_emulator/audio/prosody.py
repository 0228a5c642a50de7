"""How the end of an utterance sounds: where pitch and loudness go in its last syllable, and how it dies away.

A sentence that is over comes to rest: the pitch falls, or rises for a question, and the voice gets softer over a tenth
of a second and more. A voice that stops in midair stays where it was. See docs/decisions/0011-adaptive-end-of-turn.md
for what was measured, and for what told nothing (how long the last syllable is).

Pure numpy. The work is bounded: the last `LOOK_S` of sound, whatever came before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, INPUT_RATE

LOOK_S = 2.0
HOP = INPUT_RATE // 100
"""10 ms: one frame."""
WINDOW = 640
"""40 ms: two periods of the deepest voice."""
TRANSFORM = 1024
"""Samples: the window and the longest period."""
LOWEST_HZ, HIGHEST_HZ = 70, 400
PERIODIC = 0.45
"""Normalized autocorrelation from which on a frame has a pitch."""
FLOOR_DB = 25.0
"""A frame this far below the loud ones is no voice."""
NEARLY_DB = 6.0
LAST_FRAMES = 12
"""Of the voice's end: a short syllable."""
SLOPE_FRAMES = 25
MONOTONE = 3.2
"""Semitones. A voice whose pitch hardly moves, a machine's, does not tell by it where it is; people's moves more."""
PITCH_LIMIT = 8.0
IN_MIDAIR = -2.5
"""Below this the voice stopped in the middle."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Ending:
    """The last syllable against the rest of the last two seconds."""

    pitch: float
    """Semitones above the middle of what was before."""
    slope: float
    """Of the pitch over the last quarter of a second, semitones a second."""
    level_db: float
    """Its loudness, dB."""
    decay_ms: float
    """From the last 10 ms that are nearly as loud as the voice was to the last that are voice at all."""
    spread: float
    """How far the pitch moves at all, semitones between the second and the eighth tenth."""


def measure_ending(pcm: bytes) -> Ending | None:
    """PCM16LE mono 16 kHz that ends with the pause. None when there is too little voice in it to say anything."""
    tail = pcm[-int(LOOK_S * INPUT_RATE) * BYTES_PER_SAMPLE :]
    samples = np.frombuffer(tail, "<i2").astype(np.float64) / 32_768
    if samples.size < WINDOW * 8:
        return None
    frames = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)[::HOP]
    levels = 10 * np.log10(np.mean(frames[:, WINDOW // 4 : -WINDOW // 4] ** 2, axis=1) + 1e-9)
    sounding = levels > float(np.percentile(levels, 90)) - FLOOR_DB
    last = int(np.flatnonzero(sounding)[-1])
    first = max(0, last - LAST_FRAMES)
    pitch, clear = _pitch(frames[: last + 1])
    voiced = (clear > PERIODIC) & sounding[: last + 1]
    before = voiced[:first]
    if before.sum() < LAST_FRAMES or last < 2 * LAST_FRAMES:
        return None
    places = np.flatnonzero(voiced)
    low, high = np.percentile(pitch[places], [20, 80])
    loud = float(np.median(levels[:first][before]))
    return Ending(
        pitch=float(np.median(pitch[places[-LAST_FRAMES:]]) - np.median(pitch[:first][before])),
        slope=float(np.polyfit(places[-SLOPE_FRAMES:] * 0.01, pitch[places[-SLOPE_FRAMES:]], 1)[0]),
        level_db=float(np.mean(levels[first : last + 1]) - np.mean(levels[:first][before])),
        decay_ms=10.0 * (last - int(np.flatnonzero(levels[: last + 1] > loud - NEARLY_DB)[-1])),
        spread=float(high - low),
    )


def sounds_finished(ending: Ending | None) -> bool:
    """Whether the voice came to rest; also where that cannot be told.

    A logistic regression. Fitted to seven voices, five of them people of five languages: of each person whom it had not
    heard, it called 0 to 7 % of the ends of sentences unfinished, and 63 to 72 % of the places in the middle.
    """
    if ending is None or ending.spread < MONOTONE:
        return True
    # Far above the others there is no pitch but a creak, of which the search took a part for the whole.
    pitch = -PITCH_LIMIT if ending.pitch > PITCH_LIMIT + 1 else min(PITCH_LIMIT, max(-PITCH_LIMIT, ending.pitch))
    slope = -20.0 if ending.slope > 45 else min(30.0, max(-30.0, ending.slope))
    evidence = (
        -4.98
        - 0.251 * pitch
        + 0.309 * abs(pitch)
        + 0.0074 * slope
        - 0.105 * min(5.0, max(-20.0, ending.level_db))
        + 0.02083 * min(250.0, ending.decay_ms)
    )
    return evidence > IN_MIDAIR


def _pitch(frames: Floats) -> tuple[Floats, Floats]:
    """Semitones (above 1 Hz) and clearness of each frame."""
    centered = frames - frames.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(centered, TRANSFORM, axis=1)
    longest = INPUT_RATE // LOWEST_HZ
    correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : longest + 1]
    # A long lag has fewer samples to agree in.
    correlation = correlation / (correlation[:, :1] + 1e-12) / (1 - np.arange(longest + 1) / WINDOW)
    shortest = INPUT_RATE // HIGHEST_HZ
    lags = correlation[:, shortest:]
    best = lags.max(axis=1, keepdims=True)
    # The first lag that is nearly as good as the best: multiples of the period agree as well.
    lag = (lags >= 0.9 * best).argmax(axis=1) + shortest
    for _ in range(3):  # to the top of that hill
        up = np.clip(lag + 1, shortest, longest)
        lag = np.where(correlation[np.arange(lag.size), up] > correlation[np.arange(lag.size), lag], up, lag)
    return np.asarray(12 * np.log2(INPUT_RATE / lag)), np.clip(best[:, 0], 0, 1)
