"""Registry of the functions that a conversation can call."""

import asyncio
import difflib
import inspect
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jsonschema.protocols import Validator

from builtin_tools.failure import ToolFailure
from s2s.tools.arguments import ArgumentsRefused, argument_validator, fitting_arguments
from s2s.tools.results import collected, plain_json, valid_text
from s2s.tools.schema_normalizer import declared_parameters, parameters_of
from s2s.tools.schema_reader import SchemaRefused, read_schema
from s2s.tools.session_context import SESSION
from s2s.tools.shortening import shortened, shortened_text
from s2s.tools.signatures import disagreement, is_async, misfit, needed
from s2s.tools.threads import AllThreadsBusy, ThreadLimit

logger = logging.getLogger("s2s.tools")

DEFAULT_TIMEOUT_S = 8.0
DEFAULT_RESULT_CHARS = 32_000
"""Longer results are shortened: they cannot be spoken, and the model reads them again with each turn."""
_MAX_SUMMARY_CHARS = 400
_MAX_TITLE_CHARS = 60
"""One line on a phone."""
_MAX_REASON_CHARS = 300
_MAX_DESCRIPTION_CHARS = 20_000

ToolFunction = Callable[..., Any]
"""`async def`, an asynchronous generator, or a plain `def`, which runs in a thread."""

# Gemini's rule for names: a letter or underscore first, then also digits, dots, dashes; 64 at most.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,63}")
_DECLARED = (
    "name", "description", "parameters", "parametersJsonSchema", "parameters_json_schema", "behavior", "scheduling",
    "title", "response", "responseJsonSchema", "response_json_schema",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """Outcome of a call."""

    ok: bool
    """False for an unknown name, bad arguments, a failure, a crash and a time-out."""
    response: dict[str, Any]
    """Response to the model. On failure: error (a sentence), retryable, and hint if there is one."""
    summary: str
    """One sentence for the screen."""


@dataclass(frozen=True, slots=True)
class _Tool:
    function: ToolFunction
    declaration: dict[str, Any]
    validator: Validator
    timeout_s: float
    manner: dict[str, str]
    title: str


class ToolRegistry:
    """Functions by name. Calls are independent of each other and may run at the same time."""

    def __init__(self, *, result_chars: int = DEFAULT_RESULT_CHARS) -> None:
        self.result_chars = result_chars
        """Longer results are shortened."""
        self._tools: dict[str, _Tool] = {}
        self._threads = ThreadLimit()
        self._doubts: dict[str, list[str]] = {}

    @property
    def doubts(self) -> tuple[str, ...]:
        """Warnings about registrations that work but are probably not what was meant."""
        return tuple(doubt for doubts in self._doubts.values() for doubt in doubts)

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
        """Offer `function` to the model under `name`; a second registration replaces the first.

        `function` takes the arguments by keyword and returns anything that can be written as JSON; a `summary` in a
        returned dict is what the voice and the screen use. It may raise ToolFailure with a sentence to say. An
        `async def` shares the event loop with all calls, so it must only wait; what computes or blocks is a plain
        `def`, which runs in a thread. `schema` is a Gemini function declaration. `timeout_s` limits one call, in
        seconds. Without `blocking` the conversation goes on while it runs, where the model allows that; `scheduling`
        says when the model hears its result: at once, when idle, or silently. `title` is shown while it runs, such as
        "Looking up the weather"; the default is made of the description's first words.
        Raises ValueError or TypeError with a message if the registration cannot work.
        """
        doubts: list[str] = []
        declaration = _checked_declaration(name, schema, doubts)
        if not callable(function):
            raise TypeError(f"{name} must be a function: write `async def` or `def`.")
        if not timeout_s > 0:
            raise ValueError("timeout_s must be more than 0 seconds.")
        parameters = _checked_parameters(name, function, declaration, doubts)
        if name in self._tools:
            doubts.append(f"The function {name} was there already: the new one replaces it.")
        for doubt in doubts:
            logger.warning("%s", doubt)
        self._doubts[name] = doubts
        manner = {} if blocking else {"behavior": "NON_BLOCKING", "scheduling": scheduling}
        shown = title.strip().rstrip(".…") or _title(name, declaration.get("description", ""))
        self._tools[name] = _Tool(function, declaration, argument_validator(parameters), timeout_s, manner, shown)

    def names(self) -> list[str]:
        """The registered names, in order of registration."""
        return list(self._tools)

    def declarations(self, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """Return Gemini functionDeclarations of all, or of `names`, each with its `title`.

        A declaration that has become invalid, because its schema was changed, is left out and logged.
        Raises KeyError for an unknown name.
        """
        chosen = [(name, self._tools[name]) for name in (self.names() if names is None else names)]
        return [
            {"name": name, "description": "", **tool.manner, **tool.declaration, "title": tool.title}
            for name, tool in chosen
            if _is_declarable(name, tool)
        ]

    async def call(self, name: str, args: Mapping[str, Any] | None) -> ToolOutcome:
        """Run a function and return its outcome. Raises nothing but CancelledError."""
        tool = self._tools.get(name)
        if tool is None:
            known = ", ".join(self._tools) or "none"
            outcome = _failed(f"I have no function called {name}.", hint=f"Functions that exist: {known}.")
            return _logged(name, outcome, "there is no function of that name")
        try:
            arguments = fitting_arguments(tool.validator, args or {})
            if problem := misfit(tool.function, arguments):
                raise ArgumentsRefused(problem)
        except ArgumentsRefused as refused:
            outcome = _failed(f"I called {name} in a wrong way.", hint=str(refused), retryable=True)
            return _logged(name, outcome, str(refused))
        except Exception as error:
            # The check itself failed: a call is answered in any case.
            return _crashed(name, error)
        return await self._run(name, tool, arguments)

    async def _run(self, name: str, tool: _Tool, arguments: dict[str, Any]) -> ToolOutcome:
        limit = asyncio.timeout(tool.timeout_s)
        try:
            async with limit:
                plain = await self._returned(tool.function, arguments)
            return self._succeeded(name, plain)
        except ToolFailure as failure:
            sentence = _sentence(failure.sentence) or f"{_spoken(name)} did not work this time."
            outcome = _failed(sentence, hint=_sentence(failure.hint), retryable=failure.retryable is True)
            return _logged(name, outcome, sentence)
        except AllThreadsBusy:
            outcome = _failed(f"{_spoken(name)} is busy. Please ask again in a minute.", retryable=True)
            return _logged(name, outcome, "all threads are taken by functions that have not returned")
        except TimeoutError as error:
            if not limit.expired():
                # One of the function's own, say of a socket.
                return _crashed(name, error)
            outcome = _failed(f"{_spoken(name)} took too long, so I stopped waiting.", retryable=True)
            return _logged(name, outcome, f"no answer within {tool.timeout_s:g} s")
        except Exception as error:
            # A function may raise anything; the conversation continues and the log has the trace.
            return _crashed(name, error)

    async def _returned(self, function: ToolFunction, arguments: dict[str, Any]) -> Any:
        """Return what `function` returns, as plain JSON."""
        if not is_async(function):
            found, is_plain = await self._threads.run(self._computed, {"function": function, "arguments": arguments})
            if is_plain:
                return found
        else:
            found = function(**arguments)
        # Again: a function may return a coroutine that it forgot to await.
        while inspect.isawaitable(found):
            found = await found
        if isinstance(found, AsyncIterator):
            found = await collected(found)
        return plain_json(found, max_text_chars=self.result_chars)

    def _computed(self, function: ToolFunction, arguments: dict[str, Any]) -> tuple[Any, bool]:
        """Call a plain function, in a thread; also what its result still computes, as a generator does, stays there.

        Returns the result, and whether it is plain JSON; what the event loop must await is returned as it is.
        """
        found = function(**arguments)
        if inspect.isawaitable(found) or isinstance(found, AsyncIterator):
            return found, False
        return plain_json(found, max_text_chars=self.result_chars), True

    def _succeeded(self, name: str, plain: Any) -> ToolOutcome:
        response = plain if isinstance(plain, dict) else {"result": plain}
        fitting, missing = shortened(response, self.result_chars)
        if missing:
            facts = {"code": "tool_result_shortened", "session": SESSION.get()}
            logger.warning(
                "function %s: the result is longer than %d characters (S2S_TOOL_RESULT_CHARS); sent: %s",
                name, self.result_chars, missing, extra=facts,
            )  # fmt: skip
        if isinstance(error := fitting.get("error"), str):
            outcome = ToolOutcome(False, fitting, shortened_text(error, _MAX_SUMMARY_CHARS))
            return _logged(name, outcome, outcome.summary)
        return ToolOutcome(True, fitting, _summary(name, fitting))


# --- registration ----------------------------------------------------------------------------------------


def _checked_declaration(name: Any, schema: Any, doubts: list[str]) -> dict[str, Any]:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no function name: use 1 to 64 letters, digits, underscores.")
    if not isinstance(schema, Mapping):
        raise TypeError(f"The schema of {name} must be a function declaration: a dict, not {type(schema).__name__}.")
    if isinstance(schema.get("function"), Mapping):
        raise ValueError(f"The schema of {name} is wrapped: register what stands under 'function'.")
    if schema.get("name", name) != name:
        raise ValueError(f"The schema is named {schema['name']!r}, the function {name!r}: use one name.")
    description = schema.get("description", "")
    if not isinstance(description, str) or len(description) > _MAX_DESCRIPTION_CHARS:
        raise ValueError(f"The description of {name} must be text of at most {_MAX_DESCRIPTION_CHARS:,} characters.")
    if not description.strip():
        doubts.append(f"The function {name} has no description: the model cannot know when to call it.")
    for key in schema:
        if key not in _DECLARED:
            near = difflib.get_close_matches(str(key), _DECLARED, 1)
            hint = f"did you mean {near[0]!r}?" if near else "it is left out."
            doubts.append(f"The schema of {name} has a member {key!r} that no declaration has: {hint}")
    return {str(key): value for key, value in schema.items() if key in _DECLARED} | (
        {"description": valid_text(description)} if "description" in schema else {}
    )


def _checked_parameters(
    name: str, function: ToolFunction, declaration: dict[str, Any], doubts: list[str]
) -> dict[str, Any]:
    """Return the parameters' JSON Schema. The declaration gets a private copy."""
    try:
        given = parameters_of(declaration)
        parameters = read_schema(given) if given else {"type": "object", "properties": {}}
        for key in ("parameters", "parametersJsonSchema", "parameters_json_schema"):
            if key in declaration:
                declaration[key] = json.loads(json.dumps(declaration[key]))
        for json_schema in (True, False):
            declared_parameters(declaration, json_schema=json_schema)
    except SchemaRefused as refused:
        raise ValueError(f"The parameters of {name} cannot be used: {refused}") from refused
    if problem := disagreement(function, parameters):
        raise ValueError(f"{name} {problem} Change one of the two.")
    for missing in needed(function):
        if missing in parameters.get("properties", {}) and missing not in parameters.get("required", ()):
            doubts.append(
                f"The function {name} needs {missing!r}, but its schema lets the model leave it out: add it to "
                "`required`, or give it a default."
            )
    return parameters


def _is_declarable(name: str, tool: _Tool) -> bool:
    try:
        for json_schema in (True, False):
            declared_parameters(tool.declaration, json_schema=json_schema)
    except SchemaRefused as refused:
        logger.error("the function %s is left out of a call: %s", name, refused, extra={"code": "tool_left_out"})
        return False
    return True


# --- a call ----------------------------------------------------------------------------------------------


def _crashed(name: str, error: Exception) -> ToolOutcome:
    outcome = _failed(f"{_spoken(name)} did not work this time.", hint="The function raised an error.")
    return _logged(name, outcome, _reason(error), error)


def _reason(error: Exception) -> str:
    try:
        text = str(error)
    except Exception:  # of a stranger's class
        text = "an error that cannot be shown"
    return shortened_text(valid_text(f"{type(error).__name__}: {text}".rstrip(": ")), _MAX_REASON_CHARS)


def _logged(name: str, outcome: ToolOutcome, reason: str, error: Exception | None = None) -> ToolOutcome:
    """Log why a call failed, once: function, session, reason."""
    level = logging.ERROR if error is not None else logging.WARNING
    reason = valid_text(reason)
    # A function's sentence or error may repeat what the user said.
    facts = {"code": "tool_failed", "session": SESSION.get(), "quote": reason}
    said = shortened_text(valid_text(name), _MAX_TITLE_CHARS)
    logger.log(level, "function %s failed: %s", said, reason, exc_info=error, extra=facts)
    return outcome


def _sentence(text: Any) -> str:
    return shortened_text(valid_text(str(text)), _MAX_SUMMARY_CHARS) if text else ""


def _failed(sentence: str, *, hint: str = "", retryable: bool = False) -> ToolOutcome:
    sentence = shortened_text(valid_text(sentence), _MAX_SUMMARY_CHARS)
    response: dict[str, Any] = {"error": sentence, "retryable": retryable}
    if hint:
        response["hint"] = valid_text(hint)
    return ToolOutcome(False, response, sentence)


def _summary(name: str, response: dict[str, Any]) -> str:
    for key in ("summary", "result"):
        value = response.get(key)
        if isinstance(value, str | int | float) and str(value).strip():
            return shortened_text(str(value), _MAX_SUMMARY_CHARS)
    return f"{_spoken(name)} answered."


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
