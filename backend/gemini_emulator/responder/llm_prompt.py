"""A responder that uses a language model. Pure: it only writes the chat-completions request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from gemini_emulator.responder import context_notes
from gemini_emulator.responder.answers import own_matters
from gemini_emulator.responder.conversation_state import Call, Functions, LlmRequest, Memory, Reply, Responder, Result
from gemini_emulator.responder.stemming import clean

STYLE = (
    "You talk with the user by voice. Everything you write is read aloud: answer in a few short, plain English "
    "sentences, without markup, lists, emoji or links. The user's words come from a speech recognizer and may be "
    "slightly wrong. Words in brackets about the conversation itself are notes to you, not the user's words: do what "
    "they ask, and never say or mention them."
)
GREETING = "(The user has just joined. Greet them.)"
FUNCTION = "function"
"""The role of a function's call and result in the memory, as JSON."""
MAX_FUNCTION_ROUNDS = 8
"""Rounds of function results after which the model has to answer with text."""


@dataclass(frozen=True, slots=True)
class Chat:
    """Replies through a language model; `otherwise` is the responder for a turn in which it does not answer."""

    otherwise: Responder

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        kept = replace(memory, functions=tuple(functions), calls=())
        if mine := own_matters.answer(heard, kept, functions, None):
            return mine
        told, own = context_notes.split(heard)
        if told and not own and (again := _known(told[-1], memory)):
            return Reply(kept, again)
        said = clean(heard) and heard.strip()
        waiting = bool(memory.turns) and memory.turns[-1][0] == "user"
        asked = _messages(memory, said or ("" if waiting else GREETING))
        question = LlmRequest(asked, _tools(functions), self.otherwise.reply_to_user(heard, memory, functions))
        return Reply(kept, question=question)

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        kept = _with_results(memory, results)
        rounds = len(list(takewhile(lambda turn: turn[0] == FUNCTION, reversed(kept.turns))))
        tools = _tools(kept.functions) if rounds < MAX_FUNCTION_ROUNDS else ()
        return Reply(
            kept, question=LlmRequest(_messages(kept, ""), tools, self.otherwise.reply_to_results(results, kept))
        )


def _known(note: str, memory: Memory) -> str:
    """What a note asks to be said, where that is known without asking the language model."""
    return (
        context_notes.apply_note(note, memory)
        if context_notes.wants_the_last_answer(note) and memory.last_spoke == "model"
        else ""
    )


def _with_results(memory: Memory, results: Sequence[Result]) -> Memory:
    waiting = list(memory.calls)
    for result in results:
        call = next((call for call in waiting if call.name == result.name), Call(result.name))
        if call in waiting:
            waiting.remove(call)
        record = {"name": call.name, "args": dict(call.args), "response": dict(result.response)}
        memory = memory.with_turn(FUNCTION, json.dumps(record))
    return replace(memory, calls=tuple(waiting))


def _messages(memory: Memory, heard: str) -> tuple[Mapping[str, Any], ...]:
    system = f"{STYLE}\n\n{memory.instruction}".strip()
    out: list[Mapping[str, Any]] = [{"role": "system", "content": system}]
    for number, (role, text) in enumerate(memory.turns):
        if role == FUNCTION and (record := _record(text)):
            out.extend(_call_and_result(f"call_{number}", record))
        else:
            out.append({"role": "assistant" if role == "model" else "user", "content": text})
    if heard:
        out.append({"role": "user", "content": heard})
    return tuple(out)


def _record(text: str) -> Mapping[str, Any] | None:
    """None for what a client wrote under that role."""
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.keys() == {"name", "args", "response"} else None


def _call_and_result(call_id: str, record: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    function = {"name": record["name"], "arguments": json.dumps(record["args"])}
    return [
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": call_id, "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": call_id, "content": json.dumps(record["response"])},
    ]


def _tools(functions: Functions) -> tuple[Mapping[str, Any], ...]:
    out = []
    for function in functions:
        if not function.get("name"):
            continue
        schema = function.get("parametersJsonSchema") or _json_schema(function.get("parameters") or {})
        described = {
            "name": function["name"],
            "description": str(function.get("description", "")),
            "parameters": schema or {"type": "object", "properties": {}},
        }
        out.append({"type": "function", "function": described})
    return tuple(out)


def _json_schema(schema: Any, inside_properties: bool = False) -> Any:
    """Gemini's Schema writes types in capitals and says `nullable`; JSON Schema does not."""
    if isinstance(schema, list):
        return [_json_schema(item) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if inside_properties:
        return {name: _json_schema(item) for name, item in schema.items()}
    out = {
        key: value if key in ("enum", "required", "default", "example") else _json_schema(value, key == "properties")
        for key, value in schema.items()
        if key not in ("nullable", "propertyOrdering")
    }
    if isinstance(out.get("type"), str):
        out["type"] = [out["type"].lower(), "null"] if schema.get("nullable") else out["type"].lower()
    return out
