"""The real ear and voice, and the threads they work in. Nothing here needs a network."""

import asyncio
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from gemini_emulator.session.user_turn.turn_detector import Rules, Sound, TurnDetector
from gemini_emulator.speech import recognizer
from gemini_emulator.speech.job_queue import SPECULATIVE, URGENT, JobQueue
from gemini_emulator.speech.load_monitor import MAX_TALKERS, LoadMonitor
from tests.emulator import ports

LIMIT_S = 30


def test_a_voice_is_told_from_silence_at_once():
    judge = recognizer.VoiceDetector().stream()
    quiet = [judge(bytes(1_024)) for _ in range(20)]
    pcm = ports.clip("go-forward-ten-meters")
    judge = recognizer.VoiceDetector().stream()
    loud = [judge(pcm[at : at + 1_024]) for at in range(0, len(pcm) - 1_024, 1_024)]
    hum = [judge(b"\x10\x00\xf0\xff" * 256) for _ in range(20)]
    assert max(quiet + hum) < 0.2
    assert max(loud) > 0.95


SENSITIVITIES: dict[str, Rules] = {
    name: Rules.from_wire({"startOfSpeechSensitivity": f"START_SENSITIVITY_{start}", "prefixPaddingMs": padding_ms})
    for name, start, padding_ms in (("low", "LOW", 200), ("normal", "HIGH", 100), ("high", "HIGH", 40))
}


@pytest.mark.parametrize(
    ("loudness", "noise", "noticed"),
    [(0.001, 0.0, ""), (0.01, 0.0, "high"), (0.1, 0.012, "normal high"), (1.0, 0.012, "low normal high")],
)
def test_how_easily_a_person_is_noticed_follows_the_sensitivity(loudness: float, noise: float, noticed: str):
    voice = np.frombuffer(ports.clip("go-forward-ten-meters"), "<i2") / 32_768
    sound = loudness * voice + noise * np.random.default_rng(1).normal(size=len(voice))
    pcm, judge = (sound * 32_767).astype("<i2").tobytes(), recognizer.VoiceDetector().stream()
    probabilities = [judge(pcm[at : at + 1_024]) for at in range(0, len(pcm) - 1_024, 1_024)]

    def notices(rules: Rules) -> bool:
        detector = TurnDetector(rules)
        return Sound.START in [detector.feed_probability(probability) for probability in probabilities]

    assert " ".join(name for name, rules in SENSITIVITIES.items() if notices(rules)) == noticed


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
def worker(gate: Gate) -> Iterator[JobQueue[str, str]]:
    made: JobQueue[str, str] = JobQueue("test", [gate.run], "failed")
    yield made
    gate.open.set()
    made.close()


async def test_finals_go_before_guesses_and_the_forgotten_are_not_done(worker: JobQueue[str, str], gate: Gate):
    done: asyncio.Queue[str] = asyncio.Queue()
    worker.submit((1, 0), "gate", done.put_nowait)
    assert gate.entered.wait(LIMIT_S)
    worker.submit((1, 1), "guess", done.put_nowait, SPECULATIVE)
    worker.submit((1, 2), "hurried guess", done.put_nowait, SPECULATIVE)
    worker.submit((1, 3), "forgotten", done.put_nowait, URGENT)
    worker.submit((1, 4), "final", done.put_nowait, URGENT)
    worker.prioritise_job((1, 2))
    worker.cancel_job((1, 3))
    gate.open.set()
    async with asyncio.timeout(LIMIT_S):
        answers = [await done.get() for _ in range(4)]
    assert answers == ["GATE", "FINAL", "HURRIED GUESS", "GUESS"]
    assert "forgotten" not in gate.ran


async def test_a_job_that_fails_is_answered_and_the_next_one_is_done(worker: JobQueue[str, str]):
    done: asyncio.Queue[str] = asyncio.Queue()
    worker.submit((1, 1), "broken", done.put_nowait)
    worker.submit((1, 2), "fine", done.put_nowait)
    async with asyncio.timeout(LIMIT_S):
        assert [await done.get(), await done.get()] == ["failed", "FINE"]


async def test_two_threads_work_at_once_and_a_glimpse_never_takes_the_last_one(gate: Gate):
    made: JobQueue[str, str] = JobQueue("test", [gate.run, gate.run], "failed")
    done: asyncio.Queue[str] = asyncio.Queue()
    try:
        async with asyncio.timeout(LIMIT_S):
            made.submit_if_idle((1, 1), "glimpse", done.put_nowait)
            assert await done.get() == "GLIMPSE"
            made.submit((1, 2), "gate", done.put_nowait)
            assert gate.entered.wait(LIMIT_S)
            made.submit_if_idle((1, 3), "no time for this", done.put_nowait)
            assert await done.get() == "failed"
            made.submit((1, 4), "final", done.put_nowait)
            assert await done.get() == "FINAL"
            gate.open.set()
            assert await done.get() == "GATE"
    finally:
        gate.open.set()
        made.close()


async def test_a_single_thread_glimpses_only_when_it_has_nothing_to_do(worker: JobQueue[str, str], gate: Gate):
    done: asyncio.Queue[str] = asyncio.Queue()
    async with asyncio.timeout(LIMIT_S):
        worker.submit_if_idle((1, 1), "glimpse", done.put_nowait)
        assert await done.get() == "GLIMPSE"
        worker.submit((1, 2), "gate", done.put_nowait)
        worker.submit_if_idle((1, 3), "no time for this", done.put_nowait)
        assert await done.get() == "failed"
    gate.open.set()


def test_glimpses_get_rarer_with_more_talkers_and_stop_with_too_many():
    def granted(talkers: int) -> int:
        crowd, given = LoadMonitor(), 0
        for tick in range(60):
            given += sum(crowd.allows_interim(talker, tick * 0.5 + talker * 0.06) for talker in range(talkers))
        return given

    alone, few, many = granted(1), granted(MAX_TALKERS), granted(MAX_TALKERS * 2)
    assert alone == 60
    assert alone < few < 60 * MAX_TALKERS / 2
    assert many < 10, "only before the others were heard"
