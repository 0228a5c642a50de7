"""Asking back for one argument, as a person would."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.responder.arguments import schemas
from gemini_emulator.responder.arguments.parameter_kinds import duration_unit_s, kind_of, role_of
from gemini_emulator.responder.stemming import human, identifier_words, words

MAX_NAMED = 10
"""Members of an enumeration that are read out."""
_COUNTED = re.compile(r"^(?:number of|how many) (?P<what>[a-z]+(?: [a-z]+)?)", re.IGNORECASE)


def question(function: Mapping[str, Any], name: str) -> str:
    """One short question that ends in a question mark."""
    schema = schemas.properties(function).get(name, {})
    called = label(name)
    kind = kind_of(name, schema)
    if kind == "choice" or (kind == "list" and (schema.get("items") or {}).get("enum")):
        options = [human(str(option)) for option in schema.get("enum") or schema["items"]["enum"]]
        return f"Which {called}? {either(options)}?" if len(options) <= MAX_NAMED else f"Which {called}?"
    if kind == "number":
        return _number(name, schema, called)
    if kind == "place" and (role := role_of(name, schema)):
        return "From where?" if role == "from" else "Where to?"
    if kind == "person":
        return "Who is it for?" if {"recipient", "receiver"} & set(identifier_words(name)) else "Who do you mean?"
    fixed = {
        "time": "At what time?", "date": "For which day?", "moment": "For which day and time?",
        "message": "What should it say?", "query": "What should I look for?", "expression": "What should I work out?",
        "language": "Into which language?", "switch": f"{called.capitalize()}, yes or no?",
    }  # fmt: skip
    if kind == "query" and identifier_words(name)[-1] in ("text", "topic", "term"):
        return f"Which {called}?"
    return fixed.get(kind, f"Which {called}?")


def either(options: list[str]) -> str:
    """ "Kitchen, bedroom or bathroom"."""
    listed = ", ".join(options[:-1]) + (" or " if len(options) > 1 else "") + options[-1]
    return listed[:1].upper() + listed[1:]


def _number(name: str, schema: Mapping[str, Any], called: str) -> str:
    if duration_unit_s(name, schema):
        return "For how long?"
    if counted := _COUNTED.match(str(schema.get("description", ""))):
        return f"How many {counted['what'].split(' to ')[0].removesuffix(' per')}?"
    if {"amount", "price", "sum", "money", "quantity"} & set(identifier_words(name)):
        return "How much?"
    if called.endswith("s") and not called.endswith("ss"):
        return f"How many {called}?"
    return f"What {called}?" if len(words(called)) < 3 else f"Which {called}?"


def label(name: str) -> str:
    """The parameter's name in plain words, without its unit."""
    own = identifier_words(name.rpartition(".")[2])
    if len(own) > 1 and own[-1] in ("id", "c", "f", "ml", "s", "ms", "kg", "name"):
        own = own[:-1]
    return {"location": "place", "tz": "time zone", "q": "question"}.get(" ".join(own), " ".join(own))
