"""The local engine's answers: deterministic, honest about what it is, and able to use the client's functions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gemini_emulator.memory import Functions, Memory, Result, Thought

CONNECT = "To talk to Gemini, put a key into backend slash dot env. The README says how."


@dataclass(frozen=True, slots=True)
class Parrot:
    """Repeats what it hears."""

    def think(self, heard: str, memory: Memory, functions: Functions) -> Thought:
        return Thought(memory, say=heard)

    def report(self, results: Sequence[Result], memory: Memory) -> Thought:
        return Thought(memory, say=" ".join(f"{result.name} answered." for result in results))


@dataclass(frozen=True, slots=True)
class Companion:
    """The default mind."""

    def think(self, heard: str, memory: Memory, functions: Functions) -> Thought:
        connect = "" if memory.introduced else f" {CONNECT}"
        said = f"I heard: {heard.rstrip('.!?')}. I am the offline engine, so I have no answer to that.{connect}"
        return Thought(replace(memory, introduced=True), say=said)

    def report(self, results: Sequence[Result], memory: Memory) -> Thought:
        return Thought(memory, say=" ".join(f"{result.name} answered." for result in results))
