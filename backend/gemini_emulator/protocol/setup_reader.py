"""Reads `setup` against the model table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gemini_emulator.protocol.manners import manners
from gemini_emulator.protocol.models import Calendar, Traits, models
from gemini_emulator.protocol.setup import (
    INVALID_ARGUMENT,
    Backend,
    Compression,
    Refused,
    Setup,
    declared_functions,
    given,
    plain_text,
)
from gemini_emulator.protocol.setup_checks import check_setup, refused

_RESOURCE = re.compile(r"projects/([^/]+)/locations/([^/]+)/")


def read_setup(
    message: Mapping[str, Any],
    backend: Backend,
    api_version: str,
    strict_models: bool = False,
    context_tokens: int | None = None,
    *,
    calendar: Calendar | None = None,
) -> Setup:
    """Raises `Refused` with the service's close code and text.

    Each service offers its own models. Without `strict_models` every model of the table is served on both paths, so
    that a client set up for one service can try the emulator's other path. `context_tokens` goes before the size of the
    model's own context window. `calendar`: without one no model retires that is in service now.
    """
    generation = message.get("generationConfig", {})
    path = message.get("model", "")
    model, traits = _model(path, backend, api_version, strict_models, calendar)
    check_setup(message, model, traits, backend, api_version)
    ways = manners(vertex=backend is Backend.VERTEX, traits=traits)
    realtime = message.get("realtimeInputConfig", {})
    detection = realtime.get("automaticActivityDetection", {})
    resumption = message.get("sessionResumption")
    thinking = generation.get("thinkingConfig", {})
    return Setup(
        model=model,
        traits=traits,
        manners=ways,
        owner=_owner(path, backend),
        backend=backend,
        generation=traits.generation,
        functions=declared_functions(message.get("tools", [])),
        instruction=plain_text(message.get("systemInstruction", {})),
        detection=None if detection.get("disabled") else detection,
        coverage=given(realtime.get("turnCoverage")) or traits.turn_coverage,
        interruptible=realtime.get("activityHandling") != "NO_INTERRUPTION",
        input_transcription=ways.unasked or "inputAudioTranscription" in message,
        interim_transcription=traits.transcribes or "inputAudioTranscription" in message,
        output_transcription="outputAudioTranscription" in message,
        text_output="TEXT" in generation.get("responseModalities", []) or not traits.voice_output,
        thinks=_thinks(thinking, traits),
        thoughts=_thinks(thinking, traits) and bool(thinking.get("includeThoughts")),
        resumption=ways.unasked or resumption is not None,
        transparent=bool((resumption or {}).get("transparent")),
        handle=(resumption or {}).get("handle") or None,
        compression=_compression(message.get("contextWindowCompression"), context_tokens or traits.input_tokens),
        awaiting_history=bool(message.get("historyConfig", {}).get("initialHistoryInClientContent")),
        tells_activity=ways.unasked or bool(message.get("explicitVadSignal")),
    )


def _model(
    path: str, backend: Backend, api_version: str, strict: bool, calendar: Calendar | None
) -> tuple[str, Traits]:
    name = path.rsplit("/", 1)[-1]
    if not name:
        raise Refused(1007, INVALID_ARGUMENT)
    traits = models().get(name)
    gone = traits is None or traits.state == "retired" or (calendar is not None and calendar.is_past(traits))
    if traits and not gone and (backend in traits.backends or not strict):
        region = _RESOURCE.search(path)
        if backend is Backend.VERTEX and region and region[2] in traits.not_regions:
            raise refused("wrong_region")
        return name, traits
    if backend is Backend.VERTEX:
        raise Refused(1008, f"Publisher Model `{path}` was not found or is not supported for bidiGenerateContent")
    raise Refused(
        1008,
        f"{path} is not found for API version {api_version}, or is not supported for bidiGenerateContent. "
        "Call ListModels to see the list of available models and their supported methods.",
    )


def _owner(path: str, backend: Backend) -> str:
    """Keys of the Developer API do not show their project, so there is one owner."""
    found = _RESOURCE.search(path) if backend is Backend.VERTEX else None
    return f"{backend} {found[0]}" if found else str(backend)


def _thinks(thinking: Mapping[str, Any], traits: Traits) -> bool:
    """Models with levels think little unless they are asked to; a budget of 0 turns thinking off."""
    if traits.transcribes or thinking.get("thinkingBudget") == 0:
        return False
    return traits.thinking != "level" or bool(thinking)


def _compression(wanted: Mapping[str, Any] | None, window: int) -> Compression | None:
    """Begins at four fifths of the window and cuts to half of that, unless the client says otherwise."""
    if wanted is None:
        return None
    trigger = wanted.get("triggerTokens") or window * 4 // 5
    target = wanted.get("slidingWindow", {}).get("targetTokens") or trigger // 2
    if target > trigger:
        raise Refused(1007, INVALID_ARGUMENT)
    return Compression(trigger, target)
