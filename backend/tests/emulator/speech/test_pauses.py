"""The local engine lets people finish: real detector, recognizer and voice, in virtual time.

What is heard and spoken counts as if it took a fixed time, so no machine is too slow for these stories. The whole
corpus, with recordings of people and what patience costs, is `python -m bench patience`.
"""

import numpy as np
import pytest

from bench.audio import pause_texts, pauses
from bench.audio.pauses import Utterance
from bench.audio.recordings import RATE, pcm, read
from bench.benchmarks.patience import converse, local_engine
from bench.clients.gateway_process import BACKEND
from bench.clients.voices import speaker
from bench.harness.virtual_conversation import Engine, Work
from gemini_emulator.audio.prosody import measure_ending, sounds_finished
from gemini_emulator.settings import Settings

SPEAK = speaker("hibari")
WITHOUT_INTERIM = Settings(interim_s=None)
CLIPS = sorted((BACKEND / "tests/clips").glob("*.wav"))


@pytest.fixture(scope="module")
def engine() -> Engine:
    real = local_engine()
    return Engine(
        real.open_detector,
        Work(real.recognize.run, cost_s=lambda size: 0.03 + size / 32_000 * 0.03),
        Work(real.speak.run, cost_s=lambda size: 0.02 + size * 0.001),
        loop_costs=False,
    )


@pytest.mark.parametrize(
    "text",
    [
        pause_texts.STOPS[0],
        pause_texts.SPEECHES[1],
        pause_texts.SPEECHES[5],
        pause_texts.LISTS[0],
        pause_texts.CORRECTIONS[0],
        pause_texts.SLOWLY[0],
    ],
    ids=lambda text: text[:20],
)
def test_speech_with_pauses_of_up_to_nine_tenths_of_a_second_has_one_answer(engine: Engine, text: str):
    (said,) = pauses.spoken("any", [text], SPEAK, seed=len(text))
    assert all(0.4 <= pause.length_s <= 0.9 for pause in said.pauses)
    outcome = converse(engine, said, settings=WITHOUT_INTERIM)
    assert outcome.early_s == ()
    assert outcome.waited_ms is not None


@pytest.mark.parametrize("text", ["What time is it?", "What is two plus two?", "Can you tell me a joke?"])
def test_a_whole_question_is_answered_within_four_tenths_of_a_second(engine: Engine, text: str):
    outcome = converse(engine, Utterance("questions", text, pauses.trimmed(SPEAK(text))))
    assert outcome.waited_ms is not None
    assert outcome.waited_ms < 400


def test_an_answer_that_begins_too_early_is_noticed(engine: Engine):
    """The ruler itself: with a fixed silence of half a second the same speech is cut short."""
    (said,) = pauses.spoken("any", [pause_texts.SPEECHES[1]], SPEAK, seed=1)
    outcome = converse(engine, said, settings=Settings(adaptive_end_of_turn=False, interim_s=None))
    assert outcome.cut_short
    assert outcome.to_a_fragment


# How an end sounds


def ending(sound: np.ndarray, until_s: float | None = None) -> bool:
    voice = pauses.trimmed(sound if until_s is None else sound[: int(until_s * RATE)])
    return sounds_finished(measure_ending(pcm(np.concatenate([voice, np.zeros(RATE // 20)]))))


def test_people_come_to_rest_at_the_end_of_a_sentence_and_not_in_the_middle_of_it():
    assert len(CLIPS) == 3
    assert all(ending(read(path)) for path in CLIPS)
    middles = [ending(read(path), 1.0 + 0.1 * tenth) for path in CLIPS for tenth in range(6)]
    assert middles.count(False) > len(middles) / 3


def test_our_voice_comes_to_rest_at_the_end_of_each_question():
    assert all(ending(SPEAK(text)) for text in pause_texts.QUESTIONS[:12])


def test_what_cannot_be_judged_counts_as_finished():
    hum = 0.1 * np.sin(2 * np.pi * 150 * np.arange(2 * RATE) / RATE)
    assert ending(hum), "a pitch that does not move"
    assert sounds_finished(measure_ending(b""))
    assert sounds_finished(measure_ending(bytes(64_000)))
    assert sounds_finished(measure_ending(pcm(np.random.default_rng(0).standard_normal(RATE) * 0.1)))
