"""Sessions over several connections: limits, handles, and what is resumed."""

import base64
from typing import Any

import pytest

from gemini_emulator.__main__ import arguments
from gemini_emulator.cli.start import settings_from
from gemini_emulator.protocol.setup import Backend
from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.events import Close
from gemini_emulator.session.session_store import Handles
from gemini_emulator.settings import Settings, limits_of_the_service
from tests.emulator.theatre import EXHAUSTED, LOUD, WEATHER, Theatre, type_in

VERTEX_MODEL = "projects/p/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"


def picture() -> dict[str, Any]:
    return {"data": base64.b64encode(b"\xff\xd8\xff").decode(), "mimeType": "image/jpeg"}


# The limits


def test_by_default_nothing_ends_a_conversation():
    stage = Theatre()
    stage.set_up()
    stage.advance(24 * 3600)
    assert stage.closed is None


def test_a_connection_ends_after_ten_minutes_and_a_session_after_fifteen():
    handles, limits = Handles(), Settings(**limits_of_the_service())
    first = Theatre(limits, handles=handles)
    first.set_up()
    type_in(first, "My name is Robert.", 590)
    assert first.messages("goAway") == [(540.0, {"timeLeft": "60s"})]
    first.live.gone(first.now)
    second = Theatre(limits, handles=handles, start_s=590)
    second.set_up(sessionResumption={"handle": first.handles[-1]})
    type_in(second, "What is my name?", 300)
    assert second.said == "Your name is Robert."
    assert second.closed is None
    second.advance(20)
    assert second.closed == EXHAUSTED


def test_the_command_line_turns_the_limits_on_and_a_lifetime_goes_before_theirs():
    parser, _ = arguments()
    plain, limited, own = (
        settings_from(parser.parse_args(["start", *options]))
        for options in ([], ["--limits"], ["--limits", "--lifetime", "30"])
    )
    assert (plain.lifetime_s, plain.session_s, plain.filmed_session_s) == (None, None, None)
    assert (limited.lifetime_s, limited.session_s, limited.filmed_session_s) == (600, 900, 120)
    assert (own.lifetime_s, own.session_s) == (30, 900)


def test_on_vertex_the_end_of_a_connection_is_a_cancellation():
    stage = Theatre(Settings(lifetime_s=600), backend=Backend.VERTEX)
    stage.set_up()
    stage.advance(700)
    assert stage.messages("goAway") == [(540.0, {"timeLeft": "60s"})]
    assert stage.closed == Close(1000, "The operation was cancelled.")


def test_with_compression_a_session_has_no_limit():
    handles, limits = Handles(), Settings(**limits_of_the_service())
    handle: dict[str, Any] = {}
    for begin in range(0, 3_000, 500):
        stage = Theatre(limits, handles=handles, start_s=begin)
        stage.set_up(sessionResumption=handle, contextWindowCompression={})
        type_in(stage, "Hello", 499)
        assert stage.closed is None
        handle = {"handle": stage.handles[-1]}
        stage.live.gone(stage.now)


def test_with_video_a_session_lasts_two_minutes():
    stage = Theatre(Settings(**limits_of_the_service()))
    stage.set_up()
    stage.advance(60)
    stage.tell({"realtimeInput": {"video": picture()}})
    stage.advance(59)
    assert stage.closed is None
    stage.advance(2)
    assert stage.closed == EXHAUSTED


# Handles


def test_while_the_model_is_at_work_there_is_nothing_to_resume():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [WEATHER]}])
    type_in(stage, "What's the weather in Paris?", 60)
    assert [update for _, update in stage.messages("sessionResumptionUpdate")][1:] == [{}]
    call = stage.messages("toolCall")[0][1]["functionCalls"][0]
    answer = {"id": call["id"], "name": call["name"], "response": {"summary": "Sunny."}}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    stage.advance(10)
    _, empty, given_after = (update for _, update in stage.messages("sessionResumptionUpdate"))
    assert empty == {}
    assert given_after == {"newHandle": stage.handles[1], "resumable": True}
    assert len(stage.handles[1]) == 36


def test_a_call_that_runs_on_after_its_turn_keeps_the_session_from_being_resumable():
    stage = Theatre()
    stage.set_up(tools=[{"functionDeclarations": [{**WEATHER, "behavior": "NON_BLOCKING"}]}])
    type_in(stage, "What's the weather in Paris?")
    assert len(stage.messages("turnComplete")) == 1
    assert len(stage.handles) == 1
    call = stage.messages("toolCall")[0][1]["functionCalls"][0]
    answer = {"id": call["id"], "response": {"summary": "Sunny."}, "scheduling": "SILENT"}
    stage.tell({"toolResponse": {"functionResponses": [answer]}})
    assert len(stage.handles) == 2


def test_nothing_is_said_about_handles_to_who_did_not_ask():
    stage = Theatre()
    stage.tell({"setup": {"model": "models/gemini-2.5-flash-native-audio-latest"}})
    type_in(stage, "Hello")
    assert stage.messages("sessionResumptionUpdate") == []


@pytest.mark.parametrize(("backend", "hours"), [(Backend.DEVELOPER, 2), (Backend.VERTEX, 24)])
def test_a_handle_lives_from_the_end_of_the_connection(backend: Backend, hours: int):
    for late_s, code in ((-60, 0), (60, 1008)):
        handles = Handles()
        first = Theatre(handles=handles, backend=backend)
        first.set_up()
        type_in(first, "Hello", 50 * 3600)
        first.live.gone(first.now)
        second = Theatre(handles=handles, backend=backend, start_s=first.now + hours * 3600 + late_s)
        second.set_up(sessionResumption={"handle": first.handles[-1]})
        assert (second.closed.code if second.closed else 0) == code


def test_a_handle_of_another_service_or_project_is_no_handle():
    handles = Handles()
    first = Theatre(handles=handles, backend=Backend.VERTEX)
    first.set_up(model=VERTEX_MODEL)
    type_in(first, "Hello")
    first.live.gone(first.now)
    resumed = {"sessionResumption": {"handle": first.handles[-1]}}
    for backend, model in (
        (Backend.DEVELOPER, "models/gemini-live-2.5-flash-native-audio"),
        (Backend.VERTEX, VERTEX_MODEL.replace("projects/p", "projects/other")),
    ):
        other = Theatre(handles=handles, backend=backend, start_s=20)
        other.set_up(model=model, **resumed)
        assert other.closed == Close(1007, "Invalid session handle")
    own = Theatre(handles=handles, backend=Backend.VERTEX, start_s=20)
    own.set_up(model=VERTEX_MODEL, **resumed)
    assert own.closed is None


def test_the_configuration_may_change_on_resumption():
    handles = Handles()
    first = Theatre(handles=handles)
    first.set_up(systemInstruction={"parts": [{"text": "Your name is Ada."}]})
    type_in(first, "My name is Robert.")
    first.live.gone(first.now)
    second = Theatre(handles=handles, start_s=20)
    second.set_up(
        sessionResumption={"handle": first.handles[-1]},
        systemInstruction={"parts": [{"text": "Your name is Bob."}]},
    )
    type_in(second, "What is your name?")
    type_in(second, "What is my name?")
    assert "Bob" in second.said
    assert "Robert" in second.said


# Transparent resumption


def transparent(handles: Handles, start_s: float = 0.0, handle: str | None = None) -> Theatre:
    stage = Theatre(mind=Parrot(), handles=handles, backend=Backend.VERTEX, start_s=start_s)
    resumption = {"transparent": True} | ({"handle": handle} if handle else {})
    stage.set_up(model=VERTEX_MODEL, sessionResumption=resumption)
    return stage


def indexes(stage: Theatre) -> list[str]:
    return [
        update["lastConsumedClientMessageIndex"]
        for _, update in stage.messages("sessionResumptionUpdate")
        if "newHandle" in update
    ]


def test_every_handle_tells_the_last_message_that_it_includes_counted_from_setup():
    stage = transparent(Handles())
    type_in(stage, "One")
    type_in(stage, "Two")
    stage.tell({"clientContent": {"turns": [{"role": "user", "parts": [{"text": "Three"}]}], "turnComplete": True}})
    stage.advance(10)
    assert indexes(stage) == ["1", "2", "3"]


def test_without_transparent_there_are_no_indexes():
    stage = Theatre(backend=Backend.VERTEX)
    stage.set_up(model=VERTEX_MODEL)
    type_in(stage, "One")
    assert "lastConsumedClientMessageIndex" not in stage.messages("sessionResumptionUpdate")[-1][1]


def test_replaying_what_was_not_consumed_loses_nothing_and_doubles_nothing():
    handles = Handles()
    first = transparent(handles)
    sent = [{"realtimeInput": {"text": text}} for text in ("One", "Two", "Three")]
    first.tell(sent[0])
    first.advance(10)
    first.tell(sent[1])
    first.advance(10)
    consumed = int(indexes(first)[-1])
    said = first.said
    first.tell(sent[2])
    first.live.gone(first.now)
    second = transparent(handles, first.now, first.handles[-1])
    for message in sent[consumed:]:
        second.tell(message)
    second.advance(10)
    assert (said, second.said) == ("One Two", "Three")
    assert indexes(second) == ["1"]
    users = [text for role, text in second.live._model.memory.turns if role == "user"]
    assert users == ["One", "Two", "Three"]


def test_a_sentence_that_was_half_said_when_the_handle_was_given_is_heard_whole():
    """The handle comes with the end of the answer that the user talks over: the first words are consumed by then."""
    handles = Handles()
    first = transparent(handles)
    type_in(first, "A long answer", 0.5)
    first.play(0.6, LOUD)
    assert len(first.handles) == 1
    sent = int(indexes(first)[-1])
    first.live.gone(first.now)
    second = transparent(handles, first.now, first.handles[-1])
    replayed = round(0.6 / 0.02) + 1 - sent
    second.say("The whole sentence", replayed * 0.02)
    second.play(1.6)
    assert second.heard == "The whole sentence"
    assert len(second.recognized[-1].pcm) / 32_000 >= 0.6
