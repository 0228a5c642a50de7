"""The sound of a timer that is up: two soft notes."""

from __future__ import annotations

import numpy as np

from gemini_emulator.audio.formats import OUTPUT_RATE

NOTES_HZ = (880.0, 1318.5)
NOTE_S, TAIL_S = 0.18, 0.5
LOUDNESS = 0.22
"""Of full scale, as loud as the voice."""


def chime() -> bytes:
    """PCM16LE mono 24 kHz."""
    length = int((len(NOTES_HZ) * NOTE_S + TAIL_S) * OUTPUT_RATE)
    sound = np.zeros(length)
    for number, pitch in enumerate(NOTES_HZ):
        start = int(number * NOTE_S * OUTPUT_RATE)
        at = np.arange(length - start) / OUTPUT_RATE
        attack = np.minimum(1.0, at / 0.005)
        sound[start:] += (
            attack * np.exp(-6.0 * at) * (np.sin(2 * np.pi * pitch * at) + 0.3 * np.sin(4 * np.pi * pitch * at))
        )
    sound[-OUTPUT_RATE // 50 :] *= np.linspace(1.0, 0.0, OUTPUT_RATE // 50)
    return bytes((LOUDNESS * sound * 32_767).astype("<i2").tobytes())
