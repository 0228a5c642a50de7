"""Normalise a function's parameters to the two forms that the Live API accepts.

`parametersJsonSchema` (Developer API, local engine): JSON Schema, of which Google documents `type`, `format`, `title`,
`description`, `enum` of texts and numbers, `items`, `prefixItems`, `minItems`, `maxItems`, `minimum`, `maximum`,
`anyOf`, `oneOf`, `properties`, `additionalProperties` and `required`.
`parameters` (Vertex AI): an OpenAPI subset, written by `openapi_writer`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from s2s.tools.openapi_writer import openapi
from s2s.tools.schema_flattener import flatten_schema
from s2s.tools.schema_merging import ANNOTATIONS, Plain, merged, with_choices, without_words
from s2s.tools.schema_reader import SchemaRefused, read_schema
from s2s.tools.schema_words import described, needed_together, text_of

MAX_DECLARED_CHARS = 60_000
"""Limit of one function's parameters as sent; a declaration is read again with each turn."""
_JSON_SCHEMA_KEYS = (
    "type", "format", "title", "description", "enum", "default", "examples", "pattern", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "required",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parameters:
    """The two forms. Empty for a function without parameters: an object without properties is refused on Vertex."""

    json_schema: Mapping[str, Any]
    openapi: Mapping[str, Any]


def normalize_parameters(parameters: Any) -> Parameters:
    """Normalise `parameters`, the JSON Schema or OpenAPI of an object. Raises SchemaRefused with place and reason."""
    if parameters is None or parameters == {}:
        return Parameters({}, {})
    flat = _whole_object(flatten_schema(read_schema(parameters)))
    free = flat.get("additionalProperties") not in (None, False)
    json_schema = _json_schema(flat) if flat.get("properties") or free else {}
    found = Parameters(json_schema, openapi(flat) if flat.get("properties") else {})
    for form in (found.json_schema, found.openapi):
        if len(json.dumps(form, ensure_ascii=False)) > MAX_DECLARED_CHARS:
            why = f"with its references written out the schema is larger than {MAX_DECLARED_CHARS:,} characters."
            raise SchemaRefused("parameters", why)
    return found


@lru_cache(maxsize=1024)
def _kept(text: str) -> Parameters | SchemaRefused:
    try:
        return normalize_parameters(json.loads(text))
    except SchemaRefused as refused:
        return refused


def parameters_of(declaration: Mapping[str, Any]) -> Any:
    """Return the schema in a declaration, whichever spelling it uses."""
    for key in ("parameters", "parametersJsonSchema", "parameters_json_schema"):
        if declaration.get(key) is not None:
            return declaration[key]
    return None


def declared_parameters(declaration: Mapping[str, Any], *, json_schema: bool) -> dict[str, Any]:
    """Return the member of a functionDeclaration that holds its parameters, or nothing. Raises SchemaRefused.

    Each schema is normalised once, at registration; setup reuses the result.
    """
    try:
        text = json.dumps(parameters_of(declaration))
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaRefused("parameters", f"this is not JSON: {error}.") from error
    found = _kept(text)
    if isinstance(found, SchemaRefused):
        raise found
    if json_schema:
        return {"parametersJsonSchema": found.json_schema} if found.json_schema else {}
    return {"parameters": found.openapi} if found.openapi else {}


def usable_declarations(
    declarations: Sequence[Mapping[str, Any]], *, json_schema: bool
) -> list[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Return declarations with their parameters, without invalid ones: one bad function never costs a call."""
    usable = []
    for declaration in declarations:
        try:
            usable.append((declaration, declared_parameters(declaration, json_schema=json_schema)))
        except SchemaRefused:
            continue
    return usable


def _whole_object(flat: Plain) -> Plain:
    """Merge choices between objects into one object with the properties of all: parameters are one object."""
    if "object" not in flat.get("type", ["object"]):
        kinds = " or ".join(flat["type"])
        raise SchemaRefused("parameters", f"the parameters of a function are an object, not {kinds}.")
    flat = {**flat, "type": ["object"]}
    if "anyOf" not in flat:
        return flat
    choices = [each for choice in flat.pop("anyOf", ()) if (each := merged(flat, choice)) is not None]
    if not choices:
        raise SchemaRefused("parameters", "no arguments at all can fit this schema.")
    names = dict.fromkeys(name for each in choices for name in each.get("properties", {}))
    properties = {
        name: _either([each["properties"][name] for each in choices if name in each.get("properties", {})])
        for name in names
    }
    always = [name for name in names if all(name in each.get("required", ()) for each in choices)]
    out = {**flat, "properties": properties, "required": always}
    together = needed_together([each.get("required", ()) for each in choices], always)
    if together:
        out["notes"] = [*flat.get("notes", ()), together]
    return out


def _either(schemas: Sequence[Plain]) -> Plain:
    if all(without_words(each) == without_words(schemas[0]) for each in schemas):
        return schemas[0]
    return with_choices({}, schemas) or {}


# --- JSON Schema -----------------------------------------------------------------------------------------


def _json_schema(flat: Plain) -> dict[str, Any]:
    out = {key: flat[key] for key in _JSON_SCHEMA_KEYS if key in flat}
    if "example" in flat and "examples" not in out:
        out["examples"] = [flat["example"]]
    notes = list(flat.get("notes", ()))
    if len(out.get("type", ())) == 1:
        out["type"] = out["type"][0]
    if "enum" in out:
        _write_enum(out, flat)
    if "properties" in flat:
        described_properties = {name: _json_schema(each) for name, each in flat["properties"].items()}
        missing = [name for name in flat.get("required", ()) if name not in described_properties]
        out["properties"] = {**described_properties, **{name: {} for name in missing}}
    if not out.get("required", True):
        del out["required"]
    if "prefixItems" in flat:
        out["prefixItems"] = [_json_schema(each) for each in flat["prefixItems"]]
    for key in ("items", "additionalProperties"):
        if key in flat:
            out[key] = _json_schema(flat[key]) if isinstance(flat[key], dict) else False
    if "anyOf" in flat:
        out["anyOf"] = [_json_schema(each) for each in flat["anyOf"]]
    if flat.get("cut") and not set(flat) - {"cut", *ANNOTATIONS}:
        out["type"] = "object"
    return described(out, notes)


def _write_enum(out: dict[str, Any], flat: Plain) -> None:
    """Texts and numbers stay; anything else is written as text, which the arguments are changed back from."""
    values = [each for each in out["enum"] if each is not None]
    nullable = len(values) < len(out["enum"]) and "null" in flat.get("type", ["null"])
    plain = all(isinstance(each, str) for each in values) or all(
        isinstance(each, int | float) and not isinstance(each, bool) for each in values
    )
    if values and all(isinstance(each, bool) for each in values) and len(values) == 2:
        del out["enum"]
        out["type"] = "boolean"
    elif not values:
        del out["enum"]
        out["type"] = "null"
    else:
        out["enum"] = values if plain else list(dict.fromkeys(map(text_of, values)))
        kinds = {"string"} if not plain or isinstance(values[0], str) else {"number", "integer"}
        if ("type" in out and not kinds & set(flat["type"])) or not plain:
            out["type"] = "string"
        elif "type" not in out:
            whole = all(isinstance(each, int) for each in values)
            out["type"] = "string" if kinds == {"string"} else "integer" if whole else "number"
    if nullable and "enum" in out:
        kind = out["type"]
        out["type"] = [*([kind] if isinstance(kind, str) else [k for k in kind if k != "null"]), "null"]
    elif nullable and out["type"] != "null":
        out["type"] = [out["type"], "null"] if isinstance(out["type"], str) else out["type"]
