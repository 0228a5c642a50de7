"""Convert a function's parameters from any dialect to JSON Schema 2020-12 in plain JSON.

Read: JSON Schema drafts 4 to 2020-12, OpenAPI's `nullable`, and Gemini's own spelling (capital types, snake case).
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, SchemaError

MAX_NODES = 10_000
"""Values in a schema as it was written."""
MAX_DEPTH = 48
MAX_TEXT_CHARS = 100_000

MAPS = frozenset(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"])
LISTS = frozenset(["anyOf", "oneOf", "allOf", "prefixItems"])
SINGLE = frozenset(
    [
        "items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames",
        "unevaluatedItems", "unevaluatedProperties", "additionalItems", "contentSchema",
    ]
)  # fmt: skip
TYPES = frozenset(["string", "number", "integer", "boolean", "object", "array", "null"])
_CAMEL = {
    "any_of": "anyOf",
    "min_items": "minItems",
    "max_items": "maxItems",
    "min_length": "minLength",
    "max_length": "maxLength",
    "min_properties": "minProperties",
    "max_properties": "maxProperties",
    "property_ordering": "propertyOrdering",
}
_COUNTS = frozenset(["minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"])


class SchemaRefused(ValueError):
    """The schema cannot be used. The text says where and why."""

    def __init__(self, where: str, why: str) -> None:
        super().__init__(f"at {where}: {why}")


def read_schema(parameters: Any) -> dict[str, Any]:
    """A copy of `parameters` as JSON Schema 2020-12. Raises SchemaRefused."""
    copied = _copied(parameters, "parameters", 0, iter(range(MAX_NODES)))
    if not isinstance(copied, dict):
        raise SchemaRefused("parameters", "it must be a mapping that describes an object.")
    if len(json.dumps(copied, ensure_ascii=False)) > MAX_TEXT_CHARS:
        raise SchemaRefused("parameters", f"the schema is larger than {MAX_TEXT_CHARS:,} characters.")
    schema = _modern(copied, "parameters")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        where = ".".join(["parameters", *map(str, error.absolute_path)])
        raise SchemaRefused(where, f"this is no valid JSON Schema: {_shortened(error.message)}") from error
    assert isinstance(schema, dict)
    return schema


def _shortened(text: str) -> str:
    return text if len(text) <= 300 else f"{text[:300]}..."


def _copied(value: Any, where: str, depth: int, budget: Iterator[int]) -> Any:
    if next(budget, None) is None:
        raise SchemaRefused("parameters", f"the schema has more than {MAX_NODES:,} values.")
    if depth > MAX_DEPTH:
        raise SchemaRefused(
            "parameters", f"the schema is nested more than {MAX_DEPTH} levels deep, or contains itself."
        )
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise SchemaRefused(where, "the text holds half a character (a lone surrogate).") from error
        return str(value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, list | tuple):
        return [_copied(each, f"{where}[{at}]", depth + 1, budget) for at, each in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise SchemaRefused(where, f"the name {key!r} must be text.")
            _copied(key, where, depth, budget)
        return {str(key): _copied(each, f"{where}.{key}", depth + 1, budget) for key, each in value.items()}
    kind = "NaN and Infinity are" if isinstance(value, float) else f"{type(value).__name__} is"
    raise SchemaRefused(where, f"{kind} not JSON.")


def _modern(schema: Any, where: str) -> Any:
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict):
        raise SchemaRefused(where, "a schema must be a mapping, true or false.")
    out: dict[str, Any] = {}
    for spelling, value in schema.items():
        key = _CAMEL.get(spelling) or str(spelling)
        if key != "$schema":
            out[key] = _modern_value(key, value, f"{where}.{spelling}")
    _modernize_tuples(out)
    _modernize_limits(out)
    _check_pattern(out, where)
    return _modernized_null(out)


def _modern_value(key: str, value: Any, where: str) -> Any:
    if key in MAPS:
        if not isinstance(value, dict):
            raise SchemaRefused(where, "it must be a mapping.")
        return {name: _modern(each, f"{where}.{name}") for name, each in value.items()}
    if key in LISTS or (key == "items" and isinstance(value, list)):
        if not isinstance(value, list):
            raise SchemaRefused(where, "it must be a list.")
        return [_modern(each, f"{where}[{at}]") for at, each in enumerate(value)]
    if key in SINGLE:
        return _modern(value, where)
    if key == "type":
        lower: Callable[[Any], Any] = lambda name: name.lower() if isinstance(name, str) else name  # noqa: E731
        return [lower(each) for each in value] if isinstance(value, list) else lower(value)
    if key in _COUNTS and isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        # The proto's JSON writes its 64-bit numbers as text.
        return int(value)
    return value


def _modernize_tuples(schema: dict[str, Any]) -> None:
    """Up to draft 2019-09 a list in `items` described a tuple."""
    if isinstance(schema.get("items"), list):
        items = schema.pop("items")
        if items:
            schema["prefixItems"] = items
        if "additionalItems" in schema:
            schema["items"] = schema["additionalItems"]
    schema.pop("additionalItems", None)


def _modernize_limits(schema: dict[str, Any]) -> None:
    """In draft 4 and OpenAPI 3.0 `exclusiveMinimum` is a flag beside `minimum`."""
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool):
            flag = schema.pop(exclusive)
            if flag and limit in schema:
                schema[exclusive] = schema.pop(limit)


def _check_pattern(schema: dict[str, Any], where: str) -> None:
    for pattern in (schema.get("pattern"), *schema.get("patternProperties", {})):
        if isinstance(pattern, str):
            try:
                re.compile(pattern)
            except re.error as error:
                raise SchemaRefused(where, f"the pattern {pattern!r} is no regular expression: {error}.") from error


def _modernized_null(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI's `nullable`, and Gemini's TYPE_UNSPECIFIED."""
    if schema.get("type") == "type_unspecified":
        del schema["type"]
    if schema.pop("nullable", False) is not True:
        return schema
    kind = schema.get("type")
    if isinstance(kind, str | list) and not {"$ref", "anyOf", "oneOf", "allOf", "const"} & set(schema):
        kinds = [kind] if isinstance(kind, str) else kind
        schema["type"] = [*kinds, *(["null"] if "null" not in kinds else [])]
        if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
            schema["enum"] = [*schema["enum"], None]
        return schema
    notes: dict[str, Any] = {key: schema.pop(key) for key in ("title", "description", "default") if key in schema}
    named: dict[str, Any] = {
        key: schema.pop(key) for key in ("$defs", "definitions", "$id", "$anchor") if key in schema
    }
    return {**named, **notes, "anyOf": [schema, {"type": "null"}]} if schema else {**named, **notes}
