"""Close connections that do not finish their request headers in time (slowloris); uvicorn has no such limit.

A client that opens a thousand connections and sends a byte a minute on each ("Slowloris") exhausts the process's file
descriptors: no other client can connect, and no call reaches the model. `limit_concurrency` does not help, since it
refuses all clients once that many connections are open. A proxy in front has such timeouts; a gateway without one needs
its own.

Two methods of uvicorn's HTTP protocol class are wrapped for the whole process, since no application code is called
before a head is complete. Delete this module once uvicorn has such a timeout.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, cast

from uvicorn.protocols.http.auto import AutoHTTPProtocol

CHECK_INTERVAL_S = 5.0
"""A connection whose head is incomplete at two checks in a row is closed, after 5 to 10 s. One check is not enough: it
may run before data that has arrived was read."""
MAX_HEAD_BYTES = 64 * 1024
_NOT_WAITING = object()


class Cycle(Protocol):
    """The part of uvicorn's RequestResponseCycle that is used here."""

    response_complete: bool


class Http(Protocol):
    """The part of uvicorn's two HTTP protocol classes that is used here."""

    transport: asyncio.Transport
    cycle: Cycle | None
    timeout_keep_alive_task: asyncio.TimerHandle | None
    s2s_head: "Head"
    send_400_response: Callable[[str], None]


def limit_request_heads(protocol: type = AutoHTTPProtocol) -> None:
    """Install the limits for all new connections of this process. Idempotent."""
    theirs = cast(Any, protocol)
    if hasattr(theirs, "s2s_head"):
        return
    made, received = theirs.connection_made, theirs.data_received

    def connection_made(self: Http, transport: asyncio.Transport) -> None:
        made(self, transport)
        self.s2s_head = Head(self)

    def data_received(self: Http, data: bytes) -> None:
        received(self, data)
        self.s2s_head.add_bytes(len(data))

    theirs.connection_made, theirs.data_received, theirs.s2s_head = connection_made, data_received, None


class Head:
    """Size and age of the incomplete request head of one connection."""

    def __init__(self, connection: Http) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._bytes = 0
        self._after: object = _NOT_WAITING
        """The request that preceded the incomplete head at the last check; `_NOT_WAITING` if there was none."""
        self._counts_after: Cycle | None = None
        self._loop.call_later(CHECK_INTERVAL_S, self.check_head)

    def add_bytes(self, size: int) -> None:
        """Count bytes that were received and parsed."""
        cycle = self._connection.cycle
        if cycle is not self._counts_after:
            # The head is complete, and the bytes after it belong to the body.
            self._counts_after, self._bytes = cycle, 0
        elif cycle is None or cycle.response_complete:
            self._bytes += size
            if self._bytes > MAX_HEAD_BYTES and self._is_open:
                self._close("The head of the request is too large.")

    @property
    def _is_open(self) -> bool:
        transport = self._connection.transport
        # After a WebSocket upgrade the transport belongs to another protocol.
        return not transport.is_closing() and transport.get_protocol() is cast(object, self._connection)

    def check_head(self) -> None:
        """Close the connection if the same head was already incomplete at the last check; else check again later."""
        if not self._is_open:
            return
        connection = self._connection
        cycle = connection.cycle
        answered = cycle is None or cycle.response_complete
        waits = answered and connection.timeout_keep_alive_task is None
        if waits and cycle is self._after:
            self._close("The head of the request did not end in time.")
            return
        self._after = cycle if waits else _NOT_WAITING
        self._loop.call_later(CHECK_INTERVAL_S, self.check_head)

    def _close(self, why: str) -> None:
        if self._bytes:
            self._connection.send_400_response(why)
        self._connection.transport.close()
