"""Everyday facts, animals, opposites, and a few phrases in other languages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gemini_emulator.responder.stemming import STOP, stem, word_set, words

MAX_OTHER_WORDS = 1
"""Words of a question that a fact does not know: more of them, and it is another question."""
_FILLERS = word_set(
    "please exactly really actually world earth ever called thing hey hi hello okay so well um uh again first there "
    "much many long often big whats hows whos wonder question curious remember explain mean people say"
)
_QUESTION = re.compile(
    r"\b(?:what|what's|whats|who|who's|whose|where|when|why|how|how's|which|is|are|do|does|did|can|name|list"
    r"|tell|explain|say)\b",
    re.I,
)
_SOUND = re.compile(
    r"\b(?:what (?:sound|noise) does (?:an? |the )?(?P<a>[a-z]+) make|what does (?:an? "
    r"|the )?(?P<b>[a-z]+) (?:say|sound like)"
    r"|how does (?:an? |the )?(?P<c>[a-z]+) (?:go|sound)|what do (?P<d>[a-z]+?)s say)\b",
    re.I,
)
_YOUNG = re.compile(
    r"\b(?:baby|young) (?P<a>[a-z]+) called\b|\bcall(?:ed)? a baby (?P<b>[a-z]+)\b|\bname (?:of"
    r"|for) a baby (?P<c>[a-z]+)\b",
    re.I,
)
_OPPOSITE = re.compile(r"\bopposite (?:of|to|for) (?:the word )?(?P<word>[a-z]+)\b", re.I)


@dataclass(frozen=True, slots=True)
class Fact:
    say: str
    groups: tuple[frozenset[str], ...]
    """Stems; the question needs one of each."""


def answer(said: str) -> str:
    """Nothing when it is not known, or is no question."""
    if not _QUESTION.search(said):
        return ""
    return phrase(said) or _animal(said) or _opposite(said) or _fact(said)


def _fact(said: str) -> str:
    spoken = words(said)
    stems = {stem(word) for word in spoken} | set(spoken)
    content = {stem(word) for word in spoken if word not in STOP and word not in _FILLERS}
    best, fewest = "", (0, MAX_OTHER_WORDS + 1)
    for fact in _facts():
        if not all(group & stems for group in fact.groups):
            continue
        other = len(content - frozenset().union(*fact.groups))
        if other <= MAX_OTHER_WORDS and (-len(fact.groups), other) < (fewest[0], fewest[1]):
            best, fewest = fact.say, (-len(fact.groups), other)
    return best


def phrase(said: str) -> str:
    """ "How do you say goodbye in Spanish?"; nothing to other questions."""
    phrases = _knowledge()["phrases"]
    languages = "|".join(phrases)
    found = re.search(
        rf"\b(?:say|is|word for|translate"
        rf"|mean by) [\"']?(?P<what>[a-z' ]+?)[\"']? (?:in(?:to)?) (?P<language>{languages})\b",
        said,
        re.I,
    ) or re.search(
        rf"\bthe (?P<language>{languages}) (?:word|phrase"
        rf"|expression) for [\"']?(?P<what>[a-z' ]+?)[\"']?$",
        said,
        re.I,
    )
    if not found:
        return ""
    what = re.sub(r"^(?:the word |a |the )|(?: please| very much)$", "", found["what"].lower().strip())
    known = {
        "thanks": "thank you", "hi": "hello", "bye": "goodbye", "good bye": "goodbye", "i'm sorry": "sorry",
        "good day": "hello", "excuse me": "sorry",
    }  # fmt: skip
    language = found["language"].capitalize()
    spoken = phrases[language].get(known.get(what, what))
    return f'In {language}, it\'s "{spoken}". But I say it with an English accent.' if spoken else ""


def _animal(said: str) -> str:
    knowledge = _knowledge()
    if found := _SOUND.search(said):
        name = next(group for group in found.groups() if group).lower()
        sound = knowledge["sounds"].get(name) or knowledge["sounds"].get(name.removesuffix("s"))
        return f"{_with_article(name)} says {sound}. {sound.capitalize()}!" if sound else ""
    if found := _YOUNG.search(said):
        name = next(group for group in found.groups() if group).lower()
        return f"A baby {name} is called {knowledge['young'][name]}." if name in knowledge["young"] else ""
    return ""


def _opposite(said: str) -> str:
    if not (found := _OPPOSITE.search(said)):
        return ""
    pairs = _knowledge()["opposites"]
    word = found["word"].lower()
    other = pairs.get(word) or {second: first for first, second in pairs.items()}.get(word)
    return f"The opposite of {word} is {other}." if other else ""


def _with_article(name: str) -> str:
    return f"{'An' if name[0] in 'aeiou' else 'A'} {name}"


@cache
def _facts() -> tuple[Fact, ...]:
    return tuple(
        Fact(
            one["say"],
            tuple(frozenset(form for word in group.split("|") for form in (word, stem(word))) for group in one["ask"]),
        )
        for one in _knowledge()["facts"]
    )


@cache
def _knowledge() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("everyday.json").read_text("utf-8"))
    return loaded
