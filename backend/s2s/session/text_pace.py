"""Pass typed texts on at a bounded rate: each one makes the model answer, with the whole conversation before it."""

import asyncio
from collections import deque
from collections.abc import Callable

from s2s.core.events import TextTyped
from s2s.limits.rate_limit import TEXTS, RateLimiter

MAX_WAITING = 10
"""Texts that may wait for their turn, as when a page sends what was typed while it was disconnected."""


class TextPace:
    """The typed texts of one session, in order: `TEXTS.burst` at once, then `TEXTS.per_s` a second."""

    def __init__(self, pass_on: Callable[[TextTyped], None], loop: asyncio.AbstractEventLoop) -> None:
        self._pass_on = pass_on
        self._loop = loop
        self._rate = RateLimiter(*TEXTS)
        self._waiting: deque[TextTyped] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def push(self, text: TextTyped) -> bool:
        """Pass a text on, now or when it is its turn. Return False, and forget it, if too many are waiting."""
        if len(self._waiting) >= MAX_WAITING:
            return False
        self._waiting.append(text)
        if self._timer is None:
            self._pass_on_next()
        return True

    def close(self) -> None:
        """Forget what is waiting. Idempotent."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._waiting.clear()

    def _pass_on_next(self) -> None:
        self._timer = None
        while self._waiting:
            if wait_s := self._rate.retry_after_s(self._loop.time()):
                self._timer = self._loop.call_later(wait_s, self._pass_on_next)
                return
            self._pass_on(self._waiting.popleft())
