"""A registration that cannot work is refused with a sentence; one that is odd is warned of."""

from typing import Any

import pytest

from s2s.tools.session_context import SESSION
from tools import ToolFailure, ToolRegistry, builtin_registry


async def fine() -> dict[str, Any]:
    return {}


async def order_status(order_number: int) -> dict[str, Any]:
    return {"result": order_number}


async def anything(**given: Any) -> dict[str, Any]:
    return given


async def by_position(order_number: int, /) -> dict[str, Any]:
    return {"result": order_number}


def parameters(**properties: Any) -> dict[str, Any]:
    return {"description": "d", "parameters": {"type": "object", "properties": properties}}


NUMBER = {"order_number": {"type": "integer"}}


@pytest.mark.parametrize(
    ("function", "schema", "words"),
    [
        (order_status, parameters(**NUMBER, colour={}), "does not take the argument 'colour' that its schema"),
        (order_status, parameters(), "needs the argument 'order_number', which its schema does not describe"),
        (order_status, {"description": "d"}, "needs the argument 'order_number'"),
        (by_position, parameters(**NUMBER), "takes order_number by position only"),
        (fine, "a text", "must be a function declaration: a dict, not str"),
        (fine, {"type": "function", "function": {"name": "f"}}, "register what stands under 'function'"),
        (fine, {"description": 3}, "must be text"),
        (fine, parameters(n={"$ref": "#/$defs/N"}), "at parameters.properties.n: the reference '#/$defs/N' leads"),
        (fine, parameters(n=3), "at parameters.properties.n: a schema must be a mapping, true or false"),
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_with_function_and_place(function: Any, schema: Any, words: str) -> None:
    with pytest.raises((ValueError, TypeError)) as refused:
        ToolRegistry().register("order_status", function, schema)
    assert words in str(refused.value)
    assert "order_status" in str(refused.value)


@pytest.mark.parametrize(
    ("name", "function", "schema", "words"),
    [
        ("order_status", fine, {}, "has no description"),
        ("calculate", fine, {"description": "d"}, "was there already"),
        ("order_status", order_status, parameters(**NUMBER), "needs 'order_number', but its schema lets the model"),
        ("order_status", fine, {"description": "d", "paramters": {}}, "did you mean 'parameters'?"),
    ],
)
def test_what_is_odd_is_warned_of(
    name: str, function: Any, schema: Any, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    mine = builtin_registry()
    mine.register(name, function, schema)
    [record] = caplog.records
    assert words in record.getMessage()
    assert name in record.getMessage()
    assert mine.doubts == (record.getMessage(),)
    mine.register(name, fine, {"description": "d"})
    assert mine.doubts == (f"The function {name} was there already: the new one replaces it.",)


def test_a_good_registration_is_silent(caplog: pytest.LogCaptureFixture) -> None:
    required = {"type": "object", "properties": NUMBER, "required": ["order_number"]}
    mine = builtin_registry()
    mine.register("order_status", order_status, {"description": "d", "parameters": required})
    mine.register("anything", anything, parameters(**NUMBER, colour={}))
    assert not caplog.records
    assert mine.doubts == ()


def test_a_schema_changed_after_registration_changes_nothing() -> None:
    schema = {"description": "d", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}
    mine = ToolRegistry()
    mine.register("anything", anything, schema)
    schema["parameters"]["properties"]["a"] = {1, 2}
    assert mine.declarations()[0]["parameters"]["properties"] == {"a": {"type": "string"}}


def test_a_declaration_that_went_bad_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    mine = builtin_registry()
    mine.register("anything", anything, parameters(**NUMBER))
    mine.declarations(["anything"])[0]["parameters"]["properties"]["order_number"] = {1, 2}
    assert [each["name"] for each in mine.declarations()] == builtin_registry().names()
    [record] = caplog.records
    assert record.getMessage().startswith("the function anything is left out of a call: at parameters")


async def test_the_log_names_function_session_and_reason_once(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> dict[str, Any]:
        return {"status": {}["order 7"]}

    async def closed() -> dict[str, Any]:
        raise ToolFailure("The shop is closed today.")

    async def refused() -> dict[str, Any]:
        return {"error": "No such customer."}

    mine = ToolRegistry()
    for name, function in (("order_status", broken), ("open_shop", closed), ("find_customer", refused)):
        mine.register(name, function, {"description": "d"})
    token = SESSION.set("24c36072ebe8029b")
    try:
        for name in ("order_status", "open_shop", "find_customer", "no_such"):
            await mine.call(name, {})
        await mine.call("order_status", {"extra": 1})
    finally:
        SESSION.reset(token)
    assert [record.getMessage() for record in caplog.records] == [
        "function order_status failed: KeyError: 'order 7'",
        "function open_shop failed: The shop is closed today.",
        "function find_customer failed: No such customer.",
        "function no_such failed: there is no function of that name",
        "function order_status failed: The arguments do not fit: got an unexpected keyword argument 'extra'.",
    ]
    assert {(vars(record)["code"], vars(record)["session"]) for record in caplog.records} == {
        ("tool_failed", "24c36072ebe8029b")
    }
    assert [record.levelname for record in caplog.records] == ["ERROR", *["WARNING"] * 4]
