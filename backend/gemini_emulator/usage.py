"""Tokens, counted as the service documents: 25 per second of audio, the whole context again on every turn."""

from __future__ import annotations

from typing import Any

from gemini_emulator.setup import Backend

AUDIO_TOKENS_PER_S = 25
LETTERS_PER_TOKEN = 4


class Meter:
    """One session's context and the turn being counted."""

    def __init__(self, backend: Backend, context_tokens: int = 0) -> None:
        self._backend = backend
        self.context_tokens = context_tokens
        self._audio_in = 0
        self._text_in = 0

    def heard(self, seconds: float) -> None:
        self._audio_in += round(seconds * AUDIO_TOKENS_PER_S)

    def read(self, text: str) -> None:
        self._text_in += max(1, len(text) // LETTERS_PER_TOKEN) if text else 0

    def turn(self, spoken_s: float) -> dict[str, Any]:
        """`usageMetadata` of the turn that ends now, with the field names of the backend."""
        prompt = self.context_tokens + self._audio_in + self._text_in
        answer = round(spoken_s * AUDIO_TOKENS_PER_S)
        details = [
            {"modality": "TEXT", "tokenCount": max(0, prompt - self._audio_in)},
            {"modality": "AUDIO", "tokenCount": self._audio_in},
        ]
        self.context_tokens = prompt + answer
        self._audio_in = self._text_in = 0
        output = "candidates" if self._backend is Backend.VERTEX else "response"
        usage: dict[str, Any] = {
            "promptTokenCount": prompt,
            f"{output}TokenCount": answer,
            "totalTokenCount": prompt + answer,
            "promptTokensDetails": [detail for detail in details if detail["tokenCount"]],
            f"{output}TokensDetails": [{"modality": "AUDIO", "tokenCount": answer}] if answer else [],
        }
        if self._backend is Backend.VERTEX:
            usage["trafficType"] = "ON_DEMAND"
        return usage
