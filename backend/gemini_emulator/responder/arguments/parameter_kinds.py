"""What a parameter means, by its type, its name and the first words of its description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gemini_emulator.responder.arguments.money import is_currency
from gemini_emulator.responder.arguments.schemas import type_of
from gemini_emulator.responder.stemming import REMEMBERED, identifier_words, stem, word_set, words

_NAMED: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(members.split()))
    for kind, members in (
        ("language", "language lang locale"),
        ("unit", "unit units"),
        ("currency", "currency"),
        ("venue", "restaurant venue shop store hotel cafe bar cinema theater"),
        ("place", "city location place town country region area address where destination origin departure arrival "
                  "airport station room timezone tz zone towards toward"),
        ("person", "recipient contact person who whom receiver friend attendee callee addressee payee assignee pupil "
                   "student colleague employee patient guest customer client pet animal child"),
        ("message", "message body content"),
        ("title", "title label subject heading summary"),
        ("expression", "expression formula equation calculation arithmetic math problem"),
        ("time", "time hour"),
        ("date", "date day when due deadline"),
        ("identifier", "id code number reference serial iban zip postcode"),
        ("query", "query q search topic question term terms keyword keywords text"),
    )
)  # fmt: skip
_CLOCK = re.compile(r"\bHH:?MM\b|\btime of (?:the )?day\b", re.IGNORECASE)
DURATION_S = {
    "second": 1.0, "seconds": 1.0, "sec": 1.0, "secs": 1.0, "s": 1.0, "minute": 60.0, "minutes": 60.0, "min": 60.0,
    "mins": 60.0, "hour": 3600.0, "hours": 3600.0, "ms": 0.001, "milliseconds": 0.001,
}  # fmt: skip
FROM = frozenset(["from", "source", "origin", "departure", "base", "start", "pickup"])
PURPOSE = re.compile(
    r"^(?:why\b|(?:the )?(?:optional )?reason|what (?:it|this|(?:the |a )?\w+) is for|purpose"
    r"|(?:optional )?(?:payment )?(?:reference|memo))",
    re.IGNORECASE,
)
"""How the description of a parameter for a reason begins."""
ROOMS = word_set(
    "kitchen bedroom bathroom hallway office attic garage basement study nursery garden balcony lounge upstairs "
    "downstairs cellar"
) | frozenset(["living room", "dining room", "guest room", "laundry room"])
TO = frozenset(["to", "target", "destination", "arrival", "into", "towards", "toward", "dropoff"])
_LEAVING = re.compile(r"\b(?:leaves?|leaving|departs?|departure) from\b|\bconvert from\b", re.IGNORECASE)
_HEADING = re.compile(r"\bin the direction of\b|\bconvert (?:in)?to\b", re.IGNORECASE)


_FORMATS = {"date": "date", "date-time": "moment", "time": "time", "email": "identifier", "uuid": "identifier"}
_MOMENT = re.compile(r"\bdate[- ]and[- ]time\b|\bdate-?time\b|\bYYYY-MM-DDT|\btimestamp\b", re.IGNORECASE)


_OWN_NAME = re.compile(
    r"^(?:the )?(?:first )?name of (?:the|a|an|your|one) (?:animal|pet|dog|cat|horse|child|person"
    r"|boat|plant|ship|team)|^which (?:pet|animal|child|team)\b",
    re.IGNORECASE,
)
"""Descriptions of what is written with a capital: "Name of the animal"."""


def kind_of(name: str, schema: Mapping[str, Any]) -> str:
    """choice, number, switch, list, moment (date and time), or what kind of text; `text` when nothing tells."""
    described = str(schema.get("description", ""))
    return _kind(name, type_of(schema), bool(schema.get("enum")), str(schema.get("format", "")).lower(), described)


@lru_cache(maxsize=REMEMBERED)
def _kind(name: str, json_type: str, has_members: bool, form: str, description: str) -> str:
    by_type = {"array": "list", "integer": "number", "number": "number", "boolean": "switch"}.get(json_type, "")
    if by_type == "list":
        return by_type
    return "choice" if has_members else _FORMATS.get(form) or by_type or _text_kind(name, description)


def _text_kind(name: str, description: str) -> str:
    described, named = words(description), identifier_words(name.rpartition(".")[2])
    if _OWN_NAME.search(description):
        return "person"
    if _MOMENT.search(description):
        return "moment"
    if _CLOCK.search(description):
        return "time"
    if is_currency(name, description):
        return "currency"
    if kind := next((kind for kind, members in _NAMED if members & set(named)), ""):
        return "place" if kind == "time" and "zone" in named else kind
    return _described_kind(described, description)


def _described_kind(described: list[str], description: str) -> str:
    if described[:1] in (["date"], ["day"]):
        return "date"
    if described[:1] == ["who"]:
        return "person"
    if described[:3] == ["name", "of", "the"]:
        return next((kind for kind, members in _NAMED if members & set(described[3:5]) and kind in _WITH_NAMES), "text")
    if _CODE_LIKE.search(description):
        return "identifier"
    some = set(described[:7])
    named_thing = described[:1] == ["name"]
    fitting = (kind for kind, members in _NAMED if members & some and not (named_thing and kind == "identifier"))
    return next(fitting, "text")


_CODE_LIKE = re.compile(r"(?:\be\.g\.|such as|for example|like)\s+['\"“]?(?=[A-Za-z]*\d)[A-Za-z\d-]+\b", re.IGNORECASE)
_WITH_NAMES = ("person", "venue", "place")


def role_of(name: str, schema: Mapping[str, Any]) -> str:
    """`from`, `to`, or nothing: which of two alike a parameter is."""
    named = set(identifier_words(name))
    if named & FROM:
        return "from"
    if named & TO:
        return "to"
    described = str(schema.get("description", ""))
    return "from" if _LEAVING.search(described) else "to" if _HEADING.search(described) else ""


def duration_unit_s(name: str, schema: Mapping[str, Any]) -> float | None:
    """The unit in seconds of a number that means a length of time."""
    for word in [*identifier_words(name), *words(str(schema.get("description", "")))]:
        if word in DURATION_S and (word != "s" or "_s" in name):
            return DURATION_S[word]
    return None


def stems_of(name: str, schema: Mapping[str, Any]) -> frozenset[str]:
    """The words that a parameter's name and description share with what people say about it."""
    return _stems(name, str(schema.get("description", "")))


@lru_cache(maxsize=REMEMBERED)
def _stems(name: str, described: str) -> frozenset[str]:
    return frozenset(stem(word) for word in [*identifier_words(name), *words(described)])


MEASURES: dict[str, tuple[str, float]] = {
    word: (dimension, factor)
    for dimension, factor, listed in (
        ("volume", 1.0, "liter liters litre litres l"), ("volume", 0.001, "milliliter milliliters millilitres ml"),
        ("volume", 0.25, "cup cups glass glasses"), ("mass", 1.0, "kilogram kilograms kilo kilos kg"),
        ("mass", 0.001, "gram grams g"), ("mass", 0.4536, "pound pounds lb lbs"), ("mass", 0.02835, "ounce "
         "ounces oz"),
        ("length", 1.0, "meter meters metre metres m"), ("length", 0.01, "centimeter centimeters centimetres cm"),
        ("length", 1000.0, "kilometer kilometers kilometre kilometres km"), ("length", 1609.344, "mile miles"),
        ("length", 0.3048, "foot feet"), ("length", 0.0254, "inch inches"),
        ("power", 1.0, "kilowatt kilowatts kw"), ("power", 0.001, "watt watts w"),
    )
    for word in listed.split()
}  # fmt: skip


DEGREES = frozenset(["celsius", "fahrenheit"])


def measured(value: float, said: str, wanted: str) -> float | None:
    """An amount in another unit; None when these two do not go together."""
    if said in DEGREES and wanted in DEGREES:
        return value if said == wanted else value * 1.8 + 32 if said == "celsius" else (value - 32) / 1.8
    there, here = MEASURES.get(said), MEASURES.get(wanted)
    if there is None or here is None or there[0] != here[0]:
        return None
    return value * there[1] / here[1]


def is_measured_in(said: str, name: str, schema: Mapping[str, Any]) -> bool:
    """Miles and kilometers go together, whichever of them the parameter wants."""
    own = [*identifier_words(name)[1:], *words(str(schema.get("description", "")))]
    there = MEASURES.get(said)
    return there is not None and any(there[0] == MEASURES[word][0] for word in own if word in MEASURES)


def in_its_unit(value: float, said: str, name: str, schema: Mapping[str, Any]) -> float:
    """Half a liter is 500 where milliliters are wanted; unchanged when a unit is not known."""
    own = [*identifier_words(name)[1:], *words(str(schema.get("description", "")))]
    here = next((word for word in own if word in MEASURES), "")
    made = measured(value, said, here)
    return value if made is None else round(made, 6)


_EXAMPLES = re.compile(r"['\"“](?P<quoted>[A-Za-z]{0,4}[- ]?\d{1,8}[A-Za-z]?)['\"”]|\b(?P<bare>[A-Z]{1,4}-?\d{1,8})\b")


def shape_of(schema: Mapping[str, Any]) -> re.Pattern[str] | None:
    """What a code looks like, by the examples in its description: "e.g. 'PX40017'"; None where none tells."""
    return _shape(str(schema.get("description", "")), type_of(schema))


@lru_cache(maxsize=REMEMBERED)
def _shape(described: str, json_type: str) -> re.Pattern[str] | None:
    if json_type != "string":
        return None
    shapes = {_like(found["quoted"] or found["bare"]) for found in _EXAMPLES.finditer(described)}
    return re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(shapes, key=len, reverse=True))})(?![\w-])") if shapes else None


def _like(example: str) -> str:
    letters = re.match(r"[A-Za-z]*", example)
    count = len(letters[0]) if letters else 0
    digits = len(re.findall(r"\d", example))
    ending = "[A-Za-z]?" if example[-1].isalpha() and digits else ""
    some = rf"\d{{{max(1, digits - 2)},{digits + 2}}}{ending}"
    return rf"[A-Za-z]{{{count}}}[- ]?{some}" if count else some
