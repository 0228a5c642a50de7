"""What a client asked for in `setup`, checked as the service checks it, against the model table in models.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from gemini_emulator.turns import Rules

INVALID_ARGUMENT = "Request contains an invalid argument."


class Backend(StrEnum):
    """The service that the client dialled; a few fields differ on the wire."""

    DEVELOPER = "developer"
    VERTEX = "vertex"


class Refused(Exception):
    """The service would close the connection here."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


@cache
def _table() -> dict[str, Any]:
    table: dict[str, Any] = json.loads(files("gemini_emulator").joinpath("models.json").read_text("utf-8"))
    return table


@dataclass(frozen=True, slots=True)
class Setup:
    """A session's configuration."""

    model: str
    """Short name, without `models/` or the resource path."""
    backend: Backend
    generation: int
    """2 for the 2.5 models, 3 for 3.x: what clientContent and realtime text do differs."""
    default_behavior: str
    functions: tuple[Mapping[str, Any], ...]
    instruction: str
    rules: Rules | None
    """None: the client marks activity itself."""
    interruptible: bool
    input_transcription: bool
    output_transcription: bool
    text_output: bool
    resumption: bool
    handle: str | None
    awaiting_history: bool
    """The first clientContent is history up to its `turnComplete`, and starts nothing."""
    explicit_vad: bool


def read_setup(message: Mapping[str, Any], backend: Backend, api_version: str, strict_models: bool = False) -> Setup:
    """Raises `Refused` with the service's close code and text.

    Each service offers its own models. Without `strict_models` every model of the table is served on both paths, so
    that a client set up for one service can try the emulator's other path.
    """
    generation = message.get("generationConfig", {})
    model, traits = _model(message.get("model", ""), backend, api_version, strict_models)
    realtime = message.get("realtimeInputConfig", {})
    detection = realtime.get("automaticActivityDetection", {})
    resumption = message.get("sessionResumption")
    _check_thinking(generation.get("thinkingConfig"), traits)
    _check_voice(generation.get("speechConfig", {}))
    return Setup(
        model=model,
        backend=backend,
        generation=traits["generation"],
        default_behavior=traits["behavior"],
        functions=declared_functions(message.get("tools", [])),
        instruction=plain_text(message.get("systemInstruction", {})),
        rules=None if detection.get("disabled") else Rules.from_wire(detection),
        interruptible=realtime.get("activityHandling") != "NO_INTERRUPTION",
        input_transcription="inputAudioTranscription" in message,
        output_transcription="outputAudioTranscription" in message,
        text_output=_wants_text(generation.get("responseModalities", []), traits),
        resumption=resumption is not None,
        handle=(resumption or {}).get("handle") or None,
        awaiting_history=bool(message.get("historyConfig", {}).get("initialHistoryInClientContent")),
        explicit_vad=bool(message.get("explicitVadSignal")) and backend is Backend.VERTEX,
    )


def _model(path: str, backend: Backend, api_version: str, strict: bool) -> tuple[str, dict[str, Any]]:
    name = path.rsplit("/", 1)[-1]
    if not name:
        raise Refused(1007, INVALID_ARGUMENT)
    traits: dict[str, Any] | None = _table()["models"].get(name)
    if traits is not None and (backend in traits["backends"] or not strict):
        return name, traits
    if backend is Backend.VERTEX:
        raise Refused(1008, f"Publisher Model `{path}` was not found or is not supported for bidiGenerateContent")
    raise Refused(
        1008, f"{path} is not found for API version {api_version}, or is not supported for bidiGenerateContent."
    )  # fmt: skip


def _wants_text(modalities: list[str], traits: Mapping[str, Any]) -> bool:
    wanted = set(modalities) or {"AUDIO"}
    if len(wanted) > 1 or not wanted <= {"AUDIO", "TEXT"}:
        raise Refused(1007, INVALID_ARGUMENT)
    if wanted == {"TEXT"} and not traits["text_output"]:
        raise Refused(1007, "Cannot extract voices from a non-audio request.")
    return wanted == {"TEXT"}


def _check_thinking(thinking: Mapping[str, Any] | None, traits: Mapping[str, Any]) -> None:
    asks_level = bool(thinking and "thinkingLevel" in thinking)
    if traits["thinking"] == "forbidden" and thinking is not None:
        raise Refused(1007, INVALID_ARGUMENT)
    if traits["thinking"] == "required" and not asks_level:
        raise Refused(1007, INVALID_ARGUMENT)


def _check_voice(speech: Mapping[str, Any]) -> None:
    name = speech.get("voiceConfig", {}).get("prebuiltVoiceConfig", {}).get("voiceName")
    if name and name not in _table()["voices"]:
        raise Refused(1007, f"Requested voice api_name '{name}' is not available for this model.")


def declared_functions(tools: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """All function declarations of a tool list, in order."""
    return tuple(function for tool in tools for function in tool.get("functionDeclarations", []))


def plain_text(content: Mapping[str, Any]) -> str:
    """The text parts of a Content, joined."""
    return " ".join(part["text"] for part in content.get("parts", []) if part.get("text")).strip()
