"""Enumerations and what people say for their members."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from gemini_emulator.responder.arguments.choice_words import also_said, without
from gemini_emulator.responder.stemming import REMEMBERED, identifier_words, stem

_NO_DOING = frozenset(["billing", "checking", "saving", "shipping"])
LIKE_ENOUGH = 0.82
MIN_MISHEARD_CHARS = 6
_TO = frozenset(["to", "into", "in"])
_WORD = re.compile(r"[^\W_]+(?:'\w+)?")


@dataclass(frozen=True, slots=True)
class Match:
    """A member of the enumeration, where it was said, and how well."""

    option: Any
    start: int
    end: int
    exactness: float
    toward: float
    """Positive after "to" or "into", negative after "from" or a number."""


def matches(options: Sequence[Any], text: str, described: str = "") -> list[Match]:
    """All members that the words name, in the order they were said; `described` may explain them."""
    if all(isinstance(option, str) for option in options):
        return list(_of_words(tuple(options), text, described))
    return _named(options, text, described)


@lru_cache(maxsize=REMEMBERED)
def _of_words(options: tuple[str, ...], text: str, described: str) -> tuple[Match, ...]:
    return tuple(_named(options, text, described))


def parts(options: Sequence[Any], text: str) -> list[Match]:
    """ "The card", where only one of the members has that word."""
    tokens = list(_WORD.finditer(text))
    owners: dict[str, list[Any]] = {}
    for option in options:
        for word in identifier_words(str(option)):
            owners.setdefault(word, []).append(option)
    return [
        _match(owners[token[0].lower()][0], tokens, at, 1, 0.5)
        for at, token in enumerate(tokens)
        if len(owners.get(token[0].lower(), [])) == 1
    ]


def stems_of_members(schema: Mapping[str, Any]) -> frozenset[str]:
    """The stems of all words that name a member: a quick look before `matches`."""
    options = schema.get("enum") or ()
    return _member_stems(tuple(map(str, options)), str(schema.get("description", "")))


@lru_cache(maxsize=REMEMBERED)
def _member_stems(options: tuple[str, ...], described: str) -> frozenset[str]:
    named = {word for option in options for word in (*identifier_words(option), option.lower())}
    also = {word for option in options for word in also_said(option, described, options)}
    return frozenset(stem(word) for word in named | also)


def _named(options: Sequence[Any], text: str, described: str) -> list[Match]:
    tokens = list(_WORD.finditer(text))
    heard = [token[0].lower().removesuffix("'s") for token in tokens]
    found = [match for option in options for match in _places(option, tokens)]
    for option in options:
        others = also_said(option, described, options)
        said = [at for at, word in enumerate(heard) if word in others]
        found.extend(_match(option, tokens, at, 1, 0.9) for at in said)
    found.extend(
        Match(option, said.start(), said.end(), 1.01, 0.0)
        for option in options
        if re.fullmatch(r"[A-Z]{2,4}", str(option))
        for said in re.finditer(rf"\b{'[ .-]?'.join(str(option))}\b", text)
    )
    found.extend(Match(option, start, end, 0.95, 0.0) for option, start, end in without(options, text))
    best: dict[int, Match] = {}
    for match in found:
        if match.start not in best or match.exactness > best[match.start].exactness:
            best[match.start] = match
    return [best[start] for start in sorted(best)]


def _places(option: Any, tokens: list[re.Match[str]]) -> list[Match]:
    wanted = identifier_words(str(option))
    said = [token[0].lower() for token in tokens]
    whole = str(option).lower()
    out = [_match(option, tokens, at, 1, 1.0) for at, word in enumerate(said) if word == whole != "any"]
    for at in range(len(tokens) - len(wanted) + 1 if wanted else 0):
        alike = _alike(wanted[0], said[at])
        if alike >= LIKE_ENOUGH and len(wanted) > 1:
            alike = min(alike, *(_alike(word, said[at + step]) for step, word in enumerate(wanted)))
        if alike >= LIKE_ENOUGH:
            out.append(_match(option, tokens, at, len(wanted), alike))
    return out or _turned_round(option, wanted, tokens)


def _turned_round(option: Any, wanted: list[str], tokens: list[re.Match[str]]) -> list[Match]:
    """ "The right rear window" for rear_right."""
    if len(wanted) != 2:
        return []
    return [
        _match(option, tokens, at, 2, 0.85)
        for at in range(len(tokens) - 1)
        if [token[0].lower() for token in tokens[at : at + 2]] == wanted[::-1]
    ]


@lru_cache(maxsize=REMEMBERED)
def _alike(wanted: str, said: str) -> float:
    if wanted == said:
        return 0.0 if said == "any" else 1.0
    if stem(wanted) == stem(said):
        # To check is no checking account; to run is running.
        return 0.0 if wanted in _NO_DOING else 0.95
    if min(len(wanted), len(said)) < MIN_MISHEARD_CHARS:
        return 0.0
    return min(0.9, SequenceMatcher(None, wanted, said).ratio())


def _match(option: Any, tokens: list[re.Match[str]], at: int, length: int, exactness: float) -> Match:
    before = [token[0].lower() for token in tokens[max(0, at - 2) : at]]
    toward = 0.0
    if before[-2:] in (["how", "many"], ["how", "much"]):
        toward = 3.0
    elif "from" in before:
        toward = -3.0
    elif before and before[-1][0].isdigit():
        toward = -2.0
    elif _TO & set(before):
        toward = 2.0
    return Match(option, tokens[at].start(), tokens[at + length - 1].end(), exactness, toward)
