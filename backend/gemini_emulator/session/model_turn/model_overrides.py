"""What a scenario or a test may want of the model, whether a turn is open, begins, or is still to come."""

from __future__ import annotations

from collections.abc import Callable

from gemini_emulator.responder.conversation_state import Call
from gemini_emulator.session.events import Effect
from gemini_emulator.session.model_turn import server_messages
from gemini_emulator.session.model_turn.model_turn import Model


class ModelOverrides:
    def __init__(self, model: Model, emit: Callable[[Effect], None]) -> None:
        self._model, self._emit = model, emit

    def say(self, text: str, now: float) -> None:
        """Instead of the answer that begins; otherwise in a separate turn."""
        conduct = self._model.conduct
        if conduct.beginning:
            conduct.turn.say = text
            return
        conduct.to_say.append(text)
        self._model.advance(now)

    def call(self, call: Call, now: float) -> None:
        """A call out of the blue; the turn waits for its result as for any other."""
        conduct = self._model.conduct
        if conduct.beginning:
            conduct.turn.calls = [*conduct.turn.calls, call]
            return
        if self._model.delivery.generated:
            self._model.finish(now)
        self._model.call([call], now)
        self._model.advance(now)

    def think(self, text: str) -> None:
        if self._model.busy:
            self._emit(server_messages.thought(text, self._model.manners))
        else:
            self._model.conduct.coming.thoughts.append(text)

    def stall(self, seconds: float, now: float) -> None:
        if not (self._model.busy and self._model.delivery.stall(seconds, now)):
            self._model.conduct.current.delay_s += seconds

    def cut_short(self, now: float) -> None:
        """`turnComplete` here, without `generationComplete`."""
        self._model.stop()
        self._model.finish(now)
