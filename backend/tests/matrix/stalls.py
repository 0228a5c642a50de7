"""How much of its time this process did not get: what a story measures then is the machine.

It sleeps to see how late it is woken; that is what is measured, and there is no event for it. No story waits for it.
"""

import asyncio
from types import TracebackType

TICK_S = 0.05


class Stalls:
    """In an `async with`: counts until its end."""

    longest_s = 0.0
    """The event loop came so much too late, once."""
    share = 0.0
    """Of all the time, so much was lateness."""

    async def __aenter__(self) -> "Stalls":
        self._late_s = 0.0
        self._loop = asyncio.get_running_loop()
        self._began_at = self._loop.time()
        self._counting = asyncio.create_task(self._count(), name="stalls")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._counting.cancel()
        self.share = self._late_s / max(TICK_S, self._loop.time() - self._began_at)

    async def _count(self) -> None:
        while True:
            began_at = self._loop.time()
            await asyncio.sleep(TICK_S)
            late_s = max(0.0, self._loop.time() - began_at - TICK_S)
            self._late_s += late_s
            self.longest_s = max(self.longest_s, late_s)
