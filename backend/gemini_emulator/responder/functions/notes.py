"""What the user tells for a function that writes it down: "I just took my aspirin", "I swam for an hour"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.responder.arguments import schemas
from gemini_emulator.responder.arguments.arguments import Reader
from gemini_emulator.responder.arguments.parameter_kinds import stems_of
from gemini_emulator.responder.conversation_state import Functions
from gemini_emulator.responder.functions import scoring
from gemini_emulator.responder.stemming import concepts_in, content_stems, identifier_words, stem, word_set, words

MAX_NOTED_WORDS = 4
ROOT = 5
"""Letters that two forms of a word share."""
_I_DID = re.compile(
    r"^(?:just |already |finally )*(?:had|took|taken|ate|drank|ran|swam|cycled|walked|jogged|finished|did) (?!you|i\b"
    r"|we|they|he|she|it\b)"
    r"|^(?:(?:so|well|okay|ok|oh|and|right)\b[ ,]*)*(?:i|we)(?:'ve| have| just| already)*\b (?!don't|didn't|never"
    r"|not\b|haven't"
    r"|am|was|were|had to|will|would|could|can|should|want|need|like|love|hate|think)",
    re.IGNORECASE,
)
_STORY = re.compile(
    r"\b(?:yesterday|last (?:night|week|month|year|summer|winter|spring|autumn|time)|once|years? ago|always|usually"
    r"|often|never"
    r"|used to|every (?:day|morning|night|week|year)|not|n't|too much|so many|when i was)\b|n't\b",
    re.IGNORECASE,
)
_NO_THING = word_set(
    "bath break breath bus cab call care chance class course decision degree exam flight holiday look lunch nap note "
    "photo picture seat shower step taxi test time train trip turn vacation walk"
)
"""What one takes or has without anything to write down."""


def noted(heard: str, functions: Functions) -> Mapping[str, Any] | None:
    """The function that writes it down, when the words have all that this needs."""
    if not _I_DID.search(heard) or _STORY.search(heard):
        return None
    said = content_stems(words(heard))
    for function in functions:
        if function.get("name") and scoring.notes(function):
            reader = Reader(function, heard)
            found = reader.read()
            if not schemas.missing_in(function, found) and _about_it(function, said, reader, found):
                return function
    return None


def _about_it(function: Mapping[str, Any], said: frozenset[str], reader: Reader, found: Mapping[str, Any]) -> bool:
    named = [*identifier_words(function["name"]), *words(str(function.get("description", "")))]
    own = content_stems(named)
    typed = [name for name in found if name not in reader.guessed]
    required = set(schemas.required(function))
    if required and required <= set(typed):
        return True
    for name, described in schemas.properties(function).items():
        own |= stems_of(name, described)
    alike = bool(said & own) or any(one[:ROOT] == two[:ROOT] for one in said for two in own if len(one) >= ROOT)
    if typed and alike:
        return True
    things = [str(found[name]) for name in reader.guessed]
    alike = alike or any(concepts_in(words(thing)) & concepts_in(named) for thing in things)
    return alike and bool(things) and all(_is_thing(function, str(found[name])) for name in reader.guessed)


def _is_thing(function: Mapping[str, Any], value: str) -> bool:
    """A few words, of no kind that is foreign to the function: "all my books back" is no medicine."""
    said = words(value)
    if not 0 < len(said) <= MAX_NOTED_WORDS or set(said) & _NO_THING:
        return False
    own = concepts_in([*identifier_words(function["name"]), *words(str(function.get("description", "")))])
    for name, described in schemas.properties(function).items():
        own |= concepts_in([*identifier_words(name), *words(str(described.get("description", "")))])
    named = content_stems([*identifier_words(function["name"]), *schemas.properties(function)])
    kinds = concepts_in(said)
    return stem(said[-1]) in named or not kinds or bool(kinds & own)
