"""What first contact costs: an estimate before, and a meter that stops it at a limit. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.first_contact.evidence import Message, voice_s
from s2s.upstream.models.model_table import ModelPrices, find_model

AUDIO_TOKENS_PER_S = 25
SETUP_TOKENS = 1_500
"""Text in that a turn begins with: 312 to 1,450 were seen, and our own instruction and function."""
_MILLION = 1_000_000

DEAREST = ModelPrices(
    text_in=1.0, audio_in=6.0, image_in=6.0, video_in=6.0, text_out=5.0, audio_out=30.0,
    as_of="2026-11", source="above the dearest known model",
)  # fmt: skip


class TooExpensive(Exception):
    """The limit is reached; what is left of the conversations is not held."""


def prices_of(model: str) -> ModelPrices:
    """Of a model that the table does not price, more than any costs."""
    found = find_model(model)
    return found.prices if found is not None and found.prices is not None else DEAREST


@dataclass(frozen=True, slots=True)
class Plan:
    """What one conversation is expected to take."""

    turns: int = 0
    heard_s: float = 0.0
    """Sound that goes up, over all turns."""
    spoken_s: float = 0.0
    """Sound that comes down, over all turns."""

    def usd(self, model: str) -> float:
        """The whole context is billed again on every turn, sound included."""
        prices = prices_of(model)
        sound = (self.heard_s + self.spoken_s) * AUDIO_TOKENS_PER_S * self.turns
        out = self.spoken_s * AUDIO_TOKENS_PER_S
        spent = self.turns * SETUP_TOKENS * prices.text_in + sound * prices.audio_in + out * prices.audio_out
        return spent / _MILLION


def usd_of(usage: Mapping[str, Any], prices: ModelPrices) -> float:
    """One turn as the service counts it. What is not said to be text, a picture or video is taken for sound."""
    into = _kinds(usage, "promptTokensDetails", _count(usage, "promptTokenCount"))
    out_count = _count(usage, "responseTokenCount") or _count(usage, "candidatesTokenCount")
    details = "responseTokensDetails" if "responseTokensDetails" in usage else "candidatesTokensDetails"
    out = _kinds(usage, details, out_count)
    spent = (
        into["TEXT"] * prices.text_in
        + into["AUDIO"] * prices.audio_in
        + into["IMAGE"] * prices.image_in
        + into["VIDEO"] * prices.video_in
        + (out["TEXT"] + _count(usage, "thoughtsTokenCount")) * prices.text_out
        + out["AUDIO"] * prices.audio_out
    )
    return spent / _MILLION


def _kinds(usage: Mapping[str, Any], name: str, whole: int) -> dict[str, int]:
    kinds = dict.fromkeys(("TEXT", "AUDIO", "IMAGE", "VIDEO"), 0)
    details = usage.get(name)
    for item in details if isinstance(details, list) else []:
        if isinstance(item, dict) and item.get("modality") in kinds:
            kinds[item["modality"]] += _count(item, "tokenCount")
    kinds["AUDIO"] += max(0, whole - sum(kinds.values()))
    return kinds


def _count(holder: Mapping[str, Any], name: str) -> int:
    value = holder.get(name)
    return int(value) if isinstance(value, int | float | str) and str(value).isdigit() else 0


@dataclass(slots=True)
class Budget:
    """Counts by the service's own usage, and by the seconds of sound where none came."""

    limit_usd: float
    spent_usd: float = 0.0
    _unbilled_s: dict[str, float] = field(default_factory=dict)

    def charge(self, model: str, message: Message) -> None:
        """One message of the service. Raises TooExpensive."""
        prices = prices_of(model)
        if isinstance(usage := message.get("usageMetadata"), dict):
            self.spent_usd += usd_of(usage, prices)
            self._unbilled_s[model] = 0.0
        else:
            self._unbilled_s[model] = self._unbilled_s.get(model, 0.0) + voice_s([message])
        if self.usd > self.limit_usd:
            raise TooExpensive

    @property
    def usd(self) -> float:
        """With the sound for which no usage has come yet, as it would be billed."""
        unbilled = (
            seconds * AUDIO_TOKENS_PER_S * prices_of(model).audio_out for model, seconds in self._unbilled_s.items()
        )
        return self.spent_usd + sum(unbilled) / _MILLION
