"""Functions: the recipe, the built-in ones at their HTTP boundary, and every way a call can go wrong."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import tools
from builtin_tools import Clock, Web
from tools import (
    MAX_RESPONSE_BYTES,
    TOOL_SCHEMAS,
    ToolFailure,
    ToolRegistry,
    builtin_registry,
    default_registry,
)

NOON_UTC = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)

PARIS = {
    "results": [
        {
            "id": 4717560, "name": "Paris", "latitude": 33.66094, "longitude": -95.55551,
            "country_code": "US", "timezone": "America/Chicago", "country": "United States", "admin1": "Texas",
        },
        {
            "id": 2988507, "name": "Paris", "latitude": 48.85341, "longitude": 2.3488, "country_code": "FR",
            "timezone": "Europe/Paris", "country": "France", "admin1": "Île-de-France",
        },
    ],
    "generationtime_ms": 0.7,
}  # fmt: skip
FORECAST = {
    "latitude": 48.86, "longitude": 2.36, "timezone": "Europe/Paris",
    "current": {
        "time": "2026-07-01T14:00", "interval": 900, "temperature_2m": 21.4, "apparent_temperature": 20.6,
        "relative_humidity_2m": 48, "weather_code": 2, "wind_speed_10m": 11.3,
    },
    "daily": {
        "time": [f"2026-07-0{day}" for day in range(1, 9)],
        "weather_code": [2, 61, 0, 0, 95, 71, 3, 3],
        "temperature_2m_max": [24.9, 19.2, 25, 26, 27, -0.6, 20, 20],
        "temperature_2m_min": [14.2, 12.6, 13, 14, 15, -6.4, 10, 10],
        "precipitation_probability_max": [5, 80, 0, 0, 60, 90, None, 0],
    },
}  # fmt: skip
WIKIPEDIA = {
    "batchcomplete": True,
    "query": {
        "pages": [
            {"pageid": 2, "ns": 0, "title": "Gustave Eiffel", "index": 2, "extract": "A French engineer."},
            {
                "pageid": 1, "ns": 0, "title": "Eiffel Tower", "index": 1,
                "fullurl": "https://en.wikipedia.org/wiki/Eiffel_Tower",
                "extract": "The Eiffel Tower ( EYE-fəl; French: Tour Eiffel [tuʁ ɛfɛl] ) is a tower in Paris. "
                "It is named after Gustave Eiffel. " + "It attracts many visitors every year. " * 20,
            },
        ]
    },
}  # fmt: skip


def registry(handler: Callable[[httpx.Request], httpx.Response]) -> ToolRegistry:
    web = Web(httpx.MockTransport(handler))
    return builtin_registry(web, Clock(web, lambda: NOON_UTC))


def no_network(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Name or service not known", request=request)


def the_world(request: httpx.Request) -> httpx.Response:
    match request.url.host:
        case "geocoding-api.open-meteo.com":
            found = PARIS if request.url.params["name"] == "Paris" else {"generationtime_ms": 0.5}
            return httpx.Response(200, json=found)
        case "api.open-meteo.com":
            return httpx.Response(200, json=FORECAST)
        case "en.wikipedia.org":
            return httpx.Response(200, json=WIKIPEDIA)
    raise AssertionError(f"unexpected request to {request.url}")


# --- the extension recipe ---------------------------------------------------------------------------------


async def test_the_recipe_of_the_readme_adds_a_function() -> None:
    async def my_custom_function(param: str) -> dict[str, Any]:
        """Your function implementation"""
        return {"result": f"heard {param}"}

    TOOL_SCHEMAS["my_function"] = {
        "name": "my_function",
        "description": "What this function does",
        "parameters": {
            "type": "object",
            "properties": {"param": {"type": "string", "description": "Parameter description"}},
            "required": ["param"],
        },
    }
    registry_before = default_registry.names()
    try:
        default_registry.register("my_function", my_custom_function, TOOL_SCHEMAS["my_function"])
        outcome = await default_registry.call("my_function", {"param": "hello"})
        declared = default_registry.declarations(["my_function"])
    finally:
        default_registry._tools.pop("my_function", None)
        TOOL_SCHEMAS.pop("my_function")
    assert registry_before == ["get_weather", "get_current_time", "search", "calculate"]
    assert outcome == tools.ToolOutcome(True, {"result": "heard hello"}, "heard hello")
    assert declared[0]["parameters"]["required"] == ["param"]
    assert declared[0]["description"] == "What this function does"
    assert declared[0]["title"] == "Using a tool: what this function does"


def test_declarations_carry_name_description_and_parameters() -> None:
    for declaration in default_registry.declarations():
        assert set(declaration) == {"name", "description", "parameters", "title"}
        assert declaration["description"]
    assert [each["name"] for each in default_registry.declarations(["search"])] == ["search"]
    with pytest.raises(KeyError):
        default_registry.declarations(["nothing"])


@pytest.mark.parametrize(
    ("name", "function", "schema", "words"),
    [
        ("two words", None, {}, "no function name"),
        ("plain", lambda: {}, {}, "async def"),
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
    titles = [declaration["title"] for declaration in default_registry.declarations()]
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
    outcome = await default_registry.call("fly_to_moon", {})
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
    assert "function failed" in caplog.text


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
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(mine.call("meet", {}), mine.call("meet", {}))
    assert [outcome.ok for outcome in outcomes] == [True, True]


async def test_a_huge_result_is_shortened_and_keeps_its_summary() -> None:
    async def huge() -> dict[str, Any]:
        return {"rows": list(range(9000)), "text": "é" * 50_000, "summary": "There are many rows."}

    mine = ToolRegistry()
    mine.register("huge", huge, {})
    outcome = await mine.call("huge", {})
    assert len(json.dumps(outcome.response)) <= MAX_RESPONSE_BYTES
    assert outcome.response["truncated"] is True
    assert outcome.response["summary"] == outcome.summary == "There are many rows."
    assert outcome.response["text"].endswith("...")


async def test_results_that_json_cannot_carry_are_a_failure_or_become_text() -> None:
    async def not_a_number() -> dict[str, Any]:
        return {"value": float("nan")}

    async def dated() -> dict[str, Any]:
        return {"when": NOON_UTC}

    mine = ToolRegistry()
    mine.register("not_a_number", not_a_number, {})
    mine.register("dated", dated, {})
    assert not (await mine.call("not_a_number", {})).ok
    assert (await mine.call("dated", {})).response == {"when": "2026-07-01 12:00:00+00:00"}


# --- get_weather ------------------------------------------------------------------------------------------


async def test_the_weather_of_today_is_a_sentence() -> None:
    outcome = await registry(the_world).call("get_weather", {"location": "Paris, France"})
    assert outcome.summary == (
        "In Paris, France it is 21 degrees celsius now, with partly cloudy skies. Today goes from 14 to 25 degrees."
    )
    assert outcome.response["temperature"] == 21
    assert outcome.response["feels_like"] == 21
    assert outcome.response["wind_kmh"] == 11


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (
            "tomorrow",
            "In Paris, France tomorrow, expect light rain, from 13 to 19 degrees celsius. The",
        ),
        ("day after tomorrow", "In Paris, France on Friday, expect clear skies"),
        ("Sunday", "In Paris, France on Sunday, expect thunderstorms, from 15 to 27 degrees"),
        ("on this Sunday", "In Paris, France on Sunday"),
        ("2026-07-06", "on Monday, expect light snow, from minus 6 to minus 1 degree celsius"),
    ],
)
async def test_the_weather_of_another_day(day: str, sentence: str) -> None:
    outcome = await registry(the_world).call("get_weather", {"location": "Paris, France", "day": day})
    assert sentence in outcome.summary


@pytest.mark.parametrize("location", ["Paris, Texas", "Paris Texas", "Paris, US"])
async def test_the_right_one_of_several_places_is_taken(location: str) -> None:
    asked: list[httpx.Request] = []

    def world(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return the_world(request)

    assert (await registry(world).call("get_weather", {"location": location})).ok
    assert asked[-1].url.params["latitude"] == "33.66094"


async def test_units_reach_the_service() -> None:
    asked: list[httpx.Request] = []

    def world(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return the_world(request)

    outcome = await registry(world).call("get_weather", {"location": "Paris", "units": "fahrenheit"})
    assert asked[-1].url.params["temperature_unit"] == "fahrenheit"
    assert "degrees fahrenheit" in outcome.summary


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(429), "is busy right now"),
        (httpx.Response(503), "is busy right now"),
        (httpx.Response(400, json={"error": True, "reason": "x"}), "refused the question"),
        (httpx.Response(200, text="<html>"), "sent something I cannot read"),
        (httpx.Response(200, json=[]), "sent something I cannot read"),
        (httpx.Response(200, json={"current": {}}), "sent something I cannot read"),
    ],
)
async def test_a_weather_service_in_trouble_is_told_in_a_sentence(answer: httpx.Response, sentence: str) -> None:
    def world(request: httpx.Request) -> httpx.Response:
        return answer if request.url.host == "api.open-meteo.com" else the_world(request)

    outcome = await registry(world).call("get_weather", {"location": "Paris"})
    assert outcome.summary.startswith("The weather service ")
    assert sentence in outcome.summary


async def test_without_a_network_the_weather_says_so() -> None:
    outcome = await registry(no_network).call("get_weather", {"location": "Paris"})
    assert outcome.response["error"] == "I cannot reach the weather service right now."
    assert outcome.response["retryable"] is True


async def test_a_place_that_is_not_found_and_a_day_too_far_are_told() -> None:
    nowhere = await registry(the_world).call("get_weather", {"location": "Xyzzy"})
    assert nowhere.summary == "I could not find a place called Xyzzy."
    far = await registry(the_world).call("get_weather", {"location": "Paris", "day": "Christmas"})
    assert far.summary == "I can only tell the weather for today and the next seven days."


# --- get_current_time -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "timezone", "time"),
    [
        ("Tokyo", "Asia/Tokyo", "21:00"),
        ("tokyo, japan", "Asia/Tokyo", "21:00"),
        ("New York City", "America/New_York", "08:00"),
        ("São Paulo", "America/Sao_Paulo", "09:00"),
        ("San Francisco", "America/Los_Angeles", "05:00"),
        ("Mumbai", "Asia/Kolkata", "17:30"),
        ("Delhi", "Asia/Kolkata", "17:30"),
        ("Frankfurt", "Europe/Berlin", "14:00"),
        ("Barcelona", "Europe/Madrid", "14:00"),
        ("California", "America/Los_Angeles", "05:00"),
        ("Paris, Texas", "America/Chicago", "07:00"),
        ("London, Ontario", "America/Toronto", "08:00"),
        ("Florence, Italy", "Europe/Rome", "14:00"),
        ("Germany", "Europe/Berlin", "14:00"),
        ("Asia/Kolkata", "Asia/Kolkata", "17:30"),
        ("UTC", "UTC", "12:00"),
    ],
)
async def test_the_time_in_big_cities_needs_no_network(location: str, timezone: str, time: str) -> None:
    outcome = await registry(no_network).call("get_current_time", {"location": location})
    assert (outcome.response["timezone"], outcome.response["time"]) == (timezone, time)


async def test_the_time_is_a_sentence() -> None:
    told = registry(no_network)
    assert (await told.call("get_current_time", {"location": "Tokyo"})).response == {
        "location": "Tokyo",
        "timezone": "Asia/Tokyo",
        "time": "21:00",
        "date": "2026-07-01",
        "weekday": "Wednesday",
        "utc_offset": "+09:00",
        "summary": "In Tokyo it is 9:00 PM on Wednesday, July 1.",
    }
    assert (await told.call("get_current_time", {})).summary.startswith("Here it is ")


async def test_a_small_place_is_looked_up_online() -> None:
    def world(request: httpx.Request) -> httpx.Response:
        village = {
            "name": "Hallstatt",
            "latitude": 47.5,
            "longitude": 13.6,
            "timezone": "Europe/Vienna",
            "country": "Austria",
        }
        return httpx.Response(200, json={"results": [village]})

    outcome = await registry(world).call("get_current_time", {"location": "Hallstatt"})
    assert outcome.summary == "In Hallstatt, Austria it is 2:00 PM on Wednesday, July 1."
    offline = await registry(no_network).call("get_current_time", {"location": "Hallstatt"})
    assert offline.summary == (
        "I am not sure what time Hallstatt keeps, and I cannot reach the place search right now."
    )


async def test_a_country_with_several_times_asks_back() -> None:
    outcome = await registry(no_network).call("get_current_time", {"location": "Australia"})
    assert outcome.summary == "Australia has several time zones. Which city do you mean?"


# --- search -----------------------------------------------------------------------------------------------


async def test_a_search_gives_a_summary_that_can_be_said() -> None:
    outcome = await registry(the_world).call("search", {"query": "tall tower in Paris"})
    assert outcome.summary.startswith("The Eiffel Tower is a tower in Paris. It is named after")
    assert len(outcome.summary) <= 320
    assert outcome.response["title"] == "Eiffel Tower"
    assert outcome.response["see_also"] == ["Gustave Eiffel"]


async def test_a_search_without_a_hit_or_a_network_says_so() -> None:
    empty = registry(lambda request: httpx.Response(200, json={"batchcomplete": True}))
    assert (await empty.call("search", {"query": "qwxyz"})).summary == "I found nothing about qwxyz."
    offline = await registry(no_network).call("search", {"query": "Paris"})
    assert offline.summary == "I cannot reach the encyclopedia right now."


async def test_wikipedia_is_asked_politely() -> None:
    def world(request: httpx.Request) -> httpx.Response:
        assert request.headers["User-Agent"].startswith("S2S")
        return httpx.Response(200, json=WIKIPEDIA)

    assert (await registry(world).call("search", {"query": "Eiffel"})).ok


# --- calculate --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "answer"),
    [
        ("25 * 16", "The answer is 400."),
        ("15% of 80", "The answer is 12."),
        ("what is twelve percent of 250?", "The answer is 30."),
        ("twenty-five times two hundred and six", "The answer is 5150."),
        ("two point five plus one", "The answer is 3.5."),
        ("3 x 4", "The answer is 12."),
        ("1,234 plus 5", "The answer is 1239."),
        ("the square root of 144", "The answer is 12."),
        ("2 to the power of 8", "The answer is 256."),
        ("2^10", "The answer is 1024."),
        ("5 squared", "The answer is 25."),
        ("5!", "The answer is 120."),
        ("10 divided by 4", "The answer is 2.5."),
        ("1/3", "The answer is about 0.3333."),
        ("0.1 + 0.2", "The answer is 0.3."),
        ("17 % 5", "The answer is 2."),
        ("2 - 10", "The answer is minus 8."),
        ("2 ** 100", "The answer is about 1.267 times 10 to the power of 30."),
    ],
)
async def test_sums_as_people_say_and_type_them(expression: str, answer: str) -> None:
    outcome = await default_registry.call("calculate", {"expression": expression})
    assert (outcome.ok, outcome.summary) == (True, answer)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("1/0", "divides by zero"),
        ("9**9**9**9", "too big"),
        ("9**99999999", "too big"),
        ("factorial(100000)", "too big"),
        ("(" * 90 + "1" + ")" * 90 + " " * 5 + "+1" * 50, "too long"),
        ("__import__('os').system('true')", "could not work out"),
        ("'a' * 9", "could not work out"),
        ("(-8) ** 0.5", "could not work out"),
        ("the weather", "could not work out"),
        ("", "could not work out"),
        ("1e308 * 10", "too big"),
    ],
)
async def test_what_is_no_sum_or_grows_too_big_is_refused(expression: str, sentence: str) -> None:
    outcome = await default_registry.call("calculate", {"expression": expression})
    assert not outcome.ok
    assert sentence in outcome.summary
