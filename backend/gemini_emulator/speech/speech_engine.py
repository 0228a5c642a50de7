"""The engine that really hears and speaks: Silero VAD, a recognizer, a voice, offline, on the CPU."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Callable

from gemini_emulator.audio.speech_text import NOT_ENGLISH
from gemini_emulator.speech import recognizer, synthesizer_selection, vad
from gemini_emulator.speech.engine import EngineMissing, Key, Progress, VoiceProbability
from gemini_emulator.speech.engine_selection import CannotLoad, why
from gemini_emulator.speech.job_queue import SPECULATIVE, URGENT, JobQueue
from gemini_emulator.speech.load_monitor import LoadMonitor
from gemini_emulator.speech.synthesizer import DEFAULT_WPM, with_chime

LOADING = threading.Lock()
"""Native libraries set themselves up at first use, which must not happen in two threads at once."""
RECOGNIZER_THREADS = min(2, os.cpu_count() or 1)
"""Each has its own weights (about 100 MB): one instance cannot serve two threads."""
HUSH = bytes(16_000 * 2 * 160 // 1000)
"""Silence put behind words that may not be all: cut off sharply, 14 % of whole sentences are written with a comma at
the end, or with nothing; so 4 % are. (80 recordings of people.)"""
STEPS = ("voice detector", "recognizer", "voice", "warm-up")


class SpeechEngine:
    """One or two recognizer threads, one synthesis thread, whatever the number of connections."""

    def __init__(
        self, hears: str = recognizer.NAMES[0], speaks: str = synthesizer_selection.NAMES[0], wpm: int = DEFAULT_WPM
    ) -> None:
        """The names of the recognizer and the voice; another one stands in for one that cannot run here. `wpm`: words a
        minute."""
        self._hears, self._speaks, self._wpm = hears, speaks, wpm
        self._recognizer: JobQueue[bytes, str] | None = None
        self._speaker: JobQueue[tuple[str, float], bytes] | None = None
        self._crowd = LoadMonitor()

    def load(self, progress: Progress) -> str:
        """Raises `EngineMissing` where nothing can hear or nothing can speak on this machine."""
        try:
            with LOADING:
                return self._load(progress)
        except (CannotLoad, ImportError, OSError) as error:
            raise EngineMissing(_remedy(why(error))) from error

    def _load(self, progress: Progress) -> str:
        progress(STEPS[0], 0, len(STEPS))
        self._detector = vad.VoiceDetector()
        progress(STEPS[1], 1, len(STEPS))
        hears = recognizer.choose_recognizer(self._hears)
        progress(STEPS[2], 2, len(STEPS))
        speaks = synthesizer_selection.choose_synthesizer(self._speaks, self._wpm)
        recognizers = [hears.port, *(recognizer.load_recognizer(hears.name) for _ in range(RECOGNIZER_THREADS - 1))]
        speak = with_chime(speaks.port)
        progress(STEPS[3], 3, len(STEPS))
        speak("Warming up.")
        for recognize in recognizers:
            recognize(bytes(32_000))
        self._detector.stream()(bytes(1_024))
        self._recognizer = JobQueue("emulator-ear", recognizers, "")
        self._speaker = JobQueue("emulator-voice", [lambda work: speak(*work)], b"")
        return " ".join(part.sentence for part in (hears, speaks) if part.sentence)

    def open_voice_detector(self) -> VoiceProbability:
        return self._detector.stream()

    def recognize(self, key: Key, pcm: bytes, final: bool, done: Callable[[str], None]) -> None:
        assert self._recognizer is not None
        self._crowd.note_talker(key[0], time.monotonic())
        self._recognizer.submit(key, pcm if final else pcm + HUSH, done, URGENT if final else SPECULATIVE)

    def recognize_interim(self, key: Key, pcm: bytes, done: Callable[[str], None]) -> None:
        assert self._recognizer is not None
        if self._crowd.allows_interim(key[0], time.monotonic()):
            # The first half of a word often sounds like no English at all.
            self._recognizer.submit_if_idle(key, pcm, lambda text: done("" if text == NOT_ENGLISH else text))
        else:
            asyncio.get_running_loop().call_soon(done, "")

    def prioritise_job(self, key: Key) -> None:
        assert self._recognizer is not None
        self._recognizer.prioritise_job(key)

    def synthesize(self, key: Key, text: str, rate: float, done: Callable[[bytes], None]) -> None:
        assert self._speaker is not None
        self._speaker.submit(key, (text, rate), done)

    def cancel_job(self, key: Key) -> None:
        for worker in (self._recognizer, self._speaker):
            if worker is not None:
                worker.cancel_job(key)

    def close(self) -> None:
        for worker in (self._recognizer, self._speaker):
            if worker is not None:
                worker.close()


def _remedy(what: str) -> str:
    """Fits a close frame: 123 bytes."""
    return f"Local speech engine missing ({what}). Connect Gemini: put a key into backend/.env."[:123]
