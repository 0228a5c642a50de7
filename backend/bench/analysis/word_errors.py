"""Words of two transcripts made comparable, and how many of them differ."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gemini_emulator.audio.speech_text import modern

_SMALL = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_ORDINALS = {
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth", "6th": "sixth", "7th": "seventh",
    "8th": "eighth", "9th": "ninth", "10th": "tenth", "12th": "twelfth", "20th": "twentieth",
}  # fmt: skip
_SHORT = {
    **{f"{who}'s": f"{who} is" for who in ("that", "it", "he", "she", "there", "what", "where", "who", "here")},
    **{f"{who}'re": f"{who} are" for who in ("you", "we", "they")},
    **{f"{who}'ve": f"{who} have" for who in ("i", "you", "we", "they")},
    **{f"{who}'ll": f"{who} will" for who in ("i", "you", "we", "they", "it")},
    "i'm": "i am", "don't": "do not", "can't": "cannot", "isn't": "is not", "didn't": "did not", "let's": "let us",
    "ok": "okay", "%": "percent", "°c": "degrees celsius", "mr": "mister", "dr": "doctor", "&": "and",
}  # fmt: skip
_TOKEN = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+|°c\b|%|&|[a-z]+(?:'[a-z]+)*")


@dataclass(frozen=True, slots=True)
class Score:
    """Word errors against the reference; scores can be added."""

    errors: int = 0
    words: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.errors + other.errors, self.words + other.words)

    @property
    def percent(self) -> float:
        return 100 * self.errors / self.words if self.words else 0.0


def normalize_words(text: str) -> list[str]:
    """Lower case, no punctuation, numbers spelled out, today's spelling, short forms written out."""
    text = modern(text.lower().replace("’", "'")).replace("-", " ")
    out: list[str] = []
    for token in _TOKEN.findall(text):
        said = _ORDINALS.get(token) or (_number(int(token)) if token.isdigit() else _SHORT.get(token, token))
        out.extend(said.split())
    return out


def score(said: str, heard: str) -> Score:
    """Substitutions, insertions and deletions; "voice mail" is "voicemail"."""
    reference, hypothesis = normalize_words(said), normalize_words(heard)
    reference, hypothesis = _joined(reference, hypothesis), _joined(hypothesis, reference)
    return Score(_distance(reference, hypothesis), len(reference))


def _number(value: int) -> str:
    if value < 20:
        return _SMALL[value]
    if value < 100:
        return f"{_TENS[value // 10]} {_SMALL[value % 10] if value % 10 else ''}"
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if value >= size:
            rest = value % size
            return f"{_number(value // size)} {name} {_number(rest) if rest else ''}"
    raise AssertionError(value)


def _joined(words: Sequence[str], others: Sequence[str]) -> list[str]:
    """Join two words that the other transcript writes as one."""
    known = set(others) - set(words)
    out: list[str] = []
    for word in words:
        if out and out[-1] + word in known:
            out[-1] += word
        else:
            out.append(word)
    return out


def _distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    row = list(range(len(hypothesis) + 1))
    for at, said in enumerate(reference, 1):
        above, row[0] = row[0], at
        for column, heard in enumerate(hypothesis, 1):
            above, row[column] = row[column], min(above + (said != heard), row[column] + 1, row[column - 1] + 1)
    return row[-1]
