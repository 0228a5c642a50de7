"""A responder that repeats what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gemini_emulator.responder import context_notes
from gemini_emulator.responder.answers.result_phrases import spoken
from gemini_emulator.responder.conversation_state import Functions, Memory, Result, Thought


@dataclass(frozen=True, slots=True)
class Parrot:
    """Repeats what it hears."""

    def think(self, heard: str, memory: Memory, functions: Functions) -> Thought:
        told, heard = context_notes.split(heard)
        return Thought(memory, say=context_notes.obey(told[-1], memory) if told and not heard else heard)

    def report(self, results: Sequence[Result], memory: Memory) -> Thought:
        return Thought(memory, say=spoken(results))
