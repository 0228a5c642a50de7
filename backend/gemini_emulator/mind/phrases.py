"""A function's result as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gemini_emulator.mind.memory import Result
from gemini_emulator.mind.words import human
from gemini_emulator.text import sentences

SPOKEN_KEYS = ("spoken", "summary", "text", "answer", "message")
"""A string under one of these is meant to be said."""
WRAPPERS = ("output", "result", "response", "data")
LONGEST_ANSWER = 420
"""Characters of a ready-made text; a listener cannot skim."""
MOST_FACTS = 8

_UNITS = {
    "c": "degrees Celsius", "celsius": "degrees Celsius", "f": "degrees Fahrenheit", "fahrenheit": "degrees Fahrenheit",
    "kmh": "kilometers per hour", "kph": "kilometers per hour", "mph": "miles per hour", "percent": "percent",
    "pct": "percent", "km": "kilometers", "m": "meters", "s": "seconds", "ms": "milliseconds", "mm": "millimeters",
    "usd": "dollars", "eur": "euros",
}  # fmt: skip


def spoken(results: Sequence[Result]) -> str:
    """One or more natural sentences."""
    return " ".join(_one(result) for result in results)


def _one(result: Result) -> str:
    response: Any = result.response
    if "error" in response:
        return _failure(response["error"])
    while isinstance(response, Mapping) and len(response) == 1 and next(iter(response)) in WRAPPERS:
        response = next(iter(response.values()))
    if isinstance(response, Mapping) and response.get("error"):
        return _failure(response["error"])
    if isinstance(response, str):
        return _sentence(_shortened(response)) if response.strip() else _done(result)
    if not isinstance(response, Mapping):
        return f"The answer is {_value(response)}."
    for key in SPOKEN_KEYS:
        if isinstance(response.get(key), str) and response[key].strip():
            return _sentence(_shortened(response[key]))
    for wrapper in WRAPPERS:
        if isinstance(response.get(wrapper), (Mapping, str)):
            return _one(Result(result.name, {wrapper: response[wrapper]}))
    return _facts(result, response)


def _failure(error: Any) -> str:
    if isinstance(error, Mapping):
        error = error.get("message", error)
    text = str(error).strip()
    return f"Sorry, {_sentence(text)}" if text[:2] in ("I ", "I'") else f"Sorry. {_sentence(text)}"


def _facts(result: Result, response: Mapping[str, Any]) -> str:
    facts = [fact for key, value in response.items() for fact in _fact(key, value)][:MOST_FACTS]
    if not facts:
        return _done(result)
    return f"Here is what {human(result.name)} says: {', '.join(facts)}."


def _fact(key: str, value: Any) -> list[str]:
    if value in (None, "", {}):
        return []
    if isinstance(value, Mapping):
        return [fact for inner, item in value.items() for fact in _fact(f"{key}_{inner}", item)]
    named = human(key).split()
    unit = _UNITS.get(named[-1], "") if len(named) > 1 and isinstance(value, (int, float)) else ""
    return [f"{' '.join(named[:-1] if unit else named)} {_value(value)}{' ' + unit if unit else ''}"]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, tuple)):
        return " and ".join(_value(item) for item in value[:5])
    if isinstance(value, Mapping):
        return " ".join(_fact_text for key, item in value.items() for _fact_text in _fact(key, item))
    return str(value)


def _done(result: Result) -> str:
    return f"Done: {human(result.name)}."


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _shortened(text: str) -> str:
    kept = ""
    for sentence in sentences(text):
        if kept and len(kept) + len(sentence) > LONGEST_ANSWER:
            break
        kept = f"{kept} {sentence}".strip()
    return kept
