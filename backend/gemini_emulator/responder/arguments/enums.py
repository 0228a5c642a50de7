"""Enumerations and what people say for their members."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from gemini_emulator.responder.stemming import REMEMBERED, identifier_words, stem

CURRENCIES = {
    "usd": "dollar dollars bucks", "eur": "euro euros", "gbp": "pound pounds sterling quid", "jpy": "yen",
    "chf": "franc francs", "cny": "yuan renminbi", "inr": "rupee rupees", "rub": "ruble rubles", "sek": "krona kronor",
    "nok": "krone kroner", "pln": "zloty", "krw": "won", "mxn": "peso pesos", "brl": "real reais", "try": "lira",
}  # fmt: skip
_ALSO: dict[str, frozenset[str]] = {
    said: frozenset(others.split())
    for said, others in {
        **CURRENCIES,
        "driving": "drive car auto", "walking": "walk foot walk", "cycling": "cycle bike bicycle",
        "bicycling": "cycle bike bicycle", "transit": "bus train metro subway tram underground",
        "celsius": "centigrade", "male": "man", "female": "woman", "everywhere": "everything all whole",
        "livingroom": "lounge", "increase": "raise up higher louder", "decrease": "lower down quieter",
        "large": "big", "small": "little", "sports": "sport", "business": "economy finance", "open": "unlock up",
        "closed": "close shut down", "yes": "yeah", "pause": "stop", "high": "highest urgent", "low": "lowest",
        "half": "halfway", "fast": "quick quickly", "slow": "slowly", "medium": "normal middle",
    }.items()
}  # fmt: skip
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


def matches(options: Sequence[Any], text: str) -> list[Match]:
    """All members that the words name, in the order they were said."""
    tokens = list(_WORD.finditer(text))
    found = [match for option in options for match in _places(option, tokens)]
    also_said = {str(option).lower() for option in options}
    for option in options:
        others = _ALSO.get(str(option).lower(), frozenset()) - also_said
        said = [at for at, token in enumerate(tokens) if token[0].lower() in others]
        found.extend(_match(option, tokens, at, 1, 0.9) for at in said)
    best: dict[int, Match] = {}
    for match in found:
        if match.start not in best or match.exactness > best[match.start].exactness:
            best[match.start] = match
    return [best[start] for start in sorted(best)]


def _places(option: Any, tokens: list[re.Match[str]]) -> list[Match]:
    wanted = identifier_words(str(option))
    out = []
    for at in range(len(tokens) - len(wanted) + 1 if wanted else 0):
        alike = min(_alike(word, tokens[at + step][0].lower()) for step, word in enumerate(wanted))
        if alike >= LIKE_ENOUGH:
            out.append(_match(option, tokens, at, len(wanted), alike))
    return out


@lru_cache(maxsize=REMEMBERED)
def _alike(wanted: str, said: str) -> float:
    if wanted == said:
        return 1.0
    if stem(wanted) == stem(said):
        return 0.95
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
