"""Shorten long results between elements, with a note of what is missing."""

from collections.abc import Sequence
from typing import Any

from s2s.tools.results import PartOf, Rest
from s2s.unicode_text import clusters

NOTE_KEYS = ("shown", "shown_of_all", "shortened")
"""The first of these keys that the function does not use holds the note of what is missing."""
MAX_NOTE_CHARS = 400
_LEAST_TEXT_CHARS = 40
_LONGEST_CHARACTER = 200
"""In code points: longer ones are made on purpose, and may be cut."""


def shortened(response: dict[str, Any], limit_chars: int) -> tuple[dict[str, Any], str]:
    """`response`, as `plain_json` makes it, in at most `limit_chars` characters, and what is missing in it.

    Characters are those that a person would count: an escape is one. Small members are kept whole, large ones share
    what is left; the order stays.
    """
    cut = _Cut()
    if cut._length(response) <= limit_chars:
        kept = cut.whole(response, "")
    else:
        kept = cut.mapping(response, limit_chars - MAX_NOTE_CHARS - 40, "")
    if not cut.notes:
        return kept, ""
    note = "; ".join(cut.notes)
    if len(note) > MAX_NOTE_CHARS:
        note = note[:MAX_NOTE_CHARS].rpartition("; ")[0] or note[:MAX_NOTE_CHARS]
        note += " and more" if len(note) < MAX_NOTE_CHARS - 10 else ""
    key = next((name for name in NOTE_KEYS if name not in kept), NOTE_KEYS[-1])
    return {**kept, key: note}, note


def length_of(value: Any) -> int:
    """Characters of `value` as JSON, without escapes."""
    if isinstance(value, str):
        return len(value) + 2
    if isinstance(value, dict):
        return 2 + sum(len(name) + 6 + length_of(each) for name, each in value.items())
    if isinstance(value, list):
        return 2 + sum(2 + length_of(each) for each in value)
    return 0 if isinstance(value, Rest) else len(repr(value)) + 1


class _Cut:
    def __init__(self) -> None:
        self.notes: list[str] = []
        self._lengths: dict[int, int] = {}
        """Of the containers in the response, which stays while this does."""

    def _length(self, value: Any) -> int:
        if not isinstance(value, dict | list):
            return length_of(value)
        if id(value) not in self._lengths:
            inner = value.items() if isinstance(value, dict) else (("", each) for each in value)
            extra = 6 if isinstance(value, dict) else 2
            self._lengths[id(value)] = 2 + sum(len(name) + extra + self._length(each) for name, each in inner)
        return self._lengths[id(value)]

    def whole(self, value: Any, path: str) -> Any:
        """Everything, but for what was left out before."""
        if isinstance(value, dict):
            self._note_members(len(value), value, path)
            return {name: self.whole(each, _below(path, name)) for name, each in value.items()}
        if isinstance(value, list):
            kept = [self.whole(each, path) for each in value if not isinstance(each, Rest)]
            self._note_items(len(kept), value, path)
            return kept
        return value

    def fit(self, value: Any, room: int, path: str) -> Any:
        if self._length(value) <= room:
            return self.whole(value, path)
        if isinstance(value, dict):
            return self.mapping(value, room, path)
        if isinstance(value, list):
            return self._list(value, room, path)
        return self._text(value, room, path) if isinstance(value, str) else value

    def mapping(self, value: dict[str, Any], room: int, path: str) -> dict[str, Any]:
        rooms = _rooms({name: len(name) + 6 + self._length(each) for name, each in value.items()}, room - 2)
        kept = {
            name: self.fit(value[name], rooms[name] - len(name) - 6, _below(path, name))
            for name in value
            if name in rooms
        }
        self._note_members(len(kept), value, path)
        return kept

    def _list(self, value: Sequence[Any], room: int, path: str) -> list[Any]:
        kept: list[Any] = []
        left = room - 2
        for each in value:
            if isinstance(each, Rest):
                break
            size = self._length(each) + 2
            if size > left:
                if not kept and isinstance(each, dict | list | str) and left > _LEAST_TEXT_CHARS:
                    kept.append(self.fit(each, left - 2, path))
                break
            left -= size
            kept.append(self.whole(each, path))
        self._note_items(len(kept), value, path)
        return kept

    def _text(self, value: str, room: int, path: str) -> str:
        kept = shortened_text(value, max(room - 2, 1))
        self.notes.append(f"the beginning of {_called(path, 'the text')}")
        return kept

    def _note_members(self, kept: int, value: dict[str, Any], path: str) -> None:
        total = value.total if isinstance(value, PartOf) else len(value)
        if kept < total:
            self.notes.append(f"{kept:,} of {total:,} {_called(path, 'members')}")

    def _note_items(self, kept: int, value: Sequence[Any], path: str) -> None:
        rest = value[-1] if value and isinstance(value[-1], Rest) else None
        total = rest.total if rest is not None else len(value)
        if kept == total:
            return
        of = f"{kept:,} of {total:,}" if total is not None else f"the first {kept:,}"
        self.notes.append(f"{of} {_called(path, 'items')}")


def _rooms(sizes: dict[str, int], room: int) -> dict[str, int]:
    """How much of `room` each member gets. The last ones get nothing when there are too many, a `summary` comes first;
    small ones get all they need."""
    named: list[str] = []
    least = 0
    for name in sorted(sizes, key=lambda name: name != "summary"):
        need = min(sizes[name], len(name) + 6 + _LEAST_TEXT_CHARS)
        if least + need <= room:
            named.append(name)
            least += need
    rooms: dict[str, int] = {}
    waiting = sorted(named, key=sizes.__getitem__)
    for at, name in enumerate(waiting):
        rooms[name] = min(sizes[name], room // (len(waiting) - at))
        room -= rooms[name]
    return rooms


def shortened_text(text: str, limit_chars: int) -> str:
    """`text`, or what fits of it up to the end of a word, with three dots."""
    if len(text) <= limit_chars:
        return text
    head = _whole_characters(text, max(limit_chars - 3, 0))
    # Scripts without spaces are cut where they are.
    at_word = head.rpartition(" ")[0]
    return f"{at_word if len(at_word) > len(head) * 3 // 4 else head}..."


def _whole_characters(text: str, most: int) -> str:
    """The beginning of `text`, which is longer, up to the end of a character as readers see it."""
    if text.isascii():
        return text[:most]
    end = 0
    for character in clusters(text[: most + _LONGEST_CHARACTER]):
        if end + len(character) > most:
            break
        end += len(character)
    return text[: end or most]


def _below(path: str, name: str) -> str:
    return f"{path}.{name}".strip(".")[:80]


def _called(path: str, otherwise: str) -> str:
    """`rows in table` for `table.rows`. Under `result` stands what was returned without a name."""
    outer, _, last = path.rpartition(".")
    name = otherwise if path in ("", "result") else last
    return f"{name} in {outer}" if outer else name
