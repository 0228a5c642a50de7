"""Limits on the text the offline responder reads at once: some of its patterns take quadratic time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MAX_HEARD_CHARS = 500
"""About a minute of speech."""
MAX_INSTRUCTION_CHARS = 2_000
MAX_RESULT_CHARS = 1_000
"""Of one text in a result: a voice says 60 words."""
MAX_DEPTH = 12
TOO_LONG = "That was a lot at once. Could you tell me in one or two sentences?"

_SENTENCE_ENDS = re.compile(r"[.!?…]\s")


def graspable(heard: str) -> str:
    """What is heard, of something long its last whole sentences; nothing when there are none that are short enough.

    Words and numbers are never cut: half a number is another one.
    """
    if len(heard) <= MAX_HEARD_CHARS:
        return heard
    tail = heard[-MAX_HEARD_CHARS:]
    found = _SENTENCE_ENDS.search(tail)
    return tail[found.end() :].strip() if found else ""


def bounded(value: Any, depth: int = 0) -> Any:
    """A result with texts of a length that can be read, and no deeper than anybody says it."""
    if isinstance(value, str):
        return value[:MAX_RESULT_CHARS]
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {str(name)[:MAX_RESULT_CHARS]: bounded(each, depth + 1) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [bounded(each, depth + 1) for each in value]
    return value
