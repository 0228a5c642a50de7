"""Stories of pictures: when the model sees them, what is asked about them, and what a lost connection costs."""

import gzip
import json

import pytest

from s2s.core.effects import LogTranscript, SendImage, SendText, SendVideoFrame
from s2s.core.events import (
    GenerationComplete,
    ImageShared,
    LinkLost,
    ModelAudio,
    SetupComplete,
    TextTyped,
    TurnComplete,
    VideoFrame,
)
from s2s.core.images import IMAGE_PLACEHOLDER, MAX_WAITING_IMAGES, is_jpeg
from s2s.core.session_core import SessionCore
from s2s.recording import replay
from s2s.recording.recorder import Recorder
from s2s.settings import Settings
from s2s.upstream.codec import gemini_codec
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.models.model_capabilities import capabilities
from s2s.upstream.target.endpoints import choose_target
from tests.stage import Stage, voice

CAT, DOG = b"\xff\xd8\xffcat", b"\xff\xd8\xffdog"
SEEDED = capabilities("developer", "gemini-3.1-flash-live-preview")


def test_a_picture_is_seen_at_once_when_nobody_speaks_and_asks_for_nothing():
    s = Stage()
    s.say(ImageShared(CAT))
    assert s.did(SendImage) == [SendImage(CAT)]
    assert s.did(LogTranscript) == [LogTranscript("user", IMAGE_PLACEHOLDER)]
    assert s.talk.phase == "listening"


def test_a_picture_does_not_interrupt_an_answer_and_is_seen_after_it():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
    s.say(ImageShared(CAT))
    assert s.did(SendImage) == []
    s.say(GenerationComplete())
    s.say(TurnComplete())
    s.advance(2)
    assert s.did(SendImage) == [SendImage(CAT)]


def test_words_typed_to_a_waiting_picture_are_one_turn_with_it():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
    s.say(ImageShared(CAT))
    s.say(ImageShared(DOG))
    s.say(TextTyped("which is older?"))
    assert s.did(SendImage) == [SendImage(CAT), SendImage(DOG, "which is older?")]
    assert s.did(SendText) == []


def test_a_model_that_takes_no_turns_in_mid_session_is_shown_a_video_frame():
    s = Stage(capabilities=SEEDED)
    s.say(ModelAudio(voice(1.0)))
    s.say(ImageShared(CAT))
    s.say(TextTyped("what is it?"))
    assert s.did(SendImage) == [SendImage(CAT)]
    assert s.did(SendText) == [SendText("what is it?")]


def test_a_picture_that_was_not_answered_is_shown_to_the_next_session():
    s = Stage()
    s.say(ImageShared(CAT))
    s.say(LinkLost())
    s.say(ImageShared(DOG))
    s.say(SetupComplete())
    assert s.did(SendImage) == [SendImage(CAT), SendImage(CAT), SendImage(DOG)]
    s.say(ModelAudio(voice(0.1)))
    s.say(TurnComplete())
    s.say(LinkLost())
    s.say(SetupComplete())
    assert len(s.did(SendImage)) == 3


def test_a_picture_that_closed_the_socket_is_not_shown_again():
    s = Stage()
    s.say(ImageShared(CAT))
    s.say(LinkLost(refused=True))
    s.say(SetupComplete())
    assert s.did(SendImage) == [SendImage(CAT)]


def test_a_picture_that_was_never_sent_is_not_blamed_for_the_close():
    s = Stage()
    s.say(ModelAudio(voice(1.0)))
    s.say(ImageShared(DOG))  # waits for the end of the answer
    s.say(LinkLost(refused=True))
    s.say(SetupComplete())
    s.say(ModelAudio(voice(0.1)))
    s.say(GenerationComplete())
    s.say(TurnComplete())
    s.advance(3)
    assert s.did(SendImage) == [SendImage(DOG)]


def test_frames_of_a_camera_are_seen_now_or_never():
    s = Stage()
    s.say(VideoFrame(CAT))
    s.say(LinkLost())
    s.say(VideoFrame(DOG))
    s.say(SetupComplete())
    assert s.did(SendVideoFrame) == [SendVideoFrame(CAT)]


def test_only_so_many_pictures_wait():
    s = Stage(live=False)
    for _ in range(MAX_WAITING_IMAGES):
        assert not s.talk.images.is_full
        s.say(ImageShared(CAT))
    assert s.talk.images.is_full


def test_pictures_go_up_as_the_reference_asks_for():
    blob = {"mimeType": "image/jpeg", "data": "/9j/Y2F0"}
    alone, asked = json.loads(gemini_codec.picture(CAT, "")), json.loads(gemini_codec.picture(CAT, "what is it?"))
    assert alone == {
        "clientContent": {"turns": [{"role": "user", "parts": [{"inlineData": blob}]}], "turnComplete": False}
    }
    assert asked["clientContent"]["turns"][0]["parts"] == [{"inlineData": blob}, {"text": "what is it?"}]
    assert asked["clientContent"]["turnComplete"]
    assert json.loads(gemini_codec.video(CAT)) == {"realtimeInput": {"video": blob}}


@pytest.mark.parametrize(
    ("model", "sees"),
    [("gemini-3.8-live", True), ("gemini-3.1-flash-live-preview", True), ("gemini-3.5-live-translate-preview", False)],
)
def test_models_for_one_task_are_shown_nothing(model: str, sees: bool):
    assert capabilities("developer", model).images is sees


def test_what_is_no_jpeg_is_known_by_its_first_bytes():
    assert is_jpeg(CAT)
    assert not is_jpeg(b"\x89PNG\r\n")
    assert not is_jpeg(b"")


def test_of_a_picture_a_recording_has_the_length_only_and_is_replayed_all_the_same():
    choice = choose_target(Settings.from_env({"S2S_UPSTREAM": "emulator"}))
    recorder = Recorder(replay.recording_head(choice, SessionConfig(), 240), audio=True, max_bytes=100_000)
    core = SessionCore(choice.abilities())
    for fact in (SetupComplete(), ImageShared(CAT), VideoFrame(DOG), TextTyped("what is it?")):
        recorder.on_event(fact, 1.0)
        for effect in core.handle(fact, 1.0):
            recorder.on_effect(effect)
    data = recorder.dump()
    assert b'["fact",1.0,"PictureShown",{"bytes":6}]' in gzip.decompress(data)
    assert b"/9j/" not in gzip.decompress(data)
    assert replay.replay(data).difference is None
