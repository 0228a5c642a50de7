"""The functions that come with S2S: weather, time, search, arithmetic. `tools.py` registers them."""

from builtin_tools.arithmetic import CALCULATE_SCHEMA, calculate
from builtin_tools.clock import GET_CURRENT_TIME_SCHEMA, Clock
from builtin_tools.failure import ToolFailure
from builtin_tools.weather import GET_WEATHER_SCHEMA, Weather
from builtin_tools.web import Web
from builtin_tools.wikipedia import SEARCH_SCHEMA, Wikipedia

__all__ = [
    "CALCULATE_SCHEMA",
    "GET_CURRENT_TIME_SCHEMA",
    "GET_WEATHER_SCHEMA",
    "SEARCH_SCHEMA",
    "Clock",
    "ToolFailure",
    "Weather",
    "Web",
    "Wikipedia",
    "calculate",
]
