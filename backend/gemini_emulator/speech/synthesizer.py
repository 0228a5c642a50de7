"""The interface of a synthesizer, words to PCM16LE mono 24 kHz, and what all of them share."""

from __future__ import annotations

import re
from typing import Protocol

import numpy as np

from gemini_emulator.audio.chime import chime
from gemini_emulator.audio.silences import Floats, trimmed
from gemini_emulator.audio.speech_text import BELL

DEFAULT_WPM = 160
"""Words a minute, pauses included: people talk to strangers at 140 to 170."""
MIN_WPM, MAX_WPM = 90, 300
_WORD = re.compile(r"[^\W_]")


class Synthesizer(Protocol):
    """One phrase to PCM16LE mono 24 kHz; empty when there is nothing to say in it. One thread at a time.

    The sound begins and ends close to the voice, and peaks below full scale. `rate`: how much faster than the speed
    that it was loaded with. An engine that fails on a sentence raises.
    """

    def __call__(self, sentence: str, rate: float = 1.0) -> bytes: ...


def has_words(sentence: str) -> bool:
    """Asked first: of dots alone an engine makes a hiss or a hum."""
    return bool(_WORD.search(sentence))


def finished(samples: Floats, gain: float) -> bytes:
    """Float samples at 24 kHz as a `Synthesizer` gives them."""
    loud = np.clip(trimmed(samples) * np.float32(gain), -1.0, 1.0)
    return bytes((loud * 32_767).astype("<i2").tobytes())


def with_chime(speak: Synthesizer) -> Synthesizer:
    """A bell alone is rung; everything else is spoken."""
    rung = chime()

    def speak_or_ring(sentence: str, rate: float = 1.0) -> bytes:
        return rung if sentence.strip() == BELL else speak(sentence, rate)

    return speak_or_ring
