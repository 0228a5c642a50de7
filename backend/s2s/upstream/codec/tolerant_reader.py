"""Read a server message that lacks the documented shape: keep what can be understood, count the rest.

The strict decoder of `gemini_codec` refuses a whole frame for one value of another type. This one goes through the same
structs member by member. Such values are legal in protobuf's JSON mapping: it allows null for any absent
member, both spellings of a name, numbers as text and enums as numbers (the only way to print one that the printer does
not know): https://protobuf.dev/programming-guides/json/
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec

MAX_COUNT = 2**53
_SAMPLE_CHARS = 80
_PRIVATE = frozenset({"data", "newHandle"})
"""Members whose values are never shown: audio and session handles."""
# A lone surrogate is not a character and cannot be encoded again.
_LONE_SURROGATE = re.compile(
    r"(?<!\\)((?:\\\\)*)(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])"
    r"|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
_LONG_RUN = re.compile(r"[\w+/=-]{40,}")

Found = Callable[[str, object], None]
"""Callback for each malformed value: its kind, and the value (None: not to be shown)."""
_Reader = Callable[[Any, str, Found], Any]
UNFIT: Any = object()
"""Marks a value that could not be read."""


class NotAnObject(ValueError):
    """Raised if the frame is not a JSON object."""


def parse(frame: str | bytes, found: Found | None = None) -> dict[str, Any]:
    """Parse the frame more leniently than the JSON standard. With `found`, a list that holds one object is
    that object. Raises NotAnObject."""
    text = frame if isinstance(frame, str) else frame.decode("utf-8", "replace")
    try:
        value = json.loads(_LONE_SURROGATE.sub(r"\1\\ufffd", text), strict=False, parse_int=_integer)
    except (ValueError, RecursionError) as fault:
        raise NotAnObject(str(fault)) from fault
    # Some of Google's front ends put an error into a list (AIP-193).
    if found is not None and isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
        found("message: a list", None)
        return value[0]
    if not isinstance(value, dict):
        raise NotAnObject(f"a JSON {_name(value)}")
    return value


def _integer(digits: str) -> int | float:
    # Python refuses to read more than 4,300 digits.
    return int(digits) if len(digits) < 100 else math.inf


def shorten_sample(value: object) -> str:
    """Return at most 80 characters of the value, without anything that could be audio or a key."""
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    text = _LONG_RUN.sub("…", text[: 4 * _SAMPLE_CHARS])
    return text if len(text) <= _SAMPLE_CHARS else text[:_SAMPLE_CHARS] + "…"


def seconds(value: object) -> float:
    """Return seconds of a duration in any form that protobuf prints; 0 if it is not a duration.

    Forms: "1.5s", 1.5, {"seconds": 1, "nanos": 500000000}.
    """
    if isinstance(value, Mapping):
        return seconds(value.get("seconds", 0)) + seconds(value.get("nanos", 0)) / 1e9
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return 0.0
    try:
        length = float(value.strip().removesuffix("s") if isinstance(value, str) else value)
    except (ValueError, OverflowError):
        return 0.0
    return length if math.isfinite(length) and length > 0 else 0.0


class TolerantReader:
    """Fits plain JSON to a msgspec struct and its nested structs."""

    def __init__(self, struct: type[msgspec.Struct]) -> None:
        self._readers: dict[type[msgspec.Struct], dict[str, tuple[str, _Reader]]] = {}
        self._struct = struct
        self._members(struct)
        names = {name for members in self._readers.values() for name in members if "_" in name}
        self.other_spelling = re.compile(f'"(?:{"|".join(sorted(names))})"\\s*:')
        """Matches member names in protobuf's snake_case spelling."""

    def read(self, message: Mapping[str, Any], found: Found) -> dict[str, Any]:
        """Return the readable members under their documented names and types."""
        return self._object(self._struct, message, "", found)

    def _members(self, struct: type[msgspec.Struct]) -> dict[str, tuple[str, _Reader]]:
        if struct not in self._readers:
            members = self._readers[struct] = {}
            hints = get_type_hints(struct, include_extras=True)
            for field in msgspec.structs.fields(struct):
                entry = field.encode_name, self._reader(hints[field.name])
                # The documented spelling wins where both are there: it is read last.
                members[field.name] = members[field.encode_name] = entry
        return self._readers[struct]

    def _reader(self, wanted: Any) -> _Reader:
        origin, args = get_origin(wanted), get_args(wanted)
        if origin is Annotated:
            extra = next((meta.extra for meta in args[1:] if isinstance(meta, msgspec.Meta) and meta.extra), {})
            if "numbers" in extra:
                return _enum(extra["numbers"])
            if "text_is" in extra:
                return _text_or(self._reader(args[0]), extra["text_is"])
            return _duration if "duration" in extra else self._reader(args[0])
        if origin in (Union, UnionType):
            return self._reader(next(arg for arg in args if arg is not NoneType))
        if origin is list:
            return _list(self._reader(args[0]))
        if origin is dict:
            return _arguments
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            self._members(wanted)
            return lambda value, path, found: self._struct_of(wanted, value, path, found)
        return {str: _text, bool: _flag, int: _count}[wanted]

    def _struct_of(self, struct: type[msgspec.Struct], value: Any, path: str, found: Found) -> Any:
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict):
            found(f"{path}: a list", None)
            value = value[0]
        return self._object(struct, value, path, found) if isinstance(value, dict) else UNFIT

    def _object(
        self, struct: type[msgspec.Struct], value: Mapping[str, Any], path: str, found: Found
    ) -> dict[str, Any]:
        members, read = self._readers[struct], {}
        for name in sorted(members.keys() & value.keys(), key=lambda name: "_" not in name):
            wanted, reader = members[name]
            where = f"{path}.{wanted}" if path else wanted
            if name != wanted:
                found(f"{where}: snake_case", None)
            shown = None if wanted in _PRIVATE else value[name]
            if value[name] is None:
                found(f"{where}: null", None)
                continue
            fit = reader(value[name], where, found)
            if fit is UNFIT:
                found(f"{where}: {_name(value[name])}", shown)
            else:
                read[wanted] = fit
        return read


def _name(value: object) -> str:
    names: Iterable[tuple[Any, str]] = (
        (bool, "a boolean"),
        (int | float, "a number"),
        (str, "text"),
        (list, "a list"),
        (dict, "an object"),
        (NoneType, "null"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), "an unknown value")


def _text(value: Any, path: str, found: Found) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return UNFIT
    found(f"{path}: a number", value)
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _flag(value: Any, path: str, found: Found) -> Any:
    if isinstance(value, bool):
        return value
    flags = {"true": True, "1": True, "false": False, "0": False}
    flag = flags.get(str(value).strip().lower(), UNFIT) if isinstance(value, str | int) else UNFIT
    if flag is not UNFIT:
        found(f"{path}: {_name(value)}", value)
    return flag


def _count(value: Any, path: str, found: Found) -> Any:
    number = value
    if isinstance(value, str):
        # int64 is text in protobuf's JSON mapping, so this is regular.
        number = int(value) if value.strip().isascii() and value.strip().isdigit() and len(value) < 20 else UNFIT
    elif isinstance(value, float) and math.isfinite(value) and value.is_integer():
        number = int(value)
    elif isinstance(value, bool) or not isinstance(value, int):
        return UNFIT
    return number if number is not UNFIT and 0 <= number <= MAX_COUNT else UNFIT


def _enum(names: Mapping[int, str]) -> _Reader:
    def read(value: Any, path: str, found: Found) -> Any:
        # An unpublished enum number stays a number, as text.
        text = _text(value, path, found)
        known = text is not UNFIT and len(text) < 4 and text.isascii() and text.isdigit()
        return names.get(int(text), text) if known else text

    return read


def _text_or(reader: _Reader, member: str) -> _Reader:
    """Wrap text into an object under `member`, for objects that may come as text."""

    def read(value: Any, path: str, found: Found) -> Any:
        if not isinstance(value, str):
            return reader(value, path, found)
        found(f"{path}: text", value)
        return {member: value}

    return read


def _duration(value: Any, path: str, found: Found) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float | dict):
        return UNFIT
    found(f"{path}: {_name(value)}", value)
    return f"{seconds(value)}s"


def _list(item: _Reader) -> _Reader:
    def read(value: Any, path: str, found: Found) -> Any:
        if not isinstance(value, list):
            fit = item(value, f"{path}[]", found)
            if fit is not UNFIT:
                found(f"{path}: {_name(value)}", None)
            return [fit] if fit is not UNFIT else UNFIT
        fits = []
        for one in value:
            fit = item(one, f"{path}[]", found)
            if fit is UNFIT:
                found(f"{path}[]: {_name(one)}", one)
            else:
                fits.append(fit)
        return fits

    return read


def _arguments(value: Any, path: str, found: Found) -> Any:
    """Read function arguments: any JSON object; some models write it as text."""
    if isinstance(value, str):
        try:
            value = parse(value)
        except NotAnObject:
            return UNFIT
        found(f"{path}: text", None)
    return value if isinstance(value, dict) else UNFIT
