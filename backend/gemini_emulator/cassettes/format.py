"""Reading and writing the lines of a cassette."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

VERSION = 1
KINDS = ("open", "refused", "client", "server", "closed", "request", "response")
FRAMES = ("text", "binary")


class CassetteError(Exception):
    """The file is no cassette, or cannot be written. The text is a sentence."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line."""

    recorded_from: str
    """`google`, `emulator` or a host name."""
    audio: str = "kept"
    """`kept`, or `lengths` where every blob was replaced by its length."""
    recorded_at: str = ""
    """ISO 8601, UTC."""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened."""

    line: int
    at: float
    """Seconds since the first connection."""
    connection: int
    kind: str
    """One of `KINDS`."""
    value: dict[str, Any]
    text: bool = True
    """Of a frame: it came as text, not binary."""


@dataclass(frozen=True, slots=True)
class Part:
    """One connection, in order."""

    number: int
    entries: tuple[Entry, ...]

    def first(self, kind: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.kind == kind), None)

    def all(self, kind: str) -> list[Entry]:
        return [entry for entry in self.entries if entry.kind == kind]


@dataclass(frozen=True, slots=True)
class Cassette:
    header: Header
    entries: tuple[Entry, ...] = ()

    @property
    def parts(self) -> list[Part]:
        """The connections, in the order in which they were opened."""
        numbers = dict.fromkeys(entry.connection for entry in self.entries)
        return [Part(number, tuple(e for e in self.entries if e.connection == number)) for number in numbers]


def load(path: Path) -> Cassette:
    """Raises CassetteError with the line that is wrong. A last line that was cut off by a crash is left out."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise CassetteError(f"{path}: {reason}.") from error
    lines = text.splitlines()
    whole = text.endswith("\n")
    if not lines:
        raise CassetteError(f"{path}: the file is empty.")
    header = _header(path, _object(path, 1, lines[0]))
    entries = []
    for number, line in enumerate(lines[1:], 2):
        if number == len(lines) and not whole:
            break
        if line.strip():
            entries.append(_entry(path, number, _object(path, number, line)))
    return Cassette(header, tuple(entries))


def _object(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError as error:
        raise CassetteError(f"{path}: line {number} is not JSON. A cassette has one JSON object a line.") from error
    if not isinstance(value, dict):
        raise CassetteError(f"{path}: line {number} must be an object.")
    return value


def _header(path: Path, value: Mapping[str, Any]) -> Header:
    if value.get("cassette") != VERSION:
        raise CassetteError(f'{path}: line 1 must begin with {{"cassette": {VERSION}, ...}}; this is no cassette.')
    fields = ("recorded_from", "audio", "recorded_at", "about")
    return Header(**{"recorded_from": "unknown"} | {name: str(value[name]) for name in fields if name in value})


def _entry(path: Path, number: int, value: Mapping[str, Any]) -> Entry:
    kinds = [kind for kind in KINDS if kind in value]
    if len(kinds) != 1 or not isinstance(value[kinds[0]], dict):
        raise CassetteError(f"{path}: line {number} must have exactly one object of {', '.join(KINDS)}.")
    at, connection, frame = value.get("at"), value.get("connection"), value.get("frame", "text")
    if isinstance(at, bool) or not isinstance(at, (int, float)) or at < 0:
        raise CassetteError(f"{path}: line {number}, at: must be seconds, 0 or more.")
    if not isinstance(connection, int) or isinstance(connection, bool):
        raise CassetteError(f"{path}: line {number}, connection: must be a whole number.")
    if frame not in FRAMES:
        raise CassetteError(f"{path}: line {number}, frame: must be text or binary.")
    return Entry(number, float(at), connection, kinds[0], value[kinds[0]], frame == "text")


@dataclass(slots=True)
class Writer:
    """Appends lines to a new file; each is out of our hands when `write` returns."""

    path: Path
    _file: TextIO | None = field(default=None, repr=False)
    lines: int = 0

    def open(self, *, overwrite: bool = False) -> None:
        """Raises CassetteError when the file exists already or cannot be made."""
        try:
            self._file = self.path.open("w" if overwrite else "x", encoding="utf-8", newline="\n")
        except FileExistsError as error:
            raise CassetteError(f"{self.path} exists already. Name another, or give --overwrite.") from error
        except OSError as error:
            raise CassetteError(f"Cannot write {self.path}: {error.strerror}.") from error

    def head(self, header: Header) -> None:
        """The first line. Raises OSError."""
        about = {"about": header.about} if header.about else {}
        self._put(
            {
                "cassette": VERSION,
                "recorded_from": header.recorded_from,
                "recorded_at": header.recorded_at,
                "audio": header.audio,
            }
            | about
        )

    def write(
        self, at: float, connection: int, kind: str, value: Mapping[str, Any], *, text: bool | None = None
    ) -> None:
        """Raises OSError."""
        frame = {} if text is None else {"frame": "text" if text else "binary"}
        self._put({"at": round(at, 3), "connection": connection, kind: value} | frame)

    def close(self) -> None:
        if self._file:
            self._file.close()
            self._file = None

    def _put(self, line: Mapping[str, Any]) -> None:
        if self._file is None:
            return
        self._file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        self._file.flush()
        self.lines += 1


def frames(entries: Iterable[Entry], side: str) -> list[dict[str, Any]]:
    """The messages of one side, `client` or `server`, in order."""
    return [entry.value for entry in entries if entry.kind == side]
