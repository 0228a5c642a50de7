"""Which of the declared functions the words ask for, by names, descriptions and parameters. None is known here."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from gemini_emulator.responder.arguments import enums, repairs, schemas
from gemini_emulator.responder.arguments import places as slots
from gemini_emulator.responder.arguments.arguments import Reader
from gemini_emulator.responder.arguments.free_text import message_in
from gemini_emulator.responder.arguments.numbers_and_times import fractions
from gemini_emulator.responder.arguments.parameter_kinds import kind_of
from gemini_emulator.responder.arguments.request_words import ORDERS
from gemini_emulator.responder.conversation_state import Call, Functions
from gemini_emulator.responder.functions import evidence, scoring
from gemini_emulator.responder.functions.evidence import score, subjects
from gemini_emulator.responder.functions.intent import (
    Manner,
    Wish,
    asks_ability,
    orders,
    takes_back,
    wish,
    wish_of_others,
)
from gemini_emulator.responder.functions.notes import noted
from gemini_emulator.responder.stemming import concepts_in, content_stems, identifier_words, phrasal_verbs, stem, words

CERTAIN = 3.0
"""From here on the words name the function's subject."""
ENOUGH = 1.5
"""Below this no function is called."""
PERHAPS = 1.0
"""From here on an order may be meant for it."""
NEARLY = 0.6
"""A second choice must be this close to the first."""
SOME_TIME = datetime(2000, 1, 1, 12, 0, tzinfo=UTC)
"""To see whether a time is named; which one it is does not matter here."""
HEAD = 2.0
"""More for what the verb of an order names."""
UNEXPLAINED = 2.0
"""Less for words that a function cannot explain."""
ONLY_TELLS = 3.0
"""Less for a function that only tells something, when something is to be done."""
ALL_OF = 2
"""Required arguments that tell a function by themselves."""
GUESSED = 0.7
"""How much of the words counts as unexplained that an argument took as mere text."""
INCOMPLETE = 1.0
"""Less for a function that would have to ask."""
TRIED = 3
"""Functions of which the arguments are read before the choice is made."""
STRANGE_VERB = 0.5
"""The most that is unexplained where an unknown verb stands before a known thing."""
_LIKE_AN_ORDER = re.compile(
    r"^(?!(?:oh|wow|yes|no|not|what|nice|love|like|see|only|just|maybe|and|but|or|all|both|even|with|without|in|on|at"
    r"|for|from"
    r"|of|by|to|about|after|before|the|my|our|this|that|is|are)\b)[a-z]+ (?:the|my|our|all|every|both|it|them) ",
    re.IGNORECASE,
)
_PHRASAL_FIRST = ("write down", "note down", "jot down", "put down")
_ASKING = frozenset(["get", "give", "hear", "know", "let", "read", "say", "see", "use"])
"""Verbs with which one asks for an answer, too."""
_POINTING = re.compile(r"\b(?:is|are|convert|translate|make|turn) (?:that|it|this|these|those|them)\b", re.IGNORECASE)
_WISHED = re.compile(
    r"^(?:i|we)(?:'d| would|'ll)? (?:really |just |also )?(?:like|love|want|need|have|wish|got) to (?:please )?",
    re.IGNORECASE,
)
_PRONOUN = re.compile(r"\b(?:it|them|him|her|that|those|these|this)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Choice:
    """A function and how sure the words are."""

    function: Mapping[str, Any]
    score: float


@dataclass(frozen=True, slots=True)
class Considered:
    """What was made of the words: as a wish, with all functions by how likely they are, and the one chosen."""

    line: str
    wanted: Wish | None
    ranked: Sequence[Choice] = ()
    choice: Choice | None = None


def choose(heard: str, functions: Functions) -> Choice | None:
    """The best function, or None when none fits or nothing is asked for."""
    return consider(heard, functions).choice


def consider(heard: str, functions: Functions) -> Considered:
    """Choose, and keep what led to it."""
    line = repairs.repaired(heard)
    wanted = None if takes_back(line) else wish(line, _verbs(functions)) or wish_of_others(line)
    if wanted is None or wanted.manner is Manner.FRAGMENT:
        found = noted(line, functions)
        if found or wanted is None:
            return Considered(line, wanted, (), Choice(found, CERTAIN) if found else None)
    ranked = _ranked(wanted, line, functions)
    if wanted.for_others:
        ranked = [choice for choice in ranked if choice.score >= CERTAIN]
    able = [choice for choice in ranked if choice.score >= ENOUGH]
    own = _first_fitting([choice for choice in able if not scoring.looks_up(choice.function)], line, wanted)
    own = own or _by_arguments(ranked, line, wanted)
    library = _first_fitting([choice for choice in able if scoring.looks_up(choice.function)], line, wanted)
    if not own and not library:
        own = _hinted_at(line, wanted, functions)
    doubtful = own is not None and own.score < CERTAIN and not _put_in_a_phrase(own.function, wanted)
    to_search = library and own and doubtful and (evidence.told_to_search(wanted.words) or guesses(own, wanted.words))
    return Considered(line, wanted, ranked, library if to_search else own or library)


def _hinted_at(line: str, wanted: Wish, functions: Functions) -> Choice | None:
    """What the order lacks stands before it: "my tooth aches, can I see someone tomorrow?"."""
    if wanted.manner is Manner.FRAGMENT or asks_ability(line) or len(wanted.words) >= len(line):
        return None
    told = Wish(line, wanted.manner)
    ranked = [one for one in _ranked(told, line, functions) if one.score >= CERTAIN]
    own = [one for one in ranked if not scoring.looks_up(one.function) and _meant(one, told)]
    return next((one for one in own[:TRIED] if not _reading(one, line, told).missing), None)


def perhaps(considered: Considered) -> Choice | None:
    """A function that an order may be meant for, where that is too unsure to call it unasked."""
    line, wanted = considered.line, considered.wanted
    if wanted is None or wanted.manner is Manner.QUESTION or asks_ability(line):
        return None
    ordered = wanted.manner is not Manner.FRAGMENT
    if not ordered and not _LIKE_AN_ORDER.search(wanted.words):
        return None
    likely, said = [], content_stems(words(line))
    for choice in considered.ranked:
        if scoring.looks_up(choice.function) or scoring.tells(choice.function):
            continue
        if not _may_be_complete(choice.function, said):
            continue
        reader = Reader(choice.function, _with_what_it_means(line, wanted), now=SOME_TIME)
        complete = not schemas.missing_in(choice.function, reader.read())
        strange = scoring.unexplained(choice.function, wanted.words, reader.rest)
        chosen = "choice" in _kinds_of(choice, reader)
        if complete and ((ordered and choice.score >= PERHAPS) or (chosen and strange <= STRANGE_VERB)):
            likely.append(choice)
    return likely[0] if len(likely) == 1 else None


def _kinds_of(choice: Choice, reader: Reader) -> list[str]:
    """Of the arguments that the words surely name."""
    properties = schemas.properties(choice.function)
    return [kind_of(name, properties[name]) for name in reader.args.keys() - reader.guessed]


def guesses(choice: Choice, heard: str) -> bool:
    """Whether an argument is mere words that were left over."""
    reader = Reader(choice.function, heard, now=SOME_TIME)
    reader.read()
    return bool(reader.guessed)


def _ranked(wanted: Wish, heard: str, functions: Functions) -> list[Choice]:
    """All of them, the likeliest first. An order about "it" is about what was told before."""
    line = fractions(heard if _PRONOUN.search(wanted.words) else wanted.words)
    if line.lower().startswith(_PHRASAL_FIRST):
        line = f"note {line.split(' ', 2)[-1]}"
    tokens, verb = words(line), _first_verb(wanted)
    common = verb[0] if verb and verb[0] in tokens and stem(verb[0]) in evidence.GENERIC else ""
    about = subjects(line, common)
    tokens = [token for token in tokens if token != common]
    meant = [one for one in phrasal_verbs(line) if stem(one) not in evidence.GENERIC]
    said = content_stems([*tokens, *meant, *(f"{one}{two}" for one, two in pairwise(tokens))])
    own, head = evidence.own_words(functions), _head(wanted)
    acting = bool(set(_first_verb(wanted)) & (scoring.ACTING | ORDERS) - scoring.ANSWERING - _ASKING)
    scored = []
    for function in functions:
        if name := function.get("name"):
            total = score(function, about, said, line) + evidence.OWN_WORD * len(said & own.get(name, set()))
            parts = identifier_words(name)
            weak = stem(parts[0]) in evidence.GENERIC and len(parts) > 1 and head & content_stems(parts[:1])
            opening = {stem(word) for word in (*parts[:1], *words(str(function.get("description", "")))[:1])}
            total += len(parts) > 1 and bool(common) and stem(common) in opening
            total += (HEAD / 2 if weak else HEAD) * bool(total and head & (content_stems(parts) | concepts_in(parts)))
            total -= ONLY_TELLS * (acting and scoring.tells(function))
            scored.append(Choice(function, total))
    return sorted(scored, key=lambda choice: -choice.score)


def _first_fitting(ranked: Sequence[Choice], heard: str, wanted: Wish) -> Choice | None:
    """Of those not far behind the first, the one that the words can be meant for and that explains most of them."""
    meant = [choice for choice in ranked if _meant(choice, wanted)]
    near = [choice for choice in meant[:TRIED] if choice.score >= NEARLY * meant[0].score]
    made = {id(choice): _reading(choice, heard, wanted) for choice in near}
    fitting = [choice for choice in near if scoring.fits(choice.function, heard, wanted, made[id(choice)])]
    return max(fitting, key=lambda choice: _worth(choice.score, made[id(choice)]), default=None)


def _worth(score: float, made: scoring.Reading) -> float:
    return score - UNEXPLAINED * made.unexplained - INCOMPLETE * bool(made.missing)


_SAYS = frozenset(["message", "text", "title"])
WORDY = frozenset(["list", "message", "query", "text", "title"])
"""Kinds of arguments that are mere words."""


def _may_be_complete(function: Mapping[str, Any], said: frozenset[str], without: frozenset[str] = frozenset()) -> bool:
    """A quick look: every enumeration that is required has a member among the words, and no kind is `without`."""
    properties = schemas.properties(function)
    for name in schemas.required(function):
        described = properties.get(name, {})
        kind = kind_of(name, described)
        switched = {"on", "off"} <= {str(option).lower() for option in described.get("enum") or ()}
        named = kind != "choice" or switched or bool(said & enums.stems_of_members(described))
        if kind in without or not named:
            return False
    return True


def _by_arguments(ranked: Sequence[Choice], heard: str, wanted: Wish) -> Choice | None:
    """ "Bring the bass to half": the only function that has all it needs from these words, and leaves none over."""
    if wanted.manner is not Manner.ORDER or asks_ability(heard):
        return None
    complete, said = [], content_stems(words(heard))
    for choice in ranked:
        needed = len(schemas.required(choice.function))
        if needed >= ALL_OF and _may_be_complete(choice.function, said, WORDY):
            reader = Reader(choice.function, _with_what_it_means(heard, wanted), now=SOME_TIME)
            found = reader.read()
            strange = scoring.unexplained(choice.function, wanted.words, reader.rest)
            if not reader.guessed and not schemas.missing_in(choice.function, found) and strange <= scoring.MIN_STRANGE:
                complete.append(choice)
    return Choice(complete[0].function, ENOUGH) if len(complete) == 1 else None


def _reading(choice: Choice, heard: str, wanted: Wish) -> scoring.Reading:
    reader = Reader(choice.function, _with_what_it_means(heard, wanted), now=SOME_TIME)
    found = reader.read()
    if schemas.missing_in(choice.function, found) and _PRONOUN.search(wanted.words) and wanted.words in heard:
        told = Reader(choice.function, heard[: heard.rfind(wanted.words)], now=SOME_TIME)
        found = told.read() | found
    kinds = {name: kind_of(name, described) for name, described in schemas.properties(choice.function).items()}
    certain = found.keys() - (reader.guessed if wanted.manner is not Manner.ORDER or asks_ability(heard) else set())
    sure = len([name for name in certain if not (asks_ability(heard) and kinds[name] == "switch")])
    phrased = _put_in_a_phrase(choice.function, wanted)
    asked = phrased or (wanted.manner in (Manner.ORDER, Manner.WISH) and reader.guessed)
    unexplained = scoring.unexplained(choice.function, wanted.words, reader.rest)
    weighed = 0.0 if phrased else unexplained * GUESSED if reader.guessed else unexplained
    missing = schemas.missing_in(choice.function, found)
    lacks_choice = kinds.get(missing, "") == "choice"
    return scoring.Reading(sure, missing, 0.0 if asked else unexplained, weighed, lacks_choice)


def able(heard: str, functions: Functions) -> Mapping[str, Any] | None:
    """The function that the words name, whatever is said about it."""
    about, said = subjects(heard), content_stems(words(heard))
    named = [function for function in functions if function.get("name")]
    best = max(named, key=lambda function: score(function, about, said, heard), default=None)
    return best if best is not None and score(best, about, said, heard) >= ENOUGH else None


def _head(wanted: Wish) -> frozenset[str]:
    """The verb of an order: "remind me to call" is no call."""
    first = _first_verb(wanted)
    return content_stems(first) | concepts_in(first)


def _first_verb(wanted: Wish) -> list[str]:
    """The verb of an order or of "I'd like to ..."; of two words the one that means the same."""
    if wanted.manner not in (Manner.ORDER, Manner.WISH):
        return []
    said = _WISHED.sub("", wanted.words, count=1)
    if wanted.manner is Manner.WISH and said == wanted.words:
        return []
    first, meant = words(said)[:1], phrasal_verbs(" ".join(said.split()[:5]))
    return [*meant, *first] if meant and said.lower().startswith(_PHRASAL_FIRST) else [*first, *meant]


def _meant(choice: Choice, wanted: Wish) -> bool:
    """A question is no order: only what tells something answers it, or what the very phrase names."""
    if wanted.manner is not Manner.QUESTION or not scoring.acts(choice.function):
        return True
    return _put_in_a_phrase(choice.function, wanted)


def _put_in_a_phrase(function: Mapping[str, Any], wanted: Wish) -> bool:
    parts = [*identifier_words(function["name"]), *words(str(function.get("description", "")))]
    return bool(concepts_in(parts) & evidence.by_phrase(wanted.words))


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
    takes_message = any(kind_of(name, one) in _SAYS for name, one in schemas.properties(function).items())
    quoted = takes_message and message_in(heard, True) is not None
    line = heard if quoted else repairs.repaired(heard)
    wanted = wish(line, _verbs([function]))
    said = _with_what_it_means(line, wanted) if wanted else line
    parts = [said] if quoted else repairs.parted(said)
    args = Reader(function, parts[0], now=now).read()
    for order in orders(said, _verbs([function])):
        if score(function, subjects(order), content_stems(words(order)), order) >= CERTAIN:
            args |= Reader(function, order, now=now).read()
    for better in parts[1:]:
        args |= Reader(function, better, answering=True, now=now).read()
    before = line[: line.rfind(said)] if said in line else ""
    if before.strip() and schemas.missing_in(function, args):
        args = Reader(function, before, framed=not _PRONOUN.search(said), now=now).read() | args
    return args


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
