"""A responder that repeats what it hears."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gemini_emulator.responder import context_notes
from gemini_emulator.responder.answers.result_phrases import spoken
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply, Result


@dataclass(frozen=True, slots=True)
class Parrot:
    """Repeats what it hears."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        told, heard = context_notes.split(heard)
        return Reply(memory, say=context_notes.apply_note(told[-1], memory) if told and not heard else heard)

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory, say=spoken(results))
