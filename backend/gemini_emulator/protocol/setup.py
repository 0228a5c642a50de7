"""What a client asked for in `setup`, checked as the service checks it, against the model table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.function_declarations import fault_of
from gemini_emulator.protocol.models import Calendar, Offer, Traits, models, vertex_languages, voices

INVALID_ARGUMENT = "Request contains an invalid argument."
TOOLS = frozenset(["functionDeclarations", "googleSearch", "googleSearchRetrieval", "enterpriseWebSearch"])
"""What Live models take; code execution, URL context, maps and the like are refused."""
_RESOURCE = re.compile(r"projects/([^/]+)/locations/([^/]+)/")


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


@dataclass(frozen=True, slots=True)
class Compression:
    """`contextWindowCompression` with its defaults filled in."""

    trigger_tokens: int
    """A context larger than this is cut."""
    target_tokens: int
    """To at most so much."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A session's configuration."""

    model: str
    """Short name, without `models/` or the resource path."""
    traits: Traits
    owner: str
    """Whose session it is: backend, and on Vertex AI the project and the location."""
    backend: Backend
    generation: int
    """2 for the 2.5 models, 3 for 3.x: what clientContent and realtime text do differs."""
    functions: tuple[Mapping[str, Any], ...]
    instruction: str
    detection: Mapping[str, Any] | None
    """`automaticActivityDetection` as the client set it. None: the client marks activity itself."""
    coverage: str
    interruptible: bool
    input_transcription: bool
    output_transcription: bool
    text_output: bool
    thoughts: bool
    """The client wants to see the model's reasoning."""
    resumption: bool
    transparent: bool
    """Handles come with the index of the last message that they include."""
    handle: str | None
    compression: Compression | None
    awaiting_history: bool
    """The first clientContent is history up to its `turnComplete`, and starts nothing."""
    explicit_vad: bool

    def behavior(self, function: Mapping[str, Any]) -> str:
        """BLOCKING or NON_BLOCKING: as declared, if the model can do that, else its default."""
        declared = function.get("behavior")
        return declared if declared in self.traits.behaviors else self.traits.behaviors[0]


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
    realtime = message.get("realtimeInputConfig", {})
    detection = realtime.get("automaticActivityDetection", {})
    resumption = message.get("sessionResumption")
    _check_fields(message, backend, traits)
    _check_tools(message.get("tools", []), traits)
    _check_thinking(generation.get("thinkingConfig"), traits)
    _check_offers(message, traits, backend, api_version)
    _check_speech(generation.get("speechConfig", {}), backend)
    _check_declarations(message.get("tools", []), backend)
    return Setup(
        model=model,
        traits=traits,
        owner=_owner(path, backend),
        backend=backend,
        generation=traits.generation,
        functions=declared_functions(message.get("tools", [])),
        instruction=plain_text(message.get("systemInstruction", {})),
        detection=None if detection.get("disabled") else detection,
        coverage=_given(realtime.get("turnCoverage")) or traits.turn_coverage,
        interruptible=realtime.get("activityHandling") != "NO_INTERRUPTION",
        input_transcription="inputAudioTranscription" in message,
        output_transcription="outputAudioTranscription" in message,
        text_output=_wants_text(generation.get("responseModalities", []), traits),
        thoughts=_wants_thoughts(generation.get("thinkingConfig", {})),
        resumption=resumption is not None,
        transparent=bool((resumption or {}).get("transparent")),
        handle=(resumption or {}).get("handle") or None,
        compression=_compression(message.get("contextWindowCompression"), context_tokens or traits.input_tokens),
        awaiting_history=bool(message.get("historyConfig", {}).get("initialHistoryInClientContent")),
        explicit_vad=bool(message.get("explicitVadSignal")),
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
            raise _refused("wrong_region")
        return name, traits
    if backend is Backend.VERTEX:
        raise Refused(1008, f"Publisher Model `{path}` was not found or is not supported for bidiGenerateContent")
    raise Refused(
        1008, f"{path} is not found for API version {api_version}, or is not supported for bidiGenerateContent."
    )  # fmt: skip


def _owner(path: str, backend: Backend) -> str:
    """Keys of the Developer API do not show their project, so there is one owner."""
    found = _RESOURCE.search(path) if backend is Backend.VERTEX else None
    return f"{backend} {found[0]}" if found else str(backend)


def _given(name: str | None) -> str:
    """An enumeration's value, or nothing when it is the one that means "not set"."""
    return "" if name is None or name.endswith("_UNSPECIFIED") else name


def _refused(row: str) -> Refused:
    return Refused(CLOSES[row].code, CLOSES[row].reason)


def _unknown(name: str, where: str) -> Refused:
    return Refused(1007, f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.")


def _check_fields(message: Mapping[str, Any], backend: Backend, traits: Traits) -> None:
    """Fields that one of the services does not know, or one family of models."""
    resumption = message.get("sessionResumption", {})
    if "handle" in resumption and resumption["handle"] is None and traits.generation < 3:
        # Seen in the field with gemini-2.5-flash-native-audio-latest; `{}` is what it wants.
        raise _refused("null_handle")
    if backend is Backend.DEVELOPER and "transparent" in resumption:
        raise _unknown("transparent", "setup.session_resumption")
    if backend is Backend.DEVELOPER and "explicitVadSignal" in message:
        raise _unknown("explicitVadSignal", "setup")
    if "translationConfig" in message.get("generationConfig", {}) and not traits.translation:
        raise Refused(1007, INVALID_ARGUMENT)


def _check_tools(tools: list[Mapping[str, Any]], traits: Traits) -> None:
    if any(name not in TOOLS for tool in tools for name in tool):
        raise Refused(1007, INVALID_ARGUMENT)
    blocking = any(function.get("behavior") == "BLOCKING" for function in declared_functions(tools))
    if blocking and "BLOCKING" not in traits.behaviors:
        raise _refused("blocking_not_supported")


def _check_declarations(tools: list[Mapping[str, Any]], backend: Backend) -> None:
    if fault := fault_of(tools, vertex=backend is Backend.VERTEX):
        raise Refused(1007, fault)


def _wants_text(modalities: list[str], traits: Traits) -> bool:
    wanted = set(modalities) or {"AUDIO"}
    if len(wanted) > 1 or not wanted <= {"AUDIO", "TEXT"}:
        raise Refused(1007, INVALID_ARGUMENT)
    if wanted == {"TEXT"} and not traits.text_output:
        raise _refused("text_on_native_audio")
    return wanted == {"TEXT"}


def _wants_thoughts(thinking: Mapping[str, Any]) -> bool:
    """A budget of 0 turns thinking off."""
    return bool(thinking.get("includeThoughts")) and thinking.get("thinkingBudget") != 0


def _check_thinking(thinking: Mapping[str, Any] | None, traits: Traits) -> None:
    level = _given((thinking or {}).get("thinkingLevel"))
    if traits.thinking == "required" and not level:
        raise _refused("thinking_level_required")
    if traits.thinking == "forbidden" and level:
        raise _refused("thinking_level_not_supported")
    match traits.thinking:
        case "forbidden":
            wrong = thinking is not None
        case "required":
            wrong = level not in traits.thinking_levels
        case "level":
            wrong = bool(level) and level not in traits.thinking_levels
        case "budget":
            wrong = bool(level)
    if wrong:
        raise Refused(1007, INVALID_ARGUMENT)


def _check_offers(message: Mapping[str, Any], traits: Traits, backend: Backend, api_version: str) -> None:
    proactivity = message.get("proactivity")
    if proactivity is not None:
        if backend is Backend.DEVELOPER and (api_version != "v1alpha" or traits.proactive == "always"):
            # v1 and v1beta know the field for no model, v1alpha for those that can be asked to be proactive.
            raise _unknown("proactivity", "setup")
        _check_offer(traits.proactive, bool(proactivity.get("proactiveAudio", True)), backend, api_version,
                     _unknown("proactivity", "setup"))  # fmt: skip
    affective = message.get("generationConfig", {}).get("enableAffectiveDialog")
    if affective is not None:
        _check_offer(traits.affective, affective, backend, api_version,
                     _unknown("enableAffectiveDialog", "setup.generation_config"))  # fmt: skip


def _check_offer(offer: Offer, wanted: bool, backend: Backend, api_version: str, unknown: Refused) -> None:
    """Asking for what a model never does is wrong, and so is asking it to stop what it always does."""
    if offer == "v1alpha" and backend is Backend.DEVELOPER and api_version != "v1alpha":
        raise unknown
    if (offer == "never" and wanted) or (offer == "always" and not wanted):
        raise Refused(1007, INVALID_ARGUMENT)


def _check_speech(speech: Mapping[str, Any], backend: Backend) -> None:
    name = speech.get("voiceConfig", {}).get("prebuiltVoiceConfig", {}).get("voiceName")
    if name and name not in voices():
        raise Refused(1007, f"Requested voice api_name '{name}' is not available for this model.")
    language = speech.get("languageCode")
    if language and backend is Backend.VERTEX and language not in vertex_languages():
        raise Refused(1007, INVALID_ARGUMENT)


def _compression(wanted: Mapping[str, Any] | None, window: int) -> Compression | None:
    """Begins at four fifths of the window and cuts to half of that, unless the client says otherwise."""
    if wanted is None:
        return None
    trigger = wanted.get("triggerTokens") or window * 4 // 5
    target = wanted.get("slidingWindow", {}).get("targetTokens") or trigger // 2
    if target > trigger:
        raise Refused(1007, INVALID_ARGUMENT)
    return Compression(trigger, target)


def declared_functions(tools: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """All function declarations of a tool list, in order."""
    return tuple(function for tool in tools for function in tool.get("functionDeclarations", []))


def plain_text(content: Mapping[str, Any]) -> str:
    """The text parts of a Content, joined."""
    return " ".join(part["text"] for part in content.get("parts", []) if part.get("text")).strip()
