"""Notices that the model begins its answer again: the same words, without input in between (B12, B13).

Only a repetition of the whole answer from its first word counts, never a refrain or a word said twice.
"""

import re
from enum import StrEnum

# Fewer words may be the same by accident: "I think that ..." begins many sentences.
LEAST_WORDS = 6
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


class Repetition(StrEnum):
    """What a piece of transcript told."""

    BEGAN = "began"
    OVER = "over"


class Repeats:
    """Reads the transcript of the model's answers. `began_at_ms`: where in its turn's voice the repetition began."""

    def __init__(self) -> None:
        self.began_at_ms = 0
        self._said: list[str] = []
        self._text = ""
        self._read = 0
        self._matched = 0
        self._candidate_ms: int | None = None
        self._repeating = False

    def forget(self) -> None:
        """There was new input: what comes now is another answer."""
        self._said, self._matched, self._candidate_ms, self._repeating = [], 0, None, False

    def new_turn(self) -> None:
        """The text of the next turn begins."""
        self._text, self._read = "", 0
        self._candidate_ms, self._matched = None, 0

    def said(self, piece: str, at_ms: int) -> Repetition | None:
        """One more piece, which belongs to the voice from `at_ms` on."""
        self._text += piece
        was = self._repeating
        for match in _WORD.finditer(self._text, self._read):
            if match.end() == len(self._text):
                break
            self._read = match.end()
            self._word(match.group().lower(), at_ms)
        if self._repeating == was:
            return None
        return Repetition.BEGAN if self._repeating else Repetition.OVER

    def _word(self, word: str, at_ms: int) -> None:
        if self._candidate_ms is not None and self._matched < len(self._said) and word == self._said[self._matched]:
            self._matched += 1
            if self._matched >= LEAST_WORDS and not self._repeating:
                self._repeating, self.began_at_ms = True, self._candidate_ms
            return
        if self._repeating and word == self._said[0]:
            # Once more from the beginning.
            self._matched = 1
            return
        if self._candidate_ms is not None:
            # It was something else after all: its words belong to the answer.
            self._said += [] if self._repeating else self._said[: self._matched]
            self._candidate_ms, self._matched, self._repeating = None, 0, False
        if len(self._said) >= LEAST_WORDS and word == self._said[0]:
            self._candidate_ms, self._matched = at_ms, 1
            return
        self._said.append(word)
