"""Times, dates, durations and numbers in the words, with their places, so that no word is used twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, partial

from gemini_emulator.responder.arguments.arithmetic import NUMBER_WORDS, numbers
from gemini_emulator.responder.arguments.leftovers import GONE
from gemini_emulator.responder.stemming import stem, words

_WORD_NUMBER = "(?:" + "|".join(sorted(NUMBER_WORDS, key=len, reverse=True)) + ")"
_NUMBER = (
    rf"(?:\d[\d,]*(?:\.\d+)?|{_WORD_NUMBER}\b"
    rf"(?:(?:[ -]| point |(?<=hundred) and |(?<=thousand) and ){_WORD_NUMBER}\b)*)"
)
_SHORT = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|0?[1-9])"
_MINUTES = rf"(?:[0-5]\d|(?:oh |o )?{_WORD_NUMBER}(?:[ -]{_WORD_NUMBER})?)"
_HALF_OF_DAY = (
    r"(?:\s*(?P<half>[ap]\.?\s?m\b\.?)|\s*o'?clock|\s+(?:in the |this )?(?P<part>morning|afternoon|evening)"
    r"|\s+(?:at )?(?P<night>night|tonight))"
)
_SURELY_A_TIME = re.sub(r"\?P<\w+>", "?:", _HALF_OF_DAY)
_BEFORE_TIME = r"(?:\b(?:at|for|by|around|from|until) )?"
_TIME = re.compile(
    rf"{_BEFORE_TIME}\b(?:(?P<noon>noon|midday|midnight)"
    rf"|(?P<past>half|(?:a )?quarter|{_NUMBER})(?: minutes)? (?P<way>past|to|after|before) (?P<whole>{_SHORT})\b"
    rf"|(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?!\d)"
    rf"|(?P<spoken>{_SHORT})(?: (?P<spoken_minute>{_MINUTES}))?(?={_SURELY_A_TIME})"
    rf"|(?<=at )(?P<bare>{_SHORT}|1[3-9]|2[0-3])(?: (?P<bare_minute>[0-5]\d|thirty|fifteen|forty[ -]five))?"
    r"(?=[,.?!]|$| (?:on|for|in|at|with|and|to|please|next|this|today|tomorrow)\b))"
    rf"{_HALF_OF_DAY}*",
    re.IGNORECASE,
)
_ALONE = re.compile(rf"^(?P<spoken>{_SHORT})(?: (?P<spoken_minute>{_MINUTES}))?[.!?]?$", re.IGNORECASE)
_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_MONTHS = "january|february|march|april|may|june|july|august|september|october|november|december"
_DAY_OF_MONTH = rf"(?:\d{{1,2}}(?:st|nd|rd|th)?|{_WORD_NUMBER}|twenty[ -]\w+|thirt\w+|\w+(?:st|nd|rd|th))"
_DATE = re.compile(
    rf"\b(?:(?:on|for|this|starting|from|until|by) )*(?P<date>(?:the )?day after tomorrow|today|tonight|tomorrow"
    rf"|yesterday|(?:next )?(?:{_DAYS})|(?:next |this )?weekend|next (?:week|month)|\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|(?:(?:the )?{_DAY_OF_MONTH} of (?:{_MONTHS})|(?:{_MONTHS}) (?:the )?{_DAY_OF_MONTH})(?:,? 20\d\d)?"
    r"|christmas(?: eve| day)?|new year's(?: eve| day)?|halloween|valentine's day"
    r"|(?<=on )the (?:\d{1,2}(?:st|nd|rd|th)|(?:twenty|thirty)[ -]\w+(?:st|nd|rd|th)|\w+(?:st|nd|rd|th))"
    r"(?! (?:floor|time|of))"
    rf"|in (?:an?|{_NUMBER}) (?:days?|weeks?|months?))\b(?:'s)?(?P<part> (?:morning|afternoon|evening|night)\b)?",
    re.IGNORECASE,
)
UNIT_S = {"second": 1.0, "sec": 1.0, "minute": 60.0, "min": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
_ONE_DURATION = (
    rf"(?:half an hour|(?:a )?quarter of an hour|(?:three quarters of an|an?|{_NUMBER})(?: and a half)?[ -]"
    r"(?:seconds?|secs?|minutes?|mins?|hours?)\b(?: and (?:a half|a quarter|three quarters))?)"
)
_DURATION = re.compile(
    rf"\b(?:(?:for|of|in|under|less than|(?:nothing |no |not )?(?:longer|more) than|within|at most|no more than|up to"
    rf"|about|around|only|another"
    rf"|the next) )*(?P<duration>{_ONE_DURATION}(?:,? (?:and )?{_ONE_DURATION})*)",
    re.I,
)
_AMOUNT = re.compile(rf"(?<![\w.])[$€£¥]?(?P<number>{_NUMBER})(?:st|nd|rd|th)?(?P<mark>\s?[%°$€£¥])?", re.I)


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the words and what it means."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, and the words around it, the nearest first."""

    start: int
    end: int
    value: float
    after: tuple[str, ...]
    before: tuple[str, ...]


def times(text: str) -> list[Span]:
    """Times of day as HH:MM."""
    found = _ALONE.match(text.strip())
    if found:
        return [Span(0, len(text), _clock(found))]
    return [Span(match.start(), match.end(), _clock(match)) for match in _TIME.finditer(text)]


_FROM_TILL = re.compile(
    rf"\b(?:from|between) (?P<first>{_SHORT})(?P<minute> (?:thirty|fifteen|forty[ -]five|[0-5]\d))?"
    r" (?:to|till|until|and|through) ",
    re.IGNORECASE,
)


def whole_hours(text: str) -> str:
    """ "From two till half past three in the afternoon": the first time gets the half of the day of the second."""
    found = _FROM_TILL.search(text)
    second = next(iter(times(text[found.end() :])), None) if found else None
    if not found or second is None or second.start:
        return text
    hour = int(numbers(found["first"])[0])
    minute = int(numbers(found["minute"])[0]) if found["minute"] else 0
    end = int(second.value[:2])
    hour += 12 if end >= 13 and hour < 12 and hour + 12 <= end else 0
    return f"{text[: found.start()]}from {hour}:{minute:02d} to {second.value}{text[found.end() + second.end :]}"


def later(text: str) -> list[Span]:
    """ "In half an hour": the value is in seconds."""
    found = re.finditer(
        rf"\bin (?P<duration>{_ONE_DURATION}(?:,? (?:and )?{_ONE_DURATION})*)|\b(?P<from>{_ONE_DURATION}) from now\b",
        text,
        re.I,
    )
    return [Span(one.start(), one.end(), str(_seconds((one["duration"] or one["from"]).lower()))) for one in found]


def part_of_day(text: str) -> str:
    """Morning, afternoon, evening, night, tonight, or nothing."""
    found = re.search(r"\b(?:morning|afternoon|evening|tonight|night)\b", text, re.IGNORECASE)
    return found[0].lower() if found else ""


_WORDY = rf"(?:{_WORD_NUMBER}\b(?:[ -]{_WORD_NUMBER}\b)*|\d+)"
_MEASURE = (
    r"(?:lit(?:er|re)s?|milli\w+|cups?|pounds?|kilos?|kilograms?|grams?|miles?|kilomet\w+|met(?:er|re)s?"
    r"|degrees?|percent"
    r"|inches|feet|ounces|gallons?|pints?|stars?)"
)


def fractions(text: str) -> str:
    """ "Two and a half degrees" -> 2.5 degrees, "half a liter" -> 0.5 liter, "a dozen eggs" -> 12 eggs."""

    text = re.sub(
        r"\b(an?|the|another|this|that)( (?!\w*\b(?:hundred"
        r"|day)\b)\w+)? one\b",
        r"\1\2",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(
        rf"\b({_WORDY}) (?:more|extra|additional) (?=(?:seconds?|minutes?|mins?|hours?|days?|weeks?|months?)\b)",
        r"\1 ",
        text,
        flags=re.IGNORECASE,
    )
    text = re.sub(rf"\b({_WORDY}) and a half\b", partial(_with_part, part=0.5), text, flags=re.IGNORECASE)
    text = re.sub(rf"\b({_WORDY}) and (?:a|one) quarter\b", partial(_with_part, part=0.25), text, flags=re.IGNORECASE)
    text = re.sub(rf"\b({_WORDY}) and three quarters\b", partial(_with_part, part=0.75), text, flags=re.IGNORECASE)
    text = re.sub(r"\b(?:a|one) (thousand|million) and a half\b", r"1.5 \1", text, flags=re.IGNORECASE)
    text = re.sub(r"\bhalf a (thousand|million)\b", r"0.5 \1", text, flags=re.IGNORECASE)
    text = _PRICE.sub(_with_cents, text)
    text = re.sub(r"\b(\d+\.\d+) (hundred|thousand|million)\b", _scaled, text, flags=re.IGNORECASE)
    text = re.sub(rf"\bhalf an? (?={_MEASURE}\b)", "0.5 ", text, flags=re.IGNORECASE)
    text = re.sub(rf"\b(?:a|one) quarter (?:of an? )?(?={_MEASURE}\b)", "0.25 ", text, flags=re.IGNORECASE)
    text = re.sub(rf"\b(?:a|one) ({_MEASURE}) and a half\b", r"1.5 \1", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(twice)\b(?! (?:as|the|a|an|per|more|that))", "2 times", text, flags=re.IGNORECASE)
    text = re.sub(r"\bhalf a dozen\b", "6", text, flags=re.IGNORECASE)
    text = re.sub(r"\b(?:a|one) dozen\b", "12", text, flags=re.IGNORECASE)
    return re.sub(r"\b(?:a couple of|a pair of)(?= \w)", "2", text, flags=re.IGNORECASE)


_PRICE = re.compile(
    rf"\b(?P<whole>{_WORDY}) (?P<money>dollars?|euros?|pounds?|francs?|bucks)(?: and)? (?P<cents>{_WORDY})(?: cents?"
    rf"| pence)?\b",
    re.I,
)


def _with_cents(found: re.Match[str]) -> str:
    """ "Twelve pounds fifty" -> 12.5 pounds."""
    whole, cents = numbers(found["whole"]), numbers(found["cents"])
    if len(whole) != 1 or len(cents) != 1 or not 1 <= cents[0] < 100:
        return found[0]
    return f"{whole[0] + cents[0] / 100:g} {found['money']}"


def _with_part(found: re.Match[str], part: float) -> str:
    said = numbers(found[1])
    return f"{said[-1] + part:g}" if len(said) == 1 else found[0]


def _scaled(found: re.Match[str]) -> str:
    return f"{float(found[1]) * {'hundred': 100, 'thousand': 1_000, 'million': 1_000_000}[found[2].lower()]:g}"


def dates(text: str) -> list[Span]:
    """Days in the words that were said: "tomorrow", "friday", "march 5"."""
    out = []
    for found in _DATE.finditer(text):
        said = re.sub(r"^the ", "", found["date"].lower())
        said = said.replace("tonight", "today").replace("this weekend", "saturday")
        said = said.replace("next saturday", "next weekend") if "next weekend" in found["date"].lower() else said
        end = found.start("part") if found["part"] else found.end()
        out.append(Span(found.start(), end, "saturday" if said == "weekend" else said))
    return out


def durations(text: str) -> list[Span]:
    """Lengths of time; the value is in seconds."""
    return [
        Span(found.start(), found.end(), str(_seconds(found["duration"].lower()))) for found in _DURATION.finditer(text)
    ]


def amounts(text: str) -> list[Amount]:
    """Numbers as digits or spelled out; digits said one by one are one number each."""
    return list(_amounts(text))


@lru_cache(maxsize=512)
def _amounts(text: str) -> tuple[Amount, ...]:
    out = []
    for found in _AMOUNT.finditer(text):
        sided = " sided" if re.match(r"[ -]sided\b", text[found.end() :], re.IGNORECASE) else ""
        values = numbers(found["number"] + sided)
        after = tuple(words((found["mark"] or "").replace("%", " percent").replace("°", " degrees")))
        after += tuple(words(re.split(r"[,.?!](?:\s|$)", text[found.end() :])[0])[:4])
        before = tuple(reversed(words(text[: found.start()])[-3:]))
        for index, value in enumerate(values):
            later = tuple(str(number) for number in values[index + 1 :])
            out.append(Amount(found.start(), found.end(), value, (*later, *after)[:4], before))
    return tuple(out)


def blank(text: str, start: int, end: int) -> str:
    """The words without that piece; every other word keeps its place."""
    return text[:start] + GONE * (end - start) + text[end:]


def near(amount: Amount, stems: frozenset[str]) -> float:
    """How close after the number one of these words stands: 3 for the next word, then less; 0 for none."""
    for distance, word in enumerate(amount.after[:3]):
        if stem(word) in stems:
            return 3.0 - distance
    return 0.0


_PARTS = {"a half": 0.5, "a quarter": 0.25, "three quarters": 0.75}


def _seconds(text: str) -> float:
    text = text.replace("three quarters of an hour", "45 minutes").replace("quarter of an hour", "15 minutes")
    text = re.sub(r"half an hour", "30 minutes", text)
    total = 0.0
    for found in re.finditer(
        rf"(an?|{_NUMBER})( and a half)?[ -](second|sec|minute|min|hour)s?\b( and (?:a half|a quarter"
        rf"|three quarters))?",
        text,
    ):
        count = 1.0 if found[1] in ("a", "an") else numbers(found[1])[0]
        part = (found[4] or "").removeprefix(" and ")
        total += (count + (0.5 if found[2] else _PARTS.get(part, 0.0))) * UNIT_S[found[3]]
    return total


def _clock(found: re.Match[str]) -> str:
    groups = found.groupdict()
    hour, minute = _hour_and_minute(groups)
    half, part = (groups.get("half") or "").lower(), (groups.get("part") or "").lower()
    late = half.startswith("p") or part in ("afternoon", "evening") or bool(groups.get("night"))
    if late and hour < 12:
        hour += 12
    elif (half.startswith("a") or part == "morning") and hour == 12:
        hour = 0
    return f"{hour % 24:02d}:{minute:02d}"


def _hour_and_minute(groups: dict[str, str | None]) -> tuple[int, int]:
    if noon := groups.get("noon"):
        return (0 if noon.lower() == "midnight" else 12), 0
    if past := groups.get("past"):
        whole = int(numbers(groups["whole"] or "")[0])
        minutes = 30 if past.lower() == "half" else 15 if "quarter" in past.lower() else int(numbers(past)[0])
        return (whole, minutes) if groups["way"] in ("past", "after") else (whole - 1, 60 - minutes)
    for hour, minute in (("hour", "minute"), ("spoken", "spoken_minute"), ("bare", "bare_minute")):
        if said := groups.get(hour):
            later = numbers((groups.get(minute) or "0").removeprefix("oh ").removeprefix("o "))
            return int(numbers(said)[0]), min(59, int(later[0])) if later else 0
    return 0, 0
