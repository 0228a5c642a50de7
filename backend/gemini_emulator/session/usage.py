"""Tokens, counted as the service documents: 25 per second of audio, the whole context again on every turn.

What no page says is as it was recorded: a model has read a few hundred tokens before anybody speaks, the prompt holds
some that belong to no modality (25, 39, 51 in a row of turns), thoughts stand beside the total, zeros are left out.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gemini_emulator.protocol.setup import Backend, Setup
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.session.context_window import Window, exchanged, forget

AUDIO_TOKENS_PER_S = 25
PICTURE_TOKENS = 272
"""A still picture of a turn, as recorded with 3.8."""
FRAME_TOKENS = 258
"""A frame of video."""
UNEXPLAINED_TOKENS = 25
UNEXPLAINED_A_TURN = 13
LETTERS_PER_TOKEN = 4
ALL_INPUT = "TURN_INCLUDES_ALL_INPUT"
ONLY_ACTIVITY = "TURN_INCLUDES_ONLY_ACTIVITY"


class Meter:
    """One session's context and the turn being counted."""

    def __init__(self, setup: Setup, window: Window | None = None) -> None:
        self._vertex, self._coverage = setup.backend is Backend.VERTEX, setup.coverage
        self._idle, self._unexplained = setup.traits.idle_tokens, setup.manners.unexplained
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
            self._read["VIDEO"] += FRAME_TOKENS

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
        prompt = Counter({"TEXT": self._idle + self._fixed}) + Counter(self.window.tokens) + self._input
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
        output = "candidates" if self._vertex else "response"
        unexplained = UNEXPLAINED_TOKENS + UNEXPLAINED_A_TURN * len(self.window.exchanges) if self._unexplained else 0
        counts = {
            "promptTokenCount": prompt.total() + unexplained,
            f"{output}TokenCount": self._output.total(),
            "totalTokenCount": prompt.total() + unexplained + self._output.total(),
            "thoughtsTokenCount": self._thoughts,
        }
        details = {
            "promptTokensDetails": _details(prompt, {"AUDIO"} if self._vertex else set()),
            f"{output}TokensDetails": _details(self._output),
        }
        return {name: value for name, value in {**counts, **details}.items() if value}


def _tokens(text: str) -> int:
    return max(1, len(text) // LETTERS_PER_TOKEN) if text else 0


def _details(tokens: Mapping[str, int], always: Iterable[str] = ()) -> list[dict[str, Any]]:
    """`always`: modalities that are named with nothing of them; protobuf's JSON leaves a zero out."""
    names = sorted({*always, *(modality for modality, count in tokens.items() if count)})
    return [{"modality": name, **({"tokenCount": tokens[name]} if tokens.get(name) else {})} for name in names]
