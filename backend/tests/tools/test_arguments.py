"""What the model gives a function: put right where that is unambiguous, else answered with what is allowed."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s.tools.arguments import ArgumentsRefused, argument_validator, fitting_arguments
from s2s.tools.registry import ToolRegistry
from s2s.tools.schema_normalizer import normalize_parameters
from s2s.tools.schema_reader import SchemaRefused, read_schema
from tests.tools.made_up_schemas import NAMES, PARAMETERS

INTEGER_OR_NULL: dict[str, Any] = {"anyOf": [{"type": "integer"}, {"type": "null"}]}


async def given_to(schema: dict[str, Any], arguments: Any) -> Any:
    """What a function with this parameters' schema gets, or the hint that the model gets."""
    got: list[dict[str, Any]] = []

    async def take(**found: Any) -> str:
        got.append(found)
        return "taken"

    mine = ToolRegistry()
    mine.register("take", take, {"description": "Takes.", "parameters": schema})
    outcome = await mine.call("take", arguments)
    return got[0] if got else outcome.response["hint"]


def one(schema: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": schema}, **more}


@pytest.mark.parametrize(
    ("schema", "value", "wanted"),
    [
        # null
        ({"type": "STRING", "nullable": True}, None, None),
        (INTEGER_OR_NULL, None, None),
        (INTEGER_OR_NULL, "null", None),
        # Google writes numbers as doubles
        ({"type": "integer"}, 3.0, 3),
        ({"type": "array", "items": {"type": "integer"}}, [1.0, 2.0], [1, 2]),
        ({"type": ["integer", "null"]}, 3.0, 3),
        (INTEGER_OR_NULL, 3.0, 3),
        ({"type": ["integer", "string"]}, 3.0, 3),
        ({"type": "object", "properties": {"b": {"type": "integer"}}}, {"b": 3.0}, {"b": 3}),
        ({"type": "array", "prefixItems": [{"type": "integer"}, {"type": "number"}]}, [1.0, 2.0], [1, 2.0]),
        ({"$ref": "#/$defs/Count"}, 7.0, 7),
        ({"allOf": [{"$ref": "#/$defs/Count"}, {"minimum": 1}]}, 7.0, 7),
        ({"additionalProperties": {"type": "integer"}}, {"x": 1.0}, {"x": 1}),
        # said as text
        ({"type": "integer"}, "3", 3),
        ({"type": "integer"}, " -3.0 ", -3),
        ({"type": "number"}, "2.5", 2.5),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "boolean"}, "true", True),
        ({"type": "boolean"}, "False", False),
        ({"type": "array", "items": {"type": "boolean"}}, ["true", False], [True, False]),
        # what the declaration wrote as text
        ({"type": "integer", "enum": [60, 1440]}, "60", 60),
        ({"enum": [True, None, "x"]}, "true", True),
        ({"enum": [1, 2]}, 2.0, 2),
        ({"const": 5}, "5", 5),
        ({"enum": ["1", "2"]}, 1.0, "1"),
        ({"enum": [["a", 1]]}, '["a", 1]', ["a", 1]),
        ({"type": "object"}, '{"x": {"y": 1}}', {"x": {"y": 1}}),
        ({"type": "array", "items": {"type": "integer"}}, "[1.0, 2]", [1, 2]),
        # what is right stays
        ({"type": "number"}, 3.0, 3.0),
        ({"type": "string"}, "3", "3"),
        ({"type": ["string", "integer"]}, "3", "3"),
        (True, {"x": [1.5, None]}, {"x": [1.5, None]}),
    ],
)
async def test_what_is_unambiguous_is_put_right(schema: Any, value: Any, wanted: Any) -> None:
    got = await given_to(one(schema, **{"$defs": {"Count": {"type": "integer"}}}), {"a": value})
    assert got == {"a": wanted}
    assert repr(got["a"]) == repr(wanted)


async def test_a_null_for_an_optional_argument_is_left_out() -> None:
    assert await given_to(one({"type": "string"}), {"a": None}) == {}
    inside = one({"type": "object", "properties": {"b": {"type": "integer"}}})
    assert await given_to(inside, {"a": {"b": None}}) == {"a": {}}


async def test_trees_are_put_right_at_every_depth() -> None:
    node = {
        "type": "object",
        "properties": {"v": {"type": "integer"}, "c": {"type": "array", "items": {"$ref": "#/$defs/N"}}},
    }
    tree = {"v": 1.0, "c": [{"v": "2", "c": [{"v": 3.0, "c": ['{"v": 4.0}']}]}]}
    got = await given_to(one({"$ref": "#/$defs/N"}, **{"$defs": {"N": node}}), {"a": tree})
    assert got == {"a": {"v": 1, "c": [{"v": 2, "c": [{"v": 3, "c": [{"v": 4}]}]}]}}


@pytest.mark.parametrize(
    ("schema", "arguments", "hint"),
    [
        (one({"type": "string"}, required=["a"]), {"a": None}, "'a' is a required property"),
        (one({"type": "string"}, required=["a"]), {}, "'a' is a required property"),
        (one({"type": "integer"}), {"a": 3.5}, "a: 3.5 is not of type 'integer'"),
        (one({"type": "integer"}), {"a": "three"}, "a: 'three' is not of type 'integer'"),
        (one({"type": "boolean"}), {"a": 1}, "a: 1 is not of type 'boolean'"),
        (one({"enum": ["celsius", "fahrenheit"]}), {"a": "kelvin"}, "not one of [\"celsius\", \"fahrenheit\"]"),
        (one({"anyOf": [False, {"type": "integer"}]}), {"a": "x"}, "a: 'x' does not fit; allowed: integer"),
        (one({"anyOf": [False]}), {"a": 1}, "a: 1 does not fit"),
        (one(INTEGER_OR_NULL), {"a": "x"}, "a: 'x' does not fit; allowed: integer or null"),
        (one({"type": "integer", "maximum": 9}), {"a": "10"}, "a: 10 is greater than the maximum of 9"),
        (one({"type": "array", "items": {"type": "integer"}}), {"a": [1, "x"]}, "a.1: 'x' is not of type 'integer'"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_answered_with_what_is_allowed(schema: Any, arguments: Any, hint: str) -> None:
    assert hint in await given_to(schema, arguments)


async def test_too_many_too_long_and_too_deep_arguments_are_refused_before_any_check() -> None:
    squared = one({"type": "array", "uniqueItems": True})
    assert "too large" in await given_to(squared, {"a": [{"n": n} for n in range(100_000)]})
    assert "too large" in await given_to(one({"type": "string"}), {"a": "x" * 300_000})
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    assert "too large" in await given_to(one(True), {"a": deep})
    assert "too large" in await given_to(one({"type": "integer"}), {"a": 10**5_000})
    assert len(await given_to(one({"type": "integer"}), {"a": "x" * 50_000})) < 1_000
    assert "not JSON" in await given_to(one(True), {"a": {1, 2}})


@pytest.mark.parametrize("key", ["not", "if", "contains", "propertyNames"])
def test_a_reference_that_leads_nowhere_is_refused_wherever_it_stands(key: str) -> None:
    with pytest.raises(SchemaRefused, match="leads nowhere"):
        argument_validator(read_schema(one({key: {"anyOf": [{"$ref": "#/$defs/a"}]}})))
    unused = {"$defs": {"a": {"type": "string"}, "b": {"$ref": "#/$defs/c"}}}
    argument_validator(read_schema(one({key: {"$ref": "#/$defs/a"}}, **unused)))


GIVEN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["60", "true", "null", "3.0", "x", "{}", "[1]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


@given(PARAMETERS, st.dictionaries(NAMES, GIVEN, max_size=3))
@settings(max_examples=100, deadline=None)
def test_whatever_is_given_fits_afterwards_or_is_refused_in_words(parameters: Any, arguments: Any) -> None:
    try:
        validator = argument_validator(read_schema(parameters))
        normalize_parameters(parameters)
        got = fitting_arguments(validator, arguments)
    except (SchemaRefused, ArgumentsRefused) as refused:
        if not 0 < len(str(refused)) < 2_000:
            raise
        return
    assert not list(validator.iter_errors(got))
