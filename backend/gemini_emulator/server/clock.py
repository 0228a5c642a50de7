"""The time of the conversations: the event loop's, plus the time that was skipped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Clock:
    """Needs a running loop. Never goes back."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._skipped_s = 0.0

    def time(self) -> float:
        return self._loop.time() + self._skipped_s

    def call_at(self, when: float, call: Callable[[], None]) -> asyncio.TimerHandle:
        """Timers made before a skip do not know of it; the caller of the skip has to renew them."""
        return self._loop.call_at(when - self._skipped_s, call)

    def skip_to(self, when: float) -> None:
        """No effect when that time has passed."""
        self._skipped_s = max(self._skipped_s, when - self._loop.time())
