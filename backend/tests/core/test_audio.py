"""Loudness, and when the person speaks."""

import pytest

from s2s.core import audio
from tests.stage import mic


def test_loudness_is_the_root_of_the_mean_square():
    assert audio.rms(b"") == 0
    assert audio.rms(b"\0" * 640) == 0
    assert audio.rms(mic(True)) == pytest.approx(4096)


def test_the_end_of_speech_is_dated_back_to_the_last_loud_frame():
    meter, now, edges = audio.SpeechMeter(), 0.0, []
    for index in range(100):
        edge = meter.process_frame(mic(20 <= index < 60), now)
        if edge:
            edges.append((edge.started, round(edge.at, 2)))
        now += 0.02
    assert edges == [(True, 0.4), (False, 1.18)]


def test_a_click_is_not_speech():
    meter = audio.SpeechMeter()
    assert all(meter.process_frame(mic(index == 10), index * 0.02) is None for index in range(60))


def test_a_steady_hum_is_not_speech_for_long():
    meter, edges = audio.SpeechMeter(), []
    hum = b"\x58\x02\xa8\xfd" * 160
    for index in range(600):
        edge = meter.process_frame(hum, index * 0.02)
        edges += [edge.started] if edge else []
    assert edges == [True, False]
