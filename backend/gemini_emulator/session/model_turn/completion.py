"""The answer of a language model, which comes in pieces: said sentence by sentence, or replaced when it fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from gemini_emulator.protocol.setup import Setup
from gemini_emulator.responder.conversation_state import Call, LlmRequest, Memory, Reply
from gemini_emulator.session.events import Answered, Ask, CancelJob, Effect
from gemini_emulator.session.model_turn.response_stream import Delivery

BROKE_OFF = "The language model broke off here."


class Turn(Protocol):
    """The model's turn that the answer is for."""

    memory: Memory
    delivery: Delivery

    def open_turn(self) -> None: ...

    def call(self, calls: Sequence[Call], now: float) -> None: ...

    def write(self, text: str) -> None: ...

    def finish(self, now: float) -> None: ...

    def advance(self, now: float) -> None: ...


class Completion:
    """`emit` takes effects in order."""

    def __init__(self, turn: Turn, setup: Setup, emit: Callable[[Effect], None], new_job: Callable[[], int]) -> None:
        self._turn, self._setup, self._emit, self._new_job = turn, setup, emit, new_job
        self._asked: Ask | None = None

    def ask(self, question: LlmRequest) -> None:
        self._turn.open_turn()
        self._turn.delivery.generated = False
        self._means("")
        self._asked = Ask(self._new_job(), question)
        self._emit(self._asked)

    def cancel(self) -> None:
        """The answer is not needed any more."""
        if self._asked:
            self._emit(CancelJob(self._asked.job))

    def forget(self) -> None:
        """The turn is over."""
        self._asked = None

    def hear_piece(self, piece: Answered, now: float) -> None:
        """A piece of the answer; of another question's, nothing happens."""
        if self._asked is None or piece.job != self._asked.job:
            return
        if piece.text:
            self._say_more(piece.text, now)
        if piece.failed:
            self._answer_instead(self._asked.question.otherwise, piece.failed, now)
        elif piece.over:
            self._turn.memory = replace(self._turn.memory, calls=piece.calls, model_failed=False)
            self._answer_over(piece.calls, now)
        self._turn.advance(now)

    def _means(self, text: str) -> None:
        self._turn.memory = replace(self._turn.memory, meant=text)

    def _say_more(self, text: str, now: float) -> None:
        self._means(f"{self._turn.memory.meant} {text}")
        if self._setup.text_output:
            self._turn.write(text)
        else:
            self._turn.delivery.speak_more(text, now, self._turn.memory.rate)

    def _answer_over(self, calls: Sequence[Call], now: float) -> None:
        self._asked = None
        self._turn.delivery.no_more()
        if calls:
            self._turn.call(calls, now)
        elif not self._turn.delivery.speaking:
            self._turn.delivery.complete()
            self._turn.finish(now)

    def _answer_instead(self, otherwise: Reply, why: str, now: float) -> None:
        """The language model failed: say so once, and answer without it."""
        if self._turn.delivery.speaking:
            self._say_more(BROKE_OFF, now)
            self._answer_over((), now)
            return
        known = self._turn.memory.model_failed
        self._turn.memory = replace(otherwise.memory, turns=self._turn.memory.turns, model_failed=True)
        if words := f"{'' if known else why} {otherwise.say}".strip():
            self._say_more(words, now)
        self._answer_over(otherwise.calls, now)
