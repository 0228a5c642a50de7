"""Words, their stems, and the concepts that different words for the same thing share."""

from __future__ import annotations

import re
from functools import lru_cache

from gemini_emulator.responder.vocabulary import ACTIONS, CONCEPTS, IRREGULAR, PHRASAL, word_set

__all__ = [
    "CONCEPTS", "STOP", "actions_in", "clean", "concepts_in", "content_stems", "deeds_in", "human", "identifier_words",
    "phrasal_verbs", "stem", "word_set", "words",
]  # fmt: skip

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


REMEMBERED = 8192
"""Words and texts whose pieces are kept: descriptions of functions come again with every sentence."""

STOP = word_set(
    "a about also am an and any are as at be been but by can could current currently did do "
    "does for from get give got had has have he her here his how i if in is it its just know "
    "let like may me might must my name named need next no not now of on one or our please shall "
    "she should show so some tell than that the their then there these they this those to us "
    "want was we were what when where which who whom whose why will with would you your"
)


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return list(_words(text))


@lru_cache(maxsize=REMEMBERED)
def _words(text: str) -> tuple[str, ...]:
    return tuple(found.lower() for found in _WORD.findall(text))


def identifier_words(name: str) -> list[str]:
    """`getCurrent_weather` -> get, current, weather."""
    return list(_identifier_words(name))


@lru_cache(maxsize=REMEMBERED)
def _identifier_words(name: str) -> tuple[str, ...]:
    return _words(_CAMEL.sub(" ", name).replace("_", " ").replace("-", " "))


def human(name: str) -> str:
    """An identifier as a person would say it."""
    return " ".join(identifier_words(name))


@lru_cache(maxsize=REMEMBERED)
def stem(word: str) -> str:
    """Enough to match `lights` with `light` and `turning` with `turn`."""
    word = word.removesuffix("'s")
    word = IRREGULAR.get(word, word)
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending) + ("y" if ending == "ies" else "")
            break
    word = word[:-1] if len(word) > 3 and word.endswith("e") else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou" else word


def content_stems(tokens: list[str]) -> frozenset[str]:
    """The stems of the words that mean something."""
    return frozenset(stem(token) for token in tokens if token not in STOP)


def concepts_in(tokens: list[str]) -> frozenset[str]:
    """The kinds of things that these words name."""
    return _concepts(tuple(tokens))


@lru_cache(maxsize=REMEMBERED)
def _concepts(tokens: tuple[str, ...]) -> frozenset[str]:
    return frozenset().union(*(_CONCEPTS_OF.get(stem(token), frozenset()) for token in tokens))


def actions_in(tokens: list[str]) -> frozenset[str]:
    """The senses of the verbs among these words."""
    return frozenset().union(*(_ACTIONS_OF.get(stem(token), frozenset()) for token in tokens))


@lru_cache(maxsize=REMEMBERED)
def phrasal_verbs(text: str) -> tuple[str, ...]:
    """ "Put the meeting off" -> postpone: one verb for each two words that mean what it means."""
    return tuple(verb for pattern, verb in _PHRASAL if pattern.search(text))


@lru_cache(maxsize=REMEMBERED)
def deeds_in(text: str) -> frozenset[str]:
    """The senses of all verbs in the words, of one word or two."""
    return actions_in([*_words(text), *phrasal_verbs(text)])


_PHRASAL = tuple(
    (re.compile(rf"\b{said.replace(' ', r'(?: [a-z]+){0,3}? ')}\b", re.IGNORECASE), verb)
    for said, verb in PHRASAL.items()
)


def _by_stem(groups: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    out: dict[str, set[str]] = {}
    for name, members in groups.items():
        for word in members:
            out.setdefault(stem(word), set()).add(name)
    return {word: frozenset(names) for word, names in out.items()}


_CONCEPTS_OF = _by_stem(CONCEPTS)
_ACTIONS_OF = _by_stem(ACTIONS)


def clean(text: str) -> str:
    """One line, without the punctuation at the end."""
    return " ".join(text.split()).strip(" .,!?;:")
