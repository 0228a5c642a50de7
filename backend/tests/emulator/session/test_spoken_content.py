"""Speech that is sent whole, as a part of clientContent: it is recognized, then it counts like typed words."""

import base64
import io
import wave
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemini_emulator.audio.spoken_parts import MAX_PIECE_S, Undecodable, cut, decode
from gemini_emulator.session.client_messages import MAX_HELD
from gemini_emulator.session.events import Close
from gemini_emulator.session.spoken_content import MAX_SPOKEN_S
from tests.emulator.theatre import EXHAUSTED, LOUD, Theatre

SECOND = LOUD * 50
WRONG = Close(1007, "Request contains an invalid argument.")


def spoken(pcm: bytes = SECOND, mime_type: str = "audio/pcm;rate=16000") -> dict[str, Any]:
    return {"inlineData": {"data": base64.b64encode(pcm).decode(), "mimeType": mime_type}}


def content(*parts: dict[str, Any], complete: bool = True) -> dict[str, Any]:
    return {"clientContent": {"turns": [{"role": "user", "parts": list(parts)}], "turnComplete": complete}}


@pytest.fixture
def stage() -> Theatre:
    theatre = Theatre()
    theatre.set_up()
    return theatre


def recording(rate: int = 16_000, channels: int = 1, width: int = 2) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(channels)
        out.setsampwidth(width)
        out.setframerate(rate)
        out.writeframes(bytes(rate * channels * width))
    return file.getvalue()


def test_a_spoken_part_is_heard_and_answered(stage: Theatre):
    stage.script.append("What is your name?")
    stage.tell(content(spoken()))
    stage.advance(10)
    assert stage.said.startswith("I'm your offline assistant.")
    assert stage.heard == ""


def test_words_and_speech_of_one_turn_are_read_in_their_order(stage: Theatre):
    stage.script.append("I have two cats.")
    stage.tell(content({"text": "Listen."}, spoken(), complete=False))
    stage.advance(2)
    stage.tell({"realtimeInput": {"text": "What did I say?"}})
    stage.advance(10)
    assert stage.said == "You said: Listen. I have two cats."


def test_what_cannot_be_understood_is_told_so(stage: Theatre):
    stage.script.append("")
    stage.tell(content(spoken()))
    stage.advance(10)
    assert stage.said == "Sorry, I did not catch that."


def test_messages_behind_it_wait_until_it_is_heard(stage: Theatre):
    stage.script.append("My name is Robert.")
    stage.tell(content(spoken(), complete=False))
    stage.tell({"realtimeInput": {"text": "What is my name?"}})
    stage.advance(10)
    assert stage.said == "Your name is Robert."


def test_it_interrupts_the_answer_as_any_content_does_when_it_comes(stage: Theatre):
    stage.ask("Tell me a story")
    stage.advance(1)
    stage.script.append("What is your name?")
    stage.tell(content(spoken()))
    assert len(stage.messages("interrupted")) == 1
    stage.advance(10)
    assert "I'm your offline assistant." in stage.said


def test_its_sound_is_counted_as_sound_and_its_words_are_not_counted_again(stage: Theatre):
    stage.script.append("x" * 4_000)
    stage.tell(content(spoken()))
    stage.advance(60)
    told = {
        part["modality"]: part["tokenCount"] for part in stage.messages("usageMetadata")[0][1]["promptTokensDetails"]
    }
    assert told["AUDIO"] == 25
    assert told["TEXT"] < 400


def test_raw_sound_and_wave_files_of_16_bits_are_read_at_any_rate():
    assert decode(SECOND, "audio/pcm;rate=16000") == SECOND
    for rate, channels in ((16_000, 1), (48_000, 2), (8_000, 1)):
        pcm = decode(recording(rate, channels), "audio/wav")
        assert abs(len(pcm) / 32_000 - 1.0) < 0.02


@pytest.mark.parametrize(
    ("data", "mime_type"),
    [
        (b"ID3", "audio/mp3"),
        (b"RIFF", "audio/wav"),
        (recording(width=1), "audio/wav"),
        (recording()[:30], "audio/x-wav"),
    ],
)
def test_sound_that_cannot_be_read_is_refused(stage: Theatre, data: bytes, mime_type: str):
    stage.tell(content(spoken(data, mime_type)))
    assert stage.closed == WRONG


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 59), st.integers(0, 255)), max_size=8), st.integers(0, 200))
def test_a_damaged_recording_is_read_or_refused_and_nothing_worse(damage: list[tuple[int, int]], missing: int):
    data = bytearray(recording(8_000))
    for place, value in damage:
        data[place] = value
    with suppress(Undecodable):
        cut(decode(bytes(data[: len(data) - missing]), "audio/wav"))


def test_a_recording_that_names_a_place_outside_of_itself_is_refused():
    data = bytearray(recording())
    data[16:20] = (0xFFFF).to_bytes(4, "little")
    with pytest.raises(Undecodable):
        decode(bytes(data[:100]), "audio/wav")


def test_more_speech_than_one_message_may_hold_is_refused(stage: Theatre):
    stage.tell(content(spoken(bytes(32_000 * (int(MAX_SPOKEN_S) + 1)))))
    assert stage.closed == WRONG
    assert stage.recognized == []


def test_long_speech_is_cut_where_it_is_quiet_and_nothing_is_lost():
    loud = np.full(16_000, 8_000, "<i2").tobytes()
    quiet = bytes(3_200)
    pcm = loud * 17 + quiet + loud * 17 + quiet + loud * 3
    pieces = cut(pcm)
    assert b"".join(pieces) == pcm
    assert all(len(piece) <= MAX_PIECE_S * 32_000 for piece in pieces)
    assert abs(len(pieces[0]) - 17 * 32_000) <= 3_200


def test_a_client_that_floods_while_speech_is_recognized_is_refused(stage: Theatre):
    stage.tell(content(spoken()))
    for _ in range(MAX_HELD + 1):
        stage.tell({"realtimeInput": {"text": "and"}})
    assert stage.closed == EXHAUSTED
