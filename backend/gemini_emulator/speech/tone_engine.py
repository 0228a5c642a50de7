"""An engine without models, for tests: loudness is voice, every utterance says the same, every answer is a tone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.responder.conversation_state import Call, Functions, Memory, Reply, Result
from gemini_emulator.speech.engine import Key, Progress, VoiceProbability

Answer = TypeVar("Answer", str, bytes)

LOUD = 500.0
"""Root mean square of int16 samples above which a chunk counts as voice (about -36 dBFS)."""
TONE_HZ = 440.0


@dataclass(frozen=True, slots=True)
class Tone:
    """What it hears and says."""

    reply_s: float = 2.0
    """Length of each answer."""
    heard_text: str = "who are you"
    """The words of whatever was loud."""
    reply_text: str = "This is a tone"
    """The transcript of an answer; one sentence."""
    calls: tuple[Call, ...] = ()
    """Function calls instead of an answer; their results are followed by the tone."""


def tone_pcm(seconds: float) -> bytes:
    """PCM16LE mono at 24 kHz."""
    count = int(seconds * OUTPUT_RATE)
    wave = 8_000 * np.sin(2 * np.pi * TONE_HZ * np.arange(count) / OUTPUT_RATE)
    return bytes(np.rint(wave).astype("<i2").tobytes())


class ToneEngine:
    """No threads: answers come with the next turn of the loop."""

    def __init__(self, tone: Tone) -> None:
        self._tone = tone
        self._open: set[Key] = set()

    def load(self, progress: Progress) -> None:
        progress("tone", 0, 1)

    def open_voice_detector(self) -> VoiceProbability:
        return loudness

    def recognize(self, key: Key, pcm: bytes, final: bool, done: Callable[[str], None]) -> None:
        self._open.add(key)
        asyncio.get_running_loop().call_soon(self._finish, key, done, self._tone.heard_text)

    def recognize_interim(self, key: Key, pcm: bytes, done: Callable[[str], None]) -> None:
        """A tone is not words before it is over."""
        self._open.add(key)
        asyncio.get_running_loop().call_soon(self._finish, key, done, "")

    def prioritise_job(self, key: Key) -> None:
        """It is never late."""

    def synthesize(self, key: Key, text: str, rate: float, done: Callable[[bytes], None]) -> None:
        self._open.add(key)
        asyncio.get_running_loop().call_soon(self._finish, key, done, tone_pcm(self._tone.reply_s))

    def cancel_job(self, key: Key) -> None:
        self._open.discard(key)

    def close(self) -> None:
        self._open.clear()

    def _finish(self, key: Key, done: Callable[[Answer], None], answer: Answer) -> None:
        if key in self._open:
            self._open.remove(key)
            done(answer)


def loudness(pcm: bytes) -> float:
    """1.0 for a loud chunk, 0.0 for a soft one."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    return 1.0 if samples.size and float(np.sqrt(np.mean(samples**2))) > LOUD else 0.0


@dataclass(frozen=True, slots=True)
class ToneResponder:
    """Answers everything with the same words, or first calls the functions it was told to call."""

    tone: Tone

    def reply_to_user(self, heard: str, memory: Memory, functions: Functions) -> Reply:
        if self.tone.calls:
            return Reply(memory, calls=self.tone.calls)
        return Reply(memory, say=self.tone.reply_text)

    def reply_to_results(self, results: Sequence[Result], memory: Memory) -> Reply:
        return Reply(memory, say=self.tone.reply_text)
