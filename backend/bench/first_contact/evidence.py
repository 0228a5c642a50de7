"""What one conversation with the service brought: every frame as it came, and how it ended. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

OUTPUT_BYTES_PER_S = 48_000
"""PCM16 mono at 24 kHz."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame on the wire."""

    at_s: float
    """Since the socket was dialled."""
    ours: bool
    message: Message
    text: bool = True
    """It came as a text frame, not a binary one."""


@dataclass(slots=True)
class Conversation:
    """One socket, from the handshake to its end."""

    name: str
    model: str = ""
    backend: str = "developer"
    location: str = ""
    path: str = ""
    """The path that was dialled, for the cassette."""
    credentials: tuple[str, ...] = ()
    """The names of the headers that carried them."""
    began_s: float = 0.0
    """Since the first conversation began."""
    frames: list[Frame] = field(default_factory=list)
    opened: bool = False
    """The handshake was accepted."""
    http_status: int = 0
    """Of a refused handshake."""
    http_body: str = ""
    close_code: int | None = None
    close_reason: str = ""
    closed_by_us: bool = False
    pong_s: float | None = None
    """How long a ping took to come back; None: none was sent, or it did not come."""
    pinged: bool = False
    missed: str = ""
    """Why it was not held, or not to its end; a sentence."""
    marks: dict[str, int] = field(default_factory=dict)
    """Frames that had come when something was done, by what was done."""

    @property
    def server(self) -> list[Message]:
        return [frame.message for frame in self.frames if not frame.ours]

    @property
    def accepted(self) -> bool:
        """`setupComplete` came."""
        return self.find_frame(lambda message: "setupComplete" in message) is not None

    @property
    def refused(self) -> bool:
        """The handshake or the setup was turned down, not the line lost, and for what it asked for."""
        if self.missed:
            return False
        return bool(self.http_status) or (not self.accepted and not self.closed_by_us and (self.close_code or 0) > 1006)

    @property
    def refusal(self) -> str:
        """The HTTP status or close code with its text."""
        if self.http_status:
            return f"HTTP {self.http_status} {self.http_body}".strip()
        return f"{self.close_code} {self.close_reason}".strip()

    def messages_since(self, mark: str) -> list[Message]:
        """What the service sent after something was done; nothing when that never happened."""
        return [f.message for f in self.frames[self.marks[mark] :] if not f.ours] if mark in self.marks else []

    def find_frame(self, wanted: Callable[[Message], bool]) -> Frame | None:
        return next((frame for frame in self.frames if not frame.ours and wanted(frame.message)), None)

    def mark_step(self, name: str) -> None:
        self.marks[name] = len(self.frames)


def content(message: Message) -> Message:
    found = message.get("serverContent")
    return found if isinstance(found, dict) else {}


def blobs(message: Message) -> Iterator[Message]:
    """The parts of a model turn that carry bytes."""
    for part in (content(message).get("modelTurn") or {}).get("parts") or []:
        if isinstance(part, dict) and isinstance(part.get("inlineData"), dict):
            yield part["inlineData"]


def voice_s(messages: list[Message]) -> float:
    """Seconds of sound, taken as PCM16 at the rate that is named, or else 24 kHz."""
    return sum(_seconds(blob) for message in messages for blob in blobs(message))


def _seconds(blob: Message) -> float:
    found = re.search(r"rate=(\d+)", str(blob.get("mimeType", "")))
    return len(pcm_of(blob)) / (2 * int(found[1]) if found and int(found[1]) else OUTPUT_BYTES_PER_S)


def pcm_of(blob: Message) -> bytes:
    text = str(blob.get("data", "")).translate(str.maketrans("-_", "+/")).rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4))


def is_complete(message: Message) -> bool:
    return bool(content(message).get("turnComplete"))


def is_interrupted(message: Message) -> bool:
    return bool(content(message).get("interrupted"))


def is_generated(message: Message) -> bool:
    return bool(content(message).get("generationComplete"))


def has_voice(message: Message) -> bool:
    return any(True for _ in blobs(message))


def calls_in(messages: list[Message]) -> list[Message]:
    return [call for message in messages for call in (message.get("toolCall") or {}).get("functionCalls") or []]


def pieces(messages: list[Message], field_name: str = "outputTranscription") -> list[str]:
    """Pieces of a transcript that hold anything."""
    found = [(content(message).get(field_name) or {}).get("text") for message in messages]
    return [str(text) for text in found if text]


def usages(messages: list[Message]) -> list[Message]:
    return [message["usageMetadata"] for message in messages if isinstance(message.get("usageMetadata"), dict)]


def handle_of(message: Message) -> str:
    """A ticket to resume with; empty when there is none in this message."""
    update = message.get("sessionResumptionUpdate")
    return str(update.get("newHandle") or "") if isinstance(update, dict) else ""
