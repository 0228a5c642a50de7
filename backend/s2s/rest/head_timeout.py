"""Close connections that do not finish their request headers in time (slowloris); uvicorn has no such limit.

A client that opens a thousand connections and sends a byte a minute on each ("Slowloris") uses up the process's file
descriptors: no other client gets in, and no call reaches the model. `limit_concurrency` does not help, since it refuses
everybody as soon as so many are open. A proxy in front has such limits; a gateway without one has these.

Of uvicorn's HTTP protocol two methods are put behind ours, for the whole process, because a connection has no
owner before its head has come. To be deleted once uvicorn does this.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from uvicorn.protocols.http.auto import AutoHTTPProtocol

CHECK_INTERVAL_S = 5.0
"""Who is waited for at two looks is cut, after 5 to 10 s. One look may come before what came was read."""
MAX_HEAD_BYTES = 64 * 1024
_NOT_WAITING = object()


class Cycle(Protocol):
    """What is used of uvicorn's RequestResponseCycle."""

    response_complete: bool


class Http(Protocol):
    """What is used of uvicorn's two HTTP protocols."""

    transport: asyncio.Transport
    cycle: Cycle | None
    timeout_keep_alive_task: asyncio.TimerHandle | None
    s2s_head: "Head"
    send_400_response: Callable[[str], None]


def limit_request_heads(protocol: type = AutoHTTPProtocol) -> None:
    """From now on, for each new connection of this process. Idempotent."""
    theirs = cast(Any, protocol)
    if hasattr(theirs, "s2s_head"):
        return
    made, received = theirs.connection_made, theirs.data_received

    def connection_made(self: Http, transport: asyncio.Transport) -> None:
        made(self, transport)
        self.s2s_head = Head(self)

    def data_received(self: Http, data: bytes) -> None:
        received(self, data)
        self.s2s_head.grew(len(data))

    theirs.connection_made, theirs.data_received, theirs.s2s_head = connection_made, data_received, None


class Head:
    """What one connection still owes of a request's head."""

    def __init__(self, connection: Http) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._bytes = 0
        self._after: object = _NOT_WAITING
        """The request behind which it was waited for at the last look."""
        self._counts_after: Cycle | None = None
        self._loop.call_later(CHECK_INTERVAL_S, self.look)

    def grew(self, size: int) -> None:
        """So many bytes came, and were parsed."""
        cycle = self._connection.cycle
        if cycle is not self._counts_after:
            # A head has come to its end; what came with it is a body.
            self._counts_after, self._bytes = cycle, 0
        elif cycle is None or cycle.response_complete:
            self._bytes += size
            if self._bytes > MAX_HEAD_BYTES and self._is_open:
                self._cut("The head of the request is too large.")

    @property
    def _is_open(self) -> bool:
        transport = self._connection.transport
        # A WebSocket takes the transport over.
        return not transport.is_closing() and transport.get_protocol() is cast(object, self._connection)

    def look(self) -> None:
        """Cuts a connection whose head was waited for at the last look, too."""
        if not self._is_open:
            return
        connection = self._connection
        cycle = connection.cycle
        answered = cycle is None or cycle.response_complete
        waits = answered and connection.timeout_keep_alive_task is None
        if waits and cycle is self._after:
            self._cut("The head of the request did not end in time.")
            return
        self._after = cycle if waits else _NOT_WAITING
        self._loop.call_later(CHECK_INTERVAL_S, self.look)

    def _cut(self, why: str) -> None:
        if self._bytes:
            self._connection.send_400_response(why)
        self._connection.transport.close()
