"""Synthetic short noises of a room that are not speech and must not interrupt an answer.

Float, mono, 16 kHz, full scale 1; the same seed makes the same sound. In coughs and cleared throats there is voice: a
detector of voices takes them for one, and how often it does is measured separately.
"""

from collections.abc import Callable

import numpy as np

from bench.audio.recordings import RATE, Sound, colored_noise

Make = Callable[[np.random.Generator], Sound]


def _time(seconds: float) -> Sound:
    return np.arange(int(seconds * RATE)) / RATE


def _loud(sound: Sound, peak: float) -> Sound:
    return np.asarray(sound / np.abs(sound).max() * peak)


def _through(sound: Sound, hz: float, width_hz: float) -> Sound:
    """Heard through a cavity that resounds at `hz`."""
    frequencies = np.fft.rfftfreq(sound.size, 1 / RATE)
    shape = 1 / np.sqrt(1 + ((frequencies - hz) / (width_hz / 2)) ** 2)
    return np.asarray(np.fft.irfft(np.fft.rfft(sound) * shape, sound.size))


def _throat(source: Sound, dice: np.random.Generator) -> Sound:
    ranges = ((450, 800, 1.0), (1_100, 1_700, 0.7), (2_300, 3_200, 0.4))
    return np.asarray(sum(_through(source, dice.uniform(low, high), 150) * share for low, high, share in ranges))


def _knock(dice: np.random.Generator) -> Sound:
    t = _time(0.2)
    hits = [
        dice.uniform(0.2, 0.7) * np.exp(-t * dice.uniform(30, 70))
        * (np.sin(2 * np.pi * dice.uniform(100, 300) * t) + 0.4 * dice.standard_normal(t.size))
        for _ in range(int(dice.integers(1, 4)))
    ]  # fmt: skip
    return np.concatenate(hits)


def _door(dice: np.random.Generator) -> Sound:
    t = _time(0.5)
    tone = np.sin(2 * np.pi * dice.uniform(50, 110) * t)
    air = colored_noise(t.size, int(dice.integers(1_000_000)), 1.5)
    return _loud(np.exp(-t * dice.uniform(8, 20)) * (tone + 0.8 * air), dice.uniform(0.3, 0.9))


def _clap(dice: np.random.Generator) -> Sound:
    t = _time(0.12)
    return _loud(_through(dice.standard_normal(t.size), dice.uniform(800, 2_000), 900) * np.exp(-t * 60), 0.7)


def _chair(dice: np.random.Generator) -> Sound:
    t = _time(dice.uniform(0.3, 0.7))
    hz = dice.uniform(180, 900) * (1 + 0.08 * colored_noise(t.size, int(dice.integers(1_000_000)), 2))
    turn = 2 * np.pi * np.cumsum(hz) / RATE
    scrape = sum(np.sin(n * turn) / n for n in range(1, 7)) + 0.5 * dice.standard_normal(t.size)
    return _loud(scrape * np.minimum(1, t * 50) * np.minimum(1, (t[-1] - t) * 20), dice.uniform(0.1, 0.5))


def _cup(dice: np.random.Generator) -> Sound:
    t = _time(0.4)
    rings = [np.exp(-t * dice.uniform(10, 40)) * np.sin(2 * np.pi * dice.uniform(800, 6_000) * t) for _ in range(5)]
    return _loud(np.sum(rings, axis=0), dice.uniform(0.1, 0.5))


def _lips(dice: np.random.Generator) -> Sound:
    t = _time(0.06)
    return _loud(_through(dice.standard_normal(t.size) * np.exp(-t * 120), dice.uniform(1_500, 3_500), 700), 0.2)


def _sneeze(dice: np.random.Generator) -> Sound:
    t = _time(0.5)
    burst = dice.standard_normal(t.size) * np.minimum(1, t * 60) * np.exp(-t * 9)
    return _loud(_through(burst, 2_500, 1_500) + 0.4 * _through(burst, 900, 300), dice.uniform(0.3, 0.8))


def _cough(dice: np.random.Generator) -> Sound:
    t = _time(dice.uniform(0.15, 0.35))
    air = dice.standard_normal(t.size) * np.minimum(1, t * 200) * np.exp(-t * dice.uniform(10, 20))
    pitch = np.sign(np.sin(2 * np.pi * dice.uniform(110, 260) * t * (1 - 0.3 * t)))
    voice = dice.uniform(0, 0.6) * np.where(t > 0.06, 1, 0) * np.exp(-t * 8) * pitch
    return _loud(_throat(air + voice, dice), dice.uniform(0.2, 0.7))


def _cleared_throat(dice: np.random.Generator) -> Sound:
    t = _time(dice.uniform(0.3, 0.6))
    pulses = (np.sin(2 * np.pi * dice.uniform(60, 110) * t) > 0.9) * (1 + 0.5 * dice.standard_normal(t.size))
    source = (pulses + 0.3 * dice.standard_normal(t.size)) * np.minimum(1, t * 30) * np.minimum(1, (t[-1] - t) * 10)
    return _loud(_throat(source, dice), dice.uniform(0.1, 0.4))


LIFELESS: dict[str, Make] = {
    "knock": _knock, "door": _door, "clap": _clap, "chair": _chair, "cup": _cup, "lips": _lips, "sneeze": _sneeze,
}  # fmt: skip
THROATS: dict[str, Make] = {"cough": _cough, "cleared throat": _cleared_throat}


def noises(kinds: dict[str, Make], of_each: int) -> dict[str, Sound]:
    """Make `count` noises of each kind, by name."""
    return {
        f"{kind} {number}": make(np.random.default_rng([place, number]))
        for place, (kind, make) in enumerate(kinds.items())
        for number in range(of_each)
    }
