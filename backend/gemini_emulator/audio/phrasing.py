"""An answer cut into phrases: what is shown, what the voice is given, and the pause behind it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gemini_emulator.audio.speech_text import is_list_item, sentences

SERIES_S, COMMA_S, CLAUSE_S, ITEM_S, SENTENCE_S, QUESTION_S, PARAGRAPH_S = 0.16, 0.18, 0.28, 0.32, 0.4, 0.45, 0.6
"""Seconds of silence at the speed of the voice. What belongs together is closer together."""
MAX_PAUSE_S = PARAGRAPH_S
BEHIND_MARK_S = {",": COMMA_S, ";": CLAUSE_S, ":": CLAUSE_S, "—": CLAUSE_S, "…": SENTENCE_S, ".": SENTENCE_S,
                 "!": SENTENCE_S, "?": QUESTION_S}  # fmt: skip
FIRST_CHARS, LEAST_CHARS = 48, 12
"""A first sentence longer than this is begun with its first clause, unless that is shorter than the other: the voice is
heard sooner."""

_SERIES = re.compile(r"^(?:(?P<lead>[^,:]{1,40}:) )?(?P<items>(?:[\w'-]{1,12}, ){3,}[\w'-]{1,12}[.!?])$")
"""Counting and spelling: short items, all alike."""
_CLAUSE = re.compile(r"[,;:—] +(?=\S)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence, a clause of one, or an item of a list."""

    text: str
    """As it is written in the transcript."""
    said: str
    """As the voice gets it: items of a list end with a comma, so that the voice stays up until the last."""
    pause_s: float
    """Silence behind it."""


def phrases(text: str, *, first: bool = False) -> list[Phrase]:
    """In order, none empty. `first`: nothing was said before, so the first one is to be short."""
    out: list[Phrase] = []
    lines = [(line, is_list_item(line)) for line in text.splitlines()]
    for index, (line, item) in enumerate(lines):
        later = lines[index + 1 :]
        whole = sentences(line)
        for number, sentence in enumerate(whole):
            last = number == len(whole) - 1
            out.extend(_series(_phrase(sentence, item=item and last, later=later if last else None)))
    if first and out:
        out[:1] = _begun_early(out[0])
    return out


def _phrase(sentence: str, *, item: bool, later: list[tuple[str, bool]] | None) -> Phrase:
    """`later`: the lines behind this one; None in the middle of a line."""
    pause_s = BEHIND_MARK_S.get(sentence.rstrip("\"')]")[-1:], CLAUSE_S)
    if later is None:
        return Phrase(sentence, sentence, pause_s)
    following = next((other for other in later if other[0].strip()), None)
    if item and following and following[1]:
        return Phrase(sentence, f"{sentence.rstrip('.;,')},", ITEM_S)
    if following and not later[0][0].strip():
        pause_s = PARAGRAPH_S
    elif following:
        pause_s = max(pause_s, SENTENCE_S if not following[1] else CLAUSE_S)
    return Phrase(sentence, f"{sentence}." if item and sentence[-1:].isalnum() else sentence, pause_s)


def _series(phrase: Phrase) -> list[Phrase]:
    """ "1, 2, 3, 4." one by one: in one breath the voice runs them together."""
    found = _SERIES.match(phrase.text)
    if not found or phrase.said != phrase.text:
        return [phrase]
    items = found["items"].split()
    lead = [Phrase(found["lead"], found["lead"], CLAUSE_S)] if found["lead"] else []
    return [*lead, *(Phrase(item, item, SERIES_S) for item in items[:-1]), Phrase(items[-1], items[-1], phrase.pause_s)]


def _begun_early(phrase: Phrase) -> list[Phrase]:
    if len(phrase.text) <= FIRST_CHARS:
        return [phrase]
    found = next((mark for mark in _CLAUSE.finditer(phrase.text) if mark.start() >= LEAST_CHARS), None)
    if found is None or len(phrase.text) - found.end() < LEAST_CHARS:
        return [phrase]
    head, rest = phrase.text[: found.start() + 1], phrase.text[found.end() :]
    return [Phrase(head, head, BEHIND_MARK_S[head[-1]]), Phrase(rest, phrase.said[found.end() :], phrase.pause_s)]
