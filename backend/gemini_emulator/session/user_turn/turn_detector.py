"""Where a user's turn begins and ends, from the voice probability of each 32 ms of audio and from the words so far.

Time here is audio time, counted in chunks: a burst of late audio gives the same turns as live audio.
`prefixPaddingMs` is, as the service documents it, the speech needed before a start is believed; the sound before that
start is never lost, see `hearing.PRE_ROLL_MS`. `silenceDurationMs` is the least silence that ends a turn; how much more
it takes depends on the words, see docs/decisions/0011-adaptive-end-of-turn.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gemini_emulator.session.user_turn.end_of_turn import Reading

CHUNK_SAMPLES = 512
"""Samples of one probability, at 16 kHz."""
CHUNK_MS = 32

PAUSE_MS = 32
"""Silence after which the words so far are worth recognizing: 33 of 36 recorded sentences are written then as 400 ms
later, 32 after 64 ms. It costs 1.6 recognitions a sentence instead of 1.4, and answers come 30 ms sooner."""
MIN_SILENCE_MS = {
    Reading.COMPLETE: 160,
    Reading.UNSURE: 480,
    Reading.REMARK: 1_200,
    Reading.LACKING: 1_200,
    Reading.UNFINISHED: 2_000,
}
"""Silence as the network sees it, which is 40 ms after the true end (median). Half of 126 pauses inside recordings are
shorter than 160 ms, 93 % than 320 ms; a rhetorical pause takes up to 0.9 s, a search for a word longer. A nod is not
worth an answer in the middle of a speech, so it waits longest of what is whole."""
SURE = {0.9: 2.0, 0.7: 4 / 3}
"""A chunk that is so likely a voice counts for so many when a turn begins. The network hears a voice some 50 ms late,
and no knock, door or clap of 600 made it that sure. People are noticed 44 ms sooner, and no noise more begins a turn.
See docs/decisions/0020-sooner-quieter.md."""
FEWEST_CHUNKS = 2
"""However sure: a click lasts one."""
MIN_SILENCE_IN_MIDAIR_MS = {**MIN_SILENCE_MS, Reading.COMPLETE: 960, Reading.UNSURE: 1_200, Reading.LACKING: 1_400}
"""The same where the voice stopped without coming to rest: it can only wait longer."""
LOW_SENSITIVITY_TIMES = 1.5
START_PROBABILITY = {"low": 0.65, "high": 0.5, "highest": 0.35}
EAGER_PADDING_MS = 48
"""With less padding than this the start is found in quieter speech, too: "the lower this value, the more sensitive the
start-of-speech detection is" (Live API reference). A person at a hundredth of the usual loudness is heard then, not
before; so are more coughs."""
ORDINARY_SILENCE_MS = 500
"""What ends a turn where the words are not considered."""


class Sound(StrEnum):
    """What one chunk meant."""

    START = "start"
    """A turn began."""
    PAUSE = "pause"
    """The voice fell silent, perhaps for good."""
    STILL = "still"
    """Silent long enough for a sentence that is complete."""
    RESUME = "resume"
    """It goes on: what was recognized at the pause is not all."""
    PART = "part"
    """The turn goes on, but it is long: the words up to the last pause stand."""
    END = "end"
    """The turn is over."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How eager the detector is. Probabilities are 0 to 1, durations milliseconds of audio."""

    start_probability: float = 0.5
    stop_probability: float = 0.35
    start_ms: int = 96
    """Knocks, coughs and hums that the network takes for a voice last one or two chunks, the shortest "no" longer."""
    silence_ms: int | None = None
    """The client's own least silence."""
    patience: float = 1.0
    """How much longer than usual to wait."""
    trusting: bool = True
    """What is surely a voice counts more. Not where low sensitivity was requested."""

    @staticmethod
    def from_wire(detection: Mapping[str, Any]) -> Rules:
        """`automaticActivityDetection` as the client set it. Unset: both sensitivities high, as the protocol says."""
        start_low = detection.get("startOfSpeechSensitivity") == "START_SENSITIVITY_LOW"
        end_low = detection.get("endOfSpeechSensitivity") == "END_SENSITIVITY_LOW"
        padding_ms = detection.get("prefixPaddingMs") or 0
        eager = 0 < padding_ms < EAGER_PADDING_MS
        return Rules(
            start_probability=START_PROBABILITY["low" if start_low else "highest" if eager else "high"],
            stop_probability=0.25 if end_low else 0.35,
            start_ms=padding_ms or (160 if start_low else 96),
            silence_ms=detection.get("silenceDurationMs") or None,
            patience=LOW_SENSITIVITY_TIMES if end_low else 1.0,
            trusting=not start_low,
        )

    def silence_after(self, reading: Reading, sounds_finished: bool = True) -> int:
        """Milliseconds of silence that end a turn whose words read like that. Never less than the client's own."""
        table = MIN_SILENCE_MS if sounds_finished else MIN_SILENCE_IN_MIDAIR_MS
        return max(self.silence_ms or 0, round(table[reading] * self.patience))

    @property
    def fixed_silence(self) -> int:
        """The same, whatever the words."""
        return self.silence_ms or round(ORDINARY_SILENCE_MS * self.patience)


class TurnDetector:
    """Feed it one probability per chunk; it answers what changed, if anything did."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._needed = max(1, math.ceil(rules.start_ms / CHUNK_MS))
        self._still = _chunks(rules.silence_after(Reading.COMPLETE))
        self._longest = _chunks(rules.silence_after(Reading.UNFINISHED))
        self._wanted = self._longest
        self._voiced = 0
        self._evidence = 0.0
        self._silent = 0
        self.speaking = False
        self.voiced_chunks = 0
        """Chunks of voice in this turn; 0 means there was no speech."""
        self.pause_ms = 0
        """Length of the silence at hand, or of the last one."""

    def feed_probability(self, probability: float) -> Sound | None:
        return self._in_turn(probability) if self.speaking else self._between(probability)

    def wait(self, silence_ms: int) -> bool:
        """This silence, counted from where the voice fell silent, ends the turn. True when it has passed already."""
        self._wanted = _chunks(silence_ms)
        over = self.speaking and self._silent >= self._wanted
        if over:
            self.speaking = False
        return over

    def close(self) -> None:
        """The turn is over for another reason: the stream ended, or text arrived."""
        self.speaking, self._voiced, self._silent, self.voiced_chunks = False, 0, 0, 0
        self._evidence = 0.0

    def _between(self, probability: float) -> Sound | None:
        if probability < self._rules.start_probability:
            # One weak chunk inside an onset is common; only a second one refutes it.
            self._voiced, self._evidence = max(0, self._voiced - 1), max(0.0, self._evidence - 1)
            return None
        self._voiced += 1
        self._evidence += self._weight(probability)
        if self._evidence < self._needed or self._voiced < min(self._needed, FEWEST_CHUNKS):
            return None
        self.speaking, self._silent, self.voiced_chunks = True, 0, self._voiced
        self._voiced, self._evidence, self._wanted = 0, 0.0, self._longest
        return Sound.START

    def _weight(self, probability: float) -> float:
        if not self._rules.trusting:
            return 1.0
        return next((weight for limit, weight in SURE.items() if probability >= limit), 1.0)

    def _in_turn(self, probability: float) -> Sound | None:
        paused = self._silent * CHUNK_MS >= PAUSE_MS
        threshold = self._rules.start_probability if paused else self._rules.stop_probability
        if probability >= threshold:
            self._silent, self._wanted = 0, self._longest
            self.voiced_chunks += 1
            return Sound.RESUME if paused else None
        self._silent += 1
        self.pause_ms = self._silent * CHUNK_MS
        if self._silent >= self._wanted:
            self.speaking = False
            return Sound.END
        if not paused and self._silent * CHUNK_MS >= PAUSE_MS:
            return Sound.PAUSE
        return Sound.STILL if self._silent == self._still else None


def _chunks(milliseconds: int) -> int:
    return max(1, math.ceil(milliseconds / CHUNK_MS))
