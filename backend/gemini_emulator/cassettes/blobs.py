"""Blobs in messages: `{"data": <base64>, "mimeType": ...}`, in either spelling, and the placeholder for their bytes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

URL_SAFE = str.maketrans("-_", "+/")
BYTES_PER_SAMPLE = 2
TONE_HZ = 440.0
TONE_LEVEL = 4_000
_RATE = re.compile(r"rate=(\d+)")


def mime_type(blob: Mapping[str, Any]) -> str:
    """Empty when this is no blob."""
    kind = blob.get("mimeType", blob.get("mime_type", ""))
    return kind if isinstance(kind, str) and "data" in blob else ""


def size_bytes(blob: Mapping[str, Any]) -> int:
    """How many bytes the blob has, or had."""
    data = blob.get("data")
    if isinstance(data, dict):
        return int(data.get("bytes", 0))
    return len(decode(data)) if isinstance(data, str) else 0


def decode(text: str) -> bytes:
    """Either alphabet, with or without padding; nothing for what is not base64."""
    clean = text.translate(URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(clean + "=" * (-len(clean) % 4), validate=True)
    except (ValueError, binascii.Error):
        return b""


def rate_hz(kind: str, otherwise: int = 16_000) -> int:
    found = _RATE.search(kind)
    return int(found[1]) or otherwise if found else otherwise


def seconds(blob: Mapping[str, Any]) -> float:
    """Length of PCM16 mono audio."""
    return size_bytes(blob) / (BYTES_PER_SAMPLE * rate_hz(mime_type(blob)))


def walk(value: Any) -> Iterator[dict[str, Any]]:
    """Every blob inside."""
    if isinstance(value, list):
        for item in value:
            yield from walk(item)
    elif isinstance(value, dict):
        if mime_type(value):
            yield value
        else:
            for item in value.values():
                yield from walk(item)


class ToneFill:
    """Gives blobs that were cut to their lengths bytes again: a tone for audio, zeros for the rest."""

    def __init__(self) -> None:
        self._samples = 0

    def fill(self, value: Any) -> Any:
        """A copy in which every blob has base64 data."""
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, dict):
            return value
        kind = mime_type(value)
        if kind and isinstance(value["data"], dict):
            return value | {"data": base64.b64encode(self._bytes(kind, size_bytes(value))).decode()}
        return {key: self.fill(item) for key, item in value.items()}

    def _bytes(self, kind: str, size: int) -> bytes:
        if not kind.startswith("audio/pcm"):
            return bytes(size)
        count = size // BYTES_PER_SAMPLE
        times = np.arange(self._samples, self._samples + count) / rate_hz(kind, 24_000)
        self._samples += count
        wave = TONE_LEVEL * np.sin(2 * np.pi * TONE_HZ * times)
        return bytes(np.rint(wave).astype("<i2").tobytes()) + bytes(size % BYTES_PER_SAMPLE)
