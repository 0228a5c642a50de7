"""Strict proto3 JSON reader for client messages: one spelling out, both spellings in, faults in Google's words.

A message comes out as a dict with camelCase keys, `bytes` for bytes fields, `int` for integers; everything absent or
null is left out (but see `NULL_THAT_COUNTS`). Accepted as proto3 JSON demands: camelCase and snake_case at every level,
both base64 alphabets with or without padding, `40.0` and `"40"` for an integer, enum names or numbers.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from gemini_emulator.protocol.schema import ENUMS, MESSAGES, Kind

MAX_DEPTH = 100
NULL_THAT_COUNTS = "handle"
"""A null is as good as nothing, but for the handle of sessionResumption: some models end the connection over it."""
_URL_SAFE = str.maketrans("-_", "+/")
_BOUNDARY = re.compile(r"(?<=[a-z0-9])([A-Z])")


class Malformed(Exception):
    """The frame is not a valid client message. The text is what the service puts into close 1007."""


def _snake(name: str) -> str:
    return _BOUNDARY.sub(r"_\1", name).lower()


_FIELDS: dict[str, dict[str, tuple[str, Kind]]] = {
    message: {
        spelling: (name, kind) for name, kind in fields.items() for spelling in (name, _snake(name))
    }
    for message, fields in MESSAGES.items()
}  # fmt: skip


def read(data: bytes | str) -> dict[str, Any]:
    """Read one frame. Raises `Malformed` with the close reason."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Malformed("Invalid JSON payload received. Unexpected token.") from error
    if not isinstance(value, dict):
        raise Malformed("Invalid value at '' (type.googleapis.com/BidiGenerateContentClientMessage).")
    message = _message("ClientMessage", value, "", 0)
    if len(message) != 1:
        raise Malformed("Request contains an invalid argument.")
    return message


def read_message(name: str, value: Any) -> dict[str, Any]:
    """Read the JSON of one message of the schema. Raises `Malformed`."""
    return _message(name, value, "", 0)


def _message(name: str, value: Any, path: str, depth: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _invalid(path, f"type.googleapis.com/{name}", value)
    if depth > MAX_DEPTH:
        raise Malformed("Invalid JSON payload received. Message too deep.")
    fields = _FIELDS[name]
    out: dict[str, Any] = {}
    for key, item in value.items():
        if key not in fields:
            where = f" at '{path}'" if path else ""
            raise Malformed(f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.')
        camel, kind = fields[key]
        if item is None:
            if camel == NULL_THAT_COUNTS:
                out[camel] = None
            continue
        inner = f"{path}.{_snake(camel)}" if path else _snake(camel)
        if camel in out:
            raise Malformed(f"Invalid JSON payload received. Duplicate field at '{inner}'.")
        out[camel] = _field(kind, item, inner, depth + 1)
    return out


def _field(kind: Kind, value: Any, path: str, depth: int) -> Any:
    if isinstance(kind, list):
        if not isinstance(value, list):
            # proto3 JSON parsers of the service take a lone element for a list of one.
            value = [value]
        return [_one(kind[0], item, f"{path}[{index}]", depth) for index, item in enumerate(value)]
    if isinstance(kind, dict):
        if not isinstance(value, dict):
            raise _invalid(path, "Map", value)
        return {key: _one(kind[""], item, f"{path}[{key}]", depth) for key, item in value.items()}
    return _one(kind, value, path, depth)


def _one(kind: str, value: Any, path: str, depth: int) -> Any:
    if kind in MESSAGES:
        return _message(kind, value, path, depth)
    if kind in ENUMS:
        return _enum(kind, value, path)
    reader = _SCALARS[kind]
    try:
        return reader(value)
    except (TypeError, ValueError, OverflowError, binascii.Error) as error:
        raise _invalid(path, _GOOGLE_TYPE.get(kind, f"TYPE_{kind.upper()}"), value) from error


def _enum(kind: str, value: Any, path: str) -> str:
    names = ENUMS[kind]
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(names):
        return names[value]
    if value in names:
        return str(value)
    raise _invalid(path, f"type.googleapis.com/{kind}", value)


def _invalid(path: str, kind: str, value: Any) -> Malformed:
    shown = json.dumps(value)
    return Malformed(f"Invalid value at '{path}' ({kind}), {shown[:60]}")


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _bool(value: Any) -> bool:
    if value in ("true", "false"):
        return bool(value == "true")
    if not isinstance(value, bool):
        raise TypeError
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    number = float(value)
    if not number.is_integer():
        raise ValueError
    return int(value) if isinstance(value, int) else int(number)


def _float(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise TypeError
    return float(value)


def _bytes(value: Any) -> bytes:
    text = _string(value).translate(_URL_SAFE).rstrip("=")
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


def _struct(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError
    return value


_SCALARS: dict[str, Any] = {
    "string": _string,
    "bool": _bool,
    "int32": _integer,
    "int64": _integer,
    "float": _float,
    "bytes": _bytes,
    "struct": _struct,
    "value": lambda value: value,
}
_GOOGLE_TYPE = {"bytes": "TYPE_BYTES", "struct": "type.googleapis.com/google.protobuf.Struct"}
