"""Raw audio of the client: any rate in, PCM16LE mono 16 kHz out."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, INPUT_RATE

_RATE = re.compile(r"rate=(\d+)")
_TAPS = 48


def seconds_of(pcm: bytes) -> float:
    return len(pcm) / (INPUT_RATE * BYTES_PER_SAMPLE)


def rate_of(mime_type: str) -> int:
    """`audio/pcm;rate=48000` -> 48000; without a rate 16 kHz, as the service takes it. Nonsense is 16 kHz, too."""
    found = _RATE.search(mime_type)
    rate = int(found[1]) if found else INPUT_RATE
    return rate if 4_000 <= rate <= 192_000 else INPUT_RATE


def nearly_silent(pcm: bytes) -> bytes:
    """The same length at about -72 dB: samples of a few units."""
    return bytes((np.frombuffer(pcm, "<i2") // 4096).astype("<i2").tobytes())


class InputResampler:
    """Resamples one audio stream. Frames may split a sample; the half is kept for the next frame."""

    def __init__(self) -> None:
        self._odd = b""
        self._rate = INPUT_RATE
        self._tail: NDArray[np.float64] = np.zeros(_TAPS)
        self._position = 0.0

    def resample_chunk(self, data: bytes, mime_type: str) -> bytes:
        data = self._odd + data
        whole = len(data) & ~1
        data, self._odd = data[:whole], data[whole:]
        rate = rate_of(mime_type)
        if rate != self._rate:
            self._rate, self._tail, self._position = rate, np.zeros(_TAPS), 0.0
        return data if rate == INPUT_RATE or not data else self._resample(data, rate)

    def _resample(self, data: bytes, rate: int) -> bytes:
        """Low-pass below 8 kHz when the rate falls, then linear interpolation across frame borders."""
        samples = np.concatenate([self._tail, np.frombuffer(data, "<i2").astype(np.float64)])
        self._tail = samples[-_TAPS:]
        cutoff = min(1.0, INPUT_RATE / rate) * 0.45
        taps = np.sinc(2 * cutoff * (np.arange(_TAPS) - (_TAPS - 1) / 2)) * np.hamming(_TAPS)
        smooth = np.convolve(samples, taps / taps.sum(), mode="valid")
        # `smooth` has one sample more than new ones: the last of the previous frame, to interpolate from.
        step = rate / INPUT_RATE
        count = int(np.floor((len(smooth) - 1 - self._position) / step)) + 1
        places = self._position + step * np.arange(max(0, count))
        self._position = places[-1] + step - (len(smooth) - 1) if count > 0 else self._position - (len(smooth) - 1)
        out = np.interp(places, np.arange(len(smooth)), smooth)
        return bytes(np.clip(np.rint(out), -32768, 32767).astype("<i2").tobytes())
