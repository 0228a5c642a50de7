"""What a service refuses in a setup, in its words as far as they were seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.function_declarations import fault_of
from gemini_emulator.protocol.models import Offer, Traits, developer_languages, vertex_languages, voices
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Backend, Refused, declared_functions, given

TOOLS = frozenset(["functionDeclarations", "googleSearch", "googleSearchRetrieval", "enterpriseWebSearch"])
"""What Live models take; code execution, URL context, maps and the like are refused."""


def check_setup(message: Mapping[str, Any], model: str, traits: Traits, backend: Backend, api_version: str) -> None:
    """Raises `Refused`. `model` is the short name."""
    generation = message.get("generationConfig", {})
    _check_fields(message, backend, traits)
    _check_tools(message.get("tools", []), traits)
    _check_thinking(generation.get("thinkingConfig"), traits)
    _check_offers(message, traits, backend, api_version)
    _check_speech(generation.get("speechConfig", {}), model, traits, backend)
    _check_declarations(message.get("tools", []), backend)
    _check_modalities(generation, model, traits, backend)


def refused(row: str) -> Refused:
    """The end that the close-code table has under that name."""
    return Refused(CLOSES[row].code, CLOSES[row].reason)


def _unknown(name: str, where: str) -> Refused:
    return Refused(1007, f"Invalid JSON payload received. Unknown name \"{name}\" at '{where}': Cannot find field.")


def _check_fields(message: Mapping[str, Any], backend: Backend, traits: Traits) -> None:
    """Fields that one of the services does not know, or one family of models."""
    resumption = message.get("sessionResumption", {})
    if "handle" in resumption and resumption["handle"] is None and traits.generation < 3:
        # Seen in the field with gemini-2.5-flash-native-audio-latest; `{}` is what it wants.
        raise refused("null_handle")
    if backend is Backend.DEVELOPER and "transparent" in resumption:
        raise _unknown("transparent", "setup.session_resumption")
    for name in ("explicitVadSignal", "avatarConfig"):
        if backend is Backend.DEVELOPER and name in message:
            raise _unknown(name, "setup")
    if "avatarConfig" in message and not traits.avatar:
        raise Refused(1007, INVALID_ARGUMENT)
    if "translationConfig" in message.get("generationConfig", {}) and not traits.translation:
        raise Refused(1007, INVALID_ARGUMENT)


def _check_tools(tools: list[Mapping[str, Any]], traits: Traits) -> None:
    if any(name not in TOOLS for tool in tools for name in tool) or (traits.transcribes and any(tools)):
        raise Refused(1007, INVALID_ARGUMENT)
    blocking = any(function.get("behavior") == "BLOCKING" for function in declared_functions(tools))
    if blocking and "BLOCKING" not in traits.behaviors:
        raise refused("blocking_not_supported")


def _check_declarations(tools: list[Mapping[str, Any]], backend: Backend) -> None:
    if fault := fault_of(tools, vertex=backend is Backend.VERTEX):
        raise Refused(1007, fault)


def _check_modalities(generation: Mapping[str, Any], model: str, traits: Traits, backend: Backend) -> None:
    wanted = set(generation.get("responseModalities", []))
    if len(wanted) > 1 or not wanted <= {"AUDIO", "TEXT"}:
        raise Refused(1007, INVALID_ARGUMENT)
    offered = {"TEXT": traits.text_output, "AUDIO": traits.voice_output}
    if all(offered[modality] for modality in wanted):
        return
    if backend is Backend.VERTEX:
        # googleapis/python-genai#1780
        raise Refused(1007, INVALID_ARGUMENT)
    if "TEXT" in wanted and generation.get("speechConfig", {}).get("voiceConfig"):
        raise refused("text_on_native_audio")
    [modality] = wanted
    combination = f"The requested combination of response modalities ({modality}) is not supported by the model."
    raise Refused(1007, f"{combination} models/{model}")


def _check_thinking(thinking: Mapping[str, Any] | None, traits: Traits) -> None:
    level = given((thinking or {}).get("thinkingLevel"))
    if traits.thinking == "required" and not level:
        raise refused("thinking_level_required")
    if traits.thinking == "forbidden" and level:
        raise refused("thinking_level_not_supported")
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


def _check_speech(speech: Mapping[str, Any], model: str, traits: Traits, backend: Backend) -> None:
    name = speech.get("voiceConfig", {}).get("prebuiltVoiceConfig", {}).get("voiceName")
    if name and name not in voices():
        raise Refused(1007, f"Requested voice api_name '{name}' is not available for this model.")
    language = speech.get("languageCode")
    if language and backend is Backend.VERTEX and language not in vertex_languages():
        raise Refused(1007, INVALID_ARGUMENT)
    if language and traits.generation < 3 and language not in vertex_languages() | developer_languages():
        raise Refused(1007, f"Unsupported language code '{language}' for model models/{model}")
