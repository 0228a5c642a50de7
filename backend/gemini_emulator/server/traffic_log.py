"""What the emulator saw of each connection, for tests and for the admin port."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from websockets.http11 import Request

from gemini_emulator.server.connection import Connection
from gemini_emulator.server.server import Server
from gemini_emulator.session.events import Effect, Event, Received, Send


@dataclass(slots=True)
class Seen:
    """One connection. Messages are as sent by the client, audio replaced by its length in bytes."""

    number: int
    path: str
    headers: dict[str, str]
    received: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    received_kinds: Counter[str] = field(default_factory=Counter)
    """How many messages of each kind came; those inside realtimeInput and serverContent by their own name."""
    sent_kinds: Counter[str] = field(default_factory=Counter)
    audio_bytes: int = 0
    open: bool = True
    close_code: int | None = None
    """The code of the closing handshake; 1006 when there was none."""


class TrafficLog:
    """Watches a server from now on."""

    def __init__(self, server: Server, changed: Callable[[], None] = lambda: None, *, most: int | None = None) -> None:
        """`changed` is called after everything that happens. `most`: connections, and messages of each, to remember."""
        self._changed, self._most = changed, most
        self.seen: list[Seen] = []
        """Every connection since the start, oldest first."""
        server.on_connection = self._opened
        server.on_end = self._ended

    def find_connection(self, number: int) -> Seen | None:
        return next((seen for seen in self.seen if seen.number == number), None)

    def _opened(self, connection: Connection, request: Request) -> None:
        seen = Seen(connection.number, request.path, {name.lower(): value for name, value in request.headers.items()})
        self.seen.append(seen)
        self._forget(self.seen)
        connection.watch = lambda what: self._watch(seen, what)
        self._changed()

    def _ended(self, connection: Connection) -> None:
        if seen := self.find_connection(connection.number):
            seen.open, seen.close_code = False, connection.socket.close_code
        self._changed()

    def _watch(self, seen: Seen, what: Event | Effect) -> None:
        match what:
            case Received(data):
                message = readable(data)
                seen.audio_bytes += strip_audio(message)
                seen.received.append(message)
                seen.received_kinds.update(_kinds(message))
                self._forget(seen.received)
            case Send(message):
                seen.sent.append(message)
                seen.sent_kinds.update(_kinds(message))
                self._forget(seen.sent)
        self._changed()

    def _forget(self, kept: list[Any]) -> None:
        if self._most is not None and len(kept) > self._most:
            del kept[: -self._most]


def readable(data: bytes | str) -> dict[str, Any]:
    """A frame as an object; one that is not JSON is marked as such."""
    try:
        message = json.loads(data)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {"unreadable": len(data)}


def _kinds(message: dict[str, Any]) -> list[str]:
    inner = next((message[key] for key in ("realtimeInput", "realtime_input", "serverContent") if key in message), None)
    return list(inner) if isinstance(inner, dict) else list(message)


def strip_audio(value: Any) -> int:
    """Replace base64 audio by its length in bytes, in place; the sum of those lengths."""
    if isinstance(value, list):
        return sum(strip_audio(item) for item in value)
    if not isinstance(value, dict):
        return 0
    mime = value.get("mimeType") or value.get("mime_type") or ""
    if str(mime).startswith("audio/") and isinstance(value.get("data"), str):
        value["data"] = _decoded_length(value["data"])
        return int(value["data"])
    return sum(strip_audio(item) for item in value.values())


def _decoded_length(text: str) -> int:
    data = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return len(base64.b64decode(data + "=" * (-len(data) % 4)))
    except ValueError:
        return 0
