"""How much the words speak for a function: by names, kinds of things, senses of verbs, and what its parameters take."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from gemini_emulator.responder.arguments import enums, schemas
from gemini_emulator.responder.arguments.arithmetic import expression
from gemini_emulator.responder.arguments.number_reader import alike
from gemini_emulator.responder.arguments.numbers_and_times import amounts, durations, near, times
from gemini_emulator.responder.arguments.parameter_kinds import duration_unit_s, kind_of, shape_of, stems_of
from gemini_emulator.responder.conversation_state import Functions
from gemini_emulator.responder.functions import scoring
from gemini_emulator.responder.functions.paraphrases import PHRASES
from gemini_emulator.responder.stemming import (
    REMEMBERED,
    actions_in,
    concepts_in,
    content_stems,
    deeds_in,
    identifier_words,
    stem,
    word_set,
    words,
)

NEXT = 3.0
OWN_WORD = 0.9
"""More for a word of the description that no other function has."""
SEVERAL = 3
BY_ITS_PHRASE = 4.0
BY_ITS_VERB = 2.4
"""The most for a function of which the words name nothing but a common verb."""
CODE = 2.0
"""More for a code that looks like the example of a parameter."""
LONG_NAME = 5
"""Characters of a member of an enumeration that is no everyday word."""
ROOT = 5
"""Letters that two forms of a word share: deliver and delivery."""

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
_ASIDE = re.compile(
    r"\b(?:tell me|(?:do|can|could|would) you (?:know|tell me|explain)|i (?:want|would like) to know)\b", re.I
)
_PERSONAL = re.compile(r"\b(?:you|your|yourself|i|my|me|mine|we|us)\b", re.IGNORECASE)
BY_PHRASE = frozenset(["clock", "lookup", "arithmetic"])
"""Concepts whose words are too common to count alone."""


def subjects(heard: str, verb: str = "") -> dict[str, float]:
    """What the words are about, and how plainly; a common `verb` that leads an order tells nothing."""
    tokens = [token for token in words(heard) if token != verb]
    # A unit behind a number tells less of what it is about: "a tip on 40 dollars" is about a tip.
    units = {amount.after[0] for amount in amounts(heard) if amount.after}
    plain = concepts_in([token for token in tokens if token not in units])
    found = {concept: 3.0 if concept in plain else 1.5 for concept in concepts_in(tokens) - BY_PHRASE}
    found.update(dict.fromkeys(by_phrase(heard), BY_ITS_PHRASE))
    if expression(heard):
        found["arithmetic"] = 5.0
    if _CLOCK.search(heard):
        found["clock"] = 4.0
    if _SEARCH.search(heard):
        found["lookup"] = 4.5
    elif _OPEN_QUESTION.search(heard) and not _PERSONAL.search(_ASIDE.sub("", heard)):
        found["lookup"] = 2.6
    return found


def told_to_search(heard: str) -> bool:
    """ "Look it up", "search for"."""
    return bool(_SEARCH.search(heard))


def by_phrase(heard: str) -> frozenset[str]:
    """The concepts that a whole phrase means."""
    return frozenset(concept for concepts, phrase in PHRASES if phrase.search(heard) for concept in concepts.split())


def score(function: Mapping[str, Any], about: Mapping[str, float], said: frozenset[str], heard: str) -> float:
    """0 when nothing speaks for it; 3 and more when the words name its subject."""
    parts = _parts(str(function["name"]), str(function.get("description", "")))
    total, told = 0.0, 0.0
    for concept, weight in about.items():
        if concept == "lookup" and not scoring.looks_up(function):
            continue
        total += weight * (1.0 if concept in parts.named else 0.6 if concept in parts.described else 0.0)
    total += 2.0 * len(said & parts.name_stems)
    total += 0.6 * len((said - parts.name_stems) & parts.stems)
    total += 0.6 * bool(parts.roots & {one[:ROOT] for one in said - parts.stems if len(one) >= ROOT})
    told = total
    total += len(said & parts.verb)
    properties = schemas.properties(function)
    total += 1.5 * _counts_its_own(properties, heard)
    total += _acted_on(parts, heard) + _switches(properties, heard)
    total += 1.5 * any(
        stems_of(name, {}) & said for name, described in properties.items() if kind_of(name, described) == "switch"
    )
    total += CODE * _has_its_code(properties, heard)
    told = total if told else CODE * _has_its_code(properties, heard)
    total = total if told or not parts.verb else min(total, BY_ITS_VERB)
    total = total or _named_choices(properties, said, heard)
    return total + _fitting(properties, schemas.required(function), said, heard) if total else 0.0


GENERIC = frozenset(
    stem(word)
    for word in word_set(
        "add adjust book buy cancel change check close control create find get give list log look make move open order "
        "record report request reserve save search send set show start switch take track turn update"
    )
)
"""Verbs that say little of what a function is for, where its name says more."""


class _Parts:
    """What a function's name and description say, taken apart once."""

    def __init__(self, name: str, description: str) -> None:
        whole, described = identifier_words(name), words(description)
        self.verb = frozenset([stem(whole[0])]) if len(whole) > 1 and stem(whole[0]) in GENERIC else frozenset()
        named = whole[1:] if self.verb else whole
        self.named, self.described = concepts_in(named), concepts_in(described)
        self.name_stems = content_stems(named)
        self.stems = (self.name_stems | content_stems(described)) - self.verb
        self.roots = frozenset(one[:ROOT] for one in self.stems if len(one) >= ROOT)
        self.acts = actions_in([*whole[:1], *described[:1]])
        self.also_acts = actions_in(described)


@lru_cache(maxsize=REMEMBERED)
def _parts(name: str, description: str) -> _Parts:
    return _Parts(name, description)


def _switches(properties: schemas.Properties, heard: str) -> float:
    """ "Start the dishwasher" is for what can be on and off."""
    if not deeds_in(heard) & {"start", "stop", "resume"}:
        return 0.0
    options = [described.get("enum") or () for described in properties.values()]
    return 1.5 * any({"on", "off"} <= {str(one).lower() for one in given} for given in options)


def _acted_on(parts: _Parts, heard: str) -> float:
    """ "Shut" is close, and "push back" is move."""
    done = deeds_in(heard)
    return 0.7 * bool(done & parts.acts) + 0.3 * bool(done & (parts.also_acts - parts.acts))


def own_words(functions: Functions) -> dict[str, set[str]]:
    """Words that stand in the description of one function only, where there are several."""
    described = {
        str(function.get("name", "")): content_stems(words(str(function.get("description", ""))))
        - content_stems(identifier_words(str(function.get("name", ""))))
        for function in functions
    }
    if len(described) < SEVERAL:
        return {}
    often = Counter(one for stems in described.values() for one in stems)
    return {name: {one for one in stems if often[one] == 1} for name, stems in described.items()}


def _named_choices(properties: schemas.Properties, said: frozenset[str], heard: str) -> float:
    """ "A large margherita" names no pizza, but two members of the enumerations of one function."""
    named = [
        found
        for described in properties.values()
        if described.get("enum") and said & enums.stems_of_members(described)
        for found in enums.matches(described["enum"], heard)[:1]
        if found.end - found.start >= LONG_NAME
    ]
    return len(named) * 0.8


def _has_its_code(properties: schemas.Properties, heard: str) -> bool:
    """ "PX77120", where the description of a parameter has PX40017."""
    shapes = (shape_of(described) for described in properties.values())
    return any(found[0][0].isalpha() for shape in shapes if shape and (found := shape.search(heard)))


def _counts_its_own(properties: schemas.Properties, heard: str) -> bool:
    """ "Five stars", where a parameter counts stars."""
    if not amounts(heard):
        return False
    own = [
        alike(stems_of(name, described) - content_stems(["number", "amount", "many", "much", "per", "each"]))
        for name, described in properties.items()
        if kind_of(name, described) == "number"
    ]
    return any(near(amount, stems) >= NEXT for amount in amounts(heard) for stems in own)


def _fitting(properties: schemas.Properties, required: Sequence[str], said: frozenset[str], heard: str) -> float:
    """How well the words fit the parameters; it decides between functions that are named alike."""
    fit = 0.0
    for name, described in properties.items():
        fit += 0.3 * min(2, len(said & stems_of(name, described)))
        if described.get("enum") and enums.matches(described["enum"], heard, str(described.get("description", ""))):
            fit += 0.8
        kind = kind_of(name, described)
        if (kind == "time" and times(heard)) or (kind == "switch" and stems_of(name, {}) & said):
            fit += 0.8
        if duration_unit_s(name, described) and kind == "number" and durations(heard):
            fit += 0.4 + 0.6 * (name in required)
    return fit
