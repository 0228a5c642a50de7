"""The interface of a recognizer, PCM to English words, and which one hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gemini_emulator.audio.input_audio import seconds_of
from gemini_emulator.speech.engine_selection import Candidate, Chosen, choose
from gemini_emulator.speech.transcript import Transcriber, judged
from gemini_emulator.speech.vad import VoiceDetector, floats, voice_share

NAMES = ("moonshine", "whisper")
"""The first is the default; the others stand in for it."""


class Recognizer(Protocol):
    """PCM16LE mono 16 kHz, an utterance that the voice detector has cut, to text; empty when no words are in it.

    English comes with punctuation and today's spelling, numbers as digits or words; speech in another language is
    `text.NOT_ENGLISH`. One thread at a time: a library may return garbage when two use it. An engine that fails on an
    utterance raises.
    """

    def __call__(self, pcm: bytes) -> str: ...


def load_recognizer(wanted: str = NAMES[0]) -> Recognizer:
    """The wanted ear, or the other one. Raises `CannotLoad`."""
    return choose_recognizer(wanted).port


def choose_recognizer(wanted: str) -> Chosen[Recognizer]:
    """Raises `CannotLoad` when none can run."""
    from gemini_emulator.speech import moonshine, whisper

    ears = {name: Candidate(_judged(m.load), m.REMEDY) for name, m in zip(NAMES, (moonshine, whisper), strict=True)}
    return choose("hears", ears, wanted)


def _judged(load: Callable[[], Transcriber]) -> Callable[[], Recognizer]:
    """What any recognizer makes of no speech is no text, and of another language no English."""

    def load_judged() -> Recognizer:
        transcribe, detector = load(), VoiceDetector()

        def recognize(pcm: bytes) -> str:
            return judged(transcribe(floats(pcm)), seconds_of(pcm), lambda: voice_share(detector.stream(), pcm))

        return recognize

    return load_judged
