"""Numbers that are said as a part of a whole or as one of its ends: "halfway", "all the way", "shut"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.responder.arguments.numbers_and_times import Span
from gemini_emulator.responder.stemming import actions_in, identifier_words, phrasal_verbs, stem, words

_PART = re.compile(
    r"\b(?:(?:by|to|at|only|just|about) )*(?:"
    r"(?P<half>half[ -]?way|half|midway|in the middle)"
    r"|(?P<count>an?|one|two|three|four) (?P<of>third|quarter|fifth)s?"
    r"|(?P<least>(?:the )?minimum|the lowest)"
    r"|(?P<whole>all the way|(?:the )?whole way|fully|completely|entirely|totally|wide(?= open)|(?:the )?max(?:imum)?"
    r"|full(?: blast| volume| power)?|as (?:\w+) as (?:possible|it goes|it gets)|the highest))\b"
    r"(?! (?:past|to (?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\d)|an? (?:hour|liter|litre"
    r"|dozen"
    r"|kilo|pound|cup|mile)|(?:of )?an hour|hour|dozen))(?P<way> (?:of the )?way)?(?P<other> (?:closed|shut|down|up"
    r"|open"
    r"|full))?",
    re.IGNORECASE,
)
_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4}
_PIECES = {"third": 3, "quarter": 4, "fifth": 5}
_ENDS = re.compile(
    r"\b(?P<number>\d+)\s*(?:is|means|=|for|:)?\s*(?:fully |completely |entirely |wide |the "
    r"|totally )?(?P<word>[a-z]+)",
    re.IGNORECASE,
)
_WINDOW = re.compile(r"\bwindows?\b", re.IGNORECASE)
_UP, _DOWN = re.compile(r"\bup\b", re.IGNORECASE), re.compile(r"\bdown\b", re.IGNORECASE)
_LOW = re.compile(r"\b(?:down|off|mute|silent|shut|close)\b", re.IGNORECASE)
_SILENT = frozenset(["off", "zero", "silent", "nothing", "mute", "none"])
MAX_PERCENT = 100.0


def range_of(name: str, schema: Mapping[str, Any]) -> tuple[float, float] | None:
    """The least and the greatest value, where "half" of it means something."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return float(least), float(most)
    tokens = [*identifier_words(name), *words(str(schema.get("description", "")))]
    return (0.0, MAX_PERCENT) if {"percent", "percentage", "pct"} & set(tokens) else None


def ends_of(schema: Mapping[str, Any]) -> dict[str, float]:
    """What the description says of single values: "0 is closed, 100 fully open" -> closed 0, open 100."""
    described = str(schema.get("description", ""))
    return {found["word"].lower(): float(found["number"]) for found in _ENDS.finditer(described)}


def share_in(text: str, name: str, schema: Mapping[str, Any], heard: str) -> Span | None:
    """The value of a part: "a third of the way" of 0 to 100 is 33."""
    limits = range_of(name, schema)
    found = _PART.search(text) if limits else None
    if found is None or limits is None:
        return None
    least, most = limits
    if found["whole"] or found["least"]:
        end = end_in(heard, schema)
        low = found["least"] or (end is None and _LOW.search(heard))
        value = least if low else most if end is None else end
    else:
        part = 0.5 if found["half"] else _COUNTS[found["count"].lower()] / _PIECES[found["of"].lower()]
        said = (found["other"] or "").strip().lower()
        shut = said in ("closed", "shut") or bool(found["way"] and end_in(heard, schema) == least)
        shut = shut and least in ends_of(schema).values()
        value = least + (most - least) * (1 - part if shut else part)
    return Span(found.start(), found.end(), f"{round(value, 1):g}")


def end_in(heard: str, schema: Mapping[str, Any]) -> float | None:
    """The end that the words name: "shut it" is 0 where "0 is closed"."""
    ends = ends_of(schema)
    if not ends:
        return None
    said = [*words(heard), *phrasal_verbs(heard), *_direction(heard)]
    stems, senses = {stem(word) for word in said}, actions_in(said)
    for word, value in ends.items():
        if stem(word) in stems or actions_in([word]) & senses:
            return value
        if word in _SILENT and _SILENT & set(said):
            return value
    return None


def _direction(heard: str) -> list[str]:
    """A window that goes down opens; a blind that goes down closes."""
    opened, closed = (_DOWN, _UP) if _WINDOW.search(heard) else (_UP, _DOWN)
    return ["open"] * bool(opened.search(heard)) + ["close"] * bool(closed.search(heard))
