"""Several wishes in one sentence, each its own call: "mute the guitar and the drums", "set a timer and play jazz"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gemini_emulator.responder.arguments import schemas
from gemini_emulator.responder.arguments.arguments import Reader
from gemini_emulator.responder.arguments.free_text import message_in
from gemini_emulator.responder.arguments.numbers_and_times import amounts
from gemini_emulator.responder.arguments.parameter_kinds import kind_of
from gemini_emulator.responder.conversation_state import Call, Functions
from gemini_emulator.responder.functions import scoring
from gemini_emulator.responder.functions.intent import Manner, wish
from gemini_emulator.responder.functions.selection import CERTAIN, Choice, calls, choose
from gemini_emulator.responder.stemming import words

_BETWEEN = re.compile(
    r"(?:,|;)?\s+(?:and(?: then| also)?|then|also|plus)\s+(?:please |then |also )?|[;.?!]\s+(?:and |then "
    r"|also )*(?=\w)",
    re.IGNORECASE,
)
MAX_SPLITS = 4
_POINTS_BACK = re.compile(r"\b(?:it|them|that|those|him|her)\b", re.IGNORECASE)
_NEVER_SAID = (["set"], ["turn"], ["play"], ["switch"])
"""Orders that are meant for the machine, also behind a message."""
PLAIN = 2
"""Arguments that tell a wish without a verb."""
TELLING_APART = ("choice", "place", "person", "venue", "identifier")
"""Kinds of arguments of which one call takes one: two of them are two calls."""


def calls_in(
    heard: str, choice: Choice, functions: Functions, now: datetime | None
) -> tuple[list[Call], str, Mapping[str, Any]]:
    """All calls, the first argument that one lacks, and the function that lacks it."""
    for left, right in _halves(heard):
        one, two = choose(left, functions), choose(right, functions)
        if one and two and _stand_alone(one, left, two, right, now):
            first, lacking, _ = calls_in(left, one, functions, now)
            second, missing, other = calls_in(right, two, functions, now)
            if not lacking:
                return [*first, *(call for call in second if call not in first)], missing, other
    found, missing = calls(choice.function, heard, now)
    if not missing and (more := _once_more(heard, choice, now)):
        return more, "", choice.function
    return found, missing, choice.function


def _halves(heard: str) -> list[tuple[str, str]]:
    """Where the sentence may be two; not inside a message."""
    quoted = message_in(heard, True)
    end = quoted.start() if quoted else len(heard)
    numbers = [(one.start, one.end) for one in amounts(heard)]
    found = [
        one
        for one in list(_BETWEEN.finditer(heard))[:MAX_SPLITS]
        if one.start() > 0 and not any(start <= one.start() and one.end() <= end for start, end in numbers)
    ]
    plain = [one for one in found if one.end() <= end or words(heard[one.end() :])[:1] in _NEVER_SAID]
    return [(heard[: one.start()], heard[one.end() :]) for one in plain]


def _stand_alone(one: Choice, left: str, two: Choice, right: str, now: datetime | None) -> bool:
    """Each half says plainly what it wants; the second one has its verb or is for another function."""
    if calls(one.function, left, now)[1] or calls(two.function, right, now)[1]:
        return False
    manner = wish(right)
    if manner is None:
        return True
    if one.function is two.function:
        return manner.manner in (Manner.ORDER, Manner.QUESTION) and not _POINTS_BACK.search(manner.words)
    reader = Reader(two.function, right, now=now)
    plain = len(reader.read().keys() - reader.guessed)
    ordered = manner is not None and manner.manner is not Manner.FRAGMENT
    return ordered or scoring.notes(two.function) or plain >= PLAIN or (two.score >= CERTAIN and not reader.guessed)


def _once_more(heard: str, choice: Choice, now: datetime | None) -> list[Call]:
    """ "The north field for ten minutes and the south field for fifteen": the second with what the first has."""
    for left, right in _halves(heard):
        first, missing = calls(choice.function, left, now)
        if missing or len(first) != 1:
            continue
        reader = Reader(choice.function, right, now=now)
        found = {name: value for name, value in reader.read().items() if name not in reader.guessed}
        args = schemas.flattened(first[0].args)
        found |= _bare_numbers(choice.function, right, args, found, now)
        kinds = {name: kind_of(name, described) for name, described in schemas.properties(choice.function).items()}
        apart = [
            name for name, value in found.items() if kinds[name] in TELLING_APART and args.get(name, value) != value
        ]
        if apart:
            more = Call(first[0].name, schemas.nested({**args, **found}))
            rest = _once_more(right, choice, now)
            return [first[0], more, *(call for call in rest[1:] if call not in (first[0], more))]
    return []


def _bare_numbers(
    function: Mapping[str, Any], said: str, args: Mapping[str, Any], found: Mapping[str, Any], now: datetime | None
) -> dict[str, Any]:
    """ "The cat thirty grams and the dog a hundred": the second number needs no unit."""
    numbers = [
        name
        for name, described in schemas.properties(function).items()
        if kind_of(name, described) == "number" and name in args and name not in found
    ]
    if len(numbers) != 1 or len(amounts(said)) != 1:
        return {}
    read = Reader(function, said, answering=True, now=now).read()
    return {name: value for name, value in read.items() if name in numbers}
