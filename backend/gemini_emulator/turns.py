"""Where a user's turn begins and ends, from the voice probability of each 32 ms of audio.

Time here is audio time, counted in chunks: a burst of late audio gives the same turns as live audio.
`prefixPaddingMs` is, as the service documents it, the speech needed before a start is believed; the sound before that
start is never lost, see `hearing.PRE_ROLL_MS`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CHUNK_SAMPLES = 512
"""Samples of one probability, at 16 kHz."""
CHUNK_MS = 32

PAUSE_MS = 96
"""Silence after which the words so far are worth recognising. Short: recognition must finish before the turn ends."""


class Sound(StrEnum):
    """What one chunk meant."""

    START = "start"
    """A turn began."""
    PAUSE = "pause"
    """The voice fell silent, perhaps for good."""
    RESUME = "resume"
    """It goes on: what was recognised at the pause is not all."""
    PART = "part"
    """The turn goes on, but it is long: the words up to the last pause stand."""
    END = "end"
    """The turn is over."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How eager the detector is. Probabilities are 0 to 1, durations milliseconds of audio."""

    start_probability: float = 0.5
    stop_probability: float = 0.35
    start_ms: int = 64
    silence_ms: int = 500

    @staticmethod
    def from_wire(detection: Mapping[str, Any]) -> Rules:
        """`automaticActivityDetection` as the client set it. Unset: both sensitivities high, as the protocol says."""
        start_low = detection.get("startOfSpeechSensitivity") == "START_SENSITIVITY_LOW"
        end_low = detection.get("endOfSpeechSensitivity") == "END_SENSITIVITY_LOW"
        return Rules(
            start_probability=0.65 if start_low else 0.5,
            stop_probability=0.25 if end_low else 0.35,
            start_ms=detection.get("prefixPaddingMs") or (128 if start_low else 64),
            silence_ms=detection.get("silenceDurationMs") or (800 if end_low else 500),
        )


class TurnDetector:
    """Feed it one probability per chunk; it answers what changed, if anything did."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._needed = max(1, math.ceil(rules.start_ms / CHUNK_MS))
        self._voiced = 0
        self._silent = 0
        self.speaking = False
        self.voiced_chunks = 0
        """Chunks of voice in this turn; 0 means nobody spoke."""

    def hear(self, probability: float) -> Sound | None:
        return self._in_turn(probability) if self.speaking else self._between(probability)

    def close(self) -> None:
        """The turn is over for another reason: the stream ended, or text arrived."""
        self.speaking, self._voiced, self._silent, self.voiced_chunks = False, 0, 0, 0

    def _between(self, probability: float) -> Sound | None:
        if probability < self._rules.start_probability:
            # One weak chunk inside an onset is common; only a second one refutes it.
            self._voiced = max(0, self._voiced - 1)
            return None
        self._voiced += 1
        if self._voiced < self._needed:
            return None
        self.speaking, self._silent, self.voiced_chunks = True, 0, self._voiced
        self._voiced = 0
        return Sound.START

    def _in_turn(self, probability: float) -> Sound | None:
        paused = self._silent * CHUNK_MS >= PAUSE_MS
        threshold = self._rules.start_probability if paused else self._rules.stop_probability
        if probability >= threshold:
            self._silent = 0
            self.voiced_chunks += 1
            return Sound.RESUME if paused else None
        self._silent += 1
        if self._silent * CHUNK_MS >= self._rules.silence_ms:
            self.speaking = False
            return Sound.END
        return Sound.PAUSE if not paused and self._silent * CHUNK_MS >= PAUSE_MS else None
