"""A proxy that writes down what passes. Bytes go through unchanged, pings and close codes with them.

Only the head of a request is touched: `Host` names the upstream, and compression is not offered, so that frames can be
read. Policy when the disk is full: the conversation goes on, the recording ends, and the log says so once.
"""

from __future__ import annotations

import asyncio
import datetime
import itertools
import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import certifi
import h11

from gemini_emulator.cassettes.format import Header, Writer
from gemini_emulator.cassettes.http_front import READ_BYTES, Front, Headers, Visit
from gemini_emulator.cassettes.scrubbing import Scrubber
from gemini_emulator.cassettes.upstreams import NoUpstream, Upstream, choose
from gemini_emulator.cassettes.websocket_reader import Closing, Message, Watcher

log = logging.getLogger("gemini_emulator")

OPEN_TIMEOUT_S = 10.0
EMULATOR = "gemini-live-emulator"
_OURS = frozenset(["host", "sec-websocket-extensions", "accept-encoding", "connection", "upgrade", "keep-alive"])


class Unanswered(Exception):
    """The service ended the connection without an answer. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Told:
    """Something for a person to know while it records."""

    connection: int
    what: str


class Recorder:
    """One cassette, any number of connections, one after the other or at once."""

    def __init__(
        self,
        writer: Writer,
        scrubber: Scrubber,
        *,
        url: str = "",
        location: str = "global",
        audio: bool = True,
        about: str = "",
        tell: Callable[[Told], None] = lambda told: None,
    ) -> None:
        """`url` overrules Google's hosts. The writer is open and stays the caller's to close."""
        self._writer, self._scrub, self._url, self._location = writer, scrubber, url, location
        self._audio, self._about, self._tell = audio, about, tell
        self._numbers = itertools.count(1)
        self._began: float | None = None
        self._headed = False
        self._broken = False
        self.front = Front(self._visit)

    async def close(self) -> None:
        await self.front.close()

    async def _visit(self, visit: Visit) -> None:
        number = next(self._numbers)
        if self._began is None:
            self._began = time.monotonic()
        try:
            upstream = choose(visit.target, self._url, self._location)
            reader, writer = await _dial(upstream)
        except (NoUpstream, OSError, TimeoutError) as error:
            sentence = str(error) if isinstance(error, NoUpstream) else _why(upstream, error)
            self._tell(Told(number, sentence))
            await visit.send_response(502, f"{sentence}\n".encode())
            return
        try:
            relay = _Relay(self, number, visit, upstream, (reader, writer))
            await (relay.socket() if visit.upgrade else relay.request())
        except Unanswered as error:
            self._tell(Told(number, str(error)))
            await visit.send_response(502, f"{error}\n".encode())
        finally:
            writer.close()

    def note(self, number: int, kind: str, value: Mapping[str, Any], *, text: bool | None = None) -> None:
        """One line. `value` is scrubbed already."""
        if self._broken or not self._headed:
            return
        try:
            self._writer.write(time.monotonic() - (self._began or 0.0), number, kind, value, text=text)
        except OSError as error:
            self._broken = True
            log.error("Recording ends here, the conversation goes on: %s: %s", self._writer.path, error.strerror)

    def head(self, upstream: Upstream, headers: Headers) -> None:
        """The first line, once it is known who answers."""
        if self._headed:
            return
        self._headed = True
        ours = any(name == "server" and value == EMULATOR for name, value in headers)
        now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
        source = "emulator" if ours else upstream.name
        try:
            self._writer.head(Header(source, "kept" if self._audio else "lengths", now, self._about))
        except OSError as error:
            self._broken = True
            log.error("Nothing is recorded: %s: %s", self._writer.path, error.strerror)

    def describe_visit(self, visit: Visit) -> dict[str, Any]:
        """Who came, without the credentials."""
        kept, credentials = self._scrub.headers(visit.headers)
        return {"path": self._scrub.target(visit.target), "headers": kept, "credentials": credentials}

    def scrub(self, data: bytes) -> dict[str, Any]:
        """A body or a frame. What is no JSON object is known by its length only."""
        try:
            value = json.loads(data)
        except (ValueError, RecursionError):
            value = None
        scrubbed = self._scrub.message(value) if isinstance(value, dict) else {"unreadable": {"bytes": len(data)}}
        return dict(scrubbed)

    def text(self, text: str) -> str:
        return self._scrub.text(text)

    def tell(self, number: int, what: str) -> None:
        self._tell(Told(number, what))


class _Relay:
    """One connection, both ways."""

    def __init__(
        self,
        recorder: Recorder,
        number: int,
        visit: Visit,
        upstream: Upstream,
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._to, self._number, self._visit, self._upstream = recorder, number, visit, upstream
        self._reader, self._writer = streams
        self._http = h11.Connection(h11.CLIENT)
        self._closed = False

    async def request(self) -> None:
        """Plain HTTP, such as `POST auth_tokens`."""
        opened = self._to.describe_visit(self._visit)
        response, body = await self._ask(upgrade=False)
        headers = _pairs(response)
        self._to.head(self._upstream, headers)
        asked = self._to.scrub(self._visit.body) if self._visit.body else {}
        self._to.note(self._number, "request", opened | {"method": self._visit.method, "body": asked})
        self._to.note(self._number, "response", {"status": response.status_code, "body": self._to.scrub(body)})
        self._to.tell(self._number, f"{self._visit.method} answered with HTTP {response.status_code}")
        await self._visit.send_response(
            response.status_code, body, [pair for pair in headers if pair[0] != "transfer-encoding"]
        )

    async def socket(self) -> None:
        """A WebSocket: the handshake, then bytes both ways until both ends are gone."""
        opened = self._to.describe_visit(self._visit)
        response, body = await self._ask(upgrade=True)
        headers = _pairs(response)
        self._to.head(self._upstream, headers)
        if not isinstance(response, h11.InformationalResponse):
            shown = self._to.text(body.decode("utf-8", "replace"))
            self._to.note(self._number, "refused", opened | {"status": response.status_code, "body": shown})
            self._to.tell(self._number, f"refused with HTTP {response.status_code}")
            await self._visit.send_response(response.status_code, body, _whole(headers))
            return
        self._to.note(self._number, "open", opened)
        self._to.tell(self._number, "opened")
        accepted = self._visit.http.send(
            h11.InformationalResponse(status_code=101, headers=headers, reason=response.reason)
        )
        self._visit.writer.write(accepted or b"")
        up = self._pump("client", self._visit.trailing, self._visit.reader, self._writer)
        down = self._pump("server", self._http.trailing_data[0], self._reader, self._visit.writer)
        await asyncio.gather(up, down)
        self._to.tell(self._number, "ended")

    async def _ask(self, *, upgrade: bool) -> tuple[h11.Response | h11.InformationalResponse, bytes]:
        visit, http = self._visit, self._http
        headers = [("host", self._upstream.authority)]
        headers += [pair for pair in visit.headers if pair[0] not in _OURS]
        headers += [("connection", "Upgrade"), ("upgrade", "websocket")] if upgrade else [("connection", "close")]
        parts = [
            http.send(h11.Request(method=visit.method, target=self._upstream.prefix + visit.target, headers=headers))
        ]
        if visit.body:
            parts.append(http.send(h11.Data(data=visit.body)))
        parts.append(http.send(h11.EndOfMessage()))
        self._writer.write(b"".join(part for part in parts if part))
        return await self._answer(upgrade=upgrade)

    async def _answer(self, *, upgrade: bool) -> tuple[h11.Response | h11.InformationalResponse, bytes]:
        """Raises Unanswered."""
        response: h11.Response | None = None
        body = bytearray()
        try:
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    self._http.receive_data(await self._reader.read(READ_BYTES))
                elif isinstance(event, h11.InformationalResponse):
                    if upgrade and event.status_code == 101:
                        return event, b""
                elif isinstance(event, h11.Response):
                    response = event
                elif isinstance(event, h11.Data):
                    body += event.data
                elif response is not None:
                    return response, bytes(body)
                else:
                    break
        except (h11.RemoteProtocolError, ConnectionError, ssl.SSLError):
            log.debug("connection %d: no answer from upstream", self._number)
        raise Unanswered(f"{self._upstream.authority} ended the connection without an answer.")

    async def _pump(self, side: str, begun: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        watcher = Watcher(side)
        try:
            data = begun or await reader.read(READ_BYTES)
            while data:
                # On its way first: what is written down must not make it late.
                writer.write(data)
                self._note(side, watcher.feed(data))
                await writer.drain()
                data = await reader.read(READ_BYTES)
            ended = writer.close
        except (ConnectionError, ssl.SSLError):
            ended = writer.transport.abort
        self._end(side, 1006, "")
        ended()

    def _note(self, side: str, events: list[Message | Closing]) -> None:
        for event in events:
            if isinstance(event, Closing):
                self._end(side, event.code, event.reason)
            else:
                self._to.note(self._number, side, self._to.scrub(event.data), text=event.text)

    def _end(self, side: str, code: int, reason: str) -> None:
        """Who closed first is who closed."""
        if not self._closed:
            self._closed = True
            self._to.note(self._number, "closed", {"by": side, "code": code, "reason": self._to.text(reason)})


async def _dial(upstream: Upstream) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Raises OSError, TimeoutError."""
    async with asyncio.timeout(OPEN_TIMEOUT_S):
        return await asyncio.open_connection(upstream.host, upstream.port, ssl=trust() if upstream.secure else None)


def trust() -> ssl.SSLContext:
    """The usual authorities, too, where `SSL_CERT_FILE` names our own certificate for a local client."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _why(upstream: Upstream, error: Exception) -> str:
    reason = "it does not answer" if isinstance(error, TimeoutError) else str(error) or type(error).__name__
    return f"Cannot reach {upstream.authority}: {reason}."


def _pairs(response: h11.Response | h11.InformationalResponse) -> Headers:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers]


def _whole(headers: Headers) -> Headers:
    """For a body that is sent in one piece."""
    return [pair for pair in headers if pair[0] != "transfer-encoding"]
