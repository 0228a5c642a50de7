"""Functions: the recipe, and every way a call can go wrong."""

import asyncio
import json
from typing import Any

import pytest

import tools
from tests.tools.tool_world import registry, the_world
from tools import ToolFailure, ToolRegistry, builtin_registry

BUILT_IN = builtin_registry()
"""Not the default one, to which whoever runs these tests may have added functions."""

# --- the extension recipe ---------------------------------------------------------------------------------


async def test_the_recipe_of_the_readme_adds_a_function() -> None:
    async def my_custom_function(param: str) -> dict[str, Any]:
        """Your function implementation"""
        return {"result": f"heard {param}"}

    schema = {
        "name": "my_function",
        "description": "What this function does",
        "parameters": {
            "type": "object",
            "properties": {"param": {"type": "string", "description": "Parameter description"}},
            "required": ["param"],
        },
    }
    mine = builtin_registry()
    assert mine.names() == ["get_weather", "get_current_time", "search", "calculate"]
    mine.register("my_function", my_custom_function, schema)
    outcome = await mine.call("my_function", {"param": "hello"})
    declared = mine.declarations(["my_function"])
    assert outcome == tools.ToolOutcome(True, {"result": "heard hello"}, "heard hello")
    assert declared[0]["parameters"]["required"] == ["param"]
    assert declared[0]["description"] == "What this function does"
    assert declared[0]["title"] == "Using a tool: what this function does"


def test_the_default_registry_begins_with_the_built_in_functions() -> None:
    assert tools.default_registry.names()[:4] == BUILT_IN.names()
    assert set(BUILT_IN.names()) <= set(tools.TOOL_SCHEMAS)


def test_declarations_carry_name_description_and_parameters() -> None:
    for declaration in BUILT_IN.declarations():
        assert set(declaration) == {"name", "description", "parameters", "title"}
        assert declaration["description"]
    assert [each["name"] for each in BUILT_IN.declarations(["search"])] == ["search"]
    with pytest.raises(KeyError):
        BUILT_IN.declarations(["nothing"])


@pytest.mark.parametrize(
    ("name", "function", "schema", "words"),
    [
        ("two words", None, {}, "no function name"),
        ("plain", "no function", {}, "must be a function"),
        ("other", None, {"name": "another"}, "use one name"),
        ("bad", None, {"parameters": {"type": "objekt"}}, "no valid JSON Schema"),
    ],
)
def test_a_registration_that_cannot_work_is_refused_in_words(
    name: str, function: Any, schema: dict[str, Any], words: str
) -> None:
    async def fine() -> dict[str, Any]:
        return {}

    with pytest.raises((ValueError, TypeError), match=words):
        ToolRegistry().register(name, function or fine, schema)


@pytest.mark.parametrize(
    ("title", "description", "read"),
    [
        ("Dimming the lights…", "Sets the lights.", "Dimming the lights"),
        ("", "Turns the lights on or off, by room.", "Using a tool: turns the lights on or off"),
        ("", "API of the house", "Using a tool: API of the house"),
        ("", "", "Using the tool set house lights"),
        ("", "This sets the lights of all rooms to the color that one wants", "Using the tool set house lights"),
    ],
)  # fmt: skip
def test_what_a_person_reads_while_a_function_runs_is_never_its_name_in_code(title: str, description: str, read: str):
    async def fine() -> dict[str, Any]:
        return {}

    mine = ToolRegistry()
    mine.register("set_houseLights", fine, {"description": description}, title=title)
    assert mine.declarations()[0]["title"].casefold() == read.casefold()


def test_the_built_in_functions_have_words_of_their_own():
    titles = [declaration["title"] for declaration in BUILT_IN.declarations()]
    assert titles == ["Looking up the weather", "Looking at the clock", "Looking it up in Wikipedia", "Working it out"]


async def test_gemini_spellings_are_understood() -> None:
    async def double(n: int) -> dict[str, Any]:
        assert isinstance(n, int)
        return {"result": 2 * n}

    mine = ToolRegistry()
    schema = {"parameters": {"type": "OBJECT", "properties": {"n": {"type": "INTEGER"}}, "required": ["n"]}}
    mine.register("double", double, schema)
    assert mine.declarations()[0]["parameters"]["type"] == "OBJECT"
    assert (await mine.call("double", {"n": 21.0})).response == {"result": 42}


# --- every way a call can go wrong ------------------------------------------------------------------------


async def test_an_unknown_function_is_answered() -> None:
    outcome = await BUILT_IN.call("fly_to_moon", {})
    assert not outcome.ok
    assert outcome.response["error"] == "I have no function called fly_to_moon."
    assert "get_weather" in outcome.response["hint"]


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        ({}, "'location' is a required property"),
        ({"location": 3}, "location: 3 is not of type 'string'"),
        ({"location": "Paris", "units": "kelvin"}, "units: 'kelvin' is not one of"),
        ({"location": "Paris", "planet": "Mars"}, "unexpected keyword argument 'planet'"),
    ],
)
async def test_wrong_arguments_tell_the_model_what_is_wrong(args: dict[str, Any], hint: str) -> None:
    outcome = await registry(the_world).call("get_weather", args)
    assert not outcome.ok
    assert outcome.response["error"] == "I called get_weather in a wrong way."
    assert hint in outcome.response["hint"]


async def test_a_crash_becomes_a_sentence_and_a_log_line(caplog: pytest.LogCaptureFixture) -> None:
    async def crash() -> dict[str, Any]:
        raise RuntimeError("secret detail")

    mine = ToolRegistry()
    mine.register("send_mail", crash, {})
    outcome = await mine.call("send_mail", {})
    assert (outcome.ok, outcome.summary) == (False, "The function send mail did not work this time.")
    assert "secret detail" not in json.dumps(outcome.response)
    assert "function send_mail failed: RuntimeError: secret detail" in caplog.text


async def test_a_slow_function_is_given_up() -> None:
    cancelled = asyncio.Event()

    async def forever() -> dict[str, Any]:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()
        return {}

    mine = ToolRegistry()
    mine.register("slow_one", forever, {}, timeout_s=0.01)
    outcome = await mine.call("slow_one", {})
    assert cancelled.is_set()
    assert outcome.response == {
        "error": "The function slow one took too long, so I stopped waiting.",
        "retryable": True,
    }


async def test_a_failure_raised_on_purpose_is_said_as_it_is() -> None:
    async def closed() -> dict[str, Any]:
        raise ToolFailure("The shop is closed today.", hint="Offer tomorrow.")

    mine = ToolRegistry()
    mine.register("shop", closed, {})
    outcome = await mine.call("shop", None)
    assert outcome.response == {
        "error": "The shop is closed today.",
        "retryable": False,
        "hint": "Offer tomorrow.",
    }
    assert outcome.summary == "The shop is closed today."


async def test_cancelling_the_call_cancels_the_function_and_answers_nothing() -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def wait() -> dict[str, Any]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return {}

    mine = ToolRegistry()
    mine.register("wait", wait, {})
    task = asyncio.create_task(mine.call("wait", {}))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_calls_run_at_the_same_time() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> dict[str, Any]:
        await both.wait()
        return {"result": "met"}

    mine = ToolRegistry()
    mine.register("meet", meet, {})
    async with asyncio.timeout(30):
        outcomes = await asyncio.gather(mine.call("meet", {}), mine.call("meet", {}))
    assert [outcome.ok for outcome in outcomes] == [True, True]
