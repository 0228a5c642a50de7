"""Whether a request can be meant for a function: what the function is for, and how much of the words it explains."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gemini_emulator.responder.arguments import schemas
from gemini_emulator.responder.arguments.parameter_kinds import stems_of
from gemini_emulator.responder.arguments.request_words import ORDERS
from gemini_emulator.responder.functions.intent import Manner, Wish, asks_ability
from gemini_emulator.responder.functions.paraphrases import PHRASES
from gemini_emulator.responder.stemming import (
    CONCEPTS,
    STOP,
    actions_in,
    concepts_in,
    identifier_words,
    phrasal_verbs,
    stem,
    word_set,
    words,
)

ACTING = word_set(
    "activate add adjust arrange begin book brew buy call cancel change charge clean close control create delete dial "
    "dim disable donate draw email enable feed give heat increase decrease insert invite let lock log lower make move "
    "mute open order park pause pay phone place play plan post print put raise rate record remind remove rent renew "
    "reply report request reserve restart resume roll run save schedule sell send set share snooze start stop store "
    "submit subscribe swap switch take text toggle transfer turn unlock update upload vacuum wake water write"
)
ANSWERING = word_set(
    "calculate check compare compute convert count current define describe divide estimate evaluate explain fetch find "
    "forecast get how identify info latest list locate look lookup query read recommend retrieve search show status "
    "suggest tell track translate what when where which who"
)
TOLD = word_set(
    "availability balance bookings charger count departures details forecast history hours info information list "
    "lookup "
    "meeting menu moisture news number price prices progress queue rate report result results schedule score stats "
    "status stock time times timetable weather"
)
"""A function whose name ends with one of these tells it: `order_status` orders nothing."""
NOTING = word_set("add log note record save track write")
_WHAT_WAS_DONE = word_set("ate completed did diary done drank eaten finished journal picked taken user user's was")
LIBRARY = word_set(
    "search lookup look google wikipedia wiki encyclopedia web internet information info fact facts query knowledge"
)
_LIGHT = word_set(
    "away back down half halfway off out over up actually again all already earth heck hell yet always another any "
    "anything around bit can't check could day doing ever exactly "
    "feel fine first give going good hello help here hey how's i'd i'll i'm i've it's just kind know later latest "
    "little long look looking looks lot many mean might mind moment much need next nice okay only please possible "
    "hang hold longer "
    "quick quickly quite ready really right say see short some something soon sort still stuff sure take tell "
    "thanks that's there thing things think thought today tomorrow tonight try trying use very wait want way well "
    "were what's when's where's who's wonder wondering would you'd "
)
_WHAT_IS = re.compile(
    r"^(?:(?:so|and|wait|sorry)[, ]+)?(?:what|which)(?:'s| is| are)? (?:an? )?[\w-]+\W*$", re.IGNORECASE
)
_IN_GENERAL = re.compile(
    r"^(?:why|how come|how (?:long|many|much|often) (?:have|has|did|do) (?:people|humans|they|men|women)"
    r"|who (?:\w+ed|made|wrote|built|was|were)|when did|where do(?:es)? \w+s "
    r"|do(?:es)? (?!i |you |we )\w+ "
    r"|should (?:i|we|you)|did|how do(?:es)? (?!i\b|you\b|we\b)|is it (?:normal|ok|okay|true|possible|good|bad))",
    re.IGNORECASE,
)
_WISHED = re.compile(
    r"^(?:i|we)(?:'d| would)? (?:really |just )?(?:like|love|want|need|have|wish|got) to (?:please )?", re.IGNORECASE
)
_WHY = re.compile(
    r"^(?:why|how come)\b|\b(?:people|everybody|everyone|nobody|humans|they) (?:ever|still|been)\b", re.IGNORECASE
)
MAX_UNEXPLAINED = 0.34
"""Of the words that mean something, when the function still lacks an argument."""
FEW = 4
"""Words of a question without a verb: "steps so far?"."""
MIN_STRANGE = 0.2
"""The same for words without a verb."""


def acts(function: Mapping[str, Any]) -> bool:
    """It changes something, rather than tell something; what a name does not tell, its description may."""
    described = words(str(function.get("description", "")))
    named = identifier_words(str(function.get("name", "")))
    if len(named) > 1 and named[-1] in TOLD:
        return False
    for tokens in (named, described):
        for word in tokens[:1]:
            if word in ANSWERING:
                return False
            if word in ACTING:
                return True
    return bool(described) and described[0] in ORDERS


def tells(function: Mapping[str, Any]) -> bool:
    """By its name: `order_status`, `find_train`."""
    named = identifier_words(str(function.get("name", "")))
    return bool(named) and ((len(named) > 1 and named[-1] in TOLD) or named[0] in ANSWERING)


def notes(function: Mapping[str, Any]) -> bool:
    """It writes down what the user tells."""
    described = words(str(function.get("description", "")))
    told = bool(_WHAT_WAS_DONE & set(described))
    firsts = {stem(word) for word in [*identifier_words(str(function.get("name", ""))), *described[:1]]}
    return told and bool({stem(word) for word in NOTING} & firsts)


def looks_up(function: Mapping[str, Any]) -> bool:
    """An encyclopedia: any question can be for it. A search for flights is none, and to find is not to know."""
    name = identifier_words(str(function.get("name", "")))
    description = words(str(function.get("description", "")))
    named, described = concepts_in(name), concepts_in(description)
    if not LIBRARY & {*name, *description}:
        return False
    return named <= {"lookup"} if "lookup" in named else described <= {"lookup"} and not named


def _defines(function: Mapping[str, Any]) -> bool:
    return "dictionary" in concepts_in(identifier_words(str(function.get("name", ""))))


def in_general(asked: str) -> bool:
    """A question about the world, not about something that a function could look up now."""
    return bool(_IN_GENERAL.search(asked) or _WHAT_IS.search(asked))


def unexplained(function: Mapping[str, Any], said: str, rest: str) -> float:
    """The share of the meaningful words that neither the function nor its arguments account for.

    `rest` is what the arguments have left of `said`.
    """
    known = _vocabulary(function)
    meaning = [word for word in words(said) if word not in STOP | _LIGHT | ORDERS]
    strange = [word for word in words(rest.replace("\x00", " ")) if word in meaning and not _known(word, known)]
    return len(strange) / len(meaning) if meaning else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a function makes of the words: how many arguments surely, which one not, and what it cannot explain."""

    sure: int
    missing: str
    strange: float
    unexplained: float = 0.0
    """The same, whatever manner it is asked in."""
    lacks_choice: bool = False
    """What is missing is a member of an enumeration: the words may name another one."""


def fits(function: Mapping[str, Any], heard: str, wanted: Wish, made: Reading) -> bool:
    """Whether these words can be meant for it."""
    if asks_ability(heard) and (made.missing or not made.sure):
        return False
    if wanted.manner is Manner.FRAGMENT and _named_in_full(function, wanted.words):
        return True
    if wanted.manner is Manner.FRAGMENT and not made.missing and _put_in_a_phrase(function, wanted.words):
        return True
    if wanted.manner is Manner.FRAGMENT and not (made.sure and (not made.missing or made.strange <= MIN_STRANGE)):
        return False
    if looks_up(function):
        return not made.missing and wanted.manner is not Manner.FRAGMENT
    if wanted.manner is Manner.QUESTION and in_general(wanted.words) and (made.missing or not made.sure):
        if _WHAT_IS.search(wanted.words) and _defines(function):
            return not made.missing
        return not schemas.required(function) and not _WHAT_IS.search(wanted.words) and not _WHY.search(wanted.words)
    if made.lacks_choice and wanted.manner in (Manner.ORDER, Manner.WISH) and _is_led_by_its_verb(function, wanted):
        return True
    return not made.missing or made.strange <= MAX_UNEXPLAINED


def _is_led_by_its_verb(function: Mapping[str, Any], wanted: Wish) -> bool:
    said = _WISHED.sub("", wanted.words, count=1)
    first = [*words(said)[:1], *phrasal_verbs(" ".join(said.split()[:5]))]
    own = [*identifier_words(str(function.get("name", ""))), *words(str(function.get("description", "")))[:1]]
    return bool({stem(word) for word in first} & {stem(word) for word in own} or actions_in(first) & actions_in(own))


def _put_in_a_phrase(function: Mapping[str, Any], said: str) -> bool:
    """ "Something by Abba" is about music, though no verb says what to do."""
    own = [*identifier_words(str(function.get("name", ""))), *words(str(function.get("description", "")))]
    about = {concept for concepts, phrase in PHRASES if phrase.search(said) for concept in concepts.split()}
    return bool(about & concepts_in(own))


def _named_in_full(function: Mapping[str, Any], said: str) -> bool:
    """ "TV off", where nothing else can be said about it."""
    own = set(identifier_words(str(function.get("name", "")))) - ACTING - ANSWERING
    asked = (
        said.strip().endswith("?")
        and len(words(said)) <= FEW
        and {stem(one) for one in own} & {stem(one) for one in words(said)}
    )
    if asked and not schemas.properties(function):
        return True
    return not schemas.properties(function) and len(own) > 1 and own <= set(words(said))


def _vocabulary(function: Mapping[str, Any]) -> frozenset[str]:
    own = [*identifier_words(str(function.get("name", ""))), *words(str(function.get("description", "")))]
    concepts = [members for members in CONCEPTS.values() if members & set(own)]
    stems = {stem(word) for word in [*own, *(member for members in concepts for member in members)]}
    for name, described in schemas.properties(function).items():
        stems |= stems_of(name, described)
        items = described.get("items") or {}
        options = [*(described.get("enum") or ()), *(items.get("enum") or () if isinstance(items, Mapping) else ())]
        stems |= {stem(word) for option in options for word in identifier_words(str(option))}
    return frozenset(stems)


def _known(word: str, known: frozenset[str]) -> bool:
    return stem(word) in known
