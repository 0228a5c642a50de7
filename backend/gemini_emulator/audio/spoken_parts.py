"""Audio that comes whole, as a part of a turn: decoded, and cut where a recognizer can take it. Pure."""

from __future__ import annotations

import io
import wave

import numpy as np

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, INPUT_RATE
from gemini_emulator.audio.input_audio import InputResampler

MAX_PIECE_S = 20
_SEARCHED_S = 5
"""The quietest place to cut is looked for in so much before the end of a piece."""
_WINDOW = INPUT_RATE // 10
_RAW = ("audio/pcm", "audio/l16", "audio/raw")
_WAVE = ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave")


class Undecodable(Exception):
    """It is in no format that can be read here."""


def decode(data: bytes, mime_type: str) -> bytes:
    """PCM16LE mono 16 kHz, from raw 16-bit samples or a WAVE file of them. Raises `Undecodable`."""
    kind = mime_type.split(";", maxsplit=1)[0].strip().lower()
    if kind in _RAW:
        return InputResampler().resample_chunk(data, mime_type)
    if kind not in _WAVE:
        raise Undecodable(kind)
    try:
        with wave.open(io.BytesIO(data)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            samples = file.readframes(file.getnframes())
    except (wave.Error, EOFError, RuntimeError) as error:
        # A RuntimeError: the file names a place outside of itself.
        raise Undecodable(kind) from error
    if width != BYTES_PER_SAMPLE or not 1 <= channels <= 2:
        raise Undecodable(kind)
    whole = np.frombuffer(samples[: len(samples) // (width * channels) * width * channels], "<i2")
    mono = whole.reshape(-1, channels).mean(axis=1).astype("<i2").tobytes()
    return InputResampler().resample_chunk(mono, f"audio/pcm;rate={rate}")


def cut(pcm: bytes) -> list[bytes]:
    """Pieces of at most `MAX_PIECE_S`, cut where it is quietest."""
    pieces, most = [], MAX_PIECE_S * INPUT_RATE
    samples = np.frombuffer(pcm[: len(pcm) & ~1], "<i2")
    while samples.size > most:
        searched = samples[most - _SEARCHED_S * INPUT_RATE : most].astype(np.float64).reshape(-1, _WINDOW)
        quietest = int(np.argmin(np.mean(searched**2, axis=1)))
        at = most - _SEARCHED_S * INPUT_RATE + quietest * _WINDOW + _WINDOW // 2
        pieces.append(samples[:at].tobytes())
        samples = samples[at:]
    return [*pieces, samples.tobytes()] if samples.size else pieces
