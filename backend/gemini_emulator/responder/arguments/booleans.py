"""Parameters that are on or off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gemini_emulator.responder.stemming import STOP, stem, word_set, words

_ON = frozenset(["on", "yes", "enable", "true", "activate", "start"])
_OFF = frozenset(["off", "no", "disable", "false", "deactivate", "stop"])
_STATES = word_set("on off state enabled enable active activate power value switch start")


def is_described(described: Mapping[str, Any], said: list[str]) -> bool:
    """ "Every month", where the description of a switch says just that."""
    own = [word for word in words(str(described.get("description", ""))) if word not in STOP]
    return 0 < len(own) <= 3 and {stem(word) for word in own} <= {stem(word) for word in said}


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
    return None
