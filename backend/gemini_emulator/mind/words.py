"""Words, their stems, and the concepts that different words for the same thing share."""

from __future__ import annotations

import re

_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?|\d+(?:\.\d+)?")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")

STOP = frozenset(
    [
        "a",
        "an",
        "the",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "am",
        "do",
        "does",
        "did",
        "can",
        "could",
        "would",
        "should",
        "will",
        "shall",
        "may",
        "might",
        "must",
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "me",
        "my",
        "your",
        "his",
        "her",
        "its",
        "our",
        "their",
        "this",
        "that",
        "these",
        "those",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "from",
        "by",
        "with",
        "about",
        "and",
        "or",
        "but",
        "not",
        "no",
        "please",
        "what",
        "who",
        "whom",
        "whose",
        "which",
        "when",
        "where",
        "why",
        "how",
        "there",
        "here",
        "if",
        "then",
        "than",
        "as",
        "so",
        "just",
        "also",
        "have",
        "has",
        "had",
        "get",
        "got",
        "give",
        "tell",
        "show",
        "let",
        "us",
        "want",
        "need",
        "like",
        "know",
        "some",
        "any",
        "one",
        "named",
        "current",
        "currently",
        "now",
        "name",
        "if",
    ]
)

CONCEPTS: dict[str, frozenset[str]] = {
    "weather": frozenset(
        [
            "weather",
            "forecast",
            "temperature",
            "rain",
            "raining",
            "rainy",
            "snow",
            "snowing",
            "snowy",
            "sunny",
            "cloudy",
            "wind",
            "windy",
            "storm",
            "umbrella",
            "humid",
            "humidity",
            "hot",
            "cold",
            "warm",
            "degrees",
            "celsius",
            "fahrenheit",
            "meteorology",
        ]
    ),
    "clock": frozenset(["time", "clock", "hour", "timezone", "zone", "date", "o'clock"]),
    "lookup": frozenset(
        [
            "search",
            "look",
            "lookup",
            "find",
            "google",
            "wikipedia",
            "wiki",
            "encyclopedia",
            "web",
            "internet",
            "information",
            "info",
            "fact",
            "facts",
            "query",
            "article",
            "browse",
        ]
    ),
    "arithmetic": frozenset(
        [
            "calculate",
            "calculator",
            "calculation",
            "compute",
            "math",
            "maths",
            "mathematics",
            "arithmetic",
            "sum",
            "expression",
            "evaluate",
            "plus",
            "minus",
            "multiply",
            "multiplied",
            "divide",
            "divided",
            "percentage",
            "percentages",
            "add",
            "subtract",
        ]
    ),
    "light": frozenset(["light", "lights", "lamp", "lamps", "bulb", "bulbs", "brightness", "dim"]),
    "music": frozenset(["music", "song", "songs", "track", "album", "playlist", "artist", "play"]),
    "timer": frozenset(["timer", "alarm", "countdown", "remind", "reminder", "wake"]),
    "message": frozenset(["message", "email", "mail", "send", "sms", "text"]),
    "calendar": frozenset(["calendar", "meeting", "appointment", "schedule", "event", "events", "agenda"]),
    "money": frozenset(
        [
            "currency",
            "exchange",
            "dollar",
            "dollars",
            "euro",
            "euros",
            "convert",
            "conversion",
            "pound",
            "pounds",
            "yen",
        ]
    ),
    "travel": frozenset(["route", "directions", "distance", "drive", "flight", "train", "travel"]),
    "translate": frozenset(["translate", "translation"]),
    "news": frozenset(["news", "headlines", "headline"]),
    "stock": frozenset(["stock", "stocks", "share", "shares", "price", "quote", "ticker"]),
    "order": frozenset(["order", "buy", "purchase", "pizza"]),
}


def words(text: str) -> list[str]:
    """Lower-case words and numbers."""
    return [found.lower() for found in _WORD.findall(text)]


def identifier_words(name: str) -> list[str]:
    """`getCurrent_weather` -> get, current, weather."""
    return words(_CAMEL.sub(" ", name).replace("_", " ").replace("-", " "))


def human(name: str) -> str:
    """An identifier as a person would say it."""
    return " ".join(identifier_words(name))


def stem(word: str) -> str:
    """Enough to match `lights` with `light` and `turning` with `turn`."""
    word = word.removesuffix("'s")
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending) + ("y" if ending == "ies" else "")
    return word


def content_stems(tokens: list[str]) -> frozenset[str]:
    return frozenset(stem(token) for token in tokens if token not in STOP)


def concepts_in(tokens: list[str]) -> frozenset[str]:
    found = {token.removesuffix("'s") for token in tokens}
    return frozenset(concept for concept, members in CONCEPTS.items() if found & members)


def clean(text: str) -> str:
    """One line, without the punctuation at the end."""
    return " ".join(text.split()).strip(" .,!?;:")
