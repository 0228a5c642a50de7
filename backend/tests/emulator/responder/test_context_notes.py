"""Notes that a gateway puts in brackets where the user's words stand: obeyed, and never said or shown."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.context_notes import rest_of, split
from gemini_emulator.responder.conversation_state import Memory
from gemini_emulator.responder.llm_prompt import Chat
from gemini_emulator.responder.parrot import Parrot
from tests.emulator.theatre import Theatre

AGAIN = "(Your last answer could not be heard. Please say it again, and do not mention this.)"
GO_ON = "(The connection broke while you were speaking. Go on from there; do not repeat it.)"
REST = '(Only the beginning of your last answer could be heard: "{}". Say the rest; do not mention this.)'
STORY = "Once there was a heron. It lived by the sea. One day it flew away."
TOLD = replace(Memory(turns=(("user", "tell me a story"), ("model", STORY))), meant=STORY)
MINDS = [Companion(), Parrot(), Chat(Companion())]


@pytest.mark.parametrize("mind", MINDS, ids=lambda mind: type(mind).__name__)
@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (AGAIN, STORY),
        (f"  {AGAIN}\n", STORY),
        (REST.format("Once there was a heron."), "It lived by the sea. One day it flew away."),
        (REST.format("once there was a her"), "heron. It lived by the sea. One day it flew away."),
        (REST.format("words that it never said"), STORY),
    ],
)
def test_a_note_is_obeyed(mind: Companion | Parrot | Chat, note: str, expected: str):
    assert mind.reply_to_user(note, TOLD, ()).say == expected


def test_an_answer_that_broke_off_goes_on_where_it_was_left():
    cut = replace(TOLD, turns=(("user", "tell me a story"), ("model", "Once there was a heron. It lived")))
    assert Companion().reply_to_user(GO_ON, cut, ()).say == "by the sea. One day it flew away."
    assert Chat(Companion()).reply_to_user(GO_ON, cut, ()).say == "by the sea. One day it flew away."


HEARD = '(You were interrupted by mistake: nobody spoke. Only this much of it was heard: "It is". Go on from there.)'


@pytest.mark.parametrize("note", [GO_ON, REST.format("It is"), HEARD])
@pytest.mark.parametrize("begun", ["It is", "It is twice"])
def test_who_knows_only_the_beginning_of_an_answer_answers_the_question_again(note: str, begun: str):
    """A fresh session is told what was heard, never how it would have gone on."""
    told = Memory(turns=(("user", "What is two plus two?"), ("model", begun)))
    if begun == "It is":
        said = Companion().reply_to_user(note, told, ()).say
        assert "4" in said or "four" in said
    stale = replace(told, meant="Hello there, how are you?")
    assert "Hello" not in Companion().reply_to_user(note, stale, ()).say


def test_who_has_said_all_of_an_answer_says_it_again_where_nobody_asked_anything():
    greeting = Memory(turns=(("model", "Hello!"),))
    assert Companion().reply_to_user(GO_ON, greeting, ()).say == "Hello!"


def test_an_open_question_is_answered_rather_than_the_last_answer_repeated():
    asked = replace(TOLD, turns=(*TOLD.turns, ("user", "what is two plus two?")))
    assert (
        "4" in Companion().reply_to_user(AGAIN, asked, ()).say
        or "four" in Companion().reply_to_user(AGAIN, asked, ()).say
    )


@pytest.mark.parametrize("text", [f"{AGAIN} What is two plus two?", f"What is two plus two? {AGAIN}"])
def test_words_beside_a_note_are_answered_without_it(text: str):
    for mind in (Companion(), Parrot()):
        said = mind.reply_to_user(text, TOLD, ()).say
        assert "last answer" not in said
        assert "4" in said or "four" in said or "two plus two" in said


@pytest.mark.parametrize("text", ["(2 + 3) * 4", "What is (2+3)*4?", "Call Anna (my sister).", "(laughs) hello", "((("])
def test_other_brackets_are_the_users(text: str):
    assert split(text) == ((), text)


@given(st.text(alphabet='ab ()". ', max_size=40))
def test_what_was_heard_never_leaks_out_of_its_note(heard: str):
    assert split(REST.format(heard)) == ((REST.format(heard),), "")


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_rest_is_never_longer_than_the_whole(whole: str, said: str):
    assert len(rest_of(whole, said).split()) <= len(whole.split())


@pytest.mark.parametrize("message", ["typed", "turn"])
def test_nothing_of_a_note_is_said_or_written_in_a_session(message: str):
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Hello!"}})
    stage.advance(10)
    first = stage.transcript("outputTranscription")
    turns = [{"role": "user", "parts": [{"text": AGAIN}]}]
    typed = {"realtimeInput": {"text": AGAIN}}
    stage.tell(typed if message == "typed" else {"clientContent": {"turns": turns, "turnComplete": True}})
    stage.advance(10)
    assert stage.transcript("outputTranscription") == f"{first} {first}"
    stage.tell({"realtimeInput": {"text": "What did I say?"}})
    stage.advance(10)
    assert "last answer" not in stage.transcript("outputTranscription")


def test_a_note_that_wants_no_answer_is_not_taken_for_a_question():
    stage = Theatre()
    stage.set_up()
    stage.tell({"realtimeInput": {"text": "Hello!"}})
    stage.advance(10)
    note = '(Your last answer was cut off. Only this much of it was heard: "Hel")'
    turns = [{"role": "user", "parts": [{"text": note}]}]
    stage.tell({"clientContent": {"turns": turns, "turnComplete": False}})
    stage.tell({"clientContent": {"turns": [], "turnComplete": True}})
    stage.advance(10)
    said = stage.transcript("outputTranscription")
    assert "cut off" not in said
    assert "I heard" not in said
