"""The way in: reads the head of each request, so that one port takes WebSockets and plain HTTP."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import h11

log = logging.getLogger("gemini_emulator")

READ_BYTES = 64 * 1024
LARGEST_BODY_BYTES = 1024 * 1024
REQUEST_TIMEOUT_S = 10.0
Headers = list[tuple[str, str]]


@dataclass(slots=True)
class Visit:
    """One TCP connection with its first request."""

    method: str
    target: str
    headers: Headers
    body: bytes
    raw: bytes
    """Everything that was read so far, byte for byte."""
    http: h11.Connection
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @property
    def upgrade(self) -> bool:
        """It asks for a WebSocket."""
        return any(name == "upgrade" and value.lower() == "websocket" for name, value in self.headers)

    @property
    def trailing(self) -> bytes:
        """What came behind the request."""
        return self.http.trailing_data[0]

    async def send_response(self, status: int, body: bytes, headers: Headers | None = None) -> None:
        """A whole response; the connection ends behind it."""
        pairs = [(name, value) for name, value in headers or [] if name not in ("content-length", "connection")]
        pairs += [("content-length", str(len(body))), ("connection", "close")]
        parts = [
            self.http.send(h11.Response(status_code=status, headers=pairs)),
            self.http.send(h11.Data(data=body)),
            self.http.send(h11.EndOfMessage()),
        ]
        self.writer.write(b"".join(part for part in parts if part))
        with suppress(ConnectionError):
            await self.writer.drain()


def _abort(transport: asyncio.WriteTransport) -> None:
    """Ends a connection at once, also one that is closing."""
    # To go with Python 3.11.2, which Debian 12 has: a TLS transport that was closed twice has forgotten its protocol
    # there, and raises AttributeError.
    if getattr(transport, "_ssl_protocol", transport) is not None:
        transport.abort()


class Front:
    """Listens; `visit` gets each request, and the connection is closed when it returns."""

    def __init__(self, visit: Callable[[Visit], Awaitable[None]]) -> None:
        self._visit = visit
        self._listeners: list[asyncio.Server] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open_port(self, address: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Returns the port taken. Raises OSError when it is in use."""
        listener = await asyncio.start_server(self._accept, address, port, ssl=tls)
        self._listeners.append(listener)
        taken: int = listener.sockets[0].getsockname()[1]
        return taken

    async def close(self) -> None:
        """Ends every connection, and waits until what they did is done."""
        for listener in self._listeners:
            listener.close()
        for writer in list(self._open):
            _abort(writer.transport)
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for listener in self._listeners:
            await listener.wait_closed()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        try:
            visit = await _read(reader, writer)
            if visit:
                await self._visit(visit)
        except (ConnectionError, ssl.SSLError) as error:
            log.debug("connection ended: %s", type(error).__name__)
        except Exception:
            log.exception("a connection failed")
            _abort(writer.transport)
        finally:
            writer.close()
            with suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()
            self._open.discard(writer)
            self._tasks.discard(task)


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Visit | None:
    """The first request with its body; None when there is none."""
    http = h11.Connection(h11.SERVER, max_incomplete_event_size=READ_BYTES)
    raw, body = bytearray(), bytearray()
    request: h11.Request | None = None
    try:
        async with asyncio.timeout(REQUEST_TIMEOUT_S):
            while True:
                event = http.next_event()
                if event is h11.NEED_DATA:
                    data = await reader.read(READ_BYTES)
                    raw += data
                    http.receive_data(data)
                elif isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.Data):
                    body += event.data
                    if len(body) > LARGEST_BODY_BYTES:
                        return None
                else:
                    break
    except (h11.RemoteProtocolError, TimeoutError) as error:
        log.debug("no request: %s", type(error).__name__)
        return None
    if request is None:
        return None
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers]
    target = request.target.decode("latin-1")
    return Visit(request.method.decode("ascii"), target, headers, bytes(body), bytes(raw), http, reader, writer)
