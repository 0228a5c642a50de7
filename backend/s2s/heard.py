"""Which words of an answer reached the ear, from the moments at which its transcript arrived."""

from dataclasses import dataclass, field

# Slow speech. A transcript that claims to be faster ran ahead of its voice and is spread over all of it.
_FASTEST_CHARS_PER_S = 30.0
# A piece comes with the voice in which its words begin; they have sounded a little later. Measured on the test set of
# tests/spoken_words.py: of all moments of a cut, 90 % were within one word without this, 96 % with it.
_WORD_SOUNDS_MS = 150


@dataclass(slots=True)
class Transcript:
    """The transcript of one turn, piece by piece, against the voice of that turn."""

    _pieces: list[tuple[int, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(text for _, text in self._pieces)

    def add(self, text: str, at_ms: int) -> None:
        """`at_ms` is how much voice of the turn had come when this piece came."""
        if self._pieces and self._pieces[-1][0] == at_ms:
            self._pieces[-1] = (at_ms, self._pieces[-1][1] + text)
        else:
            self._pieces.append((at_ms, text))

    def heard_chars(self, heard_ms: int, voice_ms: int) -> int:
        """How many characters were heard, to the end of a word; a word counts when most of it sounded."""
        text = self.text
        if heard_ms <= 0 or not text:
            return 0
        if heard_ms >= voice_ms:
            return len(text)
        return _whole_words(text, self._position(max(0, heard_ms - _WORD_SOUNDS_MS), voice_ms))

    def _position(self, heard_ms: int, voice_ms: int) -> float:
        ends = [at for at, _ in self._pieces[1:]] + [voice_ms]
        spans = [(start, end, len(text)) for (start, text), end in zip(self._pieces, ends, strict=True)]
        if any(chars > 20 and chars * 1000 > (end - start) * _FASTEST_CHARS_PER_S for start, end, chars in spans):
            return len(self.text) * heard_ms / voice_ms
        position = 0.0
        for start, end, chars in spans:
            if heard_ms >= end:
                position += chars
            elif heard_ms > start:
                position += chars * (heard_ms - start) / (end - start)
        return position


def _whole_words(text: str, position: float) -> int:
    """Moves a position to the nearer edge of the word it falls into."""
    cut = int(position)
    if cut >= len(text):
        return len(text)
    start = cut
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    end = cut
    while end < len(text) and not text[end].isspace():
        end += 1
    return end if position - start > (end - start) / 2 else start
