"""The audio frame of the browser wire: 12 bytes of header and 20 ms of audio. Pure; `wire` re-exports it."""

import struct

import msgspec

WIRE_VERSION = 1
INPUT_RATE = 16_000
OUTPUT_RATE = 24_000
FRAME_MS = 20
INPUT_SAMPLES = INPUT_RATE * FRAME_MS // 1000
OUTPUT_SAMPLES = OUTPUT_RATE * FRAME_MS // 1000
HEADER_BYTES = 12
FLAG_LAST_OF_TURN = 1
FLAG_OPUS = 2
"""The payload is an Opus packet (RFC 6716) of 20 ms, mono, low delay, instead of PCM."""
FLAG_OPUS_TAIL = 4
"""Two packets: the length of the first as u16, the first, and one of silence that brings out the look-ahead."""
OPUS_LOOKAHEAD_SAMPLES = OUTPUT_RATE // 400
"""The low-delay encoder's look-ahead at 24 kHz: the first sample of a voice is the decoder's 61st."""
MAX_OPUS_BYTES = 600
OPUS_UP_BITS_PER_S, OPUS_DOWN_BITS_PER_S = 28_000, 36_000
"""With the headers (4.8 kbit/s each way) at most 80 kbit/s together."""

_HEADER = struct.Struct(">BBHII")


class WireError(ValueError):
    """A frame or message that does not follow the wire; its text may be shown to the sender."""


class Frame(msgspec.Struct, frozen=True, gc=False):
    """20 ms of PCM16LE mono: 320 samples up (16 kHz), 480 down (24 kHz)."""

    turn: int
    """u16, wraps. 0 on the way up."""
    seq: int
    """u32, counts frames of this direction from 0, wraps."""
    clock_ms: int
    """u32, the sender's own clock, wraps."""
    pcm: bytes
    """With FLAG_OPUS: Opus instead."""
    flags: int = 0
    """Bit 0: last frame of its turn. Bits 1 and 2: FLAG_OPUS, FLAG_OPUS_TAIL."""


def encode_frame(frame: Frame) -> bytes:
    """Header and payload as sent on the audio channel."""
    return (
        _HEADER.pack(
            WIRE_VERSION,
            frame.flags,
            frame.turn & 0xFFFF,
            frame.seq & 0xFFFFFFFF,
            frame.clock_ms & 0xFFFFFFFF,
        )
        + frame.pcm
    )


def turn_of(frame: bytes) -> int:
    """The turn of an encoded frame."""
    return frame[2] << 8 | frame[3]


def decode_frame(data: bytes, samples: int) -> Frame:
    """`samples` is what a frame of this direction carries. Raises WireError."""
    expected = HEADER_BYTES + 2 * samples
    if len(data) > HEADER_BYTES and data[1] & FLAG_OPUS:
        expected = min(len(data), HEADER_BYTES + MAX_OPUS_BYTES)
    if len(data) != expected:
        raise WireError(f"audio frame of {len(data)} bytes; expected {expected}")
    version, flags, turn, seq, clock_ms = _HEADER.unpack_from(data)
    if version != WIRE_VERSION:
        raise WireError(f"audio frame version {version}; this gateway speaks {WIRE_VERSION}")
    return Frame(turn=turn, seq=seq, clock_ms=clock_ms, pcm=data[HEADER_BYTES:], flags=flags)
