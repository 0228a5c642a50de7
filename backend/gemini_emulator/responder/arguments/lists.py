"""Lists in the words: "leeks, potatoes and a bit of cream"; each item stays whole."""

from __future__ import annotations

import re

from gemini_emulator.responder.arguments.leftovers import GONE
from gemini_emulator.responder.stemming import clean

_BETWEEN = re.compile(r"\s*,\s*(?:and |or |plus |also )?|\s+(?:and(?: also)?|or|plus|as well as|&)\s+", re.IGNORECASE)
_SOME = re.compile(
    r"^(?:(?:and|also|plus|or|then|maybe|please|out of|low on|short of|running out of)\b[ ,]*)*"
    r"(?:(?:a (?:bit|little|few|couple|handful|lot|pinch|drop|touch|piece)(?: bit)? of|(?:some|any|more|the|a|an|my"
    r"|our|those|these)(?: more)?)\s+)*",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?:,?\s+(?:please|too|as well|again|also|for me|for us|thanks|thank you|instead|then|now|today|or so|or something"
    r"|and that's (?:it|all)|for (?:the )?(?:next|this|my|our) \w+|lying (?:around|about)|left(?: over)?|here|at home"
    r"|(?:in|from|at|on"
    r"|to) (?:the|my|our) (?:fridge|house|kitchen"
    r"|cupboard|pantry|freezer"
    r"|store|shop|shops|supermarket|market|list|cart|basket|garden)))+$",
    re.IGNORECASE,
)
_WHERE = re.compile(
    r"\s+(?:to|on|onto|in|into|from|off|for|at|by|next time|when|because|before|after|tonight|tomorrow)\b.*$",
    re.IGNORECASE,
)
_KEPT = re.compile(r"\b(?:salt|mac|fish|bread|peanut butter|gin|rum|bed) and (?:pepper|cheese|chips|butter|jelly"
                   r"|tonic|coke|breakfast)\b", re.I)  # fmt: skip
_JOINED = "\x01"
MAX_ITEMS = 20


def items_in(text: str) -> list[str]:
    """The items of a list, without articles, and without where they go: "milk and eggs on the list" -> milk, eggs."""
    whole = _BEHIND.sub("", clean(text.replace(GONE, " ")))
    whole = _KEPT.sub(lambda found: found[0].replace(" and ", _JOINED), whole)
    parts = [clean(part) for part in _BETWEEN.split(whole)[:MAX_ITEMS]]
    out = [clean(_BEHIND.sub("", _SOME.sub("", part))).replace(_JOINED, " and ") for part in parts if part]
    return [item for item in out if item]


def without_place(text: str) -> str:
    """What stands in front of the first preposition."""
    return clean(_WHERE.sub("", text))
