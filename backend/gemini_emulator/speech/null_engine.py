"""No engine at all: nothing is heard or answered. Only scenarios, the admin port and tests have something said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gemini_emulator.audio.formats import BYTES_PER_SAMPLE, OUTPUT_RATE
from gemini_emulator.responder.conversation_state import Functions, Memory, Reply, Result
from gemini_emulator.speech.engine import Key, VoiceProbability
from gemini_emulator.speech.tone_engine import Tone, ToneEngine

SECONDS_PER_LETTER = 0.06
"""Length of the silence that replaces ordered words: about 160 words a minute."""


class SilentEngine(ToneEngine):
    """Detects no voice; ordered words are silence of their length."""

    def __init__(self) -> None:
        super().__init__(Tone(heard_text=""))

    def open_voice_detector(self) -> VoiceProbability:
        return lambda pcm: 0.0

    def synthesize(self, key: Key, text: str, rate: float, done: Callable[[bytes], None]) -> None:
        self._open.add(key)
        silence = bytes(int(len(text) * SECONDS_PER_LETTER * OUTPUT_RATE) * BYTES_PER_SAMPLE)
        asyncio.get_running_loop().call_soon(self._finish, key, done, silence)


@dataclass(frozen=True, slots=True)
class SilentResponder:
    """Has no answer to anything."""

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        return Reply(memory)

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory)
