"""How long answers take: marks of each turn, percentiles over many."""

import pytest

from s2s import wire
from s2s.core.effects import PlayFrame
from s2s.core.events import DeadlineReached, ModelAudio, PlayedReport
from s2s.latency_stats import LatencyStats, TurnTrace


def played(turn: int) -> PlayFrame:
    return PlayFrame(turn=turn, pcm=b"", last=False)


def test_marks_run_from_the_end_of_speech_to_the_first_sound_at_the_ear():
    trace = TurnTrace()
    assert trace.watch(ModelAudio(b""), [played(3)], 10.0, 10.3, 3) is None
    assert trace.watch(DeadlineReached(), [played(3)], 10.0, 10.32, 3) is None
    told = trace.watch(PlayedReport(3, 20), [], 10.0, 10.4, 3)
    assert told == wire.Latency(turn=3, marks={"first_voice": 300.0, "first_sent": 300.0, "first_heard": 380.0})
    assert trace.watch(PlayedReport(3, 120), [], 10.0, 10.5, 3) is None


def test_one_end_of_speech_times_one_answer_only():
    trace = TurnTrace()
    trace.watch(ModelAudio(b""), [played(1)], 1.0, 1.2, 1)
    assert trace.watch(PlayedReport(1, 20), [], 1.0, 1.3, None) is not None
    assert trace.watch(ModelAudio(b""), [played(2)], 1.0, 9.0, 2) is None
    assert trace.watch(PlayedReport(2, 20), [], 1.0, 9.1, 2) is None


def test_an_answer_quicker_than_the_meter_is_timed_from_its_own_first_voice():
    trace = TurnTrace()
    trace.watch(ModelAudio(b""), [played(1)], None, 10.2, 1)
    # The end of speech, at 10.0, is noticed now.
    trace.watch(ModelAudio(b""), [played(1)], 10.0, 10.27, 1)
    told = trace.watch(PlayedReport(1, 100), [], 10.0, 10.4, 1)
    assert told == wire.Latency(turn=1, marks={"first_voice": 200.0, "first_sent": 200.0, "first_heard": 300.0})


def test_the_rest_of_a_silenced_answer_is_not_the_first_voice_of_the_next():
    trace = TurnTrace()
    trace.watch(ModelAudio(b""), [played(1)], None, 10.2, 1)
    # The button. What comes of that answer now falls on the floor.
    trace.watch(ModelAudio(b""), [], 10.0, 10.3, None)
    trace.watch(PlayedReport(1, 0), [], 10.0, 10.3, None)
    trace.watch(ModelAudio(b""), [played(2)], 14.0, 14.5, 2)
    told = trace.watch(PlayedReport(2, 100), [], 14.0, 14.7, 2)
    assert told == wire.Latency(turn=2, marks={"first_voice": 500.0, "first_sent": 500.0, "first_heard": 600.0})


def test_an_answer_that_was_silenced_unheard_does_not_end_the_measuring():
    trace = TurnTrace()
    trace.watch(ModelAudio(b""), [played(1)], 10.0, 10.2, 1)
    assert trace.watch(PlayedReport(1, 0), [], 10.0, 10.25, None) is None
    trace.watch(ModelAudio(b""), [played(2)], 12.0, 12.4, 2)
    told = trace.watch(PlayedReport(2, 100), [], 12.0, 12.6, 2)
    assert told is not None
    assert told.marks["first_sent"] == 400.0


def test_a_word_said_into_the_answer_is_not_what_it_answers():
    trace = TurnTrace()
    trace.watch(ModelAudio(b""), [played(1)], 10.0, 10.2, 1)
    told = trace.watch(PlayedReport(1, 100), [], 10.3, 10.6, 1)
    assert told is not None
    assert told.marks["first_voice"] == 200.0


def test_the_book_reports_percentiles():
    book = LatencyStats()
    assert book.report() == {"turns": 0}
    for value in range(1, 102):
        book.record_turn({"first_voice": float(value)})
    report = book.report()
    assert report["turns"] == 101
    assert report["first_voice"]["p50_ms"] == pytest.approx(51)
    assert report["first_voice"]["p95_ms"] == pytest.approx(96)
