"""Write the OpenAPI subset that `parameters` accepts (google.cloud.aiplatform.v1beta1.Schema).

Refused by the service, according to reports about both of Google's services: unknown keywords; a schema without a type;
`enum: only allowed for STRING type`, enums of anything but texts, and empty texts among them; `properties: should be
non-empty for OBJECT type`; `items: missing field`; `format: only 'enum' and 'date-time' are supported for STRING type`;
fields beside `anyOf`; `required` names without a property.
An object of which nothing is known travels as JSON text; `arguments` reads it.
"""

from collections.abc import Sequence
from typing import Any

from s2s.tools.schema_merging import ANNOTATIONS, Plain, merged, without_words
from s2s.tools.schema_reader import SchemaRefused
from s2s.tools.schema_words import described, needed_together, text_of

MAX_NODES = 4_000
"""Limit of schemas in the output: keywords beside choices are repeated in each choice."""
MAX_ENUM = 500
"""Longer lists are checked in the arguments only."""
_FORMATS = {"STRING": ("date-time",), "NUMBER": ("float", "double"), "INTEGER": ("int32", "int64")}
_OBJECT_KEYS = frozenset(["properties", "required", "additionalProperties", "minProperties", "maxProperties"])
_ARRAY_KEYS = frozenset(["items", "prefixItems", "minItems", "maxItems", "uniqueItems"])
_NUMBER_KEYS = frozenset(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"])
_STRING_KEYS = frozenset(["minLength", "maxLength", "pattern", "format"])
_ANY = [{"type": "STRING"}, {"type": "NUMBER"}, {"type": "BOOLEAN"}]
_INT64_MAX = 2**63 - 1


def openapi(flat: Plain) -> dict[str, Any]:
    """Convert a flattened schema for `parameters`. Raises SchemaRefused if its choices make it too large."""
    return _Writer().write(flat)


class _Writer:
    def __init__(self) -> None:
        self._left = MAX_NODES

    def write(self, flat: Plain) -> dict[str, Any]:
        self._left -= 1
        if self._left < 0:
            raise SchemaRefused("parameters", f"with its choices written out it has more than {MAX_NODES:,} schemas.")
        if "anyOf" in flat:
            return self._choice(flat)
        kinds = _kinds(flat)
        nullable = "null" in kinds or (None in flat.get("enum", ()) and "type" not in flat)
        rest = [kind for kind in kinds if kind != "null"]
        if "enum" in flat:
            written = _enum(flat)
        elif not rest:
            written = _with_words({"type": "STRING"}, flat, ["always null"] if kinds else [])
        elif len(rest) == 1:
            written = self._of_type(rest[0], flat)
        else:
            own = [self._of_kind(flat, kind) for kind in rest if not (kind == "integer" and "number" in rest)]
            written = _alone(own, flat)
        return _nullable(written) if nullable else written

    def _of_kind(self, flat: Plain, kind: str) -> dict[str, Any]:
        return self._of_type(kind, {key: value for key, value in flat.items() if key not in ANNOTATIONS})

    def _choice(self, flat: Plain) -> dict[str, Any]:
        base = {key: value for key, value in flat.items() if key != "anyOf"}
        if _OBJECT_KEYS & set(base) and all(set(without_words(each)) <= {"required", "type"} for each in flat["anyOf"]):
            together = needed_together([each.get("required", ()) for each in flat["anyOf"]], base.get("required", ()))
            return self.write({**base, "notes": [*base.get("notes", ()), together]})
        bare = without_words(base)
        choices = [each for choice in flat["anyOf"] if (each := merged(bare, choice)) is not None]
        nullable = any(each.get("type") == ["null"] for each in choices)
        rest = [each for each in choices if each.get("type") != ["null"]]
        words: Plain = {key: base[key] for key in ("title", "description", "default") if key in base}
        if len(rest) == 1:
            notes = [*base.get("notes", ()), *rest[0].get("notes", ())]
            written = self.write({**rest[0], **words, **({"notes": notes} if notes else {})})
        elif not rest:
            written = _with_words({"type": "STRING"}, base, ["always null"])
        else:
            written = _alone([self.write(each) for each in rest], base)
        return _nullable(written) if nullable else written

    def _array(self, flat: Plain) -> dict[str, Any]:
        out: dict[str, Any] = {"type": "ARRAY", **_counts(flat, "minItems", "maxItems")}
        notes = ["no item twice"] if flat.get("uniqueItems") is True else []
        first, more = flat.get("prefixItems") or [], flat.get("items", {})
        if first:
            written = [self.write(each) for each in first]
            if more is None:
                out["maxItems"] = min(out.get("maxItems", len(first)), len(first))
            out["items"] = _alone(written if not more else [*written, self.write(more)], {})
            names = [str(each.get("title") or each.get("description") or "") for each in first]
            if all(names):
                notes.append(f"in this order: {', '.join(name.rstrip('.') for name in names)}")
        elif more is None:
            out |= {"items": {"type": "STRING"}, "maxItems": 0}
        else:
            out["items"] = self.write(more)
        return _with_words(out, flat, notes)

    def _object(self, flat: Plain) -> dict[str, Any]:
        properties = {name: self.write(each) for name, each in flat.get("properties", {}).items()}
        properties |= {name: self.write({}) for name in flat.get("required", ()) if name not in properties}
        more = flat.get("additionalProperties")
        if not properties:
            values = self.write(more).get("type", "") if isinstance(more, dict) and more else ""
            kind = f" with values of type {values}" if values else ""
            return _with_words({"type": "STRING"}, flat, [f"a JSON object{kind}, written as text"])
        out: dict[str, Any] = {"type": "OBJECT", **_counts(flat, "minProperties", "maxProperties")}
        out["properties"] = properties
        if flat.get("required"):
            out["required"] = list(flat["required"])
        if (order := flat.get("propertyOrdering")) and set(order) == set(properties):
            out["propertyOrdering"] = list(order)
        return _with_words(out, flat, ["further names are allowed"] if isinstance(more, dict) and more else [])

    def _any(self, flat: Plain) -> dict[str, Any]:
        return _alone([dict(each) for each in _ANY], {**flat, "notes": [*flat.get("notes", ()), "any value"]})

    def _of_type(self, kind: str, flat: Plain) -> dict[str, Any]:
        match kind:
            case "string":
                return _string(flat)
            case "number":
                return _number(flat, "NUMBER")
            case "integer":
                return _number(flat, "INTEGER")
            case "boolean":
                return _with_words({"type": "BOOLEAN"}, flat)
            case "array":
                return self._array(flat)
            case "object":
                return self._object(flat)
        return self._any(flat)


def _kinds(flat: Plain) -> Sequence[str]:
    """Return the stated types, or those that the other keywords imply; without any, all types."""
    if "type" in flat:
        kinds: Sequence[str] = flat["type"]
        return kinds
    for keys, kind in ((_OBJECT_KEYS, "object"), (_ARRAY_KEYS, "array"), (_NUMBER_KEYS, "number")):
        if keys & set(flat):
            return [kind]
    if _STRING_KEYS & set(flat):
        return ["string"]
    return ["object"] if flat.get("cut") else ["any"]


# --- choices -------------------------------------------------------------------------------------------


def _alone(choices: Sequence[dict[str, Any]], flat: Plain) -> dict[str, Any]:
    """Move keywords beside `anyOf` into its first choice: none may stand beside it."""
    opened = [each for choice in choices for each in choice.get("anyOf", [choice])]
    distinct = [each for at, each in enumerate(opened) if each not in opened[:at]]
    nullable = any(each.get("nullable") for each in distinct)
    first = described(
        {**distinct[0], "description": str(flat.get("description", ""))} if flat.get("description") else distinct[0],
        [*flat.get("notes", ()), *([str(distinct[0].get("description", ""))] if flat.get("description") else [])],
    )
    if len(distinct) == 1:
        return first
    written = {"anyOf": [first, *distinct[1:]]}
    return _nullable(written) if nullable else written


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "anyOf" in schema:
        return {"anyOf": [_nullable(each) for each in schema["anyOf"]]}
    return {**schema, "nullable": True}


# --- one type each ---------------------------------------------------------------------------------------


def _with_words(schema: dict[str, Any], flat: Plain, notes: Sequence[str] = ()) -> dict[str, Any]:
    out = dict(schema)
    for key in ("title", "description"):
        if isinstance(flat.get(key), str) and flat[key]:
            out[key] = flat[key]
    if isinstance(flat.get("default"), str | int | float):
        out["default"] = flat["default"]
    example = flat.get("example", next(iter(flat.get("examples") or ()), None))
    if isinstance(example, str | int | float):
        out["example"] = example
    return described(out, [*flat.get("notes", ()), *notes])


def _enum(flat: Plain) -> dict[str, Any]:
    kinds = flat.get("type")
    values = [each for each in flat["enum"] if each is not None and (kinds is None or _is_one_of(each, kinds))]
    if values and all(isinstance(each, bool) for each in values) and len(set(values)) == 2:
        return _with_words({"type": "BOOLEAN"}, flat)
    texts = list(dict.fromkeys(text_of(each) for each in values))
    named = [text for text in texts if text]
    if not named or len(named) > MAX_ENUM:
        return _with_words({"type": "STRING"}, flat, ["empty text" if texts and not named else ""])
    notes = ["or an empty text"] if len(named) < len(texts) else []
    out = _with_words({"type": "STRING", "enum": named}, flat, notes)
    if "default" in out:
        out["default"] = text_of(out["default"])
    return out


def _is_one_of(value: Any, kinds: Sequence[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    if isinstance(value, int | float):
        return "number" in kinds or ("integer" in kinds and float(value).is_integer())
    return ("string" if isinstance(value, str) else "array" if isinstance(value, list) else "object") in kinds


def _string(flat: Plain) -> dict[str, Any]:
    out: dict[str, Any] = {"type": "STRING", **_counts(flat, "minLength", "maxLength")}
    if "pattern" in flat:
        out["pattern"] = flat["pattern"]
    return _with_words(out, flat, [_format(out, flat)])


def _format(out: dict[str, Any], flat: Plain) -> str:
    """Write the format where it is allowed, else return it as a note."""
    said = flat.get("format")
    if said in _FORMATS[out["type"]]:
        out["format"] = said
        return ""
    return f"format: {said}" if isinstance(said, str) and said else ""


def _number(flat: Plain, kind: str) -> dict[str, Any]:
    out: dict[str, Any] = {"type": kind, **{key: flat[key] for key in ("minimum", "maximum") if key in flat}}
    notes = [_format(out, flat)]
    for key, limit, step, word in (
        ("exclusiveMinimum", "minimum", 1, "more"),
        ("exclusiveMaximum", "maximum", -1, "less"),
    ):
        if key in flat and kind == "INTEGER" and isinstance(flat[key], int):
            tighter = max if step > 0 else min
            out[limit] = tighter(flat[key] + step, out.get(limit, flat[key] + step))
        elif key in flat:
            notes.append(f"{word} than {flat[key]}")
    if flat.get("multipleOf", 1) != 1:
        notes.append(f"a multiple of {flat['multipleOf']}")
    return _with_words(out, flat, notes)


def _counts(flat: Plain, *keys: str) -> dict[str, int]:
    return {key: int(flat[key]) for key in keys if key in flat and 0 <= flat[key] <= _INT64_MAX}
