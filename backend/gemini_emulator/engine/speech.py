"""The engine that really hears and speaks: Silero VAD, Moonshine, hibari, offline, on the CPU."""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable

from gemini_emulator.engine import Ear, EngineMissing, Key, Progress
from gemini_emulator.engine.worker import SPECULATIVE, URGENT, Worker

PARTS = {"moonshine_voice": "moonshine-voice", "hibari": "hibari-tts",
         "onnxruntime": "onnxruntime"}  # fmt: skip
LOADING = threading.Lock()
"""Moonshine sets up its native library at first use, which must not happen in two threads at once."""
STEPS = ("voice detector", "recogniser", "voice", "warm-up")


class SpeechEngine:
    """One recogniser thread, one synthesis thread, whatever the number of connections."""

    def __init__(self) -> None:
        self._recogniser: Worker[bytes, str] | None = None
        self._speaker: Worker[str, bytes] | None = None

    def load(self, progress: Progress) -> None:
        """Raises `EngineMissing` where a package has no wheel for this machine."""
        missing = [package for module, package in PARTS.items() if importlib.util.find_spec(module) is None]
        if missing:
            raise EngineMissing(_remedy(f"not installed: {', '.join(missing)}"))
        try:
            with LOADING:
                self._load(progress)
        except (ImportError, OSError) as error:
            raise EngineMissing(_remedy(str(error).splitlines()[0][:60])) from error

    def _load(self, progress: Progress) -> None:
        from gemini_emulator.engine import ear, voice

        progress(STEPS[0], 0, len(STEPS))
        self._detector = ear.VoiceDetector()
        progress(STEPS[1], 1, len(STEPS))
        recognise = ear.load_recogniser()
        progress(STEPS[2], 2, len(STEPS))
        speak = voice.load_speaker()
        progress(STEPS[3], 3, len(STEPS))
        speak("Warming up.")
        recognise(bytes(32_000))
        self._detector.stream()(bytes(1_024))
        self._recogniser = Worker("emulator-ear", recognise, "")
        self._speaker = Worker("emulator-voice", speak, b"")

    def ear(self) -> Ear:
        return self._detector.stream()

    def recognise(self, key: Key, pcm: bytes, final: bool, done: Callable[[str], None]) -> None:
        assert self._recogniser is not None
        self._recogniser.submit(key, pcm, done, URGENT if final else SPECULATIVE)

    def hurry(self, key: Key) -> None:
        assert self._recogniser is not None
        self._recogniser.hurry(key)

    def synthesise(self, key: Key, text: str, done: Callable[[bytes], None]) -> None:
        assert self._speaker is not None
        self._speaker.submit(key, text, done)

    def forget(self, key: Key) -> None:
        for worker in (self._recogniser, self._speaker):
            if worker is not None:
                worker.forget(key)

    def close(self) -> None:
        for worker in (self._recogniser, self._speaker):
            if worker is not None:
                worker.close()


def _remedy(what: str) -> str:
    """Fits a close frame: 123 bytes."""
    return f"Local speech engine missing ({what}). Connect Gemini: put a key into backend/.env."[:123]
