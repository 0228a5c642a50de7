"""The model's thoughts, for clients that ask to see them: what this mind really weighed, in plain words. Pure."""

from __future__ import annotations

import json

from gemini_emulator.responder.conversation_state import Reply


def reasoning(heard: str, thought: Reply) -> str:
    """What is about to be done and why. Empty when nothing was heard."""
    if not heard.strip():
        return ""
    begin = f'The user said: "{heard.strip()}".'
    if thought.calls:
        calls = ", ".join(f"{call.name} with {json.dumps(dict(call.args))}" for call in thought.calls)
        return f"{begin} That is for a function, so I call {calls}."
    if thought.question:
        return f"{begin} I put that to the language model."
    if thought.memory.asked_for:
        call, missing = thought.memory.asked_for
        return f"{begin} {call.name} needs {missing}, which was not said, so I ask for it."
    return f"{begin} No function is needed, so I answer."
