"""Function calling: the functions that a conversation can use.

Add your own at the end of this file:

    async def my_custom_function(param: str) -> dict:
        return {"result": "...", "summary": "One sentence that the voice can say."}

    TOOL_SCHEMAS["my_function"] = {"name": "my_function", "description": "...", "parameters": {...}}
    default_registry.register("my_function", my_custom_function, TOOL_SCHEMAS["my_function"])

With `title="Looking up the weather"` the person reads that while it runs.
"""

from typing import Any

from builtin_tools import (
    CALCULATE_SCHEMA,
    GET_CURRENT_TIME_SCHEMA,
    GET_WEATHER_SCHEMA,
    SEARCH_SCHEMA,
    Clock,
    ToolFailure,
    Weather,
    Web,
    Wikipedia,
    calculate,
)
from s2s.tools.registry import ToolOutcome, ToolRegistry

__all__ = [
    "TOOL_SCHEMAS",
    "ToolFailure",
    "ToolOutcome",
    "ToolRegistry",
    "builtin_registry",
    "default_registry",
]

TOOL_SCHEMAS: dict[str, dict[str, Any]] = {
    schema["name"]: schema for schema in (GET_WEATHER_SCHEMA, GET_CURRENT_TIME_SCHEMA, SEARCH_SCHEMA, CALCULATE_SCHEMA)
}
"""Gemini function declarations by name: name, description, parameters (JSON Schema)."""


def builtin_registry(web: Web | None = None, clock: Clock | None = None) -> ToolRegistry:
    """A registry with the built-in functions. A test hands in a `Web` that goes nowhere."""
    web = web or Web()
    clock = clock or Clock(web)
    registry = ToolRegistry()
    for schema, function, title in (
        (GET_WEATHER_SCHEMA, Weather(web).get_weather, "Looking up the weather"),
        (GET_CURRENT_TIME_SCHEMA, clock.get_current_time, "Looking at the clock"),
        (SEARCH_SCHEMA, Wikipedia(web).search, "Looking it up in Wikipedia"),
        (CALCULATE_SCHEMA, calculate, "Working it out"),
    ):
        registry.register(schema["name"], function, schema, title=title)
    return registry


default_registry = builtin_registry()
"""What conversations use. Register your own functions here."""
