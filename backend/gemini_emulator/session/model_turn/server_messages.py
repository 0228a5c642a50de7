"""The messages of the model's turns, as each service sends them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from gemini_emulator.protocol.manners import Manners
from gemini_emulator.session.events import Send

OPENED: Mapping[str, Any] = {}
FINISHED: Mapping[str, Any] = {"finished": True}
"""The first and the last transcript of an answer on Vertex AI."""


def model_turn(part: Mapping[str, Any], ways: Manners) -> Send:
    role = {"role": "model"} if ways.names_role else {}
    return Send({"serverContent": {"modelTurn": {**role, "parts": [part]}}})


def voice(pcm: bytes, words: str, ways: Manners) -> Send:
    """PCM16LE mono at 24 kHz; with the words that begin in it, as the 3.x models bundle them."""
    mime_type = "audio/pcm;rate=24000" if ways.names_rate else "audio/pcm"
    data = base64.b64encode(pcm).decode("ascii")
    message = model_turn({"inlineData": {"mimeType": mime_type, "data": data}}, ways)
    if words:
        message.message["serverContent"]["outputTranscription"] = {"text": words}
    return message


def empty(number: int) -> Send:
    """What comes between the pieces of an answer: by turns a message without content, and one without anything."""
    return Send({"serverContent": {}} if number % 2 else {})


def output_transcription(transcript: Mapping[str, Any]) -> Send:
    return Send({"serverContent": {"outputTranscription": dict(transcript)}})


def thought(text: str, ways: Manners) -> Send:
    """Reasoning: not speech, not text to show."""
    return model_turn({"text": text, "thought": True}, ways)


def voice_activity(kind: str, offset_s: float, beside_content: bool) -> Send:
    """Where in the audio of this connection the voice began or ended; `beside_content`: beside an empty content."""
    offset = f"{offset_s:.3f}".removesuffix(".000")
    content: dict[str, Any] = {"serverContent": {}} if beside_content else {}
    return Send({"voiceActivity": {"type": kind, "audioOffset": f"{offset}s"}, **content})


def turn_complete(usage: Mapping[str, Any], reason: str, status: str, ways: Manners) -> Send:
    """`reason` is the `turnCompleteReason`, empty for a turn that went well; `status` the `interactionStatus`."""
    content: dict[str, Any] = {"turnComplete": True}
    content |= {"groundingMetadata": {}} if ways.grounding else {}
    content |= {"turnCompleteReason": reason} if reason else {}
    content |= {"interactionStatus": status} if status else {}
    return Send({"serverContent": content, "usageMetadata": dict(usage)})
