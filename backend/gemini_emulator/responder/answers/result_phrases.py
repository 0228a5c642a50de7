"""A function's result as one or two sentences that a person would say. No JSON is read aloud, whatever it looks "
"like."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from gemini_emulator.audio.speech_text import sentences
from gemini_emulator.responder.answers.number_format import amount, calendar, unit_of
from gemini_emulator.responder.conversation_state import Result
from gemini_emulator.responder.stemming import human, word_set
from gemini_emulator.responder.text_limits import bounded

SPOKEN_KEYS = ("spoken", "summary", "text", "answer", "message", "description")
"""A string under one of these is meant to be said."""
WRAPPERS = ("output", "result", "response", "data")
ERROR_KEYS = ("error", "errors", "error_message")
REMEDY_KEYS = ("remedy", "suggestion", "advice", "resolution", "how_to_fix", "try_instead", "hint")
HEADLINES = ("title", "name", "headline", "label", "summary", "subject", "city", "location", "place", "text", "value")
"""What a thing in a list is called by."""
MAX_WORDS = 60
"""A listener cannot skim."""
MAX_FACTS = 5
MAX_ITEMS = 3

_UNSAID = word_set(
    "id uuid guid url uri link href icon image thumbnail html lat lon lng latitude longitude etag cursor token hash "
    "retryable timestamp timezone offset version"
)
"""Keys that mean nothing to the ear; said only when there is nothing else."""
_FINE = frozenset(["ok", "success", "succeeded", "done", "completed", "true", "successful"])
_STATES = ("status", "success", "ok", "state")
_ADVICE = re.compile(r"^(?:ask|give|try|say|use|check|wait|choose|name|please|you)\b", re.IGNORECASE)
_SHOWN = re.compile(r"[\d,]{1,12} of ([\d,]{1,12}) ([^;,]{1,80})(?:;|$)")
_UNSPEAKABLE = re.compile(r"[{}\[\]<>|\\_`*#^~]+")
_COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def spoken(results: Sequence[Result]) -> str:
    """At most `MAX_WORDS` words for all results together; never empty when there is a result."""
    share = MAX_WORDS // max(1, len(results))
    return _limited(" ".join(_limited(_one(result), max(share, 8)) for result in results), MAX_WORDS)


def _one(result: Result) -> str:
    response = bounded(_unwrapped(bounded(result.response)))
    if isinstance(response, Mapping):
        if failure := _failure(response):
            return failure
        for key in SPOKEN_KEYS:
            if isinstance(response.get(key), str) and (said := _clean(response[key])):
                return _sentence(said)
        for wrapper in WRAPPERS:
            if isinstance(inner := response.get(wrapper), list) and inner and wrapper in _totals(response):
                return _sentence(_listed(inner, "", _totals(response)[wrapper]))
            if isinstance(inner, (Mapping, list)) and inner:
                return _one(Result(result.name, {wrapper: inner}))
        return _facts(result, response)
    if isinstance(response, str):
        return _sentence(_clean(response)) or _done(result)
    if isinstance(response, (list, tuple)):
        return _sentence(_listed(response, "")) if response else "I found nothing."
    if response is None:
        return _done(result)
    if isinstance(response, bool):
        return "Yes." if response else "No."
    return f"The answer is {_value(response)}."


def _unwrapped(response: Any) -> Any:
    """What is inside wrappers, and inside a string that is JSON itself."""
    for _ in range(8):
        if isinstance(response, Mapping) and len(response) == 1 and next(iter(response)) in WRAPPERS:
            response = next(iter(response.values()))
        elif isinstance(response, str) and response.strip()[:1] in ("{", "["):
            try:
                response = json.loads(response)
            except (ValueError, RecursionError):
                return response
        else:
            break
    return response


def _failure(response: Mapping[str, Any]) -> str:
    error = next((response[key] for key in ERROR_KEYS if response.get(key)), None)
    state = str(response.get("status", "")).lower()
    failed = response.get("success") is False or response.get("ok") is False or state in ("error", "failed")
    if error is None and failed:
        error = response.get("message") or response.get("reason") or "that did not work"
    if error is None:
        return ""
    whole = {**response, **error} if isinstance(error, Mapping) else response
    if isinstance(error, (list, tuple)):
        error = error[0] if error else ""
    if isinstance(error, Mapping):
        error = next((error[key] for key in ("message", "detail", "reason", "title") if error.get(key)), "")
    text = _clean(str(error)) if not isinstance(error, bool) else ""
    text = _sentence(text or "that did not work")
    told = f"Sorry, {text}" if re.match(r"(?:I|I'\w+)\b", text) else f"Sorry. {text[:1].upper()}{text[1:]}"
    return f"{told} {_remedy(whole)}".strip()


def _remedy(response: Mapping[str, Any]) -> str:
    for key in REMEDY_KEYS:
        said = response.get(key)
        if isinstance(said, str) and _clean(said) and (key != "hint" or _ADVICE.match(said)):
            text = _clean(said)
            return _sentence(text[:1].upper() + text[1:])
    return "You can try again." if response.get("retryable") is True else ""


def _facts(result: Result, response: Mapping[str, Any]) -> str:
    totals = _totals(response)
    flat = _short(_flat("", {key: value for key, value in response.items() if not (totals and key == "shown")}))
    told = {key: value for key, value in flat.items() if not set(human(key).split()[-1:]) & _UNSAID} or flat
    lead = next((told.pop(key) for key in HEADLINES[:9] if isinstance(told.get(key), str) and len(told) > 1), "")
    facts = [fact for key, value in told.items() if (fact := _fact(key, value, totals.get(key, 0)))][:MAX_FACTS]
    lead = _clean(str(lead))
    if not facts:
        return _sentence(lead) if lead else _done(result) if not response else "I found nothing."
    said = _joined(facts)
    if not lead and len(facts) == 1:
        return _sentence(said[:1].upper() + said[1:])
    return _sentence(f"{lead}: {said}" if lead else said[:1].upper() + said[1:])


def _flat(key: str, value: Any) -> list[tuple[str, Any]]:
    """Objects inside become facts of the whole."""
    if not isinstance(value, Mapping):
        return [(key, value)]
    return [pair for inner, item in value.items() for pair in _flat(f"{key} {inner}".strip(), item)]


def _short(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Keys without those of the objects around them, where that is clear enough."""
    last = [key.rsplit(" ", 1)[-1] for key, _ in pairs]
    clear = [name if name and last.count(name) == 1 else key for name, (key, _) in zip(last, pairs, strict=True)]
    return {key: value for key, (_, value) in zip(clear, pairs, strict=True)}


def _totals(response: Mapping[str, Any]) -> dict[str, int]:
    """ "shown": "3 of 2,000 rows" -> how many rows there are, of which a gateway left out most."""
    said = response.get("shown")
    found = _SHOWN.findall(said) if isinstance(said, str) else []
    return {key: int(total.replace(",", "")) for total, key in found}


def _fact(key: str, value: Any, total: int = 0) -> str:
    """ "temperature_c": 21.53 -> temperature 21.5 degrees Celsius; nothing for what is not there."""
    said = _clean(human(key)) or "value"
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        said = "done" if said in _STATES else said.removeprefix("is ")
        return said if value else f"not {said}"
    if isinstance(value, (list, tuple)):
        return _listed(value, said, total)
    if said in _STATES and str(value).lower() in _FINE:
        return "done"
    unit, bare = unit_of(said) if isinstance(value, (int, float)) else ("", said)
    return f"{bare} {_value(value)}{' ' + unit if unit else ''}".strip()


def _listed(items: Sequence[Any], noun: str, total: int = 0) -> str:
    """ "Three routes: A, B and C", "five results: A, B, C and two more". `total`: with those that were left out."""
    named = [name for item in items if (name := _headline(item))]
    if not named:
        return f"no {noun or 'results'}"
    count = max(len(named), total)
    more = count - MAX_ITEMS
    if more == 1 and count == len(named):
        more = 0
    shown = named[:MAX_ITEMS] if more > 0 else named
    rest = [f"{_counted(more)} more"] if more > 0 else []
    listed = _joined([*shown, *rest])
    if not noun:
        return listed
    return f"{noun} {listed}" if count == 1 else f"{_counted(count)} {noun}: {listed}"


def _headline(item: Any) -> str:
    item = _unwrapped(item)
    if isinstance(item, Mapping):
        flat = _short(_flat("", item))
        called = next((key for key in HEADLINES if isinstance(flat.get(key), (str, int, float))), "")
        if called:
            measures = [_fact(key, value) for key, value in flat.items() if key != called and unit_of(human(key))[0]]
            more = next((fact for fact in measures if fact), "")
            return _clean(f"{_value(flat[called])}{', ' + more if more else ''}")
        facts = [_fact(key, value) for key, value in flat.items() if not isinstance(value, (list, tuple))]
        return _clean(" ".join(fact for fact in facts[:2] if fact))
    if isinstance(item, (list, tuple)):
        return _joined([_headline(inner) for inner in item[:2]])
    return _value(item)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (int, float)):
        return amount(value)
    return _clean(calendar(str(value))) if value is not None else ""


def _joined(parts: Sequence[str]) -> str:
    """With "and" before the last."""
    parts = [part for part in parts if part]
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] if parts else ""


def _counted(count: int) -> str:
    return _COUNTS[count] if count < len(_COUNTS) else str(count)


def _done(result: Result) -> str:
    return f"Done: {_clean(human(result.name)) or 'that'}."


def _clean(text: str) -> str:
    """What can be said of it."""
    parts = sentences(text)
    said = " ".join([*(_sentence(part) for part in parts[:-1]), *parts[-1:]])
    said = re.sub(r"\b(\w+)_(?=\w)", lambda found: found[0].replace("_", " "), said)
    said = " ".join(_UNSPEAKABLE.sub(" ", said).split())
    return said if re.search(r"\w", said) else ""


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if not text or text.endswith((".", "!", "?")) else f"{text.rstrip(',;:')}."


def _limited(text: str, most: int) -> str:
    """Whole sentences as long as they fit, else the first one cut."""
    kept: list[str] = []
    for sentence in sentences(text):
        if len(" ".join([*kept, sentence]).split()) > most:
            break
        kept.append(sentence)
    return " ".join(kept) or f"{' '.join(text.split()[: most - 3]).rstrip('.,;:')} and so on."
