"""How long this person pauses and goes on: learned in the session, from pauses that did not end a turn.

Pure; milliseconds of silence as the voice detector sees it.
"""

from __future__ import annotations

from collections import deque

from gemini_emulator.session.user_turn.end_of_turn import Reading

SHORTEST_MS = 200
"""Shorter silences are between words and inside of them."""
REMEMBERED = 20
FEWEST = 4
"""Pauses before they say something of the person."""
USUAL_SHARE = 0.9
MARGIN = 1.25
"""The next pause may be this much longer."""
REST_MS = 350
"""A silence from here on is a pause that a listener notices."""
REST_MARGIN = 1.15
LONGEST_MS = 2_000
LONGEST_AFTER_WHOLE_MS = 1_000
FORGETTING = 0.75
"""What is left of the lesson after each turn that was not cut short."""


class PauseHistory:
    """`note_pause` after each that the turn went on from, `note_cut` when the turn had been ended in it."""

    def __init__(self) -> None:
        self._pauses: deque[int] = deque(maxlen=REMEMBERED)
        self._cut_ms = 0.0
        self._rest_ms = 0
        """The longest pause of the turn at hand behind words that might have been all."""

    @property
    def rested(self) -> bool:
        """In the turn at hand, behind words that might have been all."""
        return self._rest_ms > 0

    def note_pause(self, silence_ms: int, reads: Reading | None) -> None:
        """Speech went on in the same turn. `reads`: what was said before, if that was known in time."""
        if silence_ms >= SHORTEST_MS:
            self._pauses.append(silence_ms)
        if silence_ms >= REST_MS and reads not in (None, Reading.UNFINISHED):
            self._rest_ms = max(self._rest_ms, silence_ms)

    def note_cut(self, silence_ms: int) -> None:
        """The turn was answered in this pause, and then it went on: that was too early."""
        self._pauses.append(silence_ms)
        self._cut_ms = max(self._cut_ms, silence_ms * MARGIN)

    def note_answered(self) -> None:
        """A turn is over."""
        self._cut_ms *= FORGETTING
        self._rest_ms = 0

    def least_silence_ms(self, reads: Reading) -> int:
        """What ends a turn that reads like that, at the least; 0 while nothing is known."""
        learned = max(self._cut_ms, self._rest_ms * REST_MARGIN)
        if reads is Reading.COMPLETE:
            # A question mostly is the end, unless this person has just rested between two sentences.
            return round(min(learned, LONGEST_AFTER_WHOLE_MS))
        return round(min(max(learned, self._usual_ms * MARGIN), LONGEST_MS))

    @property
    def _usual_ms(self) -> int:
        if len(self._pauses) < FEWEST:
            return 0
        ordered = sorted(self._pauses)
        return ordered[min(len(ordered) - 1, int(len(ordered) * USUAL_SHARE))]
