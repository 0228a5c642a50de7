"""Refusals in the middle of a session, in the words that people read in their logs."""

import base64
from typing import Any

import pytest

from gemini_emulator.protocol.setup import Backend
from gemini_emulator.session.events import Close
from gemini_emulator.settings import Settings
from tests.emulator.theatre import LOUD, Theatre

CHUNK = {"data": base64.b64encode(LOUD).decode(), "mimeType": "audio/pcm;rate=16000"}
MANUAL = {"automaticActivityDetection": {"disabled": True}}


def close_after(*frames: dict[str, Any], settings: Settings | None = None, **changes: Any) -> Close | None:
    stage = Theatre(settings, backend=changes.pop("backend", Backend.DEVELOPER))
    stage.set_up(**changes)
    for frame in frames:
        stage.tell({"realtimeInput": frame})
    return stage.closed


@pytest.mark.parametrize("mark", ["activityStart", "activityEnd"])
def test_activity_marks_under_automatic_detection_get_the_services_words(mark: str):
    reason = "Explicit activity control is not supported when automatic activity detection is enabled."
    assert close_after({mark: {}}) == Close(1007, reason)


@pytest.mark.parametrize("model", ["gemini-3.8-live", "gemini-3.1-flash-live-preview"])
def test_media_chunks_are_refused_by_the_newer_models_of_the_developer_api(model: str):
    reason = "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."
    assert close_after({"mediaChunks": [CHUNK]}, model=f"models/{model}") == Close(1007, reason)


def test_media_chunks_are_taken_by_2_5_and_on_vertex():
    assert close_after({"mediaChunks": [CHUNK]}, model="models/gemini-2.5-flash-native-audio-latest") is None
    assert close_after({"mediaChunks": [CHUNK]}, backend=Backend.VERTEX) is None


def test_a_stream_whose_rate_changes_is_refused_an_empty_frame_counts_as_16_khz():
    fast = {"audio": {**CHUNK, "mimeType": "audio/pcm;rate=24000"}}
    reason = "Sample rate changed from previously 24000 to 16000, which is not supported."
    assert close_after(fast, {"audio": {"data": "", "mimeType": "audio/pcm"}}) == Close(1007, reason)
    assert close_after(fast, fast) is None


def test_a_very_short_turn_is_refused_only_where_that_is_asked_for():
    marks = ({"activityStart": {}}, {"activityEnd": {}})
    assert close_after(*marks, realtimeInputConfig=MANUAL) is None
    strict = Settings(least_activity_s=1.5)
    assert close_after(*marks, settings=strict, realtimeInputConfig=MANUAL) == Close(1007, "Precondition check failed.")
    stage = Theatre(strict)
    stage.set_up(realtimeInputConfig=MANUAL)
    stage.tell({"realtimeInput": {"activityStart": {}}})
    stage.say("Hello", 1.6)
    stage.tell({"realtimeInput": {"activityEnd": {}}})
    assert stage.closed is None


def test_who_stays_past_go_away_is_cut_off_with_the_services_reproach():
    stage = Theatre(Settings(lifetime_s=600))
    stage.set_up()
    stage.advance(601)
    assert stage.closed is not None
    assert stage.closed.code == 1008
    assert stage.closed.reason.encode()[:123].endswith(b"receiving a GoAway signal once the session durat")
