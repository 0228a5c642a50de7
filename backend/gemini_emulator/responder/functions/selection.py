"""Which of the declared functions the words ask for, by names, descriptions and parameters. None is known here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gemini_emulator.responder.arguments import enums, schemas
from gemini_emulator.responder.arguments import places as slots
from gemini_emulator.responder.arguments.arguments import Reader
from gemini_emulator.responder.arguments.arithmetic import NUMBER_WORDS, expression
from gemini_emulator.responder.arguments.free_text import LANGUAGES, message_in
from gemini_emulator.responder.arguments.numbers_and_times import amounts, near
from gemini_emulator.responder.arguments.parameter_kinds import kind_of, stems_of
from gemini_emulator.responder.conversation_state import Call, Functions
from gemini_emulator.responder.functions import scoring
from gemini_emulator.responder.functions.intent import Manner, Wish, asks_ability, orders, wish
from gemini_emulator.responder.stemming import concepts_in, content_stems, identifier_words, words

CERTAIN = 3.0
"""From here on the words name the function's subject."""
NEXT = 3.0
ENOUGH = 1.5
"""Below this no function is called."""
NEARLY = 0.6
"""A second choice must be this close to the first."""
SOME_TIME = datetime(2000, 1, 1, 12, 0, tzinfo=UTC)
"""To see whether a time is named; which one it is does not matter here."""
OWN_WORD = 0.9
"""More for a word of the description that no other function has."""
HEAD = 2.0
"""More for what the verb of an order names."""
SEVERAL = 3
BY_ITS_PHRASE = 4.0
ROOT = 5
"""Letters that two forms of a word share."""
LONG_NAME = 5
"""Characters of a member of an enumeration that is no everyday word."""

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
_PHRASES = {
    "travel": re.compile(
        r"\b(?:take|bring|drive|guide|lead) (?:me|us) to\b|\bhow (?:do|can) (?:i|we) get to\b"
        r"|\b(?:way|directions|route) to\b",
        re.I,
    ),
    "translate": re.compile(
        rf"\b(?:{'|'.join(sorted(LANGUAGES))}) (?:word|expression|phrase|translation|name) (?:for|of)\b|"
        rf"^what(?:'s| is) .+ in (?:{'|'.join(sorted(LANGUAGES))})\W*$|"
        rf"\b(?:say|mean|called|word for|translated?)\b.* (?:in|into|to) (?:{'|'.join(sorted(LANGUAGES))})\b",
        re.I,
    ),
    "music": re.compile(r"^(?:\W*(?:please|can you|could you)\b)*\W*(?:put on|play|hear)\b.+ by \w", re.I),
    "alarm": re.compile(r"\b(?:wake|get) (?:me|us) up\b", re.I),
    "message": re.compile(
        r"(?:^|\b(?:please|you|to) )text (?!to\b|into\b|in\b|message\b|that\b|the\b|a\b)\w+"
        r"|\blet (?!me\b|us\b)(?:[\w']+ ){1,2}know\b",
        re.I,
    ),
}
_REPAIR = re.compile(
    r",? no,? (?:wait|sorry|make (?:it|that)|i mean(?:t)?),? |, (?:no|sorry|wait),? "
    r"|,? (?:i mean(?:t)?|or rather|make that),? "
    rf"| (?:no|sorry) (?=\d|(?:{'|'.join(NUMBER_WORDS)})\b)",
    re.IGNORECASE,
)
"""Between what was said and what was meant."""
_ASIDE = re.compile(
    r"\b(?:tell me|(?:do|can|could|would) you (?:know|tell me|explain)|i (?:want|would like) to know)\b", re.I
)
_I_DID = re.compile(
    r"^(?:(?:so|well|okay|ok|oh)\b[ ,]*)?i(?:'ve| have| just)*\b (?!don't|didn't"
    r"|never)",
    re.IGNORECASE,
)
_POINTING = re.compile(r"\b(?:is|are|convert|translate|make|turn) (?:that|it|this|these|those|them)\b", re.IGNORECASE)
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
    wanted = wish(heard, _verbs(functions))
    if wanted is None:
        return _noted(heard, functions)
    about, said = subjects(wanted.words), content_stems(words(wanted.words))
    own, head = _own_words(functions), _head(wanted)
    scored = []
    for function in functions:
        if name := function.get("name"):
            score = _score(function, about, said, wanted.words) + OWN_WORD * len(said & own.get(name, set()))
            parts = identifier_words(name)
            score += HEAD * bool(score and head & (content_stems(parts) | concepts_in(parts)))
            scored.append(Choice(function, score))
    scored = [choice for choice in scored if choice.score >= ENOUGH]
    best = max(scored, key=lambda choice: choice.score, default=None)
    if best is None or not _meant(best, wanted, about):
        able = [choice for choice in scored if _meant(choice, wanted, about)]
        best = max(able, key=lambda choice: choice.score, default=None) if best else None
        if best is None or best.score < NEARLY * max(choice.score for choice in scored):
            return None
    reader = Reader(best.function, _with_what_it_means(heard, wanted), now=SOME_TIME)
    found = reader.read()
    kinds = {name: kind_of(name, described) for name, described in schemas.properties(best.function).items()}
    certain = found.keys() - (reader.guessed if wanted.manner is not Manner.ORDER else set())
    sure = len([name for name in certain if not (asks_ability(heard) and kinds[name] == "switch")])
    told = wanted.manner in (Manner.ORDER, Manner.WISH) and reader.guessed
    strange = 0.0 if told else scoring.unexplained(best.function, wanted.words, reader.rest)
    made = scoring.Reading(sure, schemas.missing_in(best.function, found), strange)
    return best if scoring.fits(best.function, heard, wanted, made) else None


def able(heard: str, functions: Functions) -> Mapping[str, Any] | None:
    """The function that the words name, whatever is said about it."""
    about, said = subjects(heard), content_stems(words(heard))
    named = [function for function in functions if function.get("name")]
    best = max(named, key=lambda function: _score(function, about, said, heard), default=None)
    return best if best is not None and _score(best, about, said, heard) >= ENOUGH else None


def _head(wanted: Wish) -> frozenset[str]:
    """The verb of an order: "remind me to call" is no call."""
    first = words(wanted.words)[:1] if wanted.manner is Manner.ORDER else []
    return content_stems(first) | concepts_in(first)


def _own_words(functions: Functions) -> dict[str, set[str]]:
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


def _meant(choice: Choice, wanted: Wish, about: Mapping[str, float]) -> bool:
    """A question is no order: only what tells something answers it, or what the very phrase names."""
    if wanted.manner is not Manner.QUESTION or not scoring.acts(choice.function):
        return True
    named = concepts_in(identifier_words(choice.function["name"]))
    return any(about.get(concept, 0.0) >= BY_ITS_PHRASE for concept in named if concept in _PHRASES)


def _noted(heard: str, functions: Functions) -> Choice | None:
    """ "I drank a glass of water" is for the function that writes it down, when it has all that this needs."""
    if not _I_DID.search(heard):
        return None
    said = content_stems(words(heard))
    for function in functions:
        if not (function.get("name") and scoring.notes(function)):
            continue
        own = content_stems([*identifier_words(function["name"]), *words(str(function.get("description", "")))])
        for name, described in schemas.properties(function).items():
            own |= stems_of(name, described)
        reader = Reader(function, heard)
        found = reader.read()
        counted = any(isinstance(value, (int, float)) and not isinstance(value, bool) for value in found.values())
        if _alike(said, own) and counted and not schemas.missing_in(function, found):
            return Choice(function, CERTAIN)
    return None


def _alike(said: frozenset[str], own: frozenset[str]) -> bool:
    """The same root: "I weigh" and "weight"."""
    return bool(said & own) or any(one[:ROOT] == other[:ROOT] for one in said for other in own if len(one) >= ROOT)


def _verbs(functions: Functions) -> frozenset[str]:
    """An order may begin with what a function says it does."""
    firsts = [identifier_words(str(function.get("name", "")))[:1] for function in functions]
    firsts += [words(str(function.get("description", "")))[:1] for function in functions]
    return frozenset(word for first in firsts for word in first)


def calls(function: Mapping[str, Any], heard: str, now: datetime | None = None) -> tuple[list[Call], str]:
    """The calls with arguments from the words, and the name of a required argument that they lack, if any."""
    args = read(function, heard, now)
    return _one_for_each_place(function, args), schemas.missing_in(function, args)


def read(function: Mapping[str, Any], heard: str, now: datetime | None = None) -> dict[str, Any]:
    """The arguments, also of an order behind a remark, and with what was corrected in the same breath."""
    wanted = wish(heard, _verbs([function]))
    said = _with_what_it_means(heard, wanted) if wanted else heard
    corrected = [said] if message_in(said, True) else _REPAIR.split(said)
    args = Reader(function, corrected[0], now=now).read()
    for order in orders(said, _verbs([function])):
        if _score(function, subjects(order), content_stems(words(order)), order) >= CERTAIN:
            args |= Reader(function, order, now=now).read()
    for better in corrected[1:]:
        args |= Reader(function, better, answering=True, now=now).read()
    return args


def _score(function: Mapping[str, Any], about: Mapping[str, float], said: frozenset[str], heard: str) -> float:
    name = identifier_words(function["name"])
    description = words(str(function.get("description", "")))
    named, described = concepts_in(name), concepts_in(description)
    score = 0.0
    for concept, weight in about.items():
        if concept == "lookup" and not scoring.looks_up(function):
            continue
        score += weight * (1.0 if concept in named else 0.6 if concept in described else 0.0)
    score += 2.0 * len(said & content_stems(name))
    score += 0.6 * len((said - content_stems(name)) & content_stems(description))
    score += 1.5 * _counts_its_own(function, heard)
    score = score or _named_choices(function, heard)
    return score + _fitting(function, said, heard) if score else 0.0


def _named_choices(function: Mapping[str, Any], heard: str) -> float:
    """ "A large margherita" names no pizza, but two members of the enumerations of one function."""
    named = [
        found
        for described in schemas.properties(function).values()
        if described.get("enum")
        for found in enums.matches(described["enum"], heard)[:1]
        if found.end - found.start >= LONG_NAME
    ]
    return len(named) * 0.8


def _counts_its_own(function: Mapping[str, Any], heard: str) -> bool:
    """ "Five stars", where a parameter counts stars."""
    properties: Mapping[str, Mapping[str, Any]] = schemas.properties(function)
    own = [
        stems_of(name, described) - content_stems(["number", "amount", "many", "much", "per", "each"])
        for name, described in properties.items()
        if kind_of(name, described) == "number"
    ]
    return any(near(amount, stems) >= NEXT for amount in amounts(heard) for stems in own)


def _fitting(function: Mapping[str, Any], said: frozenset[str], heard: str) -> float:
    """How well the words fit the parameters; it decides between functions that are named alike."""
    fit = 0.0
    for name, described in schemas.properties(function).items():
        fit += 0.3 * min(2, len(said & stems_of(name, described)))
        if described.get("enum") and enums.matches(described["enum"], heard):
            fit += 0.8
    return fit


def _with_what_it_means(heard: str, wanted: Wish) -> str:
    """ "I have 80 francs, what is that in dollars?" is about the 80 francs."""
    return heard if _POINTING.search(wanted.words) else wanted.words


def _one_for_each_place(function: Mapping[str, Any], args: dict[str, Any]) -> list[Call]:
    properties = schemas.properties(function)
    for name, value in args.items():
        if isinstance(value, str) and kind_of(name, properties[name]) == "place":
            places = slots.places(value) or [value]
            return [Call(function["name"], schemas.nested({**args, name: place})) for place in places]
    return [Call(function["name"], schemas.nested(args))]
