"""The figures of `bench conversations`, from turns that did not need an engine."""

from unittest.mock import Mock

import pytest

from bench.benchmarks.conversations import GOAL_MS, EngineTalker, Frames, Turn, figures, missed
from bench.benchmarks.latency import summary
from bench.clients.headless import TalkerError
from bench.clients.sentences import Clip

VOICE = {"modelTurn": {"parts": []}}


def turn(answers: list[float], interim_at: float | None = None) -> Turn:
    """A sentence that begins 0.1 s into its recording, at 10.1 s, and ends at 12 s."""
    clip = Clip("clip", "A sentence.", bytes(80_000), begins_ms=100.0, ends_ms=2_000.0)
    return Turn(clip, began=10.0, interim_at=interim_at, end_noticed=12.2, answers=answers)


def test_the_answer_is_counted_from_the_true_end_of_the_voice():
    told = figures([turn([12.25], interim_at=10.6), turn([12.35])])
    assert told["first_audio_ms"] == summary([250.0, 350.0])
    assert told["first_interim_ms"] == summary([500.0])
    assert (told["sentences"], told["unanswered"], told["with_interim"]) == (2, 0, 1)


def test_an_answer_to_half_a_sentence_does_not_count():
    talker = EngineTalker(Mock(), Frames([]), Mock())
    talker.turn = turn([])
    for at, content in ((11.0, VOICE), (11.2, VOICE), (11.5, {"interrupted": True}), (12.3, VOICE), (12.4, VOICE)):
        talker.hear({"serverContent": content}, at)
    assert (talker.turn.answered, talker.turn.cut_in) == (12.3, 1)


def test_silence_is_told_and_nothing_but_silence_is_an_error():
    assert figures([turn([12.25]), turn([])])["unanswered"] == 1
    with pytest.raises(TalkerError, match="Nothing was answered"):
        figures([turn([])])


def test_a_missed_goal_is_named():
    p50, p95 = GOAL_MS[1]
    assert p50 is not None
    assert missed({"talkers": 1, "first_audio_ms": {"p50": p50, "p95": p95}}) == []
    assert missed({"talkers": 1, "first_audio_ms": {"p50": p50 + 1, "p95": p95}}) == ["p50 251.0 ms, wanted 250.0 ms"]
    assert missed({"talkers": 7, "first_audio_ms": {"p50": 9_999.0, "p95": 9_999.0}}) == []
