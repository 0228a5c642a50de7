"""Requests with the calls that are right for them, put to the local engine's mind and judged.

Two forms are read. A `.json` list of `{"offered": SET, "said": [...], "call" | "calls" | "asks": ...}`, where earlier
lines are said to the mind, too. And JSON lines as in `blind/README.md`, where the calls of earlier turns are given.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
"""For the mind it is always noon of this Wednesday."""
REQUESTS = Path(__file__).resolve().parents[2] / "tests" / "emulator" / "responder" / "requests"
RIGHT = "right"
NEEDLESS = "called or asked although nothing was wanted"


@dataclass(frozen=True, slots=True)
class Expected:
    """One call that is due. `args` maps a name to the values of which each is right."""

    name: str
    args: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    """Where the call lacks something: the arguments that may be asked for."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is said, with what was said and called before it, and what is due; nothing is due for mere talk."""

    said: tuple[str, ...]
    functions: Functions
    expected: tuple[Expected, ...] = ()
    before: tuple[tuple[str, tuple[Call, ...]], ...] = ()
    """Earlier turns whose calls are given: the user's words and these calls."""


@dataclass
class Tally:
    """What the mind made of one set."""

    due: int = 0
    right: int = 0
    quiet: int = 0
    needless: int = 0
    misses: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    """Each miss with what came instead."""

    @property
    def right_share(self) -> float:
        return self.right / self.due if self.due else 1.0

    @property
    def needless_share(self) -> float:
        return self.needless / self.quiet if self.quiet else 0.0

    def __str__(self) -> str:
        return f"{self.right} of {self.due} right ({self.right_share:.1%}), {self.needless} of {self.quiet} needless"


def read(path: Path) -> list[Request]:
    """The requests of a file in either form."""
    text = path.read_text("utf-8")
    if path.suffix == ".jsonl":
        own = path.parent / "functions.json"
        declared = own if own.exists() else REQUESTS / "blind" / "functions.json"
        return from_lines(text, json.loads(declared.read_text("utf-8")))
    books = [json.loads((path.parent / name).read_text("utf-8")) for name in BOOKS if (path.parent / name).exists()]
    return [_from_list(given, books) for given in json.loads(text)]


BOOKS = ("functions.json", "fresh_functions.json", "invented_functions.json")
"""Where the sets of functions of the `.json` lists stand."""


def is_as_committed(path: Path, name: str = "", folder: str = "blind") -> bool:
    """Whether a file has the SHA-256 that was committed in `folder` for its name, before the rules were made.

    `name`: where the file is called otherwise.
    """
    known = [
        line.split()
        for hashes in sorted((REQUESTS / folder).glob("*.sha256"))
        for line in hashes.read_text().splitlines()
    ]
    return [sha256(path.read_bytes()).hexdigest(), name or path.name] in known


def from_lines(text: str, functions: Sequence[Mapping[str, Any]]) -> list[Request]:
    """The requests of JSON lines over these functions."""
    known = {str(function["name"]): function for function in functions}
    return [_from_line(json.loads(line), known) for line in text.splitlines() if line.strip()]


def _from_line(given: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> Request:
    return Request(
        said=(given["said"],),
        functions=tuple(known.values() if given["offered"] == "all" else (known[name] for name in given["offered"])),
        expected=tuple(
            Expected(
                due["name"],
                {name: _choices_of(value) for name, value in (due.get("args") or {}).items()},
                frozenset(due.get("optional") or ()),
                tuple(due.get("missing") or ()) if due.get("ask") else (),
            )
            for due in given.get("expect") or ()
        ),
        before=tuple(
            (turn["user"], tuple(Call(call["name"], call["args"]) for call in turn["called"]))
            for turn in given.get("context") or ()
        ),
    )


def _choices_of(value: Any) -> tuple[Any, ...]:
    return tuple(value["any_of"]) if isinstance(value, Mapping) and "any_of" in value else (value,)


def _from_list(given: Mapping[str, Any], books: Iterable[Mapping[str, Any]]) -> Request:
    books = list(books)
    own = next(book for book in books if given["offered"] in book["sets"])
    known: dict[str, Mapping[str, Any]] = {}
    for book in [own, *books]:
        for function in book["functions"]:
            known.setdefault(function["name"], function)
    functions = tuple(known[name] for name in own["sets"][given["offered"]])
    due: tuple[Expected, ...] = ()
    if "asks" in given:
        due = (Expected("", missing=(given["asks"],)),)
    for name, args in given.get("calls") or ([given["call"]] if "call" in given else []):
        due += (Expected(name, {key: _spellings(value, given) for key, value in args.items()}),)
    return Request(tuple(given["said"]), functions, due)


def _spellings(value: Any, given: Mapping[str, Any]) -> tuple[Any, ...]:
    """A list names several right spellings, unless the argument itself is a list."""
    return tuple(value) if isinstance(value, list) and not given.get("list") else (value,)


def reply_to(request: Request) -> Reply:
    """The thought about the last of these words."""
    mind, memory = Companion(lambda: NOON), Memory()
    for words, calls in request.before:
        last = calls[-1] if calls else memory.last_call
        memory = replace(memory.with_turn("user", words).with_turn("model", "Done."), last_call=last)
    thought = Reply(memory)
    for words in request.said:
        thought = mind.reply_to_user(words, memory, request.functions)
        memory = thought.memory.with_turn("user", words).with_turn("model", thought.say)
    return thought


def verdict(request: Request, thought: Reply) -> str:
    """`RIGHT`, or the kind of miss."""
    asked = thought.memory.asked_for
    if not request.expected:
        return NEEDLESS if thought.calls or asked or thought.memory.proposed else RIGHT
    if all(due.missing for due in request.expected):
        due = request.expected[0]
        if thought.calls:
            return "called although something was missing"
        wrong = asked is None or asked[1] not in due.missing or (due.name and asked[0].name != due.name)
        if wrong or not thought.say.endswith("?"):
            return "did not ask for what was missing"
        return RIGHT
    if not thought.calls:
        if thought.memory.proposed:
            return "asked whether it should"
        return "asked for what was said" if asked else "did nothing"
    if sorted(call.name for call in thought.calls) != sorted(due.name for due in request.expected):
        return "called another function, or not all"
    left = list(thought.calls)
    for due in request.expected:
        made = next((call for call in left if is_same(due, call)), None)
        if made is None:
            return "filled an argument wrongly"
        left.remove(made)
    return RIGHT


def is_same(due: Expected, made: Call) -> bool:
    """Every argument is right, none is missing, and none is there that was not said."""
    if made.name != due.name or due.args.keys() - made.args.keys() - due.optional:
        return False
    if made.args.keys() - due.args.keys() - due.optional:
        return False
    return all(
        _plain(made.args[name]) in [_plain(choice) for choice in choices]
        for name, choices in due.args.items()
        if name in made.args
    )


def _plain(value: Any) -> Any:
    """Capitals, articles, the full stop at the end and the order of a list are no difference."""
    if isinstance(value, list):
        return sorted((_plain(one) for one in value), key=str)
    if not isinstance(value, str):
        return value
    return re.sub(r"^(?:the|a|an|some) ", "", value.lower().strip(" .,!?"))


def tally(requests: Iterable[Request], think: Callable[[Request], Reply] = reply_to) -> Tally:
    """Put all of them to the mind."""
    count = Tally()
    for request in requests:
        thought = think(request)
        found = verdict(request, thought)
        if request.expected:
            count.due += 1
            count.right += found == RIGHT
        else:
            count.quiet += 1
            count.needless += found != RIGHT
        if found != RIGHT:
            count.misses[found] = count.misses.get(found, 0) + 1
            made = "; ".join(f"{call.name} {dict(call.args)}" for call in thought.calls) or thought.say
            count.lines.append(f"{' / '.join(request.said)} -> {made} ({found})")
    return count
