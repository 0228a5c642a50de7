"""Alignment of a transcript with its audio: which words of an answer were heard, from when its pieces arrived."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from s2s.unicode_text import letters_until, units

# Slow speech, in Latin letters. A transcript that claims to be faster ran ahead of its audio and is spread over all of
# it.
_MAX_LETTERS_PER_S = 30.0
# A piece comes with the audio in which its words begin; they have sounded a little later. Measured on the test set of
# tests/spoken_words.py: of all cut positions, 90 % were within one word without this, 96 % with it.
_WORD_ONSET_DELAY_MS = 150


@dataclass(slots=True)
class AlignedTranscript:
    """The transcript of one turn, piece by piece, against the audio of that turn."""

    _pieces: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(text for _, text in self._pieces)

    def append_piece(self, text: str, at_ms: int) -> None:
        """Add a piece. `at_ms`: how much audio of the turn had come when it came."""
        if self._pieces and self._pieces[-1][0] == at_ms:
            self._pieces[-1] = (at_ms, self._pieces[-1][1] + text)
        else:
            self._pieces.append((at_ms, text))

    def heard_chars(self, heard_ms: int, voice_ms: int) -> int:
        """Return how many code points were heard, to the end of a word, or of a character in scripts without spaces; a
        word counts when most of it sounded."""
        text = self.text
        if heard_ms <= 0 or not text:
            return 0
        if heard_ms >= voice_ms:
            return len(text)
        return _whole_units(text, self._position(text, max(0, heard_ms - _WORD_ONSET_DELAY_MS), voice_ms))

    def _position(self, text: str, heard_ms: int, voice_ms: int) -> float:
        """Return a position in code points. A character counts by how long it takes to say, not by how it is
        written."""
        marks = [(0, 0), *letters_until(text)]
        starts, at = [], 0
        for at_ms, piece in self._pieces:
            # A character that is spread over two pieces belongs to the first.
            starts.append((at_ms, marks[bisect_left(marks, at, key=lambda mark: mark[0])][1]))
            at += len(piece)
        whole = marks[-1][1]
        spans = [(a_ms, b_ms, b - a) for (a_ms, a), (b_ms, b) in pairwise([*starts, (voice_ms, whole)])]
        if any(said > 20 and said * 1000 > (end - start) * _MAX_LETTERS_PER_S for start, end, said in spans):
            return _code_points(marks, whole * heard_ms / voice_ms)
        position = 0.0
        for start, end, said in spans:
            if heard_ms >= end:
                position += said
            elif heard_ms > start:
                position += said * (heard_ms - start) / (end - start)
        return _code_points(marks, position)


def _code_points(marks: list[tuple[int, int]], position: float) -> float:
    """Return where this many letters of the text have been said."""
    after = bisect_right(marks, position, key=lambda mark: mark[1])
    if after >= len(marks):
        return float(marks[-1][0])
    (chars, said), (next_chars, next_said) = marks[after - 1], marks[after]
    return chars + (next_chars - chars) * (position - said) / (next_said - said)


def _whole_units(text: str, position: float) -> int:
    """Move a position to the nearer edge of the word it falls into."""
    for start, end in units(text):
        if position < end:
            if text[start].isspace():
                return start
            return end if position - start > (end - start) / 2 else start
    return len(text)
