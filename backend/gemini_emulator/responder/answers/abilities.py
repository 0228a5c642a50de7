"""What the engine can do with the declared functions, in the words of their descriptions: no names aloud."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from gemini_emulator.responder.conversation_state import Functions
from gemini_emulator.responder.stemming import human

MAX_LISTED = 5
"""Abilities that are read out."""
MAX_WORDS = 9
"""Words of one."""
MAX_DESCRIPTION_CHARS = 300
LOOK_THINGS_UP = "look things up"

_LEAD = re.compile(
    r"^(?:(?:use|call|invoke) (?:this|it)(?: function| tool)?(?: when(?:ever)? .*? (?:wants?|asks?"
    r"|needs?))?(?: to| for)?|this (?:function|tool)(?: can)?(?: is used to)?"
    r"|(?:a |the )?(?:function|tool) (?:that|to|which|for)|used to|allows? (?:you|the user|the model) to"
    r"|lets? (?:you|the user|the model)|helps? (?:you |the user )?(?:to )?|can)\s+",
    re.IGNORECASE,
)
_GETS = re.compile(
    r"^(?:gets?|fetch(?:es)?|retrieves?|returns?|shows?|queries|query|obtains?|reads?|provides?|checks?|gives?"
    r"|tells?|lists?|finds? out|looks? at|displays?|reports?)\s+"
    r"(?:(?:you|the user|back)\s+)?(?:all |some )?",
    re.IGNORECASE,
)
_LOOKS_UP = re.compile(
    r"^(?:look(?:s)? up|search(?:es)?(?: for)?|find(?:s)?)\b.*\b(?:web|internet|wikipedia|encyclopa?edia|person"
    r"|thing|facts?|information|anything|knowledge)\b",
    re.IGNORECASE,
)
_DOES_MATH = re.compile(
    r"^(?:works? out|calculates?|evaluates?|computes?|solves?|performs?|does|do)\b.*\b(?:arithmetic|math\w*"
    r"|sums?|calculations?|expressions?|equations?)\b",
    re.IGNORECASE,
)
_CUT = re.compile(
    r"[.;:(,\n]| (?:in|for|from|to|with|by|at|of the|when|if|that|which|so|using|based|given|as|including|where"
    r"|per|between|within|optionally|via|e\.g\.|and (?:get|return|give|then))\b",
    re.IGNORECASE,
)
_AND = re.compile(r" (?:and|or)\b|/")
_CURRENT = re.compile(
    r"\b(?:current|latest|live|real-time|short|detailed|today's|given|specified|particular"
    r"|certain)\s+",
    re.IGNORECASE,
)
_VERB_S = re.compile(r"^(?P<verb>[a-z]+?)(?P<ending>ches|shes|sses|xes|s)\b", re.IGNORECASE)
_NO_VERB_S = frozenset(
    ["focus", "process", "guess", "access", "discuss", "dismiss", "press", "pass", "bus", "status", "news", "address"]
)


def listed(functions: Functions) -> str:
    """ "check the weather or the time, look things up, and do math"; nothing where none is declared."""
    checked, done = [], []
    for function in functions:
        ability = of_function(function)
        if ability.startswith("check "):
            checked.append(ability.removeprefix("check "))
        elif ability:
            done.append(ability)
    checked, done = list(dict.fromkeys(checked)), list(dict.fromkeys(done))
    if checked:
        done.insert(0, f"check {_joined(checked[:3], 'or')}")
    more = len(done) > MAX_LISTED or len(checked) > 3
    return _joined([*done[:MAX_LISTED], *(["a few more things"] if more else [])], "and")


def of_function(function: Mapping[str, Any]) -> str:
    """An order to do what it does, with a verb in front; from its name where it has no description."""
    described = " ".join(str(function.get("description") or "").split())[:MAX_DESCRIPTION_CHARS]
    if not re.search(r"[A-Za-z]{2}", described):
        described = human(str(function.get("name", "")))
    described = _LEAD.sub("", described).strip()
    if not described:
        return ""
    if _DOES_MATH.match(described):
        return "do math"
    if _LOOKS_UP.match(described):
        return LOOK_THINGS_UP
    gets = _GETS.match(described)
    if gets:
        what = _CURRENT.sub("", _AND.split(_first_clause(described[gets.end() :]))[0])
        return f"check {_with_article(what)}" if what else ""
    clause = _bare_verb(_first_clause(described))
    return clause[:1].lower() + clause[1:] if not clause[:2].isupper() else clause


def _first_clause(text: str) -> str:
    for found in _CUT.finditer(text):
        head = text[: found.start()].strip()
        # "Set the heating to a temperature" may end after three words; a verb alone says nothing.
        if len(head.split()) >= 2:
            return " ".join(head.split()[:MAX_WORDS])
    return " ".join(text.rstrip(" .;:,").split()[:MAX_WORDS])


def _bare_verb(clause: str) -> str:
    """ "Sends a message" -> send a message."""
    first, _, rest = clause.partition(" ")
    found = _VERB_S.match(first)
    if not found or first.lower() in _NO_VERB_S or first.lower().endswith("ss"):
        return clause
    verb = found["verb"] + (found["ending"][:-2] if found["ending"] != "s" else "")
    verb = re.sub(r"ie$", "y", verb)
    return f"{verb} {rest}".strip()


def _with_article(what: str) -> str:
    what = what.strip()
    what = re.sub(r"^(?:a|an)\s+", "the ", what)
    if re.match(
        r"(?:the|your|my|their|his|her|its|our|any|every|this|that|how|what|who|when|where"
        r"|whether)\b",
        what,
        re.IGNORECASE,
    ):
        return what[:1].lower() + what[1:]
    plural = re.search(r"[^su]s$", what.split()[-1]) if what else None
    return f"{what[:1].lower()}{what[1:]}" if plural else f"the {what[:1].lower()}{what[1:]}"


def _joined(parts: Sequence[str], word: str) -> str:
    """ "a or b", "a, b, and c"."""
    if len(parts) < 3:
        return f" {word} ".join(parts)
    return f"{', '.join(parts[:-1])}, {word} {parts[-1]}"
