"""The real ear and voice, and the threads they work in. Nothing here needs a network."""

import asyncio
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from gemini_emulator.engine import ear, voice
from gemini_emulator.engine.ear import Recogniser
from gemini_emulator.engine.voice import Speaker
from gemini_emulator.engine.worker import SPECULATIVE, URGENT, Worker

CLIPS = Path(__file__).resolve().parents[1] / "clips"
LIMIT_S = 30


def clip(name: str) -> bytes:
    with wave.open(str(CLIPS / name)) as file:
        return file.readframes(file.getnframes())


def at_16_khz(pcm: bytes) -> bytes:
    """24 kHz down to the recogniser's rate."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    places = np.arange(len(samples) * 2 // 3) * 1.5
    return bytes(np.interp(places, np.arange(len(samples)), samples).astype("<i2").tobytes())


@pytest.fixture(scope="module")
def recognise() -> Recogniser:
    return ear.load_recogniser()


@pytest.fixture(scope="module")
def speak() -> Speaker:
    return voice.load_speaker()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("go-forward-ten-meters.wav", "go forward ten meters"),
        ("made-amiable-himself.wav", "made amiable himself"),
    ],
)
def test_people_are_understood(recognise: Recogniser, name: str, words: str):
    assert words in recognise(clip(name)).lower().replace("10", "ten")


@pytest.mark.parametrize("length", [16_000, 32_000, 64_000])
def test_silence_is_no_words(recognise: Recogniser, length: int):
    assert recognise(bytes(length)) == ""


def test_the_voice_says_what_it_should(recognise: Recogniser, speak: Speaker):
    said = recognise(at_16_khz(speak("The weather in Paris is sunny, and it is 17°C.")))
    assert "weather in paris is sunny" in said.lower()
    assert "degrees celsius" in said.lower()


def test_the_voice_is_loud_enough_and_never_clips(speak: Speaker):
    samples = np.abs(np.frombuffer(speak("Hello, this is a sentence of some length."), "<i2").astype(int))
    assert 8_000 < samples.max() < 32_767


@pytest.mark.parametrize("nothing", ["", "   ", "🙂"])
def test_what_cannot_be_spoken_is_no_sound(speak: Speaker, nothing: str):
    assert speak(nothing) == b""


def test_a_voice_is_told_from_silence_at_once():
    judge = ear.VoiceDetector().stream()
    quiet = [judge(bytes(1_024)) for _ in range(20)]
    pcm = clip("go-forward-ten-meters.wav")
    judge = ear.VoiceDetector().stream()
    loud = [judge(pcm[at : at + 1_024]) for at in range(0, len(pcm) - 1_024, 1_024)]
    hum = [judge(b"\x10\x00\xf0\xff" * 256) for _ in range(20)]
    assert max(quiet + hum) < 0.2
    assert max(loud) > 0.95


# The worker


class Gate:
    """A job that waits until it is let through, so that others queue up behind it."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Event()
        self.ran: list[str] = []

    def run(self, work: str) -> str:
        if work == "gate":
            self.entered.set()
            assert self.open.wait(LIMIT_S)
        elif work == "broken":
            raise ValueError(work)
        self.ran.append(work)
        return work.upper()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def worker(gate: Gate) -> Iterator[Worker[str, str]]:
    made: Worker[str, str] = Worker("test", [gate.run], "failed")
    yield made
    gate.open.set()
    made.close()


async def test_finals_go_before_guesses_and_the_forgotten_are_not_done(worker: Worker[str, str], gate: Gate):
    done: asyncio.Queue[str] = asyncio.Queue()
    worker.submit((1, 0), "gate", done.put_nowait)
    assert gate.entered.wait(LIMIT_S)
    worker.submit((1, 1), "guess", done.put_nowait, SPECULATIVE)
    worker.submit((1, 2), "hurried guess", done.put_nowait, SPECULATIVE)
    worker.submit((1, 3), "forgotten", done.put_nowait, URGENT)
    worker.submit((1, 4), "final", done.put_nowait, URGENT)
    worker.hurry((1, 2))
    worker.forget((1, 3))
    gate.open.set()
    async with asyncio.timeout(LIMIT_S):
        answers = [await done.get() for _ in range(4)]
    assert answers == ["GATE", "FINAL", "HURRIED GUESS", "GUESS"]
    assert "forgotten" not in gate.ran


async def test_a_job_that_fails_is_answered_and_the_next_one_is_done(worker: Worker[str, str]):
    done: asyncio.Queue[str] = asyncio.Queue()
    worker.submit((1, 1), "broken", done.put_nowait)
    worker.submit((1, 2), "fine", done.put_nowait)
    async with asyncio.timeout(LIMIT_S):
        assert [await done.get(), await done.get()] == ["failed", "FINE"]
