"""The built-in functions at their HTTP boundary: weather, time, search and sums."""

import httpx
import pytest

from tests.tools.tool_world import WIKIPEDIA, registry, the_world
from tools import builtin_registry

BUILT_IN = builtin_registry()


def no_network(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("Name or service not known", request=request)


# --- get_weather ------------------------------------------------------------------------------------------


async def test_the_weather_of_today_is_a_sentence() -> None:
    outcome = await registry(the_world).call("get_weather", {"location": "Paris, France"})
    assert outcome.summary == (
        "In Paris, France it's 21 degrees Celsius now, with partly cloudy skies. Today goes from 14 to 25 degrees."
    )
    assert outcome.response["temperature"] == 21
    assert outcome.response["feels_like"] == 21
    assert outcome.response["wind_kmh"] == 11


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        (
            "tomorrow",
            "In Paris, France tomorrow, expect light rain, from 13 to 19 degrees Celsius. The",
        ),
        ("day after tomorrow", "In Paris, France on Friday, expect clear skies"),
        ("Sunday", "In Paris, France on Sunday, expect thunderstorms, from 15 to 27 degrees"),
        ("on this Sunday", "In Paris, France on Sunday"),
        ("2026-07-06", "on Monday, expect light snow, from minus 6 to minus 1 degree Celsius"),
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
    assert "degrees Fahrenheit" in outcome.summary


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(429), "is busy right now"),
        (httpx.Response(503), "is busy right now"),
        (httpx.Response(400, json={"error": True, "reason": "x"}), "refused the question"),
        (httpx.Response(200, text="<html>"), "sent something I can't read"),
        (httpx.Response(200, json=[]), "sent something I can't read"),
        (httpx.Response(200, json={"current": {}}), "sent something I can't read"),
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
    assert outcome.response["error"] == "I can't reach the weather service right now."
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
        "summary": "In Tokyo it's 9:00 PM on Wednesday, July 1.",
    }
    assert (await told.call("get_current_time", {})).summary.startswith("It's ")


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
    assert outcome.summary == "In Hallstatt, Austria it's 2:00 PM on Wednesday, July 1."
    offline = await registry(no_network).call("get_current_time", {"location": "Hallstatt"})
    assert offline.summary == (
        "I'm not sure what time it is in Hallstatt, and I can't reach the place search right now."
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
    assert offline.summary == "I can't reach Wikipedia right now."


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
    outcome = await BUILT_IN.call("calculate", {"expression": expression})
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
    outcome = await BUILT_IN.call("calculate", {"expression": expression})
    assert not outcome.ok
    assert sentence in outcome.summary
