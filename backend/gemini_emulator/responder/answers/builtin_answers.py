"""Answers that need no declared function: time, sums, units, days, chance, spelling."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zlib import crc32
from zoneinfo import ZoneInfo

from gemini_emulator.responder.answers import wishes
from gemini_emulator.responder.answers.fallback_answers import fresh
from gemini_emulator.responder.arguments import calendar, numbers_and_times, places
from gemini_emulator.responder.arguments.arithmetic import expression, numbers, value
from gemini_emulator.responder.conversation_state import Memory, Reply
from gemini_emulator.responder.functions.intent import plain
from gemini_emulator.responder.knowledge import countries, everyday, units
from gemini_emulator.responder.stemming import clean
from gemini_emulator.responder.text_limits import MAX_HEARD_CHARS

MAX_BEFORE = 6
"""Questions before this one that "and Italy?" may go on from."""
Trick = Callable[[str, Memory, datetime | None], str]

_TIME = re.compile(
    r"\b(?:what time is it|what's the time|what is the time|the time (?:now|please|in)|time is it|have the time)\b",
    re.I,
)
_DAY = re.compile(
    r"\b(?:what day|which day|what's today|what is today|(?:what's|what is) the (?:date|day)|today's date"
    r"|what date|what year|what month)\b",
    re.I,
)
_UNTIL = re.compile(
    r"\bhow (?:many (?P<unit>days|weeks)|long)(?: \w+){0,3}? (?:until|till|to|before)\b(?P<what>.+)$", re.I
)
_SPELL = re.compile(
    r"\b(?:spell|how do you spell|how is)\s+(?:the word )?(?P<word>[a-z'-]+)(?: spelled| spelt)?(?: please)?$", re.I
)
_BETWEEN = re.compile(r"\b(?:number|pick|choose).* (?:between|from) (?P<low>.+?) (?:and|to) (?P<high>.+)$", re.I)


def answer(heard: str, memory: Memory, now: datetime | None) -> Reply | None:
    """None when this is nothing of that kind."""
    said = clean(plain(heard))
    for trick in _TRICKS:
        if told := trick(said, memory, now):
            return Reply(memory, told)
    return None


def _clock(said: str, memory: Memory, now: datetime | None) -> str:
    if not _TIME.search(said):
        return ""
    if now is None:
        return "I don't have a clock here."
    where = places.place(said)
    zone = places.localised(where, {"description": "IANA"}) if where else None
    if where and (zone is None or "/" not in zone):
        return f"I don't know the time zone of {where.title()}."
    there = now.astimezone(ZoneInfo(zone)) if zone else now
    return f"It's {_spoken_time(there)}{f' in {where.title()}' if where else ''}."


def _day(said: str, memory: Memory, now: datetime | None) -> str:
    if not _DAY.search(said):
        return ""
    if now is None:
        return "I don't have a calendar here."
    asked = next((span.value for span in numbers_and_times.dates(said)), "today")
    day = calendar.day(asked, now.date()) or now.date()
    if "year" in said.lower():
        return f"It's {day.year}."
    lead = "Today" if day == now.date() else asked.capitalize()
    return f"{lead} is {day:%A}, {day:%B} {day.day}, {day.year}."


def _until(said: str, memory: Memory, now: datetime | None) -> str:
    found = _UNTIL.search(said)
    if not found or now is None:
        return ""
    what = clean(re.sub(r"^(?:the|my)\s+", "", found["what"].strip(), flags=re.IGNORECASE))
    spoken = next((span.value for span in numbers_and_times.dates(f"on {found['what'].strip()}")), what)
    day = calendar.day(spoken, now.date())
    if day is None:
        return ""
    days = (day - now.date()).days
    if days <= 0:
        return f"{what.capitalize()} is today." if days == 0 else ""
    weeks = f", that's about {_count(round(days / 7), 'week')}" if found["unit"] == "weeks" or days > 60 else ""
    named = (
        what.title().replace("'S", "'s")
        if spoken.split()[-1] in (*calendar.DAYS, *calendar.MONTHS) or spoken in calendar.FEASTS
        else what
    )
    return f"It's {_count(days, 'day')} until {named}{weeks}."


def _sum(said: str, memory: Memory, now: datetime | None) -> str:
    written = expression(said)
    if not written:
        return ""
    made = value(written)
    if made is None:
        return "That can't be worked out." if "/" in written else ""
    asked = f" {written} "
    for sign, word in ((" ** 0.5 ", " to the power of one half "), (" ** ", " to the power of "), (" * ", " times "),
                       (" / ", " divided by "), (" + ", " plus "), (" - ", " minus ")):  # fmt: skip
        asked = asked.replace(sign, word)
    short = "(" in asked or "half" in asked or "/ 100" in written
    about = "" if float(_number(made).replace(",", "")) == made else "about "
    return f"{'That' if short else asked.strip()} is {about}{_number(made)}."


def _units(said: str, memory: Memory, now: datetime | None) -> str:
    return units.answer(said)


def _world(said: str, memory: Memory, now: datetime | None) -> str:
    before = tuple(text[:MAX_HEARD_CHARS] for role, text in reversed(memory.turns) if role == "user")[:MAX_BEFORE]
    return countries.answer(said, before) or everyday.answer(said)


def _chance(said: str, memory: Memory, now: datetime | None) -> str:
    luck = crc32(f"{now} {len(memory.turns)} {memory.last('model')} {said}".encode())
    if re.search(r"\b(?:flip|toss|throw)\b.*\bcoin\b|\bheads or tails\b", said, re.I):
        return (
            fresh(("{}.", "It's {}.", "This time it's {}."), memory)
            .format("Heads" if luck % 2 else "Tails")
            .capitalize()
        )
    if re.search(r"\b(?:roll|throw|cast)\b.*\b(?:dice|die)\b", said, re.I):
        sides = next((int(number) for number in numbers(said.replace("-", " ")) if number > 3), 6)
        if re.search(r"\bdice\b", said, re.I) and not re.search(r"\b(?:a|one) dice\b", said, re.I):
            first, second = luck % sides + 1, (luck >> 8) % sides + 1
            return f"{first} and {second}, that makes {first + second}."
        return f"You rolled a {luck % sides + 1}."
    if re.search(r"\brock,? paper,? (?:and )?scissors\b", said, re.I):
        return f"I take {('rock', 'paper', 'scissors')[luck % 3]}. And you?"
    if (found := _BETWEEN.search(said)) and numbers(found["low"]) and numbers(found["high"]):
        low, high = sorted((int(numbers(found["low"])[0]), int(numbers(found["high"])[0])))
        return f"I pick {low + luck % (high - low + 1)}."
    return ""


def _spelling(said: str, memory: Memory, now: datetime | None) -> str:
    found = _SPELL.search(said)
    if not found or ("how is" in said.lower() and "spel" not in said.lower()):
        return ""
    return f"{found['word'].capitalize()}: {', '.join(letter.upper() for letter in found['word'] if letter.isalpha())}."


def _alphabet(said: str, memory: Memory, now: datetime | None) -> str:
    if not re.search(r"\b(?:say|tell|recite|know|what(?:'s| is)) (?:me )?the alphabet\b", said, re.I):
        return ""
    return f"{', '.join('ABCDEFGHIJKLMNOPQRSTUVWXYZ')}."


_TRICKS: tuple[Trick, ...] = (
    _until, _clock, _day, _units, _sum, _chance, _spelling, _alphabet, _world, wishes.answer,
)  # fmt: skip


def _spoken_time(at: datetime) -> str:
    return f"{at.hour % 12 or 12}:{at.minute:02d} {'AM' if at.hour < 12 else 'PM'}"


def _number(made: float) -> str:
    rounded = round(made, 2) if abs(made) >= 0.01 else made
    return f"{rounded:,.10g}" if abs(rounded) >= 10_000 else f"{rounded:.6g}"


def _count(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
