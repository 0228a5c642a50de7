"""The admin port: JSON over HTTP on loopback, to pull a plug at the moment a test wants, and to see what came.

GET  /                        what can be done here
GET  /connections             every connection, with counts of messages by kind and of audio bytes
GET  /connections/N           one of them, with its messages; audio is given as its length in bytes
POST /connections/N/actions   do this now, on that connection; the body is what stands after `do:` in a scenario
POST /actions                 the same on every open connection; `http` and `slow_accept` wait for the next handshake
GET  /actions                 the actions, their fields and what they do
GET  /scenario                what is being played, and how often each step has acted
PUT  /scenario                play this from now on: YAML, JSON, or the name of one that comes along
DELETE /scenario              play none
POST /clock                   {"skip_s": 600}: let so much time pass at once

A fault is {"error": "<a sentence>"} with a 4xx status.
"""

from __future__ import annotations

import asyncio
import copy
import json
import logging
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import h11

from gemini_emulator.scenarios.actions import NAMES, Action
from gemini_emulator.scenarios.parser import Unreadable, find_scenario, read_actions
from gemini_emulator.scenarios.scenario import Scenario
from gemini_emulator.server.server import Server
from gemini_emulator.server.traffic_log import Seen, TrafficLog, strip_audio

log = logging.getLogger("gemini_emulator")

LARGEST_BODY_BYTES = 1024 * 1024
REQUEST_TIMEOUT_S = 10.0
MAX_SKIP_S = 7 * 24 * 3600.0
LOOPBACK = {"127.0.0.1", "localhost", "[::1]"}


class Wrong(Exception):
    """The request cannot be met. The text is a sentence."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Admin:
    """One request for each connection; nothing here waits for anything but the request."""

    def __init__(self, server: Server, witness: TrafficLog) -> None:
        self._server, self._witness = server, witness
        self._listener: asyncio.Server | None = None

    async def open_port(self, port: int) -> int:
        """On 127.0.0.1 only. Returns the port taken. Raises OSError when it is in use."""
        self._listener = await asyncio.start_server(self._converse, "127.0.0.1", port)
        taken: int = self._listener.sockets[0].getsockname()[1]
        return taken

    async def close(self) -> None:
        if self._listener:
            self._listener.close()
            await self._listener.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        http = h11.Connection(h11.SERVER)
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT_S):
                await self._exchange(http, reader, writer)
        except (TimeoutError, ConnectionError) as error:
            log.debug("admin request given up: %s", type(error).__name__)
        finally:
            writer.close()

    async def _exchange(self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request, body = await _read(http, reader)
            if request is None:
                return
            _check_origin(request)
            status, answer = 200, self._answer(request.method.decode(), request.target.decode(), body)
        except h11.RemoteProtocolError as error:
            status, answer = 400, {"error": f"This is not HTTP: {error}."}
        except Wrong as error:
            status, answer = error.status, {"error": str(error)}
        except Unreadable as error:
            status, answer = 400, {"error": str(error)}
        data = json.dumps(answer, indent=2).encode() + b"\n"
        headers = [("content-type", "application/json"), ("content-length", str(len(data))), ("connection", "close")]
        for event in (h11.Response(status_code=status, headers=headers), h11.Data(data=data), h11.EndOfMessage()):
            writer.write(http.send(event) or b"")
        await writer.drain()

    def _answer(self, method: str, target: str, body: bytes) -> Any:
        path = [part for part in target.partition("?")[0].split("/") if part]
        match method, path:
            case "GET", []:
                return {"help": (__doc__ or "").splitlines()}
            case "GET", ["connections"]:
                return {"connections": [_summary(seen) for seen in self._witness.seen]}
            case "GET", ["connections", number]:
                return _whole(self._seen(number))
            case "POST", ["connections", number, "actions"]:
                return self._do(body, self._open(number))
            case "POST", ["actions"]:
                return self._do(body)
            case "GET", ["actions"]:
                return _reference()
            case "GET", ["scenario"]:
                return self._played()
            case "PUT", ["scenario"]:
                self._server.load(find_scenario(_text(body)))
                return self._played()
            case "DELETE", ["scenario"]:
                self._server.load(Scenario())
                return self._played()
            case "POST", ["clock"]:
                return self._skip(body)
            case _:
                raise Wrong(404, f"There is nothing at {method} {target}; GET / tells what there is.")

    def _do(self, body: bytes, number: int | None = None) -> Any:
        actions = read_actions(_text(body))
        numbers = sorted(self._server.connections) if number is None else [number]
        self._server.order(actions, number)
        return {"done": _names(actions), "connections": numbers}

    def _seen(self, number: str) -> Seen:
        seen = self._witness.find_connection(int(number)) if number.isdecimal() else None
        if seen is None:
            raise Wrong(404, f"There was no connection {number}; GET /connections lists them.")
        return seen

    def _open(self, number: str) -> int:
        seen = self._seen(number)
        if seen.number not in self._server.connections:
            raise Wrong(409, f"Connection {number} has ended.")
        return seen.number

    def _played(self) -> Any:
        play = self._server.play
        steps = [
            {
                "when": _given(step.when),
                "do": _names(step.do),
                "acted": play.played[index],
            }
            for index, step in enumerate(play.scenario.steps)
        ]
        return {"name": play.scenario.name, "about": play.scenario.about, "seed": play.scenario.seed, "steps": steps}

    def _skip(self, body: bytes) -> Any:
        try:
            seconds = json.loads(body)["skip_s"]
        except (ValueError, TypeError, KeyError):
            seconds = None
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= MAX_SKIP_S:
            raise Wrong(400, 'Write {"skip_s": 600}: a number of seconds, a week at most.')
        self._server.skip(float(seconds))
        return {"skipped_s": seconds}


async def _read(http: h11.Connection, reader: asyncio.StreamReader) -> tuple[h11.Request | None, bytes]:
    """No request when the client went away without one."""
    request: h11.Request | None = None
    body = b""
    while True:
        match http.next_event():
            case h11.NEED_DATA:
                http.receive_data(await reader.read(65_536))
            case h11.Request() as request:
                pass
            case h11.Data(data=data):
                body += data
                if len(body) > LARGEST_BODY_BYTES:
                    raise Wrong(413, "The body is larger than a megabyte.")
            case h11.EndOfMessage():
                return request, body
            case h11.ConnectionClosed():
                return None, b""


def _check_origin(request: h11.Request) -> None:
    """A web page must not reach this port, neither by its own address nor by a name that leads here."""
    headers = dict(request.headers.raw_items())
    lower = {name.lower(): value.decode("latin-1") for name, value in headers.items()}
    host = lower.get(b"host", "127.0.0.1").rpartition(":")[0] or lower.get(b"host", "")
    if b"origin" in lower or host not in LOOPBACK:
        raise Wrong(403, "The admin port is for programs on this machine, not for web pages.")


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Wrong(400, "The body must be UTF-8.") from None


def _summary(seen: Seen) -> dict[str, Any]:
    return {
        "number": seen.number,
        "open": seen.open,
        "close_code": seen.close_code,
        # The query may hold a key.
        "path": seen.path.partition("?")[0],
        "received": seen.received_kinds,
        "audio_bytes": seen.audio_bytes,
        "sent": seen.sent_kinds,
    }


def _whole(seen: Seen) -> dict[str, Any]:
    sent = copy.deepcopy(seen.sent)
    strip_audio(sent)
    return {**_summary(seen), "received_messages": seen.received, "sent_messages": sent}


def _given(item: Any) -> dict[str, Any]:
    return {field.name: value for field in fields(item) if (value := getattr(item, field.name)) is not None}


def _names(actions: Iterable[Action]) -> list[str]:
    """As they are written in a scenario."""
    written = {kind: name for name, kind in NAMES.items()}
    return [written[type(action)] for action in actions]


def _reference() -> dict[str, Any]:
    return {
        name: {"about": " ".join((kind.__doc__ or "").split()), "fields": [field.name for field in fields(kind)]}
        for name, kind in NAMES.items()
    }
