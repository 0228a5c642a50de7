"""What a client asked for in `setup`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from gemini_emulator.protocol.manners import Manners
from gemini_emulator.protocol.models import Traits

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
    manners: Manners
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
    interim_transcription: bool
    output_transcription: bool
    text_output: bool
    thinks: bool
    """The model reasons before it answers, and counts what that took."""
    thoughts: bool
    """The client wants to see the model's reasoning."""
    resumption: bool
    transparent: bool
    """Handles come with the index of the last message that they include."""
    handle: str | None
    compression: Compression | None
    awaiting_history: bool
    """The first clientContent is history up to its `turnComplete`, and starts nothing."""
    tells_activity: bool
    """`voiceActivity` is sent."""

    def behavior(self, function: Mapping[str, Any]) -> str:
        """BLOCKING or NON_BLOCKING: as declared, if the model can do that, else its default."""
        declared = function.get("behavior")
        return declared if declared in self.traits.behaviors else self.traits.behaviors[0]


def given(name: str | None) -> str:
    """An enumeration's value, or nothing when it is the one that means "not set"."""
    return "" if name is None or name.endswith("_UNSPECIFIED") else name


def declared_functions(tools: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """All function declarations of a tool list, in order."""
    return tuple(function for tool in tools for function in tool.get("functionDeclarations", []))


def plain_text(content: Mapping[str, Any]) -> str:
    """The text parts of a Content, joined."""
    return " ".join(part["text"] for part in content.get("parts", []) if part.get("text")).strip()
