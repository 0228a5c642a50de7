"""Build the setup message of a session."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from s2s.core.effects import HistoryTurn
from s2s.tools.schema_normalizer import usable_declarations
from s2s.upstream.codec import gemini_codec
from s2s.upstream.models.model_capabilities import Capabilities
from s2s.upstream.models.model_table import ThinkingLevel
from s2s.wire import Sensitivity

DEFAULT_INSTRUCTION = (
    "You are a friendly voice assistant. You are heard, not read: answer in one to three short spoken sentences, "
    "without lists, markup or emoji. Use the functions you have when a question needs them, and say their results "
    "in plain words. Never read function names or JSON aloud."
)


DETECTION: dict[Sensitivity, dict[str, Any]] = {
    "low": {
        "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
        "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH",
        "prefixPaddingMs": 200,
    },
    "normal": {
        "startOfSpeechSensitivity": "START_SENSITIVITY_HIGH",
        "endOfSpeechSensitivity": "END_SENSITIVITY_HIGH",
        "prefixPaddingMs": 100,
    },
    # A quiet speaker falls below any threshold between two words, so the turn ends later.
    "high": {
        "startOfSpeechSensitivity": "START_SENSITIVITY_HIGH",
        "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
        "prefixPaddingMs": 40,
    },
}
"""`automaticActivityDetection` (Live API reference). Padding: how much speech is needed before a start counts; "the
lower this value, the more sensitive the start-of-speech detection is". End HIGH "ends speech more often". All are
set explicitly: the documented defaults differ between backends."""


@dataclass(frozen=True, slots=True)
class SessionConfig:
    """Options of a session, chosen when it is created."""

    voice: str = "Puck"
    language: str | None = None
    """BCP-47, or None: native-audio models detect the language."""
    system_instruction: str = DEFAULT_INSTRUCTION
    tools: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    """Function declarations, parameters as JSON Schema."""
    input_transcription: bool = True
    output_transcription: bool = True
    manual_activity: bool = False
    silence_duration_ms: int = 0
    """Silence that ends the user's turn; 0: the default for the upstream."""
    sensitivity: Sensitivity = "normal"
    """Sensitivity of the start-of-speech detection. Unused with manual activity marks."""
    history: Sequence[HistoryTurn] = ()
    """History of the earlier session that this one continues, oldest turn first."""
    seed: int = 0
    """Seed of the backoff jitter."""
    thinking_level: ThinkingLevel | None = None
    """Thinking level, for models that accept one; None: the lowest where one is required, else the model's default."""
    compression_trigger_tokens: int = 0
    """Context size at which the service drops the oldest turns; 0: 80 % of the context window."""
    compression_target_tokens: int = 0
    """Context size after dropping; 0: half of the trigger."""


def setup_message(
    model_path: str, config: SessionConfig, caps: Capabilities, handle: str | None, *, seeded: bool = False
) -> str:
    """Build the first frame. `handle` resumes a session; an empty object asks for handles (null would be refused).

    `seeded`: earlier turns follow as history that asks for no answer.
    """
    speech: dict[str, Any] = {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": config.voice}}}
    if config.language:
        speech["languageCode"] = config.language
    body: dict[str, Any] = {
        "model": model_path,
        "generationConfig": {"responseModalities": ["AUDIO"], "speechConfig": speech, **_thinking(config, caps)},
        "systemInstruction": {"parts": [{"text": config.system_instruction}]},
        "realtimeInputConfig": _turn_taking(config, caps),
        "sessionResumption": _resumption(handle, caps),
        "contextWindowCompression": _compression(config),
    }
    if seeded and caps.history_config:
        body["historyConfig"] = {"initialHistoryInClientContent": True}
    if config.input_transcription:
        body["inputAudioTranscription"] = {}
    if config.output_transcription:
        body["outputAudioTranscription"] = {}
    if config.tools:
        # An undeclarable function is left out, so it never costs the call; registration logs it.
        usable = usable_declarations(config.tools, json_schema=caps.json_schema)
        if usable:
            body["tools"] = [{"functionDeclarations": [_declaration(*each, caps) for each in usable]}]
    return gemini_codec.setup(body)


def _thinking(config: SessionConfig, caps: Capabilities) -> dict[str, Any]:
    """Models without levels close the socket on a level; extended thinking closes it without one."""
    level = config.thinking_level if config.thinking_level in caps.thinking_levels else None
    if level is None and caps.thinking == "level":
        level = caps.thinking_levels[0]
    return {"thinkingConfig": {"thinkingLevel": level}} if level is not None else {}


def _compression(config: SessionConfig) -> dict[str, Any]:
    """Always requested: without compression a session ends after 15 minutes. Numbers, as Google's SDK sends."""
    window: dict[str, Any] = {}
    if config.compression_trigger_tokens and config.compression_target_tokens:
        window["targetTokens"] = config.compression_target_tokens
    trigger = {"triggerTokens": config.compression_trigger_tokens} if config.compression_trigger_tokens else {}
    return {**trigger, "slidingWindow": window}


def _resumption(handle: str | None, caps: Capabilities) -> dict[str, Any]:
    wanted: dict[str, Any] = {"handle": handle} if handle else {}
    # Refused by the Developer API.
    return {**wanted, "transparent": True} if caps.transparent else wanted


def _turn_taking(config: SessionConfig, caps: Capabilities) -> dict[str, Any]:
    if config.manual_activity:
        detection: dict[str, Any] = {"disabled": True}
    else:
        detection = {"disabled": False, **DETECTION[config.sensitivity]}
        if silence_ms := config.silence_duration_ms or caps.silence_ms:
            detection["silenceDurationMs"] = silence_ms
    return {"automaticActivityDetection": detection, "activityHandling": "START_OF_ACTIVITY_INTERRUPTS"}


def _declaration(tool: Mapping[str, Any], parameters: Mapping[str, Any], caps: Capabilities) -> dict[str, Any]:
    declared: dict[str, Any] = {"name": tool["name"], "description": tool.get("description", ""), **parameters}
    if caps.tool_behavior:
        # Always sent: defaults differ between models, and some answer when no answer is wanted.
        declared["behavior"] = "NON_BLOCKING" if caps.async_only else tool.get("behavior", "BLOCKING")
    return declared
