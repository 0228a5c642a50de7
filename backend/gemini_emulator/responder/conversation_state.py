"""The responder's state of a conversation. Immutable, so that a speculative turn can be discarded at no cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gemini_emulator.responder.text_limits import MAX_HEARD_CHARS

MAX_TURNS = 40

Functions = Sequence[Mapping[str, Any]]
"""The client's functionDeclarations, as they came."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function to call, with its arguments."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What a called function answered."""

    name: str
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Timer:
    """Rings once, within the conversation. Times are seconds; `due` is of the conversation's clock."""

    seconds: float
    due: float
    label: str = ""
    """What it is for: "pizza", "take the pizza out of the oven"."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The last turns and the state that follow-up questions refer to."""

    turns: tuple[tuple[str, str], ...] = ()
    """(role, text), oldest first; role is `user` or `model`."""
    last_call: Call | None = None
    """The latest function call: what "and tomorrow?" goes on from."""
    asked_for: tuple[Call, str] | None = None
    """A call that lacks one argument, and that argument's name: the next words may be it."""
    proposed: tuple[Call, ...] = ()
    """Calls that the user was asked about: "Shall I ...?" """
    user_name: str = ""
    introduced: bool = False
    """The user was told once how to connect Gemini."""
    shown_pictures: bool = False
    """Pictures or video came. The emulator does not look at them."""
    instruction: str = ""
    """The client's system instruction."""
    functions: Functions = ()
    """The functions declared when the reply was made; a language model may call again after a result."""
    calls: tuple[Call, ...] = ()
    """What a language model called and has no result of yet."""
    meant: str = ""
    """All of the latest answer; the last turn holds as much of it as was sent."""
    timers: tuple[Timer, ...] = ()
    """Those that run, the next one first."""
    rate: float = 1.0
    """How much faster than usual the user wants the voice."""
    now: float = 0.0
    """Seconds of the conversation's clock, when the words were heard."""
    unsure: bool = False
    """The recognizer is not sure of the words that are answered."""
    model_failed: bool = False
    """The language model gave no answer the last time, and the user knows."""

    def with_turn(self, role: str, text: str) -> Memory:
        if not text.strip():
            return self
        return replace(self, turns=(*self.turns, (role, text.strip()))[-MAX_TURNS:])

    @property
    def last_spoke(self) -> str:
        """The role that spoke last, `user` or `model`; empty when neither has spoken."""
        return next((role for role, _ in reversed(self.turns) if role in ("user", "model")), "")

    def without_the_last(self, role: str) -> Memory:
        """As if the latest words of that role had never been said."""
        at = max(index for index, (speaker, _) in enumerate(self.turns) if speaker == role)
        return replace(self, turns=self.turns[:at] + self.turns[at + 1 :])

    def last(self, role: str) -> str:
        """The latest words of that role, or nothing; of many words the first ones."""
        return next((text[:MAX_HEARD_CHARS] for speaker, text in reversed(self.turns) if speaker == role), "")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model does in its turn: say something, or call functions and say their results."""

    memory: Memory
    say: str = ""
    calls: tuple[Call, ...] = ()
    question: LlmRequest | None = None
    """The answer comes later, piece by piece, from a language model."""


@dataclass(frozen=True, slots=True)
class LlmRequest:
    """A request to a language model, in the fields of the chat-completions API."""

    messages: tuple[Mapping[str, Any], ...]
    tools: tuple[Mapping[str, Any], ...]
    otherwise: Reply
    """The reply when the language model gives none."""


class Responder(Protocol):
    """Decides the model's reply: words or function calls. Stateless: everything it knows is in `memory`."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply: ...

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply: ...
