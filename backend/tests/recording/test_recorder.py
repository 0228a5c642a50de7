"""A recording is bounded, and sound that is recorded only by its energy is heard alike by the core."""

import gzip
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.core.audio import rms
from s2s.core.events import MicAudio, TextTyped, ToolFinished
from s2s.recording import replay
from s2s.recording.recorder import Recorder, energy
from s2s.recording.replay import audio_with_energy


@given(st.binary(min_size=0, max_size=1280))
def test_replayed_sound_is_as_long_and_as_loud_as_what_was_heard(pcm: bytes):
    again = audio_with_energy(len(pcm), energy(pcm))
    assert len(again) == len(pcm)
    even = pcm[: len(pcm) & ~1]
    assert abs(rms(again[: len(even)]) - rms(even)) <= 1e-6 * max(1.0, rms(even)) + (2.0 if len(even) < 32 else 0.01)


def test_the_loudest_possible_frame_is_replayed_too():
    pcm = np.full(320, -32_768, dtype="<i2").tobytes()
    assert abs(rms(audio_with_energy(640, energy(pcm))) - 32_768) < 2


def test_a_full_recorder_stops_and_says_so():
    recorder = Recorder({}, audio=True, max_bytes=20_000)
    chance = np.random.default_rng(1)
    for number in range(200):
        recorder.on_event(MicAudio(chance.integers(-9_000, 9_000, 320, dtype="<i2").tobytes()), number * 0.02)
    assert recorder.full
    assert len(recorder.dump()) < 40_000


def test_an_hour_of_silence_costs_less_than_two_megabytes_a_session():
    recorder = Recorder({}, audio=False, max_bytes=2_000_000)
    noise = np.random.default_rng(1).integers(-300, 300, 320, dtype="<i2").tobytes()
    for number in range(5_000):
        recorder.on_event(MicAudio(noise[number % 320 :] + noise[: number % 320]), 1_000 + number * 0.0200013)
    assert len(recorder.dump()) * 36 < 2_000_000
    assert not recorder.full


def test_half_a_secret_does_not_spoil_the_recording():
    recorder = Recorder({}, audio=False, max_bytes=1_000)
    recorder.on_event(TextTyped("-----BEGIN PRIVATE KEY-----MIIE"), 1.0)
    lines = [json.loads(line) for line in gzip.decompress(recorder.dump("a note")).splitlines()]
    assert lines[1] == ["fact", 1.0, "TextTyped", {"text": "[secret]"}]
    assert lines[2] == ["tail", {"full": False, "note": "a note"}]


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = packer.compress(b"\0" * 50_000_000) + packer.flush()
    monkeypatch.setattr(replay, "MAX_BYTES", 1_000_000)
    with pytest.raises(replay.NotARecording, match="too large"):
        replay.replay(bomb)


def test_what_json_cannot_write_is_recorded_as_well_as_it_can_be():
    recorder = Recorder({}, audio=False, max_bytes=10**6)
    response = {"half": "\ud83d", "when": {1, 2}, (1, 2): b"\xff"}
    recorder.on_event(ToolFinished("c", True, response, "half \ud83d"), 0.0)
    assert "half \ufffd" in gzip.decompress(recorder.dump()).decode()
