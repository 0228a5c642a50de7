"""What was put right in the same breath: "fifteen, no, twenty" -> "twenty"."""

from __future__ import annotations

import re

from gemini_emulator.responder.arguments import numbers_and_times
from gemini_emulator.responder.arguments.arithmetic import NUMBER_WORDS

_MARK = re.compile(
    r",?\s+(?:(?:oh )?no,? (?:wait|sorry|hang on|hold on|make (?:it|that)|i mean(?:t)?|rather|not that|actually"
    r"|scratch that)\b"
    r"|(?:wait|sorry|hang on),? (?:no|i mean(?:t)?|make (?:it|that))\b|or rather\b|i mean(?:t)?\b|make that\b"
    r"|scratch that\b"
    r"|correction\b|(?:no|sorry|wait|actually)(?=,))[ ,]*(?:make (?:it|that) |i mean(?:t)? |wait,? |sorry,? )*"
    rf"|,?\s+(?:no|sorry),? (?=\d|(?:{'|'.join(NUMBER_WORDS)})\b)"
    r"|,\s+(?:no|sorry|wait|actually) ",
    re.IGNORECASE,
)
_LEAD = re.compile(r"(?P<lead>on|at|in|to|for|from|with|by|the|a|an|my)\s+", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][\w'-]*")
MAX_REPAIRS = 3


def repaired(text: str) -> str:
    """The words with what was meant in the place of what was said first; unchanged where that place is not found."""
    for _ in range(MAX_REPAIRS):
        mark = _MARK.search(text)
        if not mark:
            return text
        before, after = text[: mark.start()], text[mark.end() :]
        if kept := _in_its_place(before, after):
            text = kept
            continue
        at = _place_of(before, after)
        if at is None:
            return text
        text = f"{before[:at]}{after}".strip()
    return text


def _in_its_place(before: str, after: str) -> str:
    """ "Nineteen degrees in the nursery, no, twenty": what stood behind the first value stays behind the second.

    Only where nothing but the value is put right, or where a comma closes it: "three adults, sorry, four, for ...".
    """
    for spans in (numbers_and_times.dates, numbers_and_times.times, numbers_and_times.durations, _bare_amounts):
        meant, said = spans(after), spans(before)
        if not meant or not said or meant[0].start != 0:
            continue
        tail, rest = before[said[-1].end :], after[meant[0].end :]
        if re.match(r"\W*$|\s*,", rest):
            return f"{before[: said[-1].start]}{after[: meant[0].end]}{tail}{rest if rest[:1] == ',' else ''}".strip()
        return ""
    return _by_its_head(before, after)


def _bare_amounts(text: str) -> list[numbers_and_times.Span]:
    return [numbers_and_times.Span(one.start, one.end, f"{one.value:g}") for one in numbers_and_times.amounts(text)]


def _by_its_head(before: str, after: str) -> str:
    """ "Tomatoes, I mean cherry tomatoes, and lemons": the same thing, told more closely."""
    better = re.match(r"[^,.;?!]+", after)
    head = better[0].split()[-1] if better and better[0].split() else ""
    found = list(re.finditer(rf"\b{re.escape(head)}\b", before, re.IGNORECASE)) if len(head) > 2 else []
    return f"{before[: found[-1].start()]}{after}".strip() if found and better and " " in better[0].strip() else ""


def parted(text: str) -> list[str]:
    """What was said first, and what it was then put right with."""
    return [part for part in _MARK.split(text) if part] or [text]


def _place_of(before: str, after: str) -> int | None:
    """Where the piece of the same kind begins in front of the mark."""
    for spans in (numbers_and_times.dates, numbers_and_times.times, numbers_and_times.durations):
        meant, said = spans(after), spans(before)
        if meant and said and meant[0].start == 0:
            return said[-1].start
    amounts, earlier = numbers_and_times.amounts(after), numbers_and_times.amounts(before)
    if amounts and earlier and amounts[0].start == 0:
        return earlier[-1].start
    if lead := _LEAD.match(after):
        found = list(re.finditer(rf"\b(?:{_same(lead['lead'])})\s+", before, re.IGNORECASE))
        return found[-1].start() if found else None
    names = list(_NAME.finditer(before))
    if _NAME.match(after) and names and names[-1].start() > 0:
        return names[-1].start()
    return None


def _same(word: str) -> str:
    return "the|an?|my" if word.lower() in ("the", "a", "an", "my") else word.lower()
