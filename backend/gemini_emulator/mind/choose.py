"""Which of the declared functions the words ask for, by names, descriptions and parameters. None is known here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemini_emulator.mind import choices, slots
from gemini_emulator.mind.arguments import Reader
from gemini_emulator.mind.arithmetic import expression
from gemini_emulator.mind.kinds import kind_of, stems_of
from gemini_emulator.mind.memory import Call, Functions
from gemini_emulator.mind.mood import request
from gemini_emulator.mind.spans import amounts, near
from gemini_emulator.mind.texts import LANGUAGES
from gemini_emulator.mind.words import concepts_in, content_stems, identifier_words, word_set, words

CERTAIN = 3.0
"""From here on the words name the function's subject."""
NEXT = 3.0
ENOUGH = 1.5
"""Below this no function is called."""

_CLOCK = re.compile(
    r"\b(?:what(?:'s| is)? (?:the )?(?:current |local )?(?:time|date)|time is it|the time\b|(?:current|local) time|"
    r"time in|time zone|what day (?:is|of)|which day is|today's date|o'clock)\b",
    re.IGNORECASE,
)
_OPEN_QUESTION = re.compile(
    r"\b(?:who|whom|whose|what|what's|where|when|why|how|which|tell me (?:more )?about|do you know|explain|define)\b",
    re.I,
)
_SEARCH = re.compile(r"\b(?:search|look up|look for|google|wikipedia|find out)\b", re.IGNORECASE)
BY_PHRASE = frozenset(["clock", "lookup", "arithmetic"])
"""Concepts whose words are too common to count alone."""
LIBRARY = word_set(
    "search lookup look google wikipedia wiki encyclopedia web internet information info fact facts query knowledge"
)
_PHRASES = {
    "travel": re.compile(r"\b(?:take|bring|drive|guide|lead) (?:me|us) to\b|\bhow (?:do|can) (?:i|we) get to\b", re.I),
    "translate": re.compile(
        rf"\b(?:say|mean|called|word for|translated?)\b.* (?:in|into|to) (?:{'|'.join(sorted(LANGUAGES))})\b", re.I
    ),
    "message": re.compile(r"^(?:\W*(?:please|can you|could you)\b)*\W*text (?!to\b|into\b|in\b)\w+", re.I),
}
_ASIDE = re.compile(
    r"\b(?:tell me|(?:do|can|could|would) you (?:know|tell me|explain)|i (?:want|would like) to know)\b", re.I
)
_PERSONAL = re.compile(r"\b(?:you|your|yourself|i|my|me|mine|we|us)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """A function and how sure the words are."""

    function: Mapping[str, Any]
    score: float


def subjects(heard: str) -> dict[str, float]:
    """What the words are about, and how plainly."""
    tokens = words(heard)
    # A unit behind a number tells less of what it is about: "a tip on 40 dollars" is about a tip.
    units = {amount.after[0] for amount in amounts(heard) if amount.after}
    plain = concepts_in([token for token in tokens if token not in units])
    found = {concept: 3.0 if concept in plain else 1.5 for concept in concepts_in(tokens) - BY_PHRASE}
    for concept, phrase in _PHRASES.items():
        if phrase.search(heard):
            found[concept] = 4.0
    if expression(heard):
        found["arithmetic"] = 5.0
    if _CLOCK.search(heard):
        found["clock"] = 4.0
    if _SEARCH.search(heard):
        found["lookup"] = 4.5
    elif _OPEN_QUESTION.search(heard) and not _PERSONAL.search(_ASIDE.sub("", heard)):
        found["lookup"] = 2.6
    return found


def choose(heard: str, functions: Functions) -> Choice | None:
    """The best function, or None when none fits or nothing is asked for."""
    wish = request(heard)
    if not wish:
        return None
    about, said = subjects(wish), content_stems(words(wish))
    scored = [Choice(function, _score(function, about, said, wish)) for function in functions if function.get("name")]
    best = max(scored, key=lambda choice: choice.score, default=None)
    return best if best and best.score >= ENOUGH else None


def calls(function: Mapping[str, Any], heard: str) -> tuple[list[Call], str]:
    """The calls with arguments from the words, and the name of a required argument that they lack, if any."""
    args = Reader(function, request(heard) or heard).read()
    return _one_for_each_place(function, args), missing_in(function, args)


def missing_in(function: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    """The first required argument that is not there, or nothing."""
    return next((name for name in parameters(function).get("required") or [] if name not in args), "")


def parameters(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """The declaration's schema, whichever of its two spellings was used."""
    found = function.get("parameters") or function.get("parametersJsonSchema") or {}
    return found if isinstance(found, Mapping) else {}


def _score(function: Mapping[str, Any], about: Mapping[str, float], said: frozenset[str], heard: str) -> float:
    name = identifier_words(function["name"])
    description = words(str(function.get("description", "")))
    named, described = concepts_in(name), concepts_in(description)
    score = 0.0
    for concept, weight in about.items():
        if concept == "lookup" and not _looks_anything_up([*name, *description], named, described):
            continue
        score += weight * (1.0 if concept in named else 0.6 if concept in described else 0.0)
    score += 2.0 * len(said & content_stems(name))
    score += 0.6 * len((said - content_stems(name)) & content_stems(description))
    score += 1.5 * _counts_its_own(function, heard)
    return score + _fitting(function, said, heard) if score else 0.0


def _counts_its_own(function: Mapping[str, Any], heard: str) -> bool:
    """ "Five stars", where a parameter counts stars."""
    properties: Mapping[str, Mapping[str, Any]] = parameters(function).get("properties") or {}
    own = [
        stems_of(name, described) - content_stems(["number", "amount", "many", "much", "per", "each"])
        for name, described in properties.items()
        if kind_of(name, described) == "number"
    ]
    return any(near(amount, stems) >= NEXT for amount in amounts(heard) for stems in own)


def _looks_anything_up(tokens: list[str], named: frozenset[str], described: frozenset[str]) -> bool:
    """A search for flights is no encyclopedia, and to find is not to know."""
    if not LIBRARY & set(tokens):
        return False
    if "lookup" in named:
        return named <= {"lookup"}
    return described <= {"lookup"} and not named


def _fitting(function: Mapping[str, Any], said: frozenset[str], heard: str) -> float:
    """How well the words fit the parameters; it decides between functions that are named alike."""
    fit = 0.0
    for name, described in (parameters(function).get("properties") or {}).items():
        fit += 0.3 * min(2, len(said & stems_of(name, described)))
        if described.get("enum") and choices.matches(described["enum"], heard):
            fit += 0.8
    return fit


def _one_for_each_place(function: Mapping[str, Any], args: dict[str, Any]) -> list[Call]:
    properties = parameters(function).get("properties") or {}
    for name, value in args.items():
        if isinstance(value, str) and kind_of(name, properties[name]) == "place":
            return [Call(function["name"], {**args, name: place}) for place in slots.places(value)]
    return [Call(function["name"], args)]
