"""Parameters that are on or off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.responder.stemming import STOP, actions_in, stem, word_set, words

_ON = frozenset(["on", "yes", "enable", "true", "activate", "start"])
_OFF = frozenset(["off", "no", "disable", "false", "deactivate", "stop"])
_STATES = word_set("on off state enabled enable active activate power value switch start")
_EXPLAINED = re.compile(r"\b(?P<value>true|false)\s*(?:is|means|=|for|:|to)?\s+(?:to )?(?P<word>[a-z]+)", re.IGNORECASE)
_ALSO = {
    "shuffle": word_set("random randomly shuffled jumbled"), "repeat": word_set("loop again"),
    "urgent": word_set("urgently immediately asap"), "gift": word_set("present wrapped"),
    "open": word_set("open opened"), "nonstop": word_set("direct"), "direct": word_set("nonstop"),
    "monthly": word_set("month"), "weekly": word_set("week"), "daily": word_set("day"),
}  # fmt: skip
_MIXED = frozenset(["shuffle", "shuffled", "random"])
_ANY_ORDER = re.compile(r"\bany order\b|\bmixed(?: all)? up\b")


def is_described(described: Mapping[str, Any], said: list[str]) -> bool:
    """ "Every month", where the description of a switch says just that."""
    own = [word for word in words(str(described.get("description", ""))) if word not in STOP]
    return 0 < len(own) <= 3 and {stem(word) for word in own} <= {stem(word) for word in said}


def explained(described: Mapping[str, Any], said: list[str]) -> bool | None:
    """By what the description says of true and false: "true blocks, false unblocks"."""
    meant = {
        found["word"].lower(): found["value"].lower() == "true"
        for found in _EXPLAINED.finditer(str(described.get("description", "")))
    }
    stems = {stem(word) for word in said}
    for word, value in sorted(meant.items(), key=lambda pair: -len(pair[0])):
        if stem(word) in stems:
            return value
    undone = {word[2:] for word in said if word.startswith("un") and len(word) > 4}
    for word, value in meant.items():
        if actions_in([word]) & actions_in(list(undone)):
            return not value
        if actions_in([word]) & actions_in(said):
            return value
    return None


def switched(named: list[str], said: list[str]) -> bool | None:
    """By on and off where the name is a state; otherwise by the parameter's own word: locked, vegetarian."""
    if set(named) & _STATES:
        if set(said) & _OFF:
            return False
        return True if set(said) & _ON else None
    for word in named:
        root = stem(word)
        for index, heard in enumerate(said):
            if heard.startswith("un") and stem(heard[2:]) == root:
                return False
            if stem(heard) == root:
                return said[max(0, index - 1)] not in ("no", "not", "without", "non", "don't", "never")
    for word in named:
        if _ALSO.get(word, frozenset()) & set(said) or (word in _MIXED and _ANY_ORDER.search(" ".join(said))):
            return True
    return None
