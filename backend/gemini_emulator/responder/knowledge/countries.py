"""Countries, the states of the USA, and chemical elements, from world.json."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

_ASKED: tuple[tuple[str, str], ...] = (
    ("capital", r"\bcapital\b|\bcapitol (?:city )?of\b"),
    ("population", r"\bpopulation\b|\bhow many (?:people|inhabitants|persons|citizens|folks)\b|\bhow populous\b"),
    ("currency", r"\bcurrency\b|\b(?:what|which|kind of|sort of) (?:kind of |sort of )?(?:money|coins)\b"
                 r"|\bmoney\b.*\b(?:use|have|pay)\b"),
    ("languages", r"\b(?:what|which) languages?\b|\blanguages? (?:do|does|is|are|of)\b|\bofficial language\b"),
    ("continent", r"\b(?:which|what) continent\b|\bcontinent (?:is|of)\b|^where(?:'s| is| are) \b"),
    ("area", r"\bhow (?:big|large)\b|\bthe (?:area|size) of\b|\bsquare (?:kilometers|miles)\b"),
)  # fmt: skip
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _ASKED)
_FURTHER = re.compile(
    r"^(?:and|what about|how about|what of|and what about|or)\b(?: (?:in|of|for|the"
    r"|from))*\s+(?P<what>[\w .'-]+)$",
    re.IGNORECASE,
)
_ELEMENT = (
    re.compile(
        r"\b(?:(?:chemical )?symbol|atomic number|element number)\b.*\b(?:of|for|is) (?P<name>[a-z]+)\b", re.IGNORECASE
    ),
    re.compile(r"\b(?P<name>[a-z]+)'s (?:chemical symbol|symbol|atomic number)\b", re.IGNORECASE),
)
_SYMBOL = re.compile(
    r"\b(?:which|what) (?:chemical )?element (?:is|has the symbol|has atomic number"
    r"|with atomic number|number)\s+(?:the symbol )?(?P<sign>[A-Za-z]{1,2}|\d{1,3})\b"
)
_NOTHING_ELSE = re.compile(
    r"\b(?:of|in|the|is|are|was|what|what's|whats|which|where|where's|how|many|much|people|live|living|do|does"
    r"|they|use|speak|spoken|there|a|an|have|has"
    r"|capital|city|population|inhabitants|currency|money|kind|sort|language|languages|official|main|continent"
    r"|on|big|large|area|size|tell|me|know|you|can"
    r"|please|country|and|about|for|current|currently|right|now|located|called|name|name's|its|it|to|pay|with"
    r"|by|from|i|want|would|like|could|uh|um|say|again"
    r"|main|their|belong|lie|square|kilometers|miles|state|s|so|hey|okay|well|hi)\b",
    re.IGNORECASE,
)


def answer(said: str, before: tuple[str, ...] = ()) -> str:
    """Nothing when it is about something else. `before`: what the user said earlier, the latest first."""
    if told := _element(said):
        return told
    if told := _capital_of_what(said):
        return told
    kind = _kind(said)
    place = said
    if kind is None and (further := _FURTHER.match(said)):
        kind, place = _kind_before(before), further["what"]
    if kind is None:
        return ""
    name = _place(place)
    return _told(kind, name, place) if name else ""


def _kind(said: str) -> str | None:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(said)), None)


def _kind_before(before: tuple[str, ...]) -> str | None:
    """What was asked about the country before this one; other follow-ups may stand between."""
    for line in before:
        if (kind := _kind(line)) and _place(line):
            return kind
        if not _FURTHER.match(line.strip(" .?!")):
            return None
    return None


def _place(said: str) -> str:
    """The only country or state that is named, and nothing else that matters; as it was said."""
    lowered = f" {said.lower().strip(' .?!')} ".replace("'s ", " ")
    name = next((name for name in _names() if f" {name} " in lowered), "")
    if not name:
        return ""
    rest = _NOTHING_ELSE.sub(" ", lowered.replace(f" {name} ", " ", 1))
    return "" if re.search(r"[a-z]{2}|\d", rest) else name


def _told(kind: str, name: str, said: str) -> str:
    world = _world()
    called = _called(name)
    if name in world["states"]:
        return f"The capital of {called} is {world['states'][name]}." if kind == "capital" else ""
    country: Mapping[str, Any] = world["countries"][_names()[name]]
    value = country.get(kind)
    if not value:
        return ""
    the = f"the {called}" if country.get("article") and not called.lower().startswith("the ") else called
    if kind == "capital":
        return f"The capital of {the} is {value.rstrip('.')}."
    if kind == "population":
        return f"About {_rounded(value)} people live in {the}."
    if kind == "currency":
        return f"In {the}, people pay with {_joined(value)}."
    if kind == "languages":
        many = len(value) > 1
        return f"The official language{'s' if many else ''} of {the} {'are' if many else 'is'} {_joined(value)}."
    if kind == "continent":
        return f"{the[:1].upper()}{the[1:]} is in {value}." if value != called else ""
    return f"{the[:1].upper()}{the[1:]} has about {_rounded(value)} square kilometers."


def _capital_of_what(said: str) -> str:
    found = re.search(
        r"^(?:what |which )(?:country|state) is (?P<a>[\w .'-]+?) the capital(?: city)?(?: of"
        r"| in)?$|^(?P<b>[\w .'-]+?) is the capital (?:city )?of (?:what|which)",
        said,
        re.IGNORECASE,
    )
    if not found:
        return ""
    city = (found["a"] or found["b"]).strip()
    for name, country in _world()["countries"].items():
        if str(country.get("capital", "")).lower() == city.lower():
            return f"{country['capital']} is the capital of {'the ' if country.get('article') else ''}{name}."
    return ""


def _element(said: str) -> str:
    elements = _world()["elements"]
    if found := _SYMBOL.search(said):
        for name, (symbol, number) in elements.items():
            if found["sign"].lower() == symbol.lower() or found["sign"] == str(number):
                return f"{symbol} is {name}, element number {number}."
    if found := next(filter(None, (pattern.search(said) for pattern in _ELEMENT)), None):
        name = found["name"].lower().replace("aluminium", "aluminum").replace("sulphur", "sulfur")
        if name in elements:
            symbol, number = elements[name]
            return f"{name.capitalize()} has the symbol {', '.join(symbol.upper())}, and it's element number {number}."
    return ""


def _rounded(value: float) -> str:
    """To three digits at most, as people say it."""
    for size, word in ((1e9, "billion"), (1e6, "million")):
        if value >= size:
            shown = value / size
            return f"{shown:.1f} {word}".replace(".0 ", " ") if shown < 100 else f"{shown:.0f} {word}"
    digits = max(0, len(str(int(value))) - 2)
    return f"{round(value, -digits):,.0f}"


def _called(name: str) -> str:
    if name in ("usa", "us", "uk", "uae"):
        return name.upper()
    small = {"of", "and", "the"}
    return " ".join(word if word in small else word.capitalize() for word in name.split())


def _joined(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])}{' and ' if len(parts) > 1 else ''}{parts[-1]}"


@cache
def _names() -> dict[str, str]:
    """What countries and states are called, in lower case, to the name in the table; long names first."""
    world = _world()
    known = {name.lower(): name for name in world["countries"]} | world["aliases"]
    known = {name: name for name in world["states"] if name not in known} | known
    return dict(sorted(known.items(), key=lambda pair: -len(pair[0])))


@cache
def _world() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("world.json").read_text("utf-8"))
    return loaded
