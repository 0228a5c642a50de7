"""Convert what a function returned to JSON: every Python value gets an answer.

Texts are made valid here once (a lone surrogate cannot be sent, recorded or logged), numbers are limited to doubles,
and the work is bounded whatever is returned.
"""

import inspect
import itertools
import math
from collections.abc import AsyncIterator, Iterable, Mapping, Sized
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import PurePath
from typing import Any
from uuid import UUID

MAX_VALUES = 20_000
"""Limit of values in one result; of the rest only the count is reported, if known."""
_CHARS_OF_A_VALUE = 3
"""At least, in a list: so many more values than fit need no look."""
_MORE_MEMBERS = 500
"""Short members of a mapping that are taken even so: a long list must not cost the words beside it."""
_SCALARS = frozenset([str, int, float, bool, type(None)])
_CONTAINERS = (dict, list, tuple, set, frozenset, Mapping)
MAX_ITEMS = 10_000
"""Limit for generators, which may never end."""
MAX_DEPTH = 32
"""A protobuf Struct may not be nested without end."""
_EXACT = 2**53
"""Beyond this a double, which is what JSON numbers become, is another number."""
_MAX_DIGITS = 4_000


class Rest:
    """Marks the end of a list that was cut."""

    def __init__(self, total: int | None) -> None:
        self.total = total
        """Total number of items; None: unknown."""


class PartOf(dict[str, Any]):
    """Members of a mapping that was cut."""

    total = 0
    """Total number of members."""


def valid_text(text: str) -> str:
    """Return `text` with surrogate pairs joined and lone surrogates replaced by U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return str(text)


def plain_json(value: Any, *, max_text_chars: int) -> Any:
    """Convert `value` to dicts, lists, texts, numbers, booleans and None. A cut list ends with a `Rest`.

    Texts are cut at `max_text_chars`. Raises what an iterator of the function raises.
    """
    return _JsonConverter(max_text_chars).convert(value, 0, ())


async def collected(found: AsyncIterator[Any]) -> list[Any]:
    """Collect up to `MAX_ITEMS` from an asynchronous generator, then close it."""
    items: list[Any] = []
    try:
        async for item in found:
            if len(items) == MAX_ITEMS:
                items.append(Rest(None))
                break
            items.append(item)
    finally:
        close = getattr(found, "aclose", None)
        if close is not None:
            await close()
    return items


class _JsonConverter:
    def __init__(self, max_text_chars: int) -> None:
        self._left = min(MAX_VALUES, max_text_chars // _CHARS_OF_A_VALUE + 100)
        self._max_text_chars = max_text_chars

    def convert(self, value: Any, depth: int, around: tuple[int, ...]) -> Any:
        self._left -= 1
        kind = type(value)
        if value is None or kind is bool or (kind is int and -_EXACT <= value <= _EXACT):
            return value
        if kind is str and value.isascii() and len(value) <= self._max_text_chars:
            return value
        if kind is dict or kind is list:
            return self._around(value, depth, around)
        if isinstance(value, Enum):
            return self.convert(value.value, depth, around)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int | float | Decimal | Fraction):
            return _number(value)
        if isinstance(value, bytes | bytearray | memoryview):
            return self._bytes(bytes(value))
        if isinstance(value, datetime | date | time | timedelta | UUID | PurePath | complex | BaseException | type):
            return self._shown(value)
        return self._around(value, depth, around)

    def _around(self, value: Any, depth: int, around: tuple[int, ...]) -> Any:
        if id(value) in around:
            return "(the same as around it)"
        if depth >= MAX_DEPTH:
            return self._shown(value) if not isinstance(value, Mapping | Iterable) else "(nested too deeply)"
        return self._inside(value, depth + 1, (*around, id(value)))

    def _inside(self, value: Any, depth: int, around: tuple[int, ...]) -> Any:
        if isinstance(value, dict | Mapping):
            return self._mapping(value.items(), depth, around)
        if type(value) in (list, tuple):
            return self._list(value, depth, around)
        if isinstance(value, tuple) and hasattr(value, "_asdict"):
            return self._mapping(value._asdict().items(), depth, around)
        if (array := _array_as_list(value, self._left)) is not None:
            return self.convert(array, depth, around)
        if is_dataclass(value) and not isinstance(value, type):
            pairs = ((field.name, getattr(value, field.name, None)) for field in fields(value))
            return self._mapping(pairs, depth, around)
        if callable(dump := getattr(value, "model_dump", None)):
            return self.convert(dump(), depth, around)
        if isinstance(value, Iterable):
            return self._list(value, depth, around)
        members = _members(value)
        return self._mapping(members, depth, around) if members else self._shown(value)

    def _mapping(self, pairs: Iterable[tuple[Any, Any]], depth: int, around: tuple[int, ...]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        pairs = list(itertools.islice(pairs, self._left + _MORE_MEMBERS)) if not isinstance(pairs, Sized) else pairs
        inside = sum(_is_container(each) for _, each in itertools.islice(pairs, MAX_VALUES))
        for key, each in pairs:
            if self._left <= -_MORE_MEMBERS:
                out = PartOf(out)
                out.total = len(pairs) if isinstance(pairs, Sized) else len(out)
                break
            name = self._key(key)
            again = itertools.count(2)
            while name in out:
                name = f"{self._key(key)} ({next(again)})"
            if _is_container(each):
                out[name] = self._share(each, inside, depth, around)
                inside -= 1
            else:
                out[name] = self.convert(each, depth, around)
        return out

    def _share(self, value: Any, among: int, depth: int, around: tuple[int, ...]) -> Any:
        """One of several containers beside each other: none leaves nothing for the next one."""
        kept = self._left - self._left // max(among, 1)
        self._left -= kept
        found = self.convert(value, depth, around)
        self._left += kept
        return found

    def _list(self, items: Iterable[Any], depth: int, around: tuple[int, ...]) -> list[Any]:
        total = len(items) if isinstance(items, Sized) else None
        if isinstance(items, list) and items and isinstance(items[-1], Rest):
            total = items[-1].total
        out: list[Any] = []
        for taken, each in enumerate(items):
            if isinstance(each, Rest):
                out.append(each)
                break
            if self._left <= 0 or (total is None and taken >= MAX_ITEMS):
                out.append(Rest(total))
                break
            out.append(self.convert(each, depth, around))
        return out

    def _key(self, key: Any) -> str:
        if type(key) is str:
            return self._text(key)
        if isinstance(key, Enum):
            key = key.value
        if key is None or isinstance(key, bool):
            return {None: "null", True: "true", False: "false"}[key]
        return self._text(key) if isinstance(key, str) else str(self._shown(key))

    def _text(self, text: str) -> str:
        # One more than fits, so that shortening sees that something is missing.
        return valid_text(text[: self._max_text_chars + 1])

    def _bytes(self, data: bytes) -> str:
        head = data[: 4 * self._max_text_chars]
        try:
            return self._text(head.decode())
        except UnicodeDecodeError:
            return f"({len(data):,} bytes that are no text)"

    def _shown(self, value: Any) -> str:
        try:
            return self._text(str(value))
        except Exception:  # __str__ may raise anything
            return f"(a {type(value).__name__} that cannot be shown)"


def _is_container(value: Any) -> bool:
    return type(value) not in _SCALARS and isinstance(value, _CONTAINERS)


def _number(value: int | float | Decimal | Fraction) -> int | float | str:
    """Return a number that a double holds exactly, or its text; NaN and Infinity as in proto3 JSON."""
    if isinstance(value, float):
        if math.isfinite(value):
            return float(value)
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int):
        if abs(value) <= _EXACT:
            return int(value)
        return str(value) if value.bit_length() < 3 * _MAX_DIGITS else "(a whole number of thousands of digits)"
    if isinstance(value, Fraction):
        number = value.numerator if value.denominator == 1 else None
        return _number(number) if number is not None else str(value)[:_MAX_DIGITS]
    return _decimal(value)


def _decimal(value: Decimal) -> int | float | str:
    if not value.is_finite():
        return "NaN" if value.is_nan() else "Infinity" if value > 0 else "-Infinity"
    if abs(value.adjusted()) > 300:
        return str(value)[:_MAX_DIGITS]
    number = float(value)
    if Decimal(repr(number)) != value:
        return str(value)[:_MAX_DIGITS]
    return int(number) if number.is_integer() and abs(number) <= _EXACT else number


def _array_as_list(value: Any, most: int) -> Any:
    """Convert NumPy, pandas and the like by duck typing: no import, no copy of a large array."""
    to_list = getattr(value, "tolist", None)
    if not callable(to_list):
        records = getattr(value, "to_dict", None)
        return records(orient="records") if callable(records) and hasattr(value, "columns") else None
    shape = getattr(value, "shape", ())
    if shape and len(value) > max(most, 1):
        return [*value[: max(most, 1)].tolist(), Rest(len(value))]
    return to_list()


def _members(value: Any) -> list[tuple[str, Any]]:
    """Return an object's public attributes."""
    if inspect.isroutine(value) or inspect.ismodule(value):
        return []
    slots = [kind.__dict__.get("__slots__", ()) for kind in type(value).__mro__]
    names = [name for found in slots for name in ([found] if isinstance(found, str) else found)]
    named = dict.fromkeys([*getattr(value, "__dict__", {}), *names])
    return [(name, getattr(value, name)) for name in named if not name.startswith("_") and hasattr(value, name)]
