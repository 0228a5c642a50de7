"""PCM formats on the wire: 16-bit little-endian mono, 16 kHz from the client, 24 kHz to it."""

from __future__ import annotations

INPUT_RATE = 16_000
OUTPUT_RATE = 24_000
BYTES_PER_SAMPLE = 2
