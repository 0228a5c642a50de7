"""What a function meets outside, at its HTTP boundary."""

from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from builtin_tools import Clock, Web
from tools import ToolRegistry, builtin_registry

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
