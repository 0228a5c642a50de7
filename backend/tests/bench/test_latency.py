"""The bench's ear: what sounds when, what is reported as played, and how an answer's time is divided."""

import itertools
import struct

import numpy as np
import pytest

from bench.benchmarks.latency import measured, summary
from bench.clients.playout_model import PlayedTurn, PlayoutModel, first_audible_ms, speech_end_ms
from s2s import wire

SILENT, LOUD = 0, 5000


NUMBERS = itertools.count()


def frame(turn: int = 1, level: int = LOUD, last: bool = False) -> wire.Frame:
    pcm = struct.pack("<h", level) * wire.OUTPUT_SAMPLES
    return wire.Frame(turn=turn, seq=next(NUMBERS), clock_ms=1000, pcm=pcm, flags=wire.FLAG_LAST_OF_TURN if last else 0)


def current(ear: PlayoutModel) -> PlayedTurn:
    assert ear.current is not None
    return ear.current


def test_a_turn_starts_when_40_ms_lie_ready() -> None:
    ear = PlayoutModel()
    ear.push(frame(), 10.0)
    assert current(ear).started is None
    ear.push(frame(), 10.005)
    assert current(ear).started == 10.005
    assert current(ear).arrived == 10.0


def test_the_first_sound_is_the_first_audible_sample() -> None:
    ear = PlayoutModel()
    for number in range(5):
        ear.push(frame(level=SILENT if number < 4 else LOUD), 10.0)
    assert current(ear).sounded == pytest.approx(10.08)


def test_a_last_frame_starts_even_a_short_turn() -> None:
    ear = PlayoutModel()
    ear.push(frame(last=True), 10.0)
    assert current(ear).sounded == 10.0


def test_what_was_played_is_reported_at_the_start_every_300_ms_and_at_the_end() -> None:
    ear = PlayoutModel()
    for _ in range(33):
        ear.push(frame(turn=7), 10.0)
    told = [ear.report_due(10.0 + tick * 0.02) for tick in range(40)]
    assert [(report.turn, report.ms) for report in told if report] == [(7, 0), (7, 300), (7, 600), (7, 660)]


def test_a_voice_that_halted_is_reported_before_its_time() -> None:
    ear = PlayoutModel()
    for _ in range(4):
        ear.push(frame(turn=7), 10.0)
    told = [ear.report_due(10.0), ear.report_due(10.1)]
    for _ in range(10):
        ear.push(frame(turn=7), 10.3)
    told += [ear.report_due(10.3 + tick * 0.02) for tick in range(8)]
    assert [report.ms for report in told if report] == [0, 80, 100]


def test_a_late_frame_is_a_gap_and_moves_what_follows() -> None:
    ear = PlayoutModel()
    ear.push(frame(), 10.0)
    ear.push(frame(), 10.0)
    ear.push(frame(), 10.1)
    assert (current(ear).gaps, current(ear).gap_ms) == (1, pytest.approx(60))
    assert current(ear).dry_at == pytest.approx(10.12)


def test_a_flush_silences_its_turn_and_older_ones_also_when_they_arrive_later() -> None:
    ear = PlayoutModel()
    for _ in range(10):
        ear.push(frame(turn=0xFFFF), 10.0)
    assert ear.flush(0xFFFF, 10.05) == wire.Played(turn=0xFFFF, ms=50)
    ear.push(frame(turn=0xFFFF), 10.06)
    assert ear.current is None
    ear.push(frame(turn=0), 10.1)
    assert current(ear).turn == 0


def test_the_end_of_speech_is_found_before_the_noise_that_follows() -> None:
    noise = np.random.default_rng(2)
    speech = (noise.normal(0, 4000, 16_000)).astype("<i2")
    tail = (noise.normal(0, 60, 8_000)).astype("<i2")
    assert speech_end_ms(np.concatenate([speech, tail]).tobytes(), 16_000) == 1000
    assert first_audible_ms(bytes(4800) + frame().pcm, 24_000) == 100
    assert first_audible_ms(bytes(4800), 24_000) is None
    with pytest.raises(ValueError, match="silent"):
        speech_end_ms(bytes(6400), 16_000)


def test_the_parts_of_an_answer_add_up_across_a_wrap_of_the_gateways_clock() -> None:
    voice = PlayedTurn(turn=1, arrived=100.5, sent_clock_ms=(2**32 - 10), started=100.52, sounded=100.6)
    # The gateway's clock reads 2**32 - 10 when this one reads 100.495 s.
    offset_ms = 2**32 - 10 - 100_495
    answer = measured(100.0, voice, {"first_voice": 470.0, "first_sent": 472.0}, offset_ms, "hello")
    assert answer.way_ms == pytest.approx(5)
    assert answer.gateway_ms == pytest.approx(2)
    assert answer.upstream_ms == pytest.approx(493)
    assert answer.buffer_ms == pytest.approx(20)
    assert answer.lead_in_ms == pytest.approx(80)
    parts = answer.upstream_ms + answer.gateway_ms + answer.way_ms + answer.buffer_ms + answer.lead_in_ms
    assert parts == pytest.approx(answer.total_ms) == pytest.approx(600)


def test_percentiles_of_one_value_are_that_value() -> None:
    assert summary([7.0]) == {"p50": 7.0, "p95": 7.0, "min": 7.0, "max": 7.0}
    assert summary([float(n) for n in range(101)])["p95"] == 95
