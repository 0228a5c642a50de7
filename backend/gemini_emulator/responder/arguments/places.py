"""Places and questions in the words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from gemini_emulator.responder.arguments.request_words import ORDERS
from gemini_emulator.responder.stemming import clean, words

_DAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_DATE = re.compile(
    rf"\b(?:on |for |this |next )?(today|tonight|tomorrow|yesterday|the day after tomorrow|{_DAYS}|weekend|"
    rf"\d{{4}}-\d{{2}}-\d{{2}})(?:'s)?\b",
    re.IGNORECASE,
)
_FILLER = re.compile(
    r"\b(?:right now|at the moment|at this moment|currently|please|now|this week|thank you|thanks|these days|"
    r"for me|like|going to be|in (?:celsius|fahrenheit)|(?:degrees )?(?:celsius|fahrenheit))\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|around|for|of|over)\s+(?:the city of |the town of )?(?:the )?(.+)$", re.IGNORECASE
)
_IN = re.compile(r"\bin\s+(?:the city of |the town of )?(?:the )?(.+)$", re.IGNORECASE)
_NOWHERE = frozenset(["here", "there", "outside", "me", "my", "area", "city", "town", "place"])
_NO_PLACE = frozenset(["what", "which", "how", "who", "when", "where", "why", "all", "least", "once", "night", "work"])
"""A place does not begin with these."""
_STARTERS = frozenset(
    [
        "it",
        "it's",
        "what",
        "what's",
        "whats",
        "how",
        "how's",
        "is",
        "will",
        "does",
        "do",
        "tell",
        "give",
        "show",
        "get",
        "can",
        "could",
        "should",
        "check",
        "i",
        "i'm",
        "i'd",
        "i'll",
        "i've",
        "we'd",
        "we'll",
        "the",
        "and",
        "or",
        "please",
        "hey",
        "hi",
        "hello",
        "okay",
        "ok",
        "so",
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
        "wikipedia",
        "google",
        "search",
        "look",
        "when",
        "when's",
        "where",
        "where's",
        "who",
        "which",
        "why",
        "did",
        "are",
        "was",
        "has",
        "have",
        "any",
        "we",
        "we're",
        "let's",
        "let",
    ]
)
_TWO_PLACES = re.compile(r",? and (?!(?:tobago|herzegovina|nevis|barbuda|the grenadines|principe|miquelon)\b)", re.I)

# What people say before they ask.
_OPENING = re.compile(
    r"^(?:(?:excuse me|pardon(?: me)?|sorry|well|oh|um|uh|hi|hello|hey|listen|right|yes|no|now|okay|ok|so|great|"
    r"good (?:morning|afternoon|evening)|thanks|thank you|by the way|actually)(?: (?:again|there))?[,.!]?\s+)+",
    re.IGNORECASE,
)
_BEHIND = re.compile(r",\s*(?:what|how|will|is|are|please|i|do|can|could|\w+ing)\b", re.IGNORECASE)

_ASKING = re.compile(
    r"^(?:please |hey |so |okay |ok |and |well )*"
    r"(?:(?:can|could|would|will) you |i(?:'d| would) like to know |i want to know |do you know |"
    r"let me know |i need to know |you know )?(?:please )?",
    re.IGNORECASE,
)
_SEARCHING = re.compile(
    r"^(?:search(?: (?:the )?(?:web|internet|wikipedia|google))?(?: for| about)?|look (?:up|for)|"
    r"find(?: out)?(?: about)?|google|tell me(?: (?:more|something|a bit|a little))?(?: about| of)?|"
    r"what do you know about|"
    r"give me (?:some )?information (?:on|about)|information (?:on|about)|"
    r"(?:who|what|where)(?:'s| is| was| are| were)|how \w+ (?:is|are|was|were)|how (?:do|does|did)|"
    r"what does|when(?:'s| is| was| were| did)|who)\s+",
    re.IGNORECASE,
)
_TRAILING = re.compile(
    r"\s+(?:on (?:the )?(?:web|internet|wikipedia|google)|(?<!was )born|die|died|invented|founded|built|located|mean|"
    r"works?|for me|please|again)$",
    re.IGNORECASE,
)


_BEHIND_PLACE = re.compile(
    r"(?:[.?!;]\s|,\s+(?:make|set|turn|it|and|so|please|can|could|I|we|no)\b|\s+(?:doesn't|isn't|don't|won't|does|has|is|are"
    r"|because|but|while|since|and (?:I|we|it|need|want|have|get|give|show|tell)|as well|too|also)\b).*$"
)
"""What is said about a place."""


def place(heard: str) -> str | None:
    """The place that the words name: "In Paris, what is it like?", "Excuse me, what is it like in Paris?"."""
    text = _OPENING.sub("", clean(_FILLER.sub(" ", _DATE.sub(" ", heard))))
    behind = _BEHIND.search(text)
    if not behind:
        return _place_in(text)
    return _place_in(text[: behind.start()]) or _place_in(text[behind.start() :].lstrip(", "))


def _place_in(text: str) -> str | None:
    text = re.sub(r"(?:\s+(?:in|at|for|on|of|to|from|by|with))+$", "", text)
    found = _IN.search(text) or _last(_PLACE, text)
    if found:
        named = clean(re.sub(r"\s+in\s+", ", ", _BEHIND_PLACE.sub("", found[1])))
        said = words(named)
        return None if not said or set(said) <= _NOWHERE or said[0] in _NO_PLACE else named
    return _capitalised(text)


def places(named: str) -> list[str]:
    """ "Paris and London" -> both; "Trinidad and Tobago" is one."""
    return [part for part in (clean(piece) for piece in _TWO_PLACES.split(named)) if part]


def date(heard: str) -> str | None:
    found = _DATE.search(heard)
    return found[1].lower().replace("tonight", "today").replace("weekend", "saturday") if found else None


def query(heard: str) -> str:
    """What a question is about, without the asking."""
    text = clean(heard)
    text = _ASKING.sub("", text, count=1)
    while (shorter := clean(_SEARCHING.sub("", text, count=1))) != text and shorter:
        text = shorter
    text = clean(_TRAILING.sub("", text))
    return re.sub(r"^(?:the|a|an)\s+(?=\S)", "", text, flags=re.IGNORECASE)


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found, at = None, 0
    while match := pattern.search(text, at):
        found, at = match, match.start() + 1
    return found


def _capitalised(text: str) -> str | None:
    runs: list[list[str]] = [[]]
    for index, word in enumerate(text.split()):
        bare = word.strip(",.?!").removesuffix("'s")
        if bare[:1].isupper() and bare.lower() not in _STARTERS | ORDERS and not (index == 0 and bare.isupper()):
            runs[-1].append(bare)
        elif runs[-1]:
            runs.append([])
    best = max(runs, key=len)
    return " ".join(best) or None


def localised(named: str | None, schema: Mapping[str, Any]) -> str | None:
    """A parameter described with names like Europe/Paris wants those."""
    if named and re.search(r"IANA|[A-Z][a-z]+/[A-Z][a-z]+", str(schema.get("description", ""))):
        return _zones().get(named.split(",")[0].strip().lower(), named)
    return named


@cache
def _zones() -> dict[str, str]:
    return {zone.rsplit("/", 1)[-1].replace("_", " ").lower(): zone for zone in sorted(available_timezones())}
