"""Days and times as a calendar writes them, from the words of `spans` and the time that it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from gemini_emulator.responder.arguments.arithmetic import NUMBER_WORDS, numbers

_Day = TypeVar("_Day", date, datetime)
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
FEASTS = {
    "christmas": (12, 25), "christmas day": (12, 25), "christmas eve": (12, 24), "new year's eve": (12, 31),
    "new year's day": (1, 1), "new year": (1, 1), "new year's": (1, 1), "halloween": (10, 31),
    "valentine's day": (2, 14),
}  # fmt: skip
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12, "twentieth": 20,
    "thirtieth": 30,
}  # fmt: skip
_PARTS = {"morning": 9, "afternoon": 15, "evening": 19, "night": 21, "tonight": 20}
_ISO = re.compile(r"YYYY-?MM-?DD|\bISO\b|\bISO-?8601\b", re.IGNORECASE)
_OR_WORDS = re.compile(r"\btomorrow\b|\bweekday\b", re.IGNORECASE)
_SAID_SHORTLY = frozenset(["today", "tomorrow", *DAYS])


def wants_iso(schema: Mapping[str, Any], said: str) -> bool:
    """The parameter is described as a calendar date, and words like "tomorrow" are not offered as well."""
    if str(schema.get("format", "")).lower() in ("date", "date-time"):
        return True
    described = str(schema.get("description", ""))
    return bool(_ISO.search(described)) and not (said in _SAID_SHORTLY and _OR_WORDS.search(described))


def day(said: str, today: date) -> date | None:
    """The day meant by "next tuesday", "the third of may", "in two weeks"; the coming one when no year is said."""
    said = re.sub(r"^(?:the|this|on|coming) ", "", said.lower().strip())
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", said):
        return _valid(int(said[:4]), int(said[5:7]), int(said[8:]))
    steps = {"today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2, "yesterday": -1, "next week": 7}
    if said in steps:
        return today + timedelta(days=steps[said])
    if said in FEASTS:
        return _coming(*FEASTS[said], today)
    return _weekday(said, today) or _counted(said, today) or _of_month(said, today)


def moment(said: str, clock: str, seconds: float | None, part: str, now: datetime) -> str:
    """Date and time as ISO 8601 without zone; "in half an hour" counts from now."""
    if seconds is not None:
        then = _later(now, seconds)
        return then.replace(tzinfo=None, microsecond=0).isoformat() if then else ""
    found = day(said, now.date()) if said else now.date()
    if found is None or not (said or clock):
        return ""
    hour, minute = (int(piece) for piece in clock.split(":")) if clock else (_PARTS.get(part, 9), 0)
    when = datetime(found.year, found.month, found.day, hour, minute)  # noqa: DTZ001 - as people say it: no zone
    if not said and when < now.replace(tzinfo=None):
        when += timedelta(days=1)
    return when.isoformat()


def _weekday(said: str, today: date) -> date | None:
    after_next = said.startswith("next ")
    name = said.removeprefix("next ").replace("weekend", "saturday")
    if name not in DAYS:
        return None
    if after_next:
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7)
        return monday + timedelta(days=DAYS.index(name))
    return today + timedelta(days=(DAYS.index(name) - today.weekday() - 1) % 7 + 1)


def _counted(said: str, today: date) -> date | None:
    found = re.fullmatch(r"(?:in )?(an?|one|[\w -]+?) (day|week|month)s?(?: from (?:now|today))?", said)
    if not found:
        return None
    counts = [1.0] if found[1] in ("a", "an", "next") else numbers(found[1])
    if not counts:
        return None
    count = int(counts[0])
    if found[2] == "month":
        months = today.month - 1 + count
        return _valid(today.year + months // 12, months % 12 + 1, min(today.day, 28))
    return _later(today, count * (7 if found[2] == "week" else 1) * 86_400)


def _of_month(said: str, today: date) -> date | None:
    month = next((number for number, name in enumerate(MONTHS, 1) if re.search(rf"\b{name}\b", said)), 0)
    year = re.search(r"\b(20\d\d)\b", said)
    rest = re.sub(rf"\b(?:{'|'.join(MONTHS)}|of|the|20\d\d)\b|,", " ", said)
    number = _ordinal(rest.strip())
    if not number:
        return None
    if not month:
        return _valid(today.year, today.month, number) if number >= today.day else _next_month(today, number)
    return _valid(int(year[1]), month, number) if year else _coming(month, number, today)


def _ordinal(said: str) -> int:
    said = re.sub(r"(\d)(?:st|nd|rd|th)\b", r"\1", said.replace("-", " "))
    total = 0
    for word in said.split():
        root = word.removesuffix("th")
        found = _ORDINALS.get(word) or NUMBER_WORDS.get(root) or (int(root) if root.isdigit() else 0)
        if not found:
            return 0
        total += found
    return total if total <= 31 else 0


def _coming(month: int, number: int, today: date) -> date | None:
    found = _valid(today.year, month, number)
    return _valid(today.year + 1, month, number) if found and found < today else found


def _next_month(today: date, number: int) -> date | None:
    return _valid(today.year + today.month // 12, today.month % 12 + 1, number)


def _valid(year: int, month: int, number: int) -> date | None:
    try:
        return date(year, month, number)
    except (ValueError, OverflowError):
        return None


def _later(moment: _Day, seconds: float) -> _Day | None:
    """None: the calendar does not reach so far."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return None
