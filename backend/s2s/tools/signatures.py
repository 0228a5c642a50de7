"""Check that a function and its schema agree about arguments."""

import inspect
from collections.abc import Mapping
from inspect import Parameter
from typing import Any

_BY_NAME = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


def is_async(function: object) -> bool:
    """Return True if calling it gives an awaitable or an asynchronous generator."""
    call = getattr(function, "__call__", None)  # noqa: B004  # objects that can be called, not only functions
    return any(inspect.iscoroutinefunction(each) or inspect.isasyncgenfunction(each) for each in (function, call))


def disagreement(function: Any, schema: Mapping[str, Any]) -> str:
    """Return why calls must fail, as a sentence without the function's name; empty if they need not.

    `schema` is the parameters' JSON Schema.
    """
    parameters = _parameters(function)
    if parameters is None:
        return ""
    unnamed = [name for name, each in parameters.items() if each.kind is Parameter.POSITIONAL_ONLY]
    if unnamed:
        return f"takes {unnamed[0]} by position only; arguments come by name."
    described, closed = schema.get("properties"), not any(key in schema for key in ("$ref", "anyOf", "oneOf", "allOf"))
    if not isinstance(described, Mapping):
        described = {}
    if not any(each.kind is Parameter.VAR_KEYWORD for each in parameters.values()):
        for name in described:
            if name not in parameters:
                return f"does not take the argument {name!r} that its schema describes."
    if closed and "additionalProperties" not in schema and "patternProperties" not in schema:
        for name in needed(function):
            if name not in described:
                return f"needs the argument {name!r}, which its schema does not describe."
    return ""


def needed(function: Any) -> list[str]:
    """Return the arguments without a default."""
    return [
        name
        for name, each in (_parameters(function) or {}).items()
        if each.kind in _BY_NAME and each.default is Parameter.empty
    ]


def misfit(function: Any, arguments: Mapping[str, Any]) -> str:
    """Return why it cannot be called with these arguments, or an empty text."""
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        return f"The arguments do not fit: {error}."
    except ValueError:
        # A function written in C may not tell.
        return ""
    return ""


def _parameters(function: Any) -> Mapping[str, Parameter] | None:
    try:
        return inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
