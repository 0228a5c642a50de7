"""What a recognizer hears, before it is judged: words, or nothing, or another language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gemini_emulator.audio.speech_text import NOT_ENGLISH, Doubtful

HALLUCINATED = frozenset({"", "you"})
"""What recognizers make of a cough, a click or a hum."""
MIN_LOG_PROBABILITY = -0.5
"""Below it a sound with little voice in it is no speech."""
MIN_VOICE_SHARE = 0.4
"""Share of an utterance. Speech in any language has 0.6 and more, a hum that the detector took for a voice less."""
FOREIGN, FOREIGN_SHORT = -0.6, -1.0
"""English: -0.1 on average, -0.3 at worst, in 10 dB of noise -0.2 and (1 of 56) -0.66. French, Spanish and Italian
people: -0.9, at best -0.47; 93 % of them are below this. A word or two, or the first second of more, tell less:
they must be odder."""
FEW_WORDS, SHORT_S = 2, 1.5
DOUBT, DOUBT_SHORT = -0.35, -0.6
"""Below it the words are perhaps not those that were said."""


@dataclass(frozen=True, slots=True)
class Transcript:
    text: str
    confidence: float
    """Natural logarithm of the probability of each piece, on average: 0 is certain."""


class Transcriber(Protocol):
    """Float samples, mono 16 kHz, full scale 1, to what was perhaps said. One thread at a time."""

    def __call__(self, samples: NDArray[np.float32]) -> Transcript: ...


def judged(heard: Transcript, seconds: float, voice_share: Callable[[], float]) -> str:
    """The words, `Doubtful` ones marked; `NOT_ENGLISH` for speech that is none; nothing for a sound that is no speech.

    `seconds` is the length of the sound; `voice_share` how much of it is voice, 0 to 1. That takes some milliseconds,
    and is asked only in doubt.
    """
    text = "" if heard.text.strip(" .,!?").lower() in HALLUCINATED else heard.text
    short = seconds < SHORT_S or len(text.split()) <= FEW_WORDS
    if text and heard.confidence < (DOUBT_SHORT if short else DOUBT):
        text = Doubtful(text)
    if not text or heard.confidence >= MIN_LOG_PROBABILITY:
        return text
    if voice_share() < MIN_VOICE_SHARE:
        return ""
    limit = FOREIGN_SHORT if short else FOREIGN
    return NOT_ENGLISH if heard.confidence < limit else text
