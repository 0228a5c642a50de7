"""`get_weather`: Open-Meteo's geocoding and forecast, no key needed."""

from datetime import date
from typing import Any

from builtin_tools.failure import ToolFailure
from builtin_tools.places import Place, locate
from builtin_tools.web import Web

FORECAST_URL = "https://api.open-meteo.com/v1/forecast"
_SERVICE = "the weather service"
_FORECAST_DAYS = 8
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

GET_WEATHER_SCHEMA: dict[str, Any] = {
    "name": "get_weather",
    "description": "Get the current weather or the forecast for a city, today or in the next seven days.",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {
                "type": "string",
                "maxLength": 200,
                "description": "City, optionally with country, for example Paris, France",
            },
            "day": {
                "type": "string",
                "maxLength": 100,
                "description": "today, tomorrow, a weekday, or a date as YYYY-MM-DD. Default: today",
            },
            "units": {
                "type": "string",
                "enum": ["celsius", "fahrenheit"],
                "description": "Unit of the temperatures. Default: celsius",
            },
        },
        "required": ["location"],
    },
}

# WMO weather interpretation codes, as Open-Meteo documents them.
_SKY = {
    0: "clear skies",
    1: "mostly clear skies",
    2: "partly cloudy skies",
    3: "overcast skies",
    45: "fog",
    48: "freezing fog",
    51: "light drizzle",
    53: "drizzle",
    55: "heavy drizzle",
    56: "light freezing drizzle",
    57: "freezing drizzle",
    61: "light rain",
    63: "rain",
    65: "heavy rain",
    66: "light freezing rain",
    67: "freezing rain",
    71: "light snow",
    73: "snow",
    75: "heavy snow",
    77: "snow grains",
    80: "light showers",
    81: "showers",
    82: "violent showers",
    85: "snow showers",
    86: "heavy snow showers",
    95: "thunderstorms",
    96: "thunderstorms with hail",
    99: "thunderstorms with heavy hail",
}


class Weather:
    """Weather service client that uses one `Web`."""

    def __init__(self, web: Web) -> None:
        self._web = web

    async def get_weather(self, location: str, day: str = "today", units: str = "celsius") -> dict[str, Any]:
        """Return the weather at `location` on `day`: temperatures in `units`, wind in km/h, rain in percent."""
        try:
            place = await locate(self._web, location)
        except ToolFailure as failure:
            if failure.retryable:
                sentence = f"I can't reach {_SERVICE} right now."
                raise ToolFailure(sentence, retryable=True, hint=failure.hint) from failure
            raise
        forecast = await self._web.get_json(FORECAST_URL, _question(place, units), _SERVICE)
        try:
            days = [date.fromisoformat(text) for text in forecast["daily"]["time"]]
            index = _index_of(day, days)
            if index == 0:
                return _today(place, forecast, units)
            return _later(place, forecast, index, days[index], units)
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise ToolFailure("The weather service sent something I can't read.", retryable=True) from error


def _question(place: Place, units: str) -> dict[str, str | float]:
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        "timezone": "auto",
        "forecast_days": _FORECAST_DAYS,
        "temperature_unit": units,
        "current": "temperature_2m,apparent_temperature,relative_humidity_2m,weather_code,wind_speed_10m",
        "daily": "weather_code,temperature_2m_max,temperature_2m_min,precipitation_probability_max",
    }


def _index_of(day: str, days: list[date]) -> int:
    wish = " ".join(day.casefold().replace("this ", "").replace("next ", "").replace("on ", "").split())
    offsets = {"": 0, "now": 0, "today": 0, "tonight": 0, "tomorrow": 1, "day after tomorrow": 2}
    if (wish := wish.removeprefix("the ")) in offsets:
        return offsets[wish]
    if wish in _WEEKDAYS:
        return next(i for i, each in enumerate(days) if each.weekday() == _WEEKDAYS.index(wish))
    try:
        return days.index(date.fromisoformat(wish))
    except ValueError as error:
        raise ToolFailure(
            "I can only tell the weather for today and the next seven days.",
            hint="Give day as today, tomorrow, a weekday or YYYY-MM-DD.",
        ) from error


def _sky(code: float) -> str:
    return _SKY.get(int(code), "mixed weather")


def _today(place: Place, forecast: dict[str, Any], units: str) -> dict[str, Any]:
    now, daily = forecast["current"], forecast["daily"]
    temperature = round(now["temperature_2m"])
    high, low = round(daily["temperature_2m_max"][0]), round(daily["temperature_2m_min"][0])
    return {
        "location": place.name,
        "date": daily["time"][0],
        "conditions": _sky(now["weather_code"]),
        "temperature": temperature,
        "feels_like": round(now["apparent_temperature"]),
        "high": high,
        "low": low,
        "humidity_percent": round(now["relative_humidity_2m"]),
        "wind_kmh": round(now["wind_speed_10m"]),
        "units": units,
        "summary": f"In {place.name} it's {_degrees(temperature)} {units.capitalize()} now, "
        f"with {_sky(now['weather_code'])}. "
        f"Today goes from {_degrees(low, bare=True)} to {_degrees(high)}.",
    }


def _later(place: Place, forecast: dict[str, Any], index: int, day: date, units: str) -> dict[str, Any]:
    daily = forecast["daily"]
    high, low = round(daily["temperature_2m_max"][index]), round(daily["temperature_2m_min"][index])
    rain = round(daily["precipitation_probability_max"][index] or 0)
    when = "tomorrow" if index == 1 else f"on {day:%A}"
    return {
        "location": place.name,
        "date": day.isoformat(),
        "conditions": _sky(daily["weather_code"][index]),
        "high": high,
        "low": low,
        "chance_of_rain_percent": rain,
        "units": units,
        "summary": f"In {place.name} {when}, expect {_sky(daily['weather_code'][index])}, "
        f"from {_degrees(low, bare=True)} to {_degrees(high)} {units.capitalize()}. "
        f"The chance of rain is {rain} percent.",
    }


def _degrees(value: int, *, bare: bool = False) -> str:
    number = f"minus {-value}" if value < 0 else str(value)
    return number if bare else f"{number} degree{'' if abs(value) == 1 else 's'}"
