"""Function calling: the registry, and the functions that a conversation can use.

Add your own:

    async def my_custom_function(param: str) -> dict:
        return {"result": "...", "summary": "One sentence that the voice can say."}

    TOOL_SCHEMAS["my_function"] = {"name": "my_function", "description": "...", "parameters": {...}}
    default_registry.register("my_function", my_custom_function, TOOL_SCHEMAS["my_function"])

With `title="Looking up the weather"` the person reads that while it runs.
"""

import asyncio
import inspect
import json
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jsonschema import Draft202012Validator, SchemaError

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

__all__ = [
    "TOOL_SCHEMAS",
    "ToolFailure",
    "ToolOutcome",
    "ToolRegistry",
    "builtin_registry",
    "default_registry",
]

logger = logging.getLogger("s2s.tools")

DEFAULT_TIMEOUT_S = 8.0
MAX_RESPONSE_BYTES = 8_192
"""Larger results are shortened: a voice cannot say them, and upstream closes on big ones."""
_MAX_SUMMARY_CHARS = 400
_MAX_TITLE_CHARS = 60
"""One line on a phone."""

ToolFunction = Callable[..., Awaitable[Any]]

# Gemini's rule for names: a letter or underscore first, then also digits, dots, dashes; 64 at most.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")

TOOL_SCHEMAS: dict[str, dict[str, Any]] = {
    schema["name"]: schema for schema in (GET_WEATHER_SCHEMA, GET_CURRENT_TIME_SCHEMA, SEARCH_SCHEMA, CALCULATE_SCHEMA)
}
"""Gemini function declarations by name: name, description, parameters (JSON Schema)."""


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a call came to."""

    ok: bool
    """False for an unknown name, bad arguments, a failure, a crash and a time-out."""
    response: dict[str, Any]
    """Goes to the model as it is. On failure: error (a sentence), retryable, and hint where there is one."""
    summary: str
    """One sentence for the person's screen."""


@dataclass(frozen=True, slots=True)
class _Tool:
    function: ToolFunction
    schema: dict[str, Any]
    validator: Draft202012Validator
    timeout_s: float
    manner: dict[str, str]
    title: str


class ToolRegistry:
    """Functions by name. Calls are independent of each other and may run at the same time."""

    def __init__(self) -> None:
        self._tools: dict[str, _Tool] = {}

    def register(
        self,
        name: str,
        function: ToolFunction,
        schema: dict[str, Any],
        *,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        blocking: bool = True,
        scheduling: Literal["INTERRUPT", "WHEN_IDLE", "SILENT"] = "WHEN_IDLE",
        title: str = "",
    ) -> None:
        """Offers `function` to the model under `name`; a second registration replaces the first.

        `function` is async, takes the arguments by keyword and returns a dict that JSON can carry; a
        `summary` in it is what the voice and the screen use. It may raise ToolFailure with a sentence to say.
        `schema` is a Gemini function declaration. `timeout_s` limits one call, in seconds. Without `blocking` the
        conversation goes on while it runs, where the model allows that; `scheduling` says when its result is told:
        at once, when nobody speaks, or not at all. `title` is what the person reads while it runs, such as "Looking
        up the weather"; without one it is made of the description's first words.
        Raises ValueError or TypeError in words when the registration cannot work.
        """
        if not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} is no function name: use 1 to 64 letters, digits, underscores.")
        if schema.get("name", name) != name:
            raise ValueError(f"The schema is named {schema['name']!r}, the function {name!r}: use one name.")
        if not _is_async(function):
            raise TypeError(f"{name} must be an async function: write `async def`.")
        if not timeout_s > 0:
            raise ValueError("timeout_s must be more than 0 seconds.")
        parameters = _json_schema(schema.get("parameters") or {"type": "object", "properties": {}})
        try:
            Draft202012Validator.check_schema(parameters)
        except SchemaError as error:
            raise ValueError(f"The parameters of {name} are no valid JSON Schema: {error.message}") from error
        manner = {} if blocking else {"behavior": "NON_BLOCKING", "scheduling": scheduling}
        shown = title.strip().rstrip(".…") or _title(name, str(schema.get("description", "")))
        self._tools[name] = _Tool(function, schema, Draft202012Validator(parameters), timeout_s, manner, shown)

    def names(self) -> list[str]:
        """The names that can be called, in the order of registration."""
        return list(self._tools)

    def declarations(self, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Gemini functionDeclarations of all, or of `names`, each with the `title` that the person reads.

        Raises KeyError for an unknown name.
        """
        chosen = [(name, self._tools[name]) for name in (self.names() if names is None else names)]
        return [
            {"name": name, "description": "", **tool.manner, **tool.schema, "title": tool.title}
            for name, tool in chosen
        ]

    async def call(self, name: str, args: Mapping[str, Any] | None) -> ToolOutcome:
        """Runs a function to its end, whatever happens. Raises nothing except CancelledError."""
        tool = self._tools.get(name)
        if tool is None:
            known = ", ".join(self._tools) or "none"
            return _failed(f"I have no function called {name}.", hint=f"Functions that exist: {known}.")
        arguments = _whole_numbers(dict(args or {}), tool.validator.schema)
        if problem := _argument_problem(tool, arguments):
            return _failed(f"I called {name} in a wrong way.", hint=problem, retryable=True)
        limit = asyncio.timeout(tool.timeout_s)
        try:
            async with limit:
                return _succeeded(name, await tool.function(**arguments))
        except ToolFailure as failure:
            return _failed(failure.sentence, hint=failure.hint, retryable=failure.retryable)
        except TimeoutError:
            logger.warning("function timed out", extra={"tool": name, "timeout_s": tool.timeout_s})
            return _failed(f"{_spoken(name)} took too long, so I stopped waiting.", retryable=True)
        except Exception:
            # A stranger's function may raise anything; the conversation goes on and the log has the trace.
            logger.exception("function failed", extra={"tool": name})
            return _failed(f"{_spoken(name)} did not work this time.", hint="The function raised an error.")


def _is_async(function: object) -> bool:
    return inspect.iscoroutinefunction(function) or (
        callable(function) and inspect.iscoroutinefunction(function.__call__)
    )


def _json_schema(schema: Any) -> Any:
    """Gemini also takes OpenAPI's capital type names; JSON Schema knows the small ones."""
    if isinstance(schema, list):
        return [_json_schema(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    return {
        key: value.lower() if key == "type" and isinstance(value, str) else _json_schema(value)
        for key, value in schema.items()
    }


def _whole_numbers(arguments: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Gemini writes every number as a double: 3.0 for an integer 3."""
    properties = schema.get("properties", {})

    def whole(key: str, value: Any) -> bool:
        return properties.get(key, {}).get("type") == "integer" and isinstance(value, float) and value.is_integer()

    return {key: int(value) if whole(key, value) else value for key, value in arguments.items()}


def _argument_problem(tool: _Tool, arguments: dict[str, Any]) -> str:
    problems = sorted(tool.validator.iter_errors(arguments), key=lambda error: list(map(str, error.path)))
    if problems:
        where = ".".join(map(str, problems[0].path))
        return f"{where}: {problems[0].message}" if where else problems[0].message
    try:
        inspect.signature(tool.function).bind(**arguments)
    except TypeError as error:
        return f"The arguments do not fit: {error}."
    return ""


def _in_words(name: str) -> str:
    return " ".join(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ").replace("-", " ").split())


def _spoken(name: str) -> str:
    return f"The function {_in_words(name)}"


def _title(name: str, description: str) -> str:
    """ "Turns the lights on or off, by room." -> "Using a tool: turns the lights on or off"."""
    clause = " ".join(re.split(r"[.,:;!?()\n]", description.strip(), maxsplit=1)[0].split())
    if not clause or len(clause) > _MAX_TITLE_CHARS:
        return f"Using the tool {_in_words(name)}"
    # Not the first letter of "API" or "PIN".
    ordinary = clause[1:2].islower() or clause[1:2] == " "
    return f"Using a tool: {clause[0].lower() if ordinary else clause[0]}{clause[1:]}"


def _failed(sentence: str, *, hint: str = "", retryable: bool = False) -> ToolOutcome:
    response: dict[str, Any] = {"error": sentence, "retryable": retryable}
    if hint:
        response["hint"] = hint
    return ToolOutcome(False, response, sentence)


def _succeeded(name: str, result: Any) -> ToolOutcome:
    plain = json.loads(json.dumps(result, default=str, allow_nan=False))
    response = plain if isinstance(plain, dict) else {"result": plain}
    fitting = _fitting(response, MAX_RESPONSE_BYTES)
    if isinstance(response.get("error"), str):
        return ToolOutcome(False, fitting, response["error"][:_MAX_SUMMARY_CHARS])
    return ToolOutcome(True, fitting, _summary(name, response))


def _summary(name: str, response: dict[str, Any]) -> str:
    for key in ("summary", "result"):
        value = response.get(key)
        if isinstance(value, str | int | float) and str(value).strip():
            return str(value)[:_MAX_SUMMARY_CHARS]
    return f"{_spoken(name)} answered."


def _fitting(response: dict[str, Any], limit_bytes: int) -> dict[str, Any]:
    """The response itself when it is small enough, else what fits of it, the summary first."""
    if _size(response) <= limit_bytes:
        return response
    kept: dict[str, Any] = {"truncated": True}
    for key in sorted(response, key=lambda key: key != "summary"):
        room = limit_bytes - _size({**kept, key: ""})
        if _size(response[key]) <= room:
            kept[key] = response[key]
        elif isinstance(response[key], str) and room > 80:
            # A character can take six bytes in JSON, so this many always fit.
            kept[key] = response[key][: (room - 3) // 6] + "..."
    return kept


def _size(value: Any) -> int:
    return len(json.dumps(value))


def builtin_registry(web: Web | None = None, clock: Clock | None = None) -> ToolRegistry:
    """A registry with the built-in functions. A test hands in a `Web` that goes nowhere."""
    web = web or Web()
    clock = clock or Clock(web)
    registry = ToolRegistry()
    for name, function, title in (
        ("get_weather", Weather(web).get_weather, "Looking up the weather"),
        ("get_current_time", clock.get_current_time, "Looking at the clock"),
        ("search", Wikipedia(web).search, "Looking it up in Wikipedia"),
        ("calculate", calculate, "Working it out"),
    ):
        registry.register(name, function, TOOL_SCHEMAS[name], title=title)
    return registry


default_registry = builtin_registry()
"""What conversations use. Register your own functions here."""
