"""Functions that a model may call: the schemas of whoever registers them, and what the model gives them."""

import json
from typing import Any

import msgspec

from s2s.tools.arguments import ArgumentsRefused, argument_validator, fitting_arguments
from s2s.tools.schema_normalizer import normalize_parameters
from s2s.tools.schema_reader import read_schema

_PARAMETERS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "n": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
        "t": {"$ref": "#/$defs/T"},
        "e": {"enum": [60, True, None, "a"], "description": "One of them"},
        "f": {"type": "STRING", "nullable": True, "pattern": "^a"},
        "l": {"type": "array", "items": {"oneOf": [{"type": "boolean"}, {"const": 1}]}, "uniqueItems": True},
    },
    "$defs": {
        "T": {
            "type": "object",
            "properties": {"v": {"type": "integer"}, "c": {"type": "array", "items": {"$ref": "#/$defs/T"}}},
            "required": ["v"],
        }
    },
}
_ARGUMENTS = argument_validator(read_schema(_PARAMETERS))
SCHEMA_SEEDS = [json.dumps(_PARAMETERS).encode()]
ARGUMENTS_SEEDS = [b'{"n":60.0,"t":{"v":"1","c":[{"v":2.0}]},"e":"60","f":null,"l":"[1]"}']


def schema(data: bytes) -> None:
    """The schema of a function's parameters."""
    try:
        normalize_parameters(json.loads(data))
    except (ValueError, RecursionError):
        # SchemaRefused is a ValueError; the others are those of the JSON.
        return


def arguments(data: bytes) -> None:
    """What a model gives a function: they fit afterwards, or are refused."""
    try:
        given = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(given, dict):
        return
    try:
        fitting = fitting_arguments(_ARGUMENTS, given)
    except ArgumentsRefused:
        return
    assert not list(_ARGUMENTS.iter_errors(fitting))
