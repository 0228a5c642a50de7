"""A small, fixed part of the speech report, over the emulator's own wire: people, noise, and what is no speech."""

from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from bench.analysis.word_errors import Score, normalize_words, score
from bench.audio.recordings import Sound, no_speech, with_noise
from bench.benchmarks.speech import as_text, reached
from bench.clients.emulator_client import RecognizerClient, recognizer_client
from tests.emulator import ports

MOST_WRONG_PERCENT = {None: 6.0, 10.0: 20.0}
"""Of 20 words. The report has the real numbers, over 680 words."""
PEOPLE = {
    "go-forward-ten-meters": "go forward ten meters",
    "made-amiable-himself": "he might even have been made amiable himself",
    "not-an-ill-disposed-young-man": "he was not an ill disposed young man",
}
NOT_SPEECH = [
    "silence", "loud white noise", "pink noise", "440 Hz tone", "sweep 100 to 4,000 Hz", "music: piano chords",
    "music: band", "music: fiddle with vibrato", "keyboard clicks", "breathing",
]  # fmt: skip


@pytest.fixture
async def place() -> AsyncIterator[RecognizerClient]:
    async with recognizer_client("moonshine") as (made, sentence):
        assert sentence == ""
        yield made


def person(name: str) -> Sound:
    return np.asarray(np.frombuffer(ports.clip(name), "<i2") / 32_768)


async def test_people_are_understood_in_quiet_and_in_noise(place: RecognizerClient):
    for snr_db, most_wrong in MOST_WRONG_PERCENT.items():
        total = Score()
        for seed, (name, words) in enumerate(PEOPLE.items()):
            total += score(words, (await place.recognize(with_noise(person(name), snr_db, 0.5, 3.0, seed))).text)
        assert total.words == 20
        assert total.percent <= most_wrong, (snr_db, total)


async def test_no_words_are_invented_where_nobody_speaks(place: RecognizerClient):
    sounds = no_speech(3.0)
    heard = {name: (await place.recognize(with_noise(sounds[name], None, 0.5, 2.0, 0))).text for name in NOT_SPEECH}
    assert {name: text for name, text in heard.items() if text} == {}


# The counting


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("Press 1 to call 28 people.", "press one to call twenty-eight people", 0),
        ("Good-bye, see you to-morrow!", "Goodbye. See you tomorrow.", 0),
        ("Your voice mail is full.", "your voicemail is full", 0),
        ("I'm sorry, that's wrong.", "I am sorry that is wrong", 0),
        ("It is 17°C and 20% wet.", "It is seventeen degrees Celsius and twenty percent wet.", 0),
        ("turn left", "turn right", 1),
        ("turn left", "turn left now please", 2),
        ("turn left", "", 2),
    ],
)
def test_errors_are_counted_in_words_and_not_in_spelling(said: str, heard: str, errors: int):
    assert score(said, heard).errors == errors


def test_numbers_are_read_as_people_say_them():
    assert " ".join(normalize_words("1234 and the 3rd of 15")) == (
        "one thousand two hundred thirty four and the third of fifteen"
    )


# The report


def a_report(wrong_percent: float, invented: dict[str, str]) -> dict[str, Any]:
    part = {"errors": 3, "words": 100, "percent": wrong_percent}
    moonshine = {
        "sets": {"prompts, clean": part}, "clean": part, "noise": part, "invented": invented,
        "invented_words": len(invented), "first_words": {"clips": 1, "p50_s": 0.7, "max_s": 0.9},
    }  # fmt: skip
    voice = {"percent": 1.0, "first_audio_p50_ms": 20.0, "first_audio_max_ms": 30.0, "times_real_time": 99.0}
    return {
        "machine": dict.fromkeys(("cpu", "cores", "system", "python", "s2s", "commit"), "x"), "snr_db": 10.0,
        "load": [1, 2], "versions": {"numpy": "2"}, "clips": {"prompts": 1}, "seconds": {"prompts": 4},
        "no_speech": ["silence", "hum"],
        "ears": {"moonshine": moonshine}, "voices": {"flite": voice}, "not_run": {"whisper": "It is not installed."},
    }  # fmt: skip


def test_the_report_says_which_goals_are_missed_and_what_was_invented():
    assert reached(a_report(3.0, {}))
    assert not reached(a_report(4.1, {}))
    assert not reached(a_report(3.0, {"hum": "Hello"}))
    text = as_text(a_report(3.0, {"hum": "Hello"}))
    assert "| moonshine | 3.0 % | 3.0 % | 1 | 0.70 s, at most 0.90 s |" in text
    assert '- moonshine took "hum" for "Hello".' in text
    assert "Not measured: whisper. It is not installed." in text
