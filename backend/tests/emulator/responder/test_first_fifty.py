"""The first fifty things that newcomers say: every one is answered, and the answers can be understood when spoken."""

import re

import pytest

from bench.analysis.word_errors import score
from bench.benchmarks.company import WPM_RANGE, exchanges, loudness_lufs, say
from gemini_emulator.audio.formats import OUTPUT_RATE
from gemini_emulator.audio.pronunciation import pronounced
from gemini_emulator.speech.recognizer import load_recognizer
from gemini_emulator.speech.synthesizer_selection import load_synthesizer
from tests.emulator.ports import at_16_khz

FIFTY = exchanges()


def test_there_are_fifty_and_none_is_left_without_an_answer():
    assert len(FIFTY) == 50
    for one in FIFTY:
        assert one.answer, one.said
        assert not re.search(r"I'm afraid I|I don't know|I heard|ound nothing", one.answer), (one.said, one.answer)
        assert not re.search(
            r"\b(?:I am|cannot|do not|It is|I will|that is)\b", one.answer.removeprefix("In Berlin")
        ) or (one.calls), (one.said, one.answer)


def test_small_talk_asks_back():
    chat = [
        one for one in FIFTY if one.said in ("Hello?", "Hi there, how are you?", "I'm feeling sad today.", "I'm bored.")
    ]
    assert len(chat) == 4
    assert all(one.answer.count("?") >= 1 for one in chat)


@pytest.mark.parametrize("said", ["What can you do?", "How much time is left?", "How do you spell necessary?"])
def test_an_answer_is_understood_at_its_rate_and_loudness(said: str):
    """`python -m bench company` does this for all fifty."""
    answer = next(one.answer for one in FIFTY if one.said == said)
    samples, _ = say(load_synthesizer(), answer)
    heard = load_recognizer()(at_16_khz((samples * 32_767).astype("<i2").tobytes()))
    assert score(pronounced(answer), heard).errors <= 2, heard
    assert -24 < loudness_lufs(samples) < -17
    if len(answer.split()) > 20:
        rate = len(pronounced(answer).split()) / (samples.size / OUTPUT_RATE) * 60
        assert WPM_RANGE[0] - 15 < rate < WPM_RANGE[1] + 15
