"""What only the engine itself can do, whatever mind answers: timers that ring, and the speed of its voice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from gemini_emulator.responder.answers import timers
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply
from gemini_emulator.responder.stemming import clean

SLOWEST, FASTEST, STEP = 0.6, 1.6, 1.2

_ASKED = (
    r"^(?:(?:please|can you|could you|would you|will you|now|okay|ok|so|well|hey|and|just|sorry"
    r"|i want you to|even|still) )*"
)
_HOW = r"(?: (?:a (?:bit|little)|much|even|way|more|very|so|too))*"
_SLOWER = re.compile(
    rf"{_ASKED}(?:speak|talk|go|say (?:it|that)|read)(?: to me)?{_HOW} (?:slow(?:er|ly)?)\b|{_ASKED}slow(?:er"
    rf"| down)\b|^(?:a (?:bit|little) )?slower\b"
    rf"|^not so fast\b|\byou(?:'re| are)? (?:speak|speaking|talk|talking){_HOW} fast\b|\b(?:that(?:'s| is| was)"
    rf"|you(?:'re| are)) too fast\b"
)
_FASTER = re.compile(
    rf"{_ASKED}(?:speak|talk|go|say (?:it|that)|read)(?: to me)?{_HOW} (?:fast(?:er)?|quick(?:er|ly)?)\b"
    rf"|{_ASKED}(?:faster|speed up)\b|^(?:a (?:bit|little) )?faster\b"
    rf"|^not so slow(?:ly)?\b|\byou(?:'re| are)? (?:speak|speaking|talk|talking){_HOW} slow(?:ly)?\b"
    rf"|\b(?:that(?:'s| is| was)|you(?:'re| are)) too slow\b"
)
_USUAL = re.compile(
    rf"{_ASKED}(?:speak|talk|go)(?: back)?(?: to)?(?: (?:at|the|your|a))* (?:normal(?:ly)?"
    r"|usual|regular)(?: (?:speed|pace|rate))?\b|^normal speed\b"
)


def answer(heard: str, memory: Memory, functions: Functions, now: datetime | None) -> Reply | None:
    """None when it is about neither."""
    return _speed(heard, memory) or timers.answer(heard, memory, functions, now)


def _speed(heard: str, memory: Memory) -> Reply | None:
    line = " ".join(re.sub(r"[^\w\s']", " ", clean(heard).lower()).split())
    if _USUAL.search(line):
        return Reply(replace(memory, rate=1.0), "Okay, back to my normal speed.")
    if _SLOWER.search(line):
        if memory.rate <= SLOWEST:
            return Reply(memory, "This is as slowly as I can speak.")
        slower = replace(memory, rate=max(SLOWEST, round(memory.rate / STEP, 2)))
        return Reply(slower, "Okay, I'll speak more slowly. Is this better?")
    if _FASTER.search(line):
        if memory.rate >= FASTEST:
            return Reply(memory, "This is as fast as I can speak.")
        faster = replace(memory, rate=min(FASTEST, round(memory.rate * STEP, 2)))
        return Reply(faster, "Okay, I'll speak faster. Is this better?")
    return None
