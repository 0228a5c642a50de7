"""Whether a client says what the recorded client said. Pure.

What counts is the kind of a message and its content. What does not: the bytes and the number of audio frames (their
length in seconds does, see `player.py`), the base64 alphabet, camelCase or snake_case, the order of fields, `40.0` for
40, null, empty text and empty lists, and the values that were scrubbed: each matches anything, but the same
value everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.cassettes import blobs
from gemini_emulator.cassettes.scrubbing import PLACEHOLDER

_UNDERSCORE = re.compile(r"_([a-z0-9])")
_FREE_FORM = frozenset(["response", "args", "properties", "labels", "parametersJsonSchema", "responseJsonSchema"])
"""Their keys are data: `city_name` is not `cityName` there."""
_MEMBERS = ("setup", "clientContent", "toolResponse", "contextUpdate")
_INPUTS = ("audio", "mediaChunks", "video", "text", "activityStart", "activityEnd", "audioStreamEnd")


def canonical(value: Any, *, free: bool = False) -> Any:
    """One spelling: camelCase, no null, no empty text and lists, whole floats as integers.

    An empty object stays: `sessionResumption: {}` asks for handles.
    """
    if isinstance(value, list):
        return [canonical(item, free=free) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, Mapping):
        return value
    out = {}
    for key, item in value.items():
        name = key if free else _UNDERSCORE.sub(lambda found: found[1].upper(), key)
        read = canonical(item, free=free or name in _FREE_FORM)
        if read is not None and (free or read not in ([], "") or name in _INPUTS):
            out[name] = read
    return out


def kind(message: Mapping[str, Any]) -> str:
    """Of a canonical client message: `setup`, `audio`, `text`, `toolResponse`, ...

    `clientContent` asks for an answer, `history` does not.
    """
    inputs = message.get("realtimeInput")
    if isinstance(inputs, Mapping):
        name = next((name for name in _INPUTS if name in inputs), "realtimeInput")
        if name == "mediaChunks":
            return "audio" if all(_is_audio(blob) for blob in inputs[name]) else "video"
        return name
    content = message.get("clientContent")
    if isinstance(content, Mapping) and not content.get("turnComplete"):
        return "history"
    return next((name for name in _MEMBERS if name in message), "nothing known")


def alike(wanted: str, given: str) -> bool:
    """Kinds that ask the model for the same."""
    return wanted == given or {wanted, given} == {"text", "clientContent"}


def audio_s(message: Mapping[str, Any]) -> float:
    """Seconds of audio in a client message of kind `audio`."""
    return sum(blobs.seconds(blob) for blob in blobs.walk(message) if _is_audio(blob))


class Bindings:
    """The value of each placeholder of a cassette in this replay."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    def copy(self) -> Bindings:
        other = Bindings()
        other._values = dict(self._values)
        return other

    def bind_placeholders(self, message: Any) -> None:
        """The client has been given these placeholders as they are: it must give the same back."""
        if isinstance(message, str):
            for name in PLACEHOLDER.findall(message):
                self._values.setdefault(name, name)
        elif isinstance(message, list):
            for item in message:
                self.bind_placeholders(item)
        elif isinstance(message, Mapping):
            for item in message.values():
                self.bind_placeholders(item)

    def difference(self, wanted: Any, given: Any, path: str = "") -> str:
        """The path of the first difference between canonical values; empty when there is none."""
        if isinstance(wanted, Mapping) and isinstance(given, Mapping):
            return self._in_objects(wanted, given, path)
        if isinstance(wanted, list) and isinstance(given, list):
            if len(wanted) != len(given):
                return path
            pairs = enumerate(zip(wanted, given, strict=True))
            return next((at for i, (a, b) in pairs if (at := self.difference(a, b, f"{path}[{i}]"))), "")
        if isinstance(wanted, str) and PLACEHOLDER.search(wanted):
            return "" if self._stands_for(wanted, str(given)) else path
        return "" if wanted == given and isinstance(wanted, bool) == isinstance(given, bool) else path or "message"

    def _in_objects(self, wanted: Mapping[str, Any], given: Mapping[str, Any], path: str) -> str:
        blob = bool(blobs.mime_type(wanted))
        for key in dict.fromkeys([*wanted, *given]):
            inner = f"{path}.{key}" if path else key
            if blob and key == "data" and key in given:
                continue
            if key not in wanted or key not in given:
                return inner
            if at := self.difference(wanted[key], given[key], inner):
                return at
        return ""

    def _stands_for(self, wanted: str, given: str) -> bool:
        names = PLACEHOLDER.findall(wanted)
        texts = PLACEHOLDER.split(wanted)
        pattern = "(.+?)".join(re.escape(text) for text in texts)
        found = re.fullmatch(pattern, given, re.DOTALL)
        if found is None:
            return False
        pairs = zip(names, found.groups(), strict=True)
        return all(self._values.setdefault(name, value) == value for name, value in pairs)


def _is_audio(blob: Mapping[str, Any]) -> bool:
    return blobs.mime_type(blob).startswith("audio/")
