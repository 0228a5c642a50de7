"""What the offline responder takes from a system instruction: its name, and a greeting given word for word."""

from __future__ import annotations

import re

from gemini_emulator.responder.text_limits import MAX_INSTRUCTION_CHARS

_NAME = re.compile(
    r"\b(?:[Yy]ou(?:'re| are) (?:called|named)|[Yy]our name is|[Cc]all yourself|[Yy]ou go by(?: the name)?(?: of)?"
    r"|[Yy]ou(?:'re| are)(?= [A-Z][\w -]{1,40}, (?:an?|the|our|my) )|[Aa]n? (?:\w+ ){0,3}(?:called|named)"
    r"|[Yy]ou(?:'re| are)(?= (?!(?:Not|Now|Here|Very|Always|Never|Only|Just|AI|German|An?|The|[A-Z]\w*(?:ese"
    r"|ish|ian|ican|ench))\b)"
    r"[A-Z][\w-]+(?: [A-Z][\w-]+)?(?:[.!;\n]|$| (?:and|from|of|at|who)\b)))"
    r" [\"“']?(?P<name>[A-Z][\w-]+(?: [A-Z][\w-]+)?)(?!['’]s)\b"
)
_GREETING = re.compile(
    r"\b(?:greet|welcome|begin|start|open|answer)\b[^.\n\"“]{0,80}?\b(?:with|saying|say)\b[^.\n\"“]{0,20}"
    r"[\"“](?P<said>[^\"”]+)[\"”]",
    re.IGNORECASE,
)
DEFAULT_NAME = "your offline assistant"


def name_in(instruction: str) -> str:
    """ "You are called Nova." -> Nova; nothing when no name is given."""
    found = _NAME.search(instruction[:MAX_INSTRUCTION_CHARS])
    return found["name"] if found else ""


def greeting_in(instruction: str) -> str:
    """ "Greet the caller with 'Welcome!'" in double quotes -> Welcome!"""
    found = _GREETING.search(instruction[:MAX_INSTRUCTION_CHARS])
    return " ".join(found["said"].split()) if found else ""


def who(instruction: str) -> str:
    """The name the responder gives itself."""
    name = name_in(instruction)
    return name or DEFAULT_NAME
