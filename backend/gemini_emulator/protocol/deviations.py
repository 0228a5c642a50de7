"""A service that is not as documented, on purpose: so that a program which checks its assumptions can be checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from gemini_emulator.protocol.models import models

Message = dict[str, Any]

DEVIATIONS: dict[str, str] = {
    "no-handles": "no handle to resume from ever comes",
    "no-usage": "turns end without usageMetadata",
    "usage-sum": "the parts of usageMetadata do not add up to its total",
    "thoughts-in-total": "thoughts are reported, and are part of the total",
    "mime-type": "voice comes as audio/L16 at 16 kHz",
    "no-transcripts": "nothing that is said is written, either way",
    "no-call-ids": "function calls have no id",
    "no-generation-complete": "a turn ends without generationComplete",
    "no-interrupted": "nobody is told that a turn was cut off",
    "stop-ignored": "clientContent with turnComplete false does not stop the voice",
    "deaf-after-stop": "after such a clientContent only one with turnComplete true is answered",
    "early-go-away": "goAway with 300 s comes right after setup",
    "refusal-texts": "refused settings are refused in other words",
    "accepts-anything": "settings and models that the service refuses are ignored instead",
    "any-key": "a wrong key or token is accepted",
    "forgets-history": "turns that the client brings along are forgotten",
    "refuses-thinking": "a model that needs a thinking level refuses every level",
    "no-status": "models that think at length do not tell whether they are done",
    "no-index": "transparent resumption does not say what was consumed",
}
"""By name, with what is different."""

OTHER_WORDS = "The request could not be served."
OTHER_MIME_TYPE = "audio/L16;rate=16000"
EARLY_GO_AWAY: Message = {"goAway": {"timeLeft": "300s"}}
_THOUGHTS = 40
_CLAIMED_TOO_MUCH = 1_000


class Deviations:
    """What is different here. Pure; nothing by default."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        """Raises ValueError for a name that is not in `DEVIATIONS`."""
        self._names = frozenset(names)
        if unknown := self._names - DEVIATIONS.keys():
            raise ValueError(
                f"There is no deviation called {', '.join(sorted(unknown))}. Known: {', '.join(DEVIATIONS)}."
            )

    def __contains__(self, name: str) -> bool:
        return name in self._names

    def __bool__(self) -> bool:
        return bool(self._names)

    def outgoing(self, message: Message) -> list[Message]:
        """What is sent instead of this message; nothing, when it is kept back."""
        if "no-handles" in self and "sessionResumptionUpdate" in message:
            return []
        if "no-index" in self and "sessionResumptionUpdate" in message:
            update = _without(message["sessionResumptionUpdate"], "lastConsumedClientMessageIndex")
            return [{"sessionResumptionUpdate": update}]
        if "no-call-ids" in self and "toolCall" in message:
            calls = message["toolCall"].get("functionCalls", [])
            return [{"toolCall": {"functionCalls": [_without(call, "id") for call in calls]}}]
        if "setupComplete" in message:
            return [message, EARLY_GO_AWAY] if "early-go-away" in self else [message]
        if "serverContent" in message:
            return self._content(message)
        return [message]

    def _content(self, message: Message) -> list[Message]:
        content = dict(message["serverContent"])
        for deviation, field in (
            ("no-transcripts", "outputTranscription"),
            ("no-transcripts", "inputTranscription"),
            ("no-transcripts", "interimInputTranscription"),
            ("no-generation-complete", "generationComplete"),
            ("no-interrupted", "interrupted"),
            ("no-status", "interactionStatus"),
        ):
            if deviation in self:
                content.pop(field, None)
        if "mime-type" in self and "modelTurn" in content:
            content["modelTurn"] = _retyped(content["modelTurn"])
        out = {**message, "serverContent": content}
        if "usageMetadata" in out:
            out = self._usage(out)
        return [out] if content or len(out) > 1 else []

    def _usage(self, message: Message) -> Message:
        if "no-usage" in self:
            return _without(message, "usageMetadata")
        usage = dict(message["usageMetadata"])
        if "usage-sum" in self:
            usage["totalTokenCount"] += _CLAIMED_TOO_MUCH
        if "thoughts-in-total" in self:
            usage["thoughtsTokenCount"] = _THOUGHTS
            usage["totalTokenCount"] += _THOUGHTS
        return {**message, "usageMetadata": usage}

    def incoming(self, setup: Mapping[str, Any]) -> Message:
        """The setup that is judged instead of the one that came."""
        body = dict(setup)
        generation = dict(body.get("generationConfig", {}))
        if "refuses-thinking" in self and generation.get("thinkingConfig", {}).get("thinkingLevel"):
            body["generationConfig"] = {**generation, "thinkingConfig": {"thinkingLevel": "MINIMAL"}}
        if "accepts-anything" in self:
            return _harmless(body, generation)
        return body

    def refusal(self, reason: str) -> str:
        """The reason of a close before `setupComplete`."""
        return OTHER_WORDS if "refusal-texts" in self else reason


def _without(value: Mapping[str, Any], name: str) -> Message:
    return {key: item for key, item in value.items() if key != name}


def _harmless(body: Message, generation: Message) -> Message:
    """Without anything that can be refused."""
    path, _, name = str(body.get("model", "")).rpartition("/")
    traits = models().get(name)
    body = _without(body, "proactivity")
    if traits is None or traits.thinking == "required":
        body["model"] = f"{path}/gemini-3.8-live"
    body["generationConfig"] = _without(_without(generation, "thinkingConfig"), "speechConfig")
    body["tools"] = [
        {**tool, "functionDeclarations": [_without(f, "behavior") for f in tool.get("functionDeclarations", [])]}
        for tool in body.get("tools", [])
    ]
    return body


def _retyped(turn: Mapping[str, Any]) -> Message:
    parts = []
    for part in turn.get("parts", []):
        blob = part.get("inlineData")
        parts.append({**part, "inlineData": {**blob, "mimeType": OTHER_MIME_TYPE}} if blob else part)
    return {**turn, "parts": parts}
