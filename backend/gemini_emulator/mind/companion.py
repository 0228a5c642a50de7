"""The default mind: small talk, the client's functions, and honesty about the rest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gemini_emulator.mind import phrases, slots, smalltalk
from gemini_emulator.mind.arguments import Reader
from gemini_emulator.mind.choose import CERTAIN, Choice, calls, choose, missing_in, parameters
from gemini_emulator.mind.foreign import is_foreign
from gemini_emulator.mind.kinds import kind_of
from gemini_emulator.mind.memory import Call, Functions, Memory, Result, Thought
from gemini_emulator.mind.words import clean, human, words

_FURTHER = re.compile(r"^(?:and|or|then|but|so|what about|how about|and what about|and how about|in|for|at)\b", re.I)
_FURTHER_WORDS = re.compile(
    r"^(?:(?:and|or|then|but|so|also|please|okay|ok)\b[ ,]*)*(?:(?:what|how) about|what is it|in|for|at)?\b[ ,]*", re.I
)
_SECOND_WISH = re.compile(r",? (?:and(?: also| then)?|also) (?=\w+ )", re.IGNORECASE)
WORDED = frozenset(["place", "venue", "person", "text", "query", "title", "message", "identifier", "language", "unit"])
"""Kinds of parameter that an answer of any words can be."""
LONGEST_ECHO = 160
"""Characters of the user's words said back."""


@dataclass(frozen=True, slots=True)
class Companion:
    """Deterministic. English."""

    def think(self, heard: str, memory: Memory, functions: Functions) -> Thought:
        if not clean(heard):
            return _nudged(memory, functions)
        if not words(heard) or is_foreign(heard):
            return Thought(memory, "I only understand English.")
        answered = replace(memory, asked_for=None)
        if memory.asked_for and (thought := _supplied(heard, memory.asked_for, answered, functions)):
            return thought
        if chat := smalltalk.reply(heard, answered, functions):
            return chat
        choice = choose(heard, functions)
        vague = choice is None or choice.score < CERTAIN or _goes_on(heard, choice, answered)
        if vague and (thought := _further(heard, answered, functions)):
            return thought
        if choice:
            return _call(heard, choice, answered, functions)
        return _honest(heard, answered)

    def report(self, results: Sequence[Result], memory: Memory) -> Thought:
        return Thought(memory, phrases.spoken(results))


def _nudged(memory: Memory, functions: Functions) -> Thought:
    """The client wants a reply without new words: greet, or answer what is still open."""
    if memory.turns and memory.turns[-1][0] == "user":
        last = memory.turns[-1][1]
        return Companion().think(last, replace(memory, turns=memory.turns[:-1]), functions)
    return smalltalk.reply("hello", memory, functions) or Thought(memory)


def _call(heard: str, choice: Choice, memory: Memory, functions: Functions) -> Thought:
    wishes = _wishes(heard, functions) if choice.score >= CERTAIN else [(heard, choice.function)]
    made: list[Call] = []
    for words_of_it, function in wishes or [(heard, choice.function)]:
        found, missing = calls(function, words_of_it)
        if missing:
            return Thought(replace(memory, asked_for=(found[0], missing)), _question(missing))
        made.extend(call for call in found if call not in made)
    return Thought(replace(memory, last_call=made[-1]), calls=tuple(made))


def _wishes(heard: str, functions: Functions) -> list[tuple[str, Mapping[str, Any]]]:
    """ "The weather in Paris and the time in Tokyo" are two, when each half says plainly what it wants."""
    parts = _SECOND_WISH.split(heard)
    found = [(part, choose(part, functions)) for part in parts]
    plain = [(part, choice.function) for part, choice in found if choice and choice.score >= CERTAIN]
    return plain if len(parts) > 1 and len(plain) == len(parts) else []


def _goes_on(heard: str, choice: Choice, memory: Memory) -> bool:
    """ "And in yen?" is about the last call, unless it has everything that a call of its own needs."""
    last = memory.last_call
    if last is None or last.name != choice.function.get("name") or not _FURTHER.match(heard):
        return False
    return bool(calls(choice.function, heard)[1])


def _supplied(heard: str, asked: tuple[Call, str], memory: Memory, functions: Functions) -> Thought | None:
    """The argument that was asked for, if that is what came. Others may come with it; another one may be missing."""
    call, name = asked
    function = _declared(call.name, functions)
    choice = choose(heard, functions)
    if function is None or (choice and choice.score >= CERTAIN and choice.function is not function):
        return None
    if smalltalk.reply(heard, memory, functions):
        return None
    schema = (parameters(function).get("properties") or {}).get(name, {})
    found = Reader(function, heard, answering=True).read()
    if name not in found and kind_of(name, schema) in WORDED:
        said = clean(_FURTHER_WORDS.sub("", clean(heard), count=1)).removesuffix(" please").rstrip(", ")
        found = {name: said} if said else {}
    if name not in found:
        return None
    made = Call(call.name, {**found, **call.args, name: found[name]})
    if missing := missing_in(function, made.args):
        return Thought(replace(memory, asked_for=(made, missing)), _question(missing))
    return Thought(replace(memory, last_call=made), calls=(made,))


def _further(heard: str, memory: Memory, functions: Functions) -> Thought | None:
    """ "And tomorrow?", "What about London?": the last call with what is new."""
    last = memory.last_call
    function = _declared(last.name, functions) if last else None
    if last is None or function is None or not (_FURTHER.match(heard) or slots.date(heard)):
        return None
    rest = clean(_FURTHER_WORDS.sub("", clean(heard), count=1))
    rest = clean(re.sub(r"[ ,]+(?:too|as well|please|then|instead)$", "", rest, flags=re.IGNORECASE))
    if not rest or len(rest.split()) > 6:
        return None
    changed = _changed(rest, function)
    if not changed:
        return None
    made = Call(last.name, {**last.args, **changed})
    return Thought(replace(memory, last_call=made), calls=(made,))


def _changed(rest: str, function: Mapping[str, Any]) -> dict[str, Any]:
    properties: Mapping[str, Mapping[str, Any]] = parameters(function).get("properties") or {}
    kinds = {name: kind_of(name, schema) for name, schema in properties.items()}
    out = Reader(function, f"in {rest}", answering=True).read()
    places = [name for name, kind in kinds.items() if kind == "place" and name not in out]
    where = slots.place(f"in {rest}") if not slots.date(rest) or slots.place(rest) else None
    if places and where and not out.keys() - {name for name, kind in kinds.items() if kind == "date"}:
        out[places[-1]] = slots.localised(where, properties[places[-1]])
    if not out:
        named = next((name for name, kind in kinds.items() if kind == "query"), None)
        if named and "place" not in kinds.values():
            out[named] = slots.query(rest)
    return out


def _question(missing: str) -> str:
    return f"What {human(missing)}?" if missing in ("expression", "query") else f"Which {_label(missing)}?"


def _honest(heard: str, memory: Memory) -> Thought:
    said = clean(heard)
    echo = said if len(said) <= LONGEST_ECHO else said[:LONGEST_ECHO].rsplit(" ", 1)[0] + " and so on"
    if memory.introduced:
        return Thought(memory, f"I heard: {echo}. The offline engine has no answer to that.")
    return Thought(
        replace(memory, introduced=True),
        f"I heard: {echo}. I am the offline engine, so I cannot answer that. {smalltalk.CONNECT}",
    )


def _declared(name: str, functions: Functions) -> Mapping[str, Any] | None:
    return next((function for function in functions if function.get("name") == name), None)


def _label(name: str) -> str:
    return {"location": "place", "tz": "time zone"}.get(name, human(name))
