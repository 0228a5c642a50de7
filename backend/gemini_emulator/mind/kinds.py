"""What a parameter means, by its type, its name and the first words of its description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.mind.words import identifier_words, stem, words

_NAMED: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (kind, frozenset(members.split()))
    for kind, members in (
        ("language", "language lang locale"),
        ("unit", "unit units"),
        ("currency", "currency"),
        ("venue", "restaurant venue shop store hotel cafe bar cinema theater"),
        ("place", "city location place town country region area address where destination origin departure arrival "
                  "airport station room timezone tz zone"),
        ("person", "recipient contact person who whom receiver friend attendee callee addressee"),
        ("message", "message body content"),
        ("title", "title label subject heading summary"),
        ("expression", "expression formula equation calculation arithmetic math problem"),
        ("time", "time hour"),
        ("date", "date day when"),
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
TO = frozenset(["to", "target", "destination", "arrival", "into"])


def kind_of(name: str, schema: Mapping[str, Any]) -> str:
    """choice, number, switch, or what kind of text: place, date, person, ...; `text` when nothing tells."""
    if schema.get("enum"):
        return "choice"
    json_type = str(schema.get("type", "string")).lower()
    if json_type in ("integer", "number"):
        return "number"
    if json_type == "boolean":
        return "switch"
    described = words(str(schema.get("description", "")))
    named = identifier_words(name)
    if _CLOCK.search(str(schema.get("description", ""))):
        return "time"
    for kind, members in _NAMED:
        if members & set(named):
            return "place" if kind == "time" and "zone" in named else kind
    return next((kind for kind, members in _NAMED if members & set(described[:7])), "text")


def role_of(name: str, schema: Mapping[str, Any]) -> str:
    """`from`, `to`, or nothing: which of two alike a parameter is."""
    named = set(identifier_words(name))
    if named & FROM:
        return "from"
    return "to" if named & TO else ""


def duration_unit_s(name: str, schema: Mapping[str, Any]) -> float | None:
    """The unit in seconds of a number that means a length of time."""
    for word in [*identifier_words(name), *words(str(schema.get("description", "")))]:
        if word in DURATION_S and (word != "s" or "_s" in name):
            return DURATION_S[word]
    return None


def stems_of(name: str, schema: Mapping[str, Any]) -> frozenset[str]:
    """The words that a parameter's name and description share with what people say about it."""
    return frozenset(stem(word) for word in [*identifier_words(name), *words(str(schema.get("description", "")))])
