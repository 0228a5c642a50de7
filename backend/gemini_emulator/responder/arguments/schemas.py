"""A function's parameters as one flat list: those of an object inside are named `outer.inner`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Properties = Mapping[str, Mapping[str, Any]]


def parameters(function: Mapping[str, Any]) -> Mapping[str, Any]:
    """The declaration's schema, whichever of its two spellings was used."""
    found = function.get("parameters") or function.get("parametersJsonSchema") or {}
    return found if isinstance(found, Mapping) else {}


def properties(function: Mapping[str, Any]) -> Properties:
    """All parameters that can be filled."""
    return _flat(parameters(function))[0]


def required(function: Mapping[str, Any]) -> list[str]:
    """Names of those that must be; of an object only when the object itself must be."""
    return _flat(parameters(function))[1]


def missing_in(function: Mapping[str, Any], args: Mapping[str, Any]) -> str:
    """The first required argument that is not there, or nothing."""
    there = flattened(args)
    return next((name for name in required(function) if name not in there), "")


def nested(found: Mapping[str, Any]) -> dict[str, Any]:
    """`{"to.city": x}` -> `{"to": {"city": x}}`."""
    out: dict[str, Any] = {}
    for name, value in found.items():
        outer, _, inner = name.partition(".")
        if inner:
            out.setdefault(outer, {})[inner] = value
        else:
            out[name] = value
    return out


def flattened(args: Mapping[str, Any]) -> dict[str, Any]:
    """`{"to": {"city": x}}` -> `{"to.city": x}`."""
    out: dict[str, Any] = {}
    for name, value in args.items():
        if isinstance(value, Mapping):
            out.update({f"{name}.{inner}": item for inner, item in value.items()})
        else:
            out[name] = value
    return out


def type_of(schema: Mapping[str, Any]) -> str:
    """The type in lower case; of several the first that is not null."""
    said = schema.get("type", "")
    for choice in schema.get("anyOf") or ():
        if not said and isinstance(choice, Mapping) and type_of(choice) != "null":
            said = choice.get("type", "")
    if isinstance(said, (list, tuple)):
        said = next((one for one in said if str(one).lower() != "null"), "string")
    return str(said or "string").lower()


def _flat(schema: Mapping[str, Any]) -> tuple[dict[str, Mapping[str, Any]], list[str]]:
    found: dict[str, Mapping[str, Any]] = {}
    must = [str(name) for name in schema.get("required") or ()]
    wanted: list[str] = []
    for name, described in (schema.get("properties") or {}).items():
        if not isinstance(described, Mapping):
            continue
        inner = described.get("properties")
        if type_of(described) == "object" and isinstance(inner, Mapping) and inner:
            found.update({f"{name}.{key}": item for key, item in inner.items() if isinstance(item, Mapping)})
            if name in must:
                wanted.extend(f"{name}.{key}" for key in described.get("required") or ())
        else:
            found[name] = described
            wanted.extend([name] if name in must else [])
    return found, [
        *wanted,
        *(name for name in must if name not in wanted and name not in (schema.get("properties") or {})),
    ]
