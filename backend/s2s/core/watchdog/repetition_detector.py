"""Detects that the model repeats its answer: the same words, without input in between (B12, B13).

Only a repetition of the whole answer from its first word counts, never a refrain or a word said twice.
"""

from enum import StrEnum

from s2s.unicode_text import words

# Fewer words may match by accident: "I think that ..." begins many sentences.
MIN_REPEATED_WORDS = 6


class Repetition(StrEnum):
    """What a piece of transcript revealed."""

    BEGAN = "began"
    OVER = "over"


class RepetitionDetector:
    """Reads the transcript of the model's answers. `began_at_ms`: where in its turn's audio the repetition began."""

    def __init__(self) -> None:
        self.began_at_ms = 0
        self._answer_words: list[str] = []
        self._text = ""
        self._read_chars = 0
        self._weight = 0.0
        """Words in `_answer_words`; a character of a script without spaces counts half."""
        self._matched = 0
        self._matched_weight = 0.0
        self._candidate_ms: int | None = None
        self._is_repeating = False

    def reset(self) -> None:
        """Forget the answer so far: there was new input, so another answer comes."""
        self._answer_words, self._matched, self._candidate_ms, self._is_repeating = [], 0, None, False
        self._weight = 0.0

    def start_turn(self) -> None:
        """Start the text of the next turn."""
        self._text, self._read_chars = "", 0
        self._candidate_ms, self._matched = None, 0

    def on_transcript(self, piece: str, at_ms: int) -> Repetition | None:
        """Add a piece that belongs to the audio from `at_ms` on."""
        self._text += piece
        was = self._is_repeating
        for start, end, weight in words(self._text, self._read_chars):
            if end == len(self._text):
                break
            self._read_chars = end
            self._on_word(self._text[start:end].lower(), weight, at_ms)
        if self._is_repeating == was:
            return None
        return Repetition.BEGAN if self._is_repeating else Repetition.OVER

    def _on_word(self, word: str, weight: float, at_ms: int) -> None:
        if (
            self._candidate_ms is not None
            and self._matched < len(self._answer_words)
            and word == self._answer_words[self._matched]
        ):
            self._matched += 1
            self._matched_weight += weight
            if self._matched_weight >= MIN_REPEATED_WORDS and not self._is_repeating:
                self._is_repeating, self.began_at_ms = True, self._candidate_ms
            return
        if self._is_repeating and word == self._answer_words[0]:
            # Once more from the beginning.
            self._matched, self._matched_weight = 1, weight
            return
        if self._candidate_ms is not None:
            # It was not a repetition after all: its words belong to the answer.
            if not self._is_repeating:
                self._answer_words += self._answer_words[: self._matched]
                self._weight += self._matched_weight
            self._candidate_ms, self._matched, self._is_repeating = None, 0, False
        if self._weight >= MIN_REPEATED_WORDS and word == self._answer_words[0]:
            self._candidate_ms, self._matched, self._matched_weight = at_ms, 1, weight
            return
        self._answer_words.append(word)
        self._weight += weight
