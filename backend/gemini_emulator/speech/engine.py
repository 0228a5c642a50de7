"""The interface of a speech engine: voice activity detection, a recognizer and a synthesizer.

Engines are made and used on the event loop; their work runs elsewhere and `done` is called back on the loop.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gemini_emulator.responder.conversation_state import LlmRequest
from gemini_emulator.session.events import Answered

Key = tuple[int, int]
"""(connection, job): the connection that asked, and the number of its job."""

VoiceProbability = Callable[[bytes], float]
"""One stream: 512 samples of PCM16LE mono 16 kHz in, the probability of a voice out."""

Progress = Callable[[str, int, int], None]
"""(step, done, of): called from the loading thread before each step."""


class EngineMissing(Exception):
    """This machine cannot run the engine. The text is one sentence with the remedy."""


class Engine(Protocol):
    """`load` runs once, in a thread; the rest is legal only after it.

    `load` raises `EngineMissing`, and may return a sentence for people: what stands in for what cannot run here.
    """

    def load(self, progress: Progress) -> str | None: ...

    def open_voice_detector(self) -> VoiceProbability: ...

    def recognize(self, key: Key, pcm: bytes, final: bool, done: Callable[[str], None]) -> None: ...

    def recognize_interim(self, key: Key, pcm: bytes, done: Callable[[str], None]) -> None:
        """Recognize an interim transcript only if that delays no other job; otherwise call `done` with no text."""

    def prioritise_job(self, key: Key) -> None: ...

    def synthesize(self, key: Key, text: str, rate: float, done: Callable[[bytes], None]) -> None: ...

    def cancel_job(self, key: Key) -> None: ...

    def close(self) -> None: ...


class LanguageModel(Protocol):
    """Streams replies to a responder that uses a language model. Used on the event loop."""

    def request_reply(self, key: Key, question: LlmRequest, tell: Callable[[Answered], None]) -> None: ...

    def cancel_request(self, key: Key) -> None: ...

    def cancel_all_requests(self, connection: int) -> None: ...

    async def close(self) -> None: ...
