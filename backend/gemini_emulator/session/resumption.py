"""Messages about session resumption: `sessionResumptionUpdate`, with a handle or without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gemini_emulator.protocol.setup import Setup
from gemini_emulator.session.events import Effect, Send


class Resumption:
    """One connection. Silent unless the client asked for handles, or the service gives them to everybody.

    While the model generates or a function runs there is nothing to resume from; the service says so with an empty
    update (proto3 JSON leaves out `false` and "").
    """

    def __init__(self, setup: Setup, emit: Callable[[Effect], None], new_handle: Callable[[float], str]) -> None:
        """`new_handle` keeps the session as it is now."""
        self._setup, self._emit, self._new_handle = setup, emit, new_handle
        self._resumable = True
        self.consumed = 0
        """Client messages taken in on this connection, without setup: the index of the latest."""

    def first(self, now: float) -> Send | None:
        """The handle that follows `setupComplete` at once, where the service does so."""
        return self._update(now) if self._setup.manners.unasked else None

    def not_now(self) -> None:
        """The model is at work."""
        if self._setup.resumption and self._resumable:
            self._resumable = False
            self._emit(Send({"sessionResumptionUpdate": {}}))

    def possible(self, now: float) -> None:
        """A turn is over and nothing is open."""
        if not self._setup.resumption:
            return
        self._resumable = True
        self._emit(self._update(now))

    def _update(self, now: float) -> Send:
        update: dict[str, Any] = {"newHandle": self._new_handle(now), "resumable": True}
        if self._setup.transparent:
            update["lastConsumedClientMessageIndex"] = str(self.consumed)
        return Send({"sessionResumptionUpdate": update})
