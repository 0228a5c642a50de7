"""Audio format of an inline blob, from its MIME type, and its decoded bytes."""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from functools import lru_cache

from s2s.wire import OUTPUT_RATE

PLAIN = (OUTPUT_RATE, 1)
"""(rate in Hz, channels) of audio that is played without resampling."""
_USUAL_TYPES = frozenset({"audio/pcm;rate=24000", "audio/pcm"})


@dataclass(frozen=True, slots=True)
class NonstandardAudio:
    """Model audio in an undocumented format; it must be resampled before it becomes a ModelAudio."""

    pcm: bytes
    """PCM16LE, interleaved channels."""
    rate_hz: int
    channels: int


def parse_audio_format(mime_type: str) -> tuple[int, int] | None:
    """Return (rate in Hz, channels) of 16-bit little-endian PCM; None for any other format."""
    return PLAIN if mime_type in _USUAL_TYPES else _read(mime_type[:200])


@lru_cache(maxsize=16)
def _read(mime_type: str) -> tuple[int, int] | None:
    """`audio/L16` is big-endian by RFC 2586, but little-endian wherever Google writes it: its speech models answer with
    "audio/L16;codec=pcm;rate=24000" and its pages play that as s16le (ai.google.dev, speech-generation). A blob whose
    type is none is taken for voice, since setup asks for nothing else.
    """
    kind, *rest = (piece.strip().lower() for piece in mime_type.split(";"))
    pairs = (piece.partition("=") for piece in rest)
    parameters = {name.strip(): value.strip().strip('"') for name, _, value in pairs}
    known = "/" not in kind or kind in ("audio/pcm", "audio/l16", "audio/x-l16")
    if not known or parameters.get("codec", "pcm") != "pcm":
        return None
    if any(parameters.get(name, "16") != "16" for name in ("bits", "width", "bitdepth")):
        return None
    rate, channels = parameters.get("rate", str(OUTPUT_RATE)), parameters.get("channels", "1")
    if not (rate.isdecimal() and channels.isdecimal() and len(rate) < 7 and len(channels) < 3):
        return None
    return (int(rate), int(channels)) if 4_000 <= int(rate) <= 192_000 and 1 <= int(channels) <= 8 else None


def decode_base64(text: str) -> bytes:
    """Decode either base64 alphabet, padded or not. Raises binascii.Error, ValueError."""
    if "-" in text or "_" in text:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
