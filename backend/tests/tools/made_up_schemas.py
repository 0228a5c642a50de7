"""Hypothesis makes up JSON Schemas of a function's parameters, in all dialects; some of them are wrong."""

from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "type", "$ref", "enum", "const", "größe", "items"])
LEAVES = st.none() | st.booleans() | st.integers(-5, 2**70) | st.floats(allow_nan=False) | st.text(max_size=5)


def json_schemas() -> st.SearchStrategy[Any]:
    """JSON Schemas of all dialects; some of them are wrong."""
    types = st.sampled_from(["string", "NUMBER", "integer", "boolean", "object", "Array", "null", "type_unspecified"])
    plain = st.booleans() | st.fixed_dictionaries(
        {},
        optional={
            "type": types | st.lists(types, min_size=1, max_size=3, unique=True),
            "enum": st.lists(LEAVES | st.lists(LEAVES, max_size=2), min_size=1, max_size=4),
            "const": LEAVES,
            "nullable": st.booleans(),
            "description": st.text(max_size=8),
            "title": st.text(max_size=8),
            "default": LEAVES,
            "format": st.sampled_from(["date-time", "email", "int32", "double", "enum"]),
            "minimum": st.integers(-3, 3) | st.floats(-3, 3),
            "exclusiveMaximum": st.integers(-3, 3) | st.booleans(),
            "minLength": st.integers(0, 5),
            "pattern": st.just("^x"),
            "multipleOf": st.integers(1, 3),
            "$ref": st.sampled_from(["#", "#/$defs/a", "#/properties/b"]),
        },
    )

    def wider(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        some = st.dictionaries(NAMES, inner, max_size=3)
        several = st.lists(inner, min_size=1, max_size=3)
        more = st.fixed_dictionaries(
            {},
            optional={
                "properties": some,
                "patternProperties": st.dictionaries(st.just("^x"), inner, max_size=1),
                "additionalProperties": inner,
                "required": st.lists(NAMES, max_size=3, unique=True),
                "items": inner,
                "prefixItems": several,
                "anyOf": several,
                "oneOf": several,
                "allOf": several,
                "not": inner,
                "if": inner,
                "minItems": st.integers(0, 3),
                "uniqueItems": st.booleans(),
            },
        )
        return st.builds(lambda one, two: {**(one if isinstance(one, dict) else {}), **two}, plain, more)

    return st.recursive(plain, wider, max_leaves=8)


PARAMETERS = st.builds(
    lambda properties, definitions, required: {
        "type": "object",
        "properties": properties,
        "$defs": definitions,
        "required": required,
    },
    st.dictionaries(NAMES, json_schemas(), min_size=1, max_size=4),
    st.dictionaries(st.sampled_from("ab"), json_schemas(), max_size=2),
    st.lists(NAMES, max_size=2, unique=True),
)
