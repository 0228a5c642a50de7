"""Small rooms: sound arithmetic, marks, logs, descriptions."""

import logging
from pathlib import Path

import pytest

from s2s import logs, wire
from s2s.core import audio
from s2s.core.effects import PlayFrame
from s2s.core.events import PlayedReport, Tick, VoiceOut
from s2s.metrics import LatencyBook, TurnTrace
from s2s.transport.sdp import clean_offer, parse_candidate
from tests.stage import mic


def test_loudness_is_the_root_of_the_mean_square():
    assert audio.rms(b"") == 0
    assert audio.rms(b"\0" * 640) == 0
    assert audio.rms(mic(True)) == pytest.approx(4096)


def test_the_end_of_speech_is_dated_back_to_the_last_loud_frame():
    meter, now, edges = audio.SpeechMeter(), 0.0, []
    for index in range(100):
        edge = meter.hear(mic(20 <= index < 60), now)
        if edge:
            edges.append((edge.started, round(edge.at, 2)))
        now += 0.02
    assert edges == [(True, 0.4), (False, 1.18)]


def test_a_click_is_not_speech():
    meter = audio.SpeechMeter()
    assert all(meter.hear(mic(index == 10), index * 0.02) is None for index in range(60))


def test_a_steady_hum_is_not_speech_for_long():
    meter, edges = audio.SpeechMeter(), []
    hum = b"\x58\x02\xa8\xfd" * 160
    for index in range(600):
        edge = meter.hear(hum, index * 0.02)
        edges += [edge.started] if edge else []
    assert edges == [True, False]


def played(turn: int) -> PlayFrame:
    return PlayFrame(turn=turn, pcm=b"", last=False)


def test_marks_run_from_the_end_of_speech_to_the_first_sound_at_the_ear():
    trace = TurnTrace()
    assert trace.watch(VoiceOut(b""), [played(3)], 10.0, 10.3, 3) is None
    assert trace.watch(Tick(), [played(3)], 10.0, 10.32, 3) is None
    told = trace.watch(PlayedReport(3, 20), [], 10.0, 10.4, 3)
    assert told == wire.Latency(turn=3, marks={"first_voice": 300.0, "first_sent": 300.0, "first_heard": 380.0})
    assert trace.watch(PlayedReport(3, 120), [], 10.0, 10.5, 3) is None


def test_one_end_of_speech_times_one_answer_only():
    trace = TurnTrace()
    trace.watch(VoiceOut(b""), [played(1)], 1.0, 1.2, 1)
    assert trace.watch(PlayedReport(1, 20), [], 1.0, 1.3, None) is not None
    assert trace.watch(VoiceOut(b""), [played(2)], 1.0, 9.0, 2) is None
    assert trace.watch(PlayedReport(2, 20), [], 1.0, 9.1, 2) is None


def test_an_answer_quicker_than_the_meter_is_timed_from_its_own_first_voice():
    trace = TurnTrace()
    trace.watch(VoiceOut(b""), [played(1)], None, 10.2, 1)
    # The end of speech, at 10.0, is noticed now.
    trace.watch(VoiceOut(b""), [played(1)], 10.0, 10.27, 1)
    told = trace.watch(PlayedReport(1, 100), [], 10.0, 10.4, 1)
    assert told == wire.Latency(turn=1, marks={"first_voice": 200.0, "first_sent": 200.0, "first_heard": 300.0})


def test_the_rest_of_a_silenced_answer_is_not_the_first_voice_of_the_next():
    trace = TurnTrace()
    trace.watch(VoiceOut(b""), [played(1)], None, 10.2, 1)
    # The button. What comes of that answer now falls on the floor.
    trace.watch(VoiceOut(b""), [], 10.0, 10.3, None)
    trace.watch(PlayedReport(1, 0), [], 10.0, 10.3, None)
    trace.watch(VoiceOut(b""), [played(2)], 14.0, 14.5, 2)
    told = trace.watch(PlayedReport(2, 100), [], 14.0, 14.7, 2)
    assert told == wire.Latency(turn=2, marks={"first_voice": 500.0, "first_sent": 500.0, "first_heard": 600.0})


def test_an_answer_that_was_silenced_unheard_does_not_end_the_measuring():
    trace = TurnTrace()
    trace.watch(VoiceOut(b""), [played(1)], 10.0, 10.2, 1)
    assert trace.watch(PlayedReport(1, 0), [], 10.0, 10.25, None) is None
    trace.watch(VoiceOut(b""), [played(2)], 12.0, 12.4, 2)
    told = trace.watch(PlayedReport(2, 100), [], 12.0, 12.6, 2)
    assert told is not None
    assert told.marks["first_sent"] == 400.0


def test_a_word_said_into_the_answer_is_not_what_it_answers():
    trace = TurnTrace()
    trace.watch(VoiceOut(b""), [played(1)], 10.0, 10.2, 1)
    told = trace.watch(PlayedReport(1, 100), [], 10.3, 10.6, 1)
    assert told is not None
    assert told.marks["first_voice"] == 200.0


def test_the_book_reports_percentiles():
    book = LatencyBook()
    assert book.report() == {"turns": 0}
    for value in range(1, 102):
        book.add({"first_voice": float(value)})
    report = book.report()
    assert report["turns"] == 101
    assert report["first_voice"]["p50_ms"] == pytest.approx(51)
    assert report["first_voice"]["p95_ms"] == pytest.approx(96)


@pytest.mark.parametrize(
    "secret",
    [
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "Bearer ya29.a0AfH6SMBx-y_z",
        "wss://host/ws?key=abcdefgh12345678",
        "?access_token=auth_tokens/abcdef0123",
        "eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
    ],
)
def test_nothing_that_looks_like_a_secret_reaches_a_log(secret: str, tmp_path: Path):
    ring = logs.start(tmp_path, "info")
    logs.LOGGER.error("dial failed: %s", secret, extra={"code": "x", "session": "s"})
    logs.stop()
    written = (tmp_path / "error_log.txt").read_text() + ring.newest(1)[0].message
    core = secret.rsplit("=", maxsplit=1)[-1].rsplit(maxsplit=1)[-1] if "BEGIN" not in secret else "MIIE"
    assert core not in written
    assert "dial failed" in written


def test_errors_are_kept_newest_first_and_conversations_in_their_own_file(tmp_path: Path):
    ring = logs.start(tmp_path, "info")
    logs.LOGGER.info("a step")
    logs.LOGGER.warning("one", extra={"code": "first"})
    logs.LOGGER.error("two", extra={"code": "second", "session": "0123456789ab"})
    logs.CONVERSATION.info("user: hello", extra={"session": "0123456789ab"})
    logs.stop()
    assert [line.code for line in ring.newest(10)] == ["second", "first"]
    assert ring.count_since(0) == 2
    assert "user: hello" in (tmp_path / "conversation_log.txt").read_text()
    errors = (tmp_path / "error_log.txt").read_text()
    assert "[01234567] second: two" in errors
    assert "a step" not in errors
    assert logging.getLogger("s2s").handlers == []


def test_an_offer_loses_the_lines_that_delay_or_break_the_answer():
    offer = "\r\n".join(
        [
            "v=0",
            "a=candidate:1 1 udp 2113937151 abc.local 50000 typ host",
            "a=candidate:2 1 tcp 2113937151 192.0.2.1 9 typ host tcptype active",
            "a=candidate:3 1 UDP 2113937151 192.0.2.1 50000 typ host",
            "a=end-of-candidates",
            "",
        ]
    )
    assert clean_offer(offer).split("\r\n") == ["v=0", "a=candidate:3 1 UDP 2113937151 192.0.2.1 50000 typ host", ""]


def test_candidates_are_read_or_dropped_or_refused():
    good = parse_candidate("candidate:3 1 udp 2113937151 192.0.2.1 50000 typ host", "0", None)
    assert good is not None
    assert (good.ip, good.sdpMid) == ("192.0.2.1", "0")
    assert parse_candidate("candidate:1 1 udp 2113937151 abc.local 50000 typ host", "0", 0) is None
    for line in ("nonsense", "candidate:", "candidate:1 1 udp x 192.0.2.1 y typ host"):
        with pytest.raises(ValueError, match="candidate"):
            parse_candidate(line, "0", 0)
    with pytest.raises(ValueError, match="sdpMid"):
        parse_candidate("candidate:3 1 udp 2113937151 192.0.2.1 50000 typ host", None, None)
