"""Merge two flattened schemas of the same value, or a schema with choices."""

import json
from collections.abc import Sequence
from typing import Any

Plain = dict[str, Any]
"""A flattened schema: no references, `type` a list, `anyOf` the only choice."""

ANNOTATIONS = frozenset(["title", "description", "default", "examples", "example", "notes", "propertyOrdering"])
MAX_CHOICES = 64
_LOWER = frozenset(["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"])
_HIGHER = frozenset(["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"])


def merged(one: Plain | None, other: Plain | None) -> Plain | None:
    """Return the intersection. Descriptions of `one` come first. None: nothing fits."""
    if one is None or other is None:
        return None
    out = dict(other)
    for key, value in one.items():
        out[key] = _both(key, value, other[key]) if key in other else value
    if out.get("type") == [] or ("enum" in out and not out["enum"]) or out.get("anyOf") == []:
        return None
    names = set(out.get("properties", {}))
    if any(out.get("properties", {}).get(name, {}) is None for name in names & set(out.get("required", ()))):
        return None
    if "properties" in out:
        out["properties"] = {name: each for name, each in out["properties"].items() if each is not None}
    return out


def _both(key: str, one: Any, other: Any) -> Any:
    if key == "type":
        return _common_types(one, other)
    if key == "enum":
        texts = {same_text(each) for each in other}
        return [each for each in one if same_text(each) in texts]
    if key == "properties":
        names = dict.fromkeys([*one, *other])
        return {name: merged(one.get(name, {}), other.get(name, {})) for name in names}
    if key == "required":
        return list(dict.fromkeys([*one, *other]))
    if key == "notes":
        return list(dict.fromkeys([*one, *other]))
    if key == "anyOf":
        if len(one) * len(other) > MAX_CHOICES:
            return one
        return [pair for a in one for b in other if (pair := merged(a, b)) is not None]
    if key == "items":
        return merged(one, other)
    if key == "additionalProperties":
        return False if one is False or other is False else merged(one, other)
    if key in _LOWER:
        return min(one, other)
    return max(one, other) if key in _HIGHER else one


def _common_types(one: Sequence[str], other: Sequence[str]) -> list[str]:
    found = [kind for kind in one if kind in other or (kind == "integer" and "number" in other)]
    if "number" in one and "integer" in other and "integer" not in found:
        found.append("integer")
    return found


def same_text(value: Any) -> str:
    """JSON by which two values are compared: 1 is 1.0, true is not 1."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, sort_keys=True)


def with_choices(base: Plain, choices: Sequence[Plain]) -> Plain | None:
    """Return `base` restricted to one of `choices`. None: nothing fits."""
    flat: list[Plain] = []
    for choice in choices:
        for each in _apart(choice):
            if merged(base, each) is not None and without_words(each) not in map(without_words, flat):
                flat.append(each)
    if not flat:
        return None
    if any(not without_words(each) for each in flat):
        # One of them is "anything".
        return base
    if all(set(each) <= {"enum", "type", *ANNOTATIONS} and "enum" in each for each in flat):
        return merged(base, _one_enum(flat))
    if len(flat) == 1:
        return merged(base, flat[0])
    if "anyOf" in base:
        return merged(base, {"anyOf": flat})
    return {**base, "anyOf": flat}


def without_words(schema: Plain) -> Plain:
    """Return only the keywords that decide whether a value fits."""
    return {key: value for key, value in schema.items() if key not in ANNOTATIONS}


def _apart(choice: Plain) -> list[Plain]:
    """Return the choices of a choice that is nothing but choices."""
    if "anyOf" in choice and set(choice) <= {"anyOf", *ANNOTATIONS}:
        words: Plain = {key: choice[key] for key in ("description", "notes") if key in choice}
        return [{**words, **each} for each in choice["anyOf"]]
    return [choice]


def _one_enum(choices: Sequence[Plain]) -> Plain:
    """Convert constants with descriptions, as many generators write an enumeration, to one enum."""
    values = {same_text(value): value for each in choices for value in each["enum"]}
    notes = [
        f"{value if isinstance(value, str) else json.dumps(value)}: {words}"
        for each in choices
        if (words := each.get("description") or each.get("title"))
        for value in each["enum"][:1]
    ]
    return {"enum": list(values.values()), **({"notes": notes} if notes else {})}
