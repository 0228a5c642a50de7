"""Tokens, counted as the service documents: 25 per second of audio, the whole context again on every turn."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.session.context_window import Window, exchanged, forget

AUDIO_TOKENS_PER_S = 25
PICTURE_TOKENS = 258
LETTERS_PER_TOKEN = 4
ALL_INPUT = "TURN_INCLUDES_ALL_INPUT"
ONLY_ACTIVITY = "TURN_INCLUDES_ONLY_ACTIVITY"


class Meter:
    """One session's context and the turn being counted."""

    def __init__(self, backend: Backend, coverage: str, window: Window | None = None) -> None:
        """`coverage`: which of the input belongs to a turn (`turnCoverage`)."""
        self._backend, self._coverage = backend, coverage
        self.window = window or Window()
        self._fixed = 0
        self._read: Counter[str] = Counter()
        self._heard_s = 0.0
        self._output: Counter[str] = Counter()
        self._thoughts = 0
        self._frame_at: float | None = None

    @property
    def prompt_tokens(self) -> int:
        """What the model would have to read now."""
        return self._fixed + self.window.total + self._input.total()

    @property
    def _input(self) -> Counter[str]:
        audio = round(self._heard_s * AUDIO_TOKENS_PER_S)
        return self._read + Counter({"AUDIO": audio})

    def instruct(self, instruction: str, functions: Sequence[Mapping[str, Any]]) -> None:
        """What stands before every turn, from now on."""
        self._fixed = _tokens(instruction) + (_tokens(json.dumps(list(functions))) if functions else 0)

    # Input

    def count_heard(self, seconds: float) -> None:
        """Voice that made a turn."""
        if self._coverage != ALL_INPUT:
            self._heard_s += seconds

    def count_streamed(self, seconds: float) -> None:
        """Any audio that arrived, silence too."""
        if self._coverage == ALL_INPUT:
            self._heard_s += seconds

    def read(self, text: str) -> None:
        self._read["TEXT"] += _tokens(text)

    def pictured(self) -> None:
        """A picture in a turn."""
        self._read["IMAGE"] += PICTURE_TOKENS

    def filmed(self, active: bool, now: float) -> None:
        """A video frame; one per second is looked at. `active`: the user speaks."""
        if self._coverage == ONLY_ACTIVITY and not active:
            return
        if self._frame_at is None or now - self._frame_at >= 1.0:
            self._frame_at = now
            self._read["VIDEO"] += PICTURE_TOKENS

    # Output

    def spoke(self, seconds: float) -> None:
        self._output["AUDIO"] += round(seconds * AUDIO_TOKENS_PER_S)

    def wrote(self, text: str) -> None:
        """Text of an answer, or of a call."""
        self._output["TEXT"] += _tokens(text)

    def thought(self, text: str) -> None:
        self._thoughts += _tokens(text)

    # Turns

    def turn(self, before: Memory, after: Memory) -> dict[str, Any]:
        """`usageMetadata` of the turn that ends now, with the field names of the backend. The memories are those at the
        end of the last turn and now.
        """
        prompt = Counter({"TEXT": self._fixed}) + Counter(self.window.tokens) + self._input
        usage = self._told(prompt)
        self.window = self.window.with_exchange(exchanged(before, after, self._input + self._output))
        self._read, self._output, self._heard_s, self._thoughts = Counter(), Counter(), 0.0, 0
        return usage

    def cut(self, most_tokens: int, memory: Memory) -> Memory:
        """Drop the oldest exchanges until the prompt holds no more than that; the memory that is left."""
        whole = self.window
        self.window = whole.cut_to(max(0, most_tokens - self._fixed - self._input.total()))
        return forget(memory, whole, self.window)

    def _told(self, prompt: Counter[str]) -> dict[str, Any]:
        output = "candidates" if self._backend is Backend.VERTEX else "response"
        usage: dict[str, Any] = {
            "promptTokenCount": prompt.total(),
            f"{output}TokenCount": self._output.total(),
            "totalTokenCount": prompt.total() + self._output.total() + self._thoughts,
            "promptTokensDetails": _details(prompt),
            f"{output}TokensDetails": _details(self._output),
        }
        if self._thoughts:
            usage["thoughtsTokenCount"] = self._thoughts
        if self._backend is Backend.VERTEX:
            usage["trafficType"] = "ON_DEMAND"
        return usage


def _tokens(text: str) -> int:
    return max(1, len(text) // LETTERS_PER_TOKEN) if text else 0


def _details(tokens: Mapping[str, int]) -> list[dict[str, Any]]:
    return [{"modality": modality, "tokenCount": count} for modality, count in sorted(tokens.items()) if count]
