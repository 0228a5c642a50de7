"""Text in every script, by Unicode's own properties: characters, words and the ends of sentences as readers see them.

A character is an extended grapheme cluster (UAX #29), by the `regex` package. Python's `unicodedata` knows neither
those nor scripts nor Sentence_Terminal. The client has the same in `session/unicodeText.ts`; `wire/fixtures/text.json`
holds both to it. Positions are code points, as everywhere in Python.
"""

from collections.abc import Iterator
from enum import StrEnum
from itertools import accumulate

import regex

# Scripts that put no space between words: each character can stand at the end of what was heard.
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
# Punctuation does not show the end of a sentence in these scripts: they only write a space.
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

# What may follow the mark that ends a sentence: spaces, invisible characters, emphasis.
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
    """What the end of some words says of the sentence."""

    COMPLETE = "complete"
    BROKEN = "broken"
    UNKNOWN = "unknown"


def clusters(text: str) -> list[str]:
    """What a reader takes for single characters."""
    return _CLUSTER.findall(text)


def units(text: str) -> Iterator[tuple[int, int]]:
    """(start, end) of the pieces that are heard or not heard as one: words, spaces, and single characters where words
    have no spaces between them."""
    return (match.span() for match in _UNIT.finditer(text))


def words(text: str, start: int = 0) -> Iterator[tuple[int, int, float]]:
    """(start, end, weight) of what can be counted as words; a character of a script without spaces is half a one."""
    for match in _WORD.finditer(text, start):
        yield *match.span(), 0.5 if _IS_UNSPACED.match(match.group()) else 1.0


def count_words(text: str) -> float:
    return sum(weight for _, _, weight in words(text))


def letters(cluster: str) -> int:
    """How long it takes to say, in letters of the Latin script: a Chinese character is a syllable, a kana half one."""
    return 3 if _SYLLABLE.match(cluster) else 2 if _HALF_SYLLABLE.match(cluster) else 1


def letters_until(text: str) -> list[tuple[int, int]]:
    """(code points, letters) at the end of each cluster."""
    found = clusters(text)
    return list(zip(accumulate(map(len, found)), accumulate(map(letters, found)), strict=True))


def ending(text: str) -> Ending:
    """Whether a sentence may be over here."""
    text = _TAIL.sub("", text[-4 * _LAST_CHARS :])
    if _END.search(text):
        return Ending.COMPLETE
    return Ending.UNKNOWN if not text or _UNPUNCTUATED.search(text[-_LAST_CHARS:]) else Ending.BROKEN
