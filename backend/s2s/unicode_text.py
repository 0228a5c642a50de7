"""Split text in any script into characters, words and sentences by Unicode properties.

A character is an extended grapheme cluster (UAX #29), found by the `regex` package: Python's `unicodedata` has neither
clusters nor scripts nor Sentence_Terminal. The client does the same in `session/unicodeText.ts`, and
`wire/fixtures/text.json` tests both. Positions are code points, as everywhere in Python.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate

import regex

# Scripts without spaces between words: what was heard can end after any character.
UNSPACED_SCRIPTS = (
    "Han",
    "Hiragana",
    "Katakana",
    "Bopomofo",
    "Yi",
    "Thai",
    "Lao",
    "Khmer",
    "Myanmar",
    "Tibetan",
    "Javanese",
    "Balinese",
    "Buginese",
    "Cham",
    "Tai_Tham",
    "New_Tai_Lue",
    "Tai_Le",
    "Tai_Viet",
)
# Scripts that end a sentence with a space instead of punctuation.
_UNPUNCTUATED_SCRIPTS = ("Thai", "Lao", "Tai_Tham", "New_Tai_Lue", "Tai_Viet")


def _any_of(scripts: tuple[str, ...]) -> str:
    return "".join(rf"\p{{Script_Extensions={script}}}" for script in scripts)


_UNSPACED = rf"[{_any_of(UNSPACED_SCRIPTS)}\p{{Extended_Pictographic}}\p{{Regional_Indicator}}]"
_CLUSTER = regex.compile(r"\X")
_UNIT = regex.compile(rf"(?:(?=\s)\X)+|(?={_UNSPACED})\X|(?:(?!{_UNSPACED}|\s)\X)+")
_IS_UNSPACED = regex.compile(_UNSPACED)
_SPOKEN = regex.compile(r"[\p{L}\p{N}]")
_WORD = regex.compile(
    rf"(?={_UNSPACED})(?=[\p{{L}}\p{{N}}])\X|(?:(?!{_UNSPACED})[\p{{L}}\p{{N}}\p{{M}}\u200c\u200d'’])+"
)
_SYLLABLE = regex.compile(r"\p{Script=Han}")
_HALF_SYLLABLE = regex.compile(r"[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]")

# What may follow the punctuation at the end of a sentence: spaces, invisible characters, emphasis.
_TAIL = regex.compile(r"[\s\p{Mn}\p{Cf}*_`#]+$")
_END = regex.compile(
    # Marks, closing brackets and quotes (a quote may close whatever it opens elsewhere), pictures, a drawn-out vowel.
    r"(?:[\p{Sentence_Terminal}\p{Pe}\p{Pf}\p{Pi}\p{So}\p{Sk}\p{Me}\p{Extended_Pictographic}\"'…⋯‥～〜]"
    # Marks that end a sentence in their own script only.
    r"|(?=[\p{Tibetan}\p{Hebrew}\p{Khmer}\p{Thai}\p{Lao}\p{Balinese}])\p{Terminal_Punctuation}"
    r"|(?<=\p{Greek}\p{M}*)[;\u037e]"
    r"|(?<=\p{Armenian})[:\u0589])$"
)
_UNPUNCTUATED = regex.compile(rf"[{_any_of(_UNPUNCTUATED_SCRIPTS)}]")
_LAST_CHARS = 80


class Ending(StrEnum):
    """Whether a text ends a sentence."""

    COMPLETE = "complete"
    BROKEN = "broken"
    UNKNOWN = "unknown"


def clusters(text: str) -> list[str]:
    """Split text into grapheme clusters, the characters as a reader sees them."""
    return _CLUSTER.findall(text)


def units(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of the units that are heard or missed as a whole: words, spaces, and single characters in
    scripts without spaces."""
    return (match.span() for match in _UNIT.finditer(text))


def words(text: str, start: int = 0) -> Iterator[tuple[int, int, float]]:
    """Yield (start, end, weight) of words; a character of a script without spaces weighs half a word."""
    for match in _WORD.finditer(text, start):
        yield *match.span(), 0.5 if _IS_UNSPACED.match(match.group()) else 1.0


def count_words(text: str) -> float:
    return sum(weight for _, _, weight in words(text))


def letters(cluster: str) -> int:
    """Estimate how long a cluster takes to say, in Latin letters: a Chinese character is a syllable, a kana half of
    one."""
    return 3 if _SYLLABLE.match(cluster) else 2 if _HALF_SYLLABLE.match(cluster) else 1


def letters_until(text: str) -> list[tuple[int, int]]:
    """Return cumulative (code points, letters) at the end of each cluster."""
    found = clusters(text)
    return list(zip(accumulate(map(len, found)), accumulate(map(letters, found)), strict=True))


def ending(text: str) -> Ending:
    """Classify the end of a text by whether a sentence may end there."""
    text = _TAIL.sub("", text[-4 * _LAST_CHARS :])
    if _END.search(text):
        return Ending.COMPLETE
    return Ending.UNKNOWN if not text or _UNPUNCTUATED.search(text[-_LAST_CHARS:]) else Ending.BROKEN
