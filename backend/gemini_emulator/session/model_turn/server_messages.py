"""The messages of the model's turns, as they go on the wire."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from gemini_emulator.session.events import Send

AUDIO = "audio/pcm;rate=24000"


def model_turn(part: Mapping[str, Any]) -> Send:
    return Send({"serverContent": {"modelTurn": {"role": "model", "parts": [part]}}})


def voice(pcm: bytes, words: str = "") -> Send:
    """PCM16LE mono at 24 kHz; with the words that begin in it, as the 3.x models bundle them."""
    message = model_turn({"inlineData": {"mimeType": AUDIO, "data": base64.b64encode(pcm).decode("ascii")}})
    if words:
        message.message["serverContent"]["outputTranscription"] = {"text": words}
    return message


def output_transcription(words: str) -> Send:
    return Send({"serverContent": {"outputTranscription": {"text": words}}})


def thought(text: str) -> Send:
    """Reasoning: not speech, not text to show."""
    return model_turn({"text": text, "thought": True})


def turn_complete(usage: Mapping[str, Any], reason: str, status: str = "") -> Send:
    """`reason` is the `turnCompleteReason`, empty for a turn that went well; `status` the `interactionStatus`."""
    content: dict[str, Any] = {"turnComplete": True}
    content |= {"turnCompleteReason": reason} if reason else {}
    content |= {"interactionStatus": status} if status else {}
    return Send({"serverContent": content, "usageMetadata": dict(usage)})
