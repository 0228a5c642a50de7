"""Asking before a call that the words do not plainly ask for: "Shall I mute the drums?"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from gemini_emulator.responder.arguments import schemas
from gemini_emulator.responder.arguments.clarifying_questions import label
from gemini_emulator.responder.arguments.request_words import ORDERS
from gemini_emulator.responder.conversation_state import Call, Memory, Reply
from gemini_emulator.responder.functions.scoring import ACTING, ANSWERING
from gemini_emulator.responder.stemming import clean, human, identifier_words, words

_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|please|of course|okay|ok|do (?:it|that|so)|go ahead|right|exactly|correct)\b", re.I
)
_NO = re.compile(r"^(?:no|nope|nah|don't|do not|never ?mind|leave it|not now|stop|forget it)\b", re.IGNORECASE)
MAX_TOLD = 3
"""Arguments that are read out."""


def proposed(function: Mapping[str, Any], calls: tuple[Call, ...], memory: Memory) -> Reply:
    """Ask whether to make these calls."""
    values = schemas.flattened(calls[0].args)
    told = [f"{label(name)} {_said(value)}" for name, value in list(values.items())[:MAX_TOLD]]
    return Reply(replace(memory, proposed=calls), f"Shall I {deed(function)}{', ' if told else ''}{', '.join(told)}?")


def decided(heard: str, memory: Memory) -> Reply | None:
    """The answer to that question; None when the words are about something else."""
    line = clean(heard).lower().replace(",", "")
    answered = replace(memory, proposed=())
    if _NO.match(line):
        return Reply(answered, "All right, I will leave it.")
    if _YES.match(line) and len(words(line)) <= MAX_TOLD + 2:
        return Reply(replace(answered, last_call=memory.proposed[-1]), calls=memory.proposed)
    return None


def deed(function: Mapping[str, Any]) -> str:
    """What a function does, to follow "I": its description, where that begins with a verb."""
    described = clean(re.split(r"[.:;(]", str(function.get("description", "")))[0])
    first = words(described)[:1]
    named = identifier_words(str(function.get("name", "")))
    if first and (first[0] in ORDERS | ACTING | ANSWERING or first == named[:1]):
        return f"{described[:1].lower()}{described[1:]}"
    return (
        human(str(function["name"])) if named and named[0] in ORDERS | ACTING else f"use {human(str(function['name']))}"
    )


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return {"True": "yes", "False": "no"}.get(str(value), str(value).replace("_", " "))
