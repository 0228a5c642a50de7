"""Flatten a JSON Schema: each `$ref` inlined, `allOf` merged, `oneOf` and `anyOf` one list of choices.

The result is a tree of plain dicts. It may allow more than the schema that it was made of, never less: arguments are
checked against the original. What is lost is kept as words under the key `notes`, for a description.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from referencing import Registry
from referencing.exceptions import NoSuchResource, Unresolvable
from referencing.jsonschema import DRAFT202012

from s2s.tools.schema_merging import Plain, merged, with_choices
from s2s.tools.schema_reader import MAX_DEPTH, SchemaRefused

MAX_NODES = 3_000
"""Limit of schemas in the tree: a chain of references can double at each step."""
UNROLLED = 2
"""How often a schema may be nested in itself before it is cut."""
NOTES = "notes"
_KEPT = (
    "type", "enum", "title", "description", "default", "format", "pattern", "examples", "example", "minimum", "maximum",
    "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "propertyOrdering",
)  # fmt: skip
_ONLY_SAID = ("not", "if", "patternProperties", "propertyNames", "dependentSchemas", "dependencies", "contains")
"""Keywords that no backend supports."""
MAX_NOTE_CHARS = 160


class _TooLarge(Exception):
    pass


def flatten_schema(schema: Mapping[str, Any]) -> Plain:
    """Flatten a schema from `read_schema`.

    Raises SchemaRefused for a dangling or circular reference, a schema that nothing fits, and one that grows too large.
    """
    for unrolled in range(UNROLLED, 0, -1):
        try:
            flat = _Flattener(schema, unrolled).whole()
        except _TooLarge:
            continue
        if flat is None:
            raise SchemaRefused("parameters", "no arguments at all can fit this schema.")
        return flat
    raise SchemaRefused("parameters", f"with its references written out it has more than {MAX_NODES:,} schemas.")


class _Place:
    """A position in the tree with its ancestors."""

    __slots__ = ("around", "depth", "here", "path", "resolver")

    def __init__(self, path: str, resolver: Any, depth: int, around: Mapping[int, int], here: frozenset[int]) -> None:
        self.path = path
        self.resolver = resolver
        self.depth = depth
        self.around = around
        """References followed on the path to this position, with counts."""
        self.here = here
        """The references among them that describe this very value."""

    def inner(self, name: str) -> "_Place":
        return _Place(f"{self.path}.{name}", self.resolver, self.depth + 1, self.around, frozenset())

    def same(self, name: str) -> "_Place":
        return _Place(f"{self.path}.{name}", self.resolver, self.depth, self.around, self.here)


class _Flattener:
    def __init__(self, schema: Mapping[str, Any], unrolled: int) -> None:
        self._schema = schema
        self._unrolled = unrolled
        self._left = MAX_NODES

    def whole(self) -> Plain | None:
        resource = DRAFT202012.create_resource(self._schema)
        # Only references within the schema are resolved: nothing is fetched.
        registry: Registry[Any] = Registry()
        try:
            resolver = registry.resolver_with_root(resource)
            return self._flat(self._schema, _Place("parameters", resolver, 0, {}, frozenset()))
        except RecursionError as error:
            raise SchemaRefused("parameters", "the schema is nested too deeply.") from error

    def _flat(self, schema: Any, place: _Place) -> Plain | None:
        """Return the flattened schema; None: nothing fits."""
        self._left -= 1
        if self._left < 0:
            raise _TooLarge
        if isinstance(schema, bool):
            return {} if schema else None
        if not isinstance(schema, dict):
            raise SchemaRefused(place.path, "a reference leads to something that is no schema.")
        if place.depth > MAX_DEPTH:
            raise SchemaRefused(place.path, f"the schema is nested more than {MAX_DEPTH} levels deep.")
        flat: Plain | None = self._own(schema, place)
        parts = [self._referred(schema[key], place) for key in ("$ref", "$dynamicRef") if key in schema]
        parts += [self._flat(part, place.same("allOf")) for part in schema.get("allOf", ())]
        for part in parts:
            flat = merged(flat, part)
        for key in ("anyOf", "oneOf"):
            if key in schema and flat is not None:
                choices = [self._flat(choice, place.same(f"{key}[{at}]")) for at, choice in enumerate(schema[key])]
                flat = with_choices(flat, [choice for choice in choices if choice is not None])
        return flat

    def _referred(self, reference: Any, place: _Place) -> Plain | None:
        try:
            found = place.resolver.lookup(reference)
        except (Unresolvable, NoSuchResource, ValueError, TypeError) as error:
            why = f"the reference {reference!r} leads nowhere; only parts of the schema itself can be referred to."
            raise SchemaRefused(place.path, why) from error
        seen = id(found.contents)
        if seen in place.here:
            raise SchemaRefused(place.path, f"the reference {reference!r} leads to itself.")
        times = place.around.get(seen, 0) + (found.contents is self._schema)
        if times >= self._unrolled:
            return {NOTES: ["deeper levels are described as the one above"], "cut": True}
        around = {**place.around, seen: place.around.get(seen, 0) + 1}
        return self._flat(found.contents, _Place(place.path, found.resolver, place.depth, around, place.here | {seen}))

    def _own(self, schema: Mapping[str, Any], place: _Place) -> Plain | None:
        flat: Plain = {key: schema[key] for key in _KEPT if key in schema}
        if isinstance(kind := flat.get("type"), str):
            flat["type"] = [kind]
        if "const" in schema:
            flat["enum"] = [schema["const"]]
        notes = [_note(key, schema[key]) for key in _ONLY_SAID if key in schema]
        notes += [
            f"{name} needs {' and '.join(map(str, needed))} beside it"
            for name, needed in schema.get("dependentRequired", {}).items()
            if needed
        ]
        if notes:
            flat[NOTES] = notes
        if "prefixItems" in schema:
            found = [
                self._flat(each, place.inner(f"prefixItems[{at}]")) for at, each in enumerate(schema["prefixItems"])
            ]
            flat["prefixItems"] = [each for each in found if each is not None]
        if "items" in schema:
            flat["items"] = self._flat(schema["items"], place.inner("items"))
        return self._with_properties(schema, flat, place)

    def _with_properties(self, schema: Mapping[str, Any], flat: Plain, place: _Place) -> Plain | None:
        required: Sequence[str] = schema.get("required", ())
        if "properties" in schema or required:
            described = {
                name: self._flat(each, place.inner(f"properties.{name}"))
                for name, each in schema.get("properties", {}).items()
            }
            if any(described.get(name, {}) is None for name in required):
                return None
            flat["properties"] = {name: each for name, each in described.items() if each is not None}
            if required:
                flat["required"] = list(dict.fromkeys(required))
        if "additionalProperties" in schema:
            more = self._flat(schema["additionalProperties"], place.inner("additionalProperties"))
            flat["additionalProperties"] = False if more is None else more
        return flat


def _note(key: str, value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if key == "not":
        return f"not {text}" if "$ref" not in text and len(text) <= MAX_NOTE_CHARS else "some values are not allowed"
    if key == "if":
        return "some values need others beside them"
    if key == "patternProperties":
        return f"further names must match {' or '.join(value)}"[:MAX_NOTE_CHARS]
    if "$ref" in text or len(text) > MAX_NOTE_CHARS:
        return f"there are rules about {key}"
    return f"{key} {text}"
