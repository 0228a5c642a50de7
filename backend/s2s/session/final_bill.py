"""Keep the connection of a session that ended in an answer until the service has counted it, for a bounded time.

The service counts a turn at its end. A session that is closed before is charged by our estimate, and by the service's
own count if that still comes.
"""

import asyncio
from collections.abc import Callable

from s2s.core.effects import StopGeneration
from s2s.core.events import Interrupted, SocketLost, TurnComplete, UpstreamEvent, UsageCounted
from s2s.logs import LOGGER
from s2s.session.ports import ModelConnection, OpenModel
from s2s.session.supervisor import SessionSupervisor
from s2s.upstream.codec.setup_message import SessionConfig

BILL_TIMEOUT_S = 15.0
MAX_WAITING = 20
"""Ended sessions of one process whose bill is awaited; more are charged by the estimate at once."""


class FinalBills:
    """All connections of a process that are kept for their bill."""

    def __init__(self, on_settled: Callable[[str], None]) -> None:
        """`on_settled` receives the id of each session whose usage is final."""
        self.on_settled = on_settled
        self._waiting: set[asyncio.Task[None]] = set()

    def connect(self, session_id: str, open_model: OpenModel, supervisor: SessionSupervisor) -> OpenModel:
        """Return an `OpenModel` for one session, whose connection outlives it while a bill is due."""

        def settle() -> None:
            supervisor.finish_bill()
            self.on_settled(session_id)

        def connect(config: SessionConfig, feed: Callable[[UpstreamEvent], None]) -> ModelConnection:
            connection = _BilledConnection(self, supervisor, feed, settle)
            connection.open(open_model, config)
            return connection

        return connect

    def wait_for(self, connection: "_BilledConnection") -> bool:
        """Wait for a bill in the background. Return False if too many are awaited already."""
        if len(self._waiting) >= MAX_WAITING:
            return False
        task = asyncio.create_task(connection.collect(), name="final bill")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)
        return True

    async def close(self) -> None:
        """Stop waiting: the estimates stand."""
        for task in self._waiting:
            task.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)


class _BilledConnection:
    """A model connection (`ModelConnection`) that passes events to its session, and after it to the bill."""

    def __init__(
        self,
        bills: FinalBills,
        supervisor: SessionSupervisor,
        feed: Callable[[UpstreamEvent], None],
        settle: Callable[[], None],
    ) -> None:
        """`feed` takes events while the session runs; `settle` makes its usage final."""
        self._bills, self._supervisor, self._feed, self._settle = bills, supervisor, feed, settle
        self._is_closed = False
        self._is_counted = self._is_turn_over = False
        self._over = asyncio.Event()

    def open(self, open_model: OpenModel, config: SessionConfig) -> None:
        """Open the connection behind this one."""
        self._model = model = open_model(config, self._on_event)
        self.dial, self.send, self.redial, self.hang_up = model.dial, model.send, model.redial, model.hang_up

    async def close(self) -> None:
        """Close the socket for good: at once, or in the background when the bill has come."""
        self._is_closed = True
        if self._supervisor.awaits_bill and self._bills.wait_for(self):
            return
        self._settle()
        await self._model.close()

    async def collect(self) -> None:
        """Wait for the service's count, then close the socket."""
        try:
            # The rest of the answer is not heard, and the service counts a turn that is stopped.
            self._model.send(StopGeneration())
            async with asyncio.timeout(BILL_TIMEOUT_S):
                await self._over.wait()
        except TimeoutError:
            LOGGER.info("a call ended without the bill of its last answer")
        finally:
            self._settle()
            await self._model.close()

    def _on_event(self, event: UpstreamEvent) -> None:
        if not self._is_closed:
            self._feed(event)
            return
        self._supervisor.on_late_event(event)
        self._is_counted = self._is_counted or isinstance(event, UsageCounted)
        self._is_turn_over = self._is_turn_over or isinstance(event, TurnComplete | Interrupted)
        if isinstance(event, SocketLost) or (self._is_counted and self._is_turn_over):
            self._over.set()
