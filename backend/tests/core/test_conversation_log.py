"""The conversation log tells things in the order in which they happened, and nothing that nobody said."""

import pytest

from s2s import wire
from s2s.core.effects import Incident, LogTranscript, PromptReply, SendToBrowser
from s2s.core.events import (
    GenerationComplete,
    ModelAudio,
    ModelTranscriptDelta,
    TextTyped,
    TurnComplete,
    UserTranscriptDelta,
)
from s2s.core.texts.prompt_echo import PromptEchoFilter
from s2s.core.texts.prompts import REPEAT_PROMPT, cut_note
from s2s.core.user_speech import LOG_DELAY_S
from tests.core.told_call import Call
from tests.stories import LOUD, QUIET

QUIET_VOICE = b"\1\0" * 24_000


def lines(call: Call) -> list[str]:
    """The two logs, one after the other as they are written."""
    return [
        f"{effect.who}: {effect.text}" if isinstance(effect, LogTranscript) else f"incident: {effect.code}"
        for effect in (effect for _, effect in call.log)
        if isinstance(effect, LogTranscript | Incident)
    ]


def users(call: Call) -> list[str]:
    return [line for line in lines(call) if line.startswith("user: ")]


def test_a_question_stands_before_the_warning_that_nobody_answers_it():
    call = Call()
    call.person_says(" what is the weather")
    call.advance(13)
    assert lines(call)[:2] == ["user: what is the weather", "incident: no_reply"]


def test_what_was_said_is_written_when_it_was_heard():
    call = Call()
    call.person_says(" what is", 0.6)
    call.say(UserTranscriptDelta(" the weather"))
    heard = call.now
    call.advance(5)
    [written] = [at for at, effect in call.log if isinstance(effect, LogTranscript)]
    assert heard <= written <= heard + LOG_DELAY_S + 0.01
    assert users(call) == ["user: what is the weather"]


def test_typed_words_are_written_at_once():
    call = Call()
    call.say(TextTyped("hello"))
    assert users(call) == ["user: hello"]


def test_while_the_person_speaks_on_their_words_are_not_written_in_halves():
    call = Call()
    call.mic(LOUD, 60)
    call.say(UserTranscriptDelta(" tell me a story"))
    call.mic(LOUD, 100)
    call.say(UserTranscriptDelta(" about a lighthouse"))
    call.mic(QUIET, 100)
    assert users(call) == ["user: tell me a story about a lighthouse"]


def test_a_question_is_written_once_though_it_is_said_again_to_the_next_session():
    call = Call()
    call.person_says(" what is the weather")
    call.advance(2)
    call.lose(0.0)
    call.advance(1)
    call.opened()
    call.say(UserTranscriptDelta(" what is the weather"))
    call.model_answers("It is sunny.")
    call.advance(3)
    assert users(call) == ["user: what is the weather"]
    assert [turn.text for turn in call.core.history.history()] == ["what is the weather", "It is sunny."]


def test_what_is_still_unanswered_is_not_told_to_the_next_session_beside_its_sound():
    call = Call()
    call.person_says(" what is the weather")
    call.advance(3)
    assert users(call) == ["user: what is the weather"]
    assert call.core.history.history() == ()
    call.model_answers("It is sunny.")
    assert [turn.text for turn in call.core.history.history()] == ["what is the weather", "It is sunny."]


def test_the_question_stands_before_its_answer_in_log_and_memory():
    call = Call()
    call.person_says(" hello")
    call.model_answers("Fine.")
    call.advance(3)
    assert lines(call) == ["user: hello", "model: Fine."]
    assert [turn.role for turn in call.core.history.history()] == ["user", "model"]


def quiet_answer(call: Call) -> None:
    call.person_says(" what is the weather")
    call.say(ModelTranscriptDelta("It is sunny and warm."))
    call.say(ModelAudio(QUIET_VOICE))
    call.say(GenerationComplete())
    call.say(TurnComplete())
    call.advance(0.5)
    assert PromptReply(REPEAT_PROMPT) in call.did(PromptReply)


@pytest.mark.parametrize(
    "pieces", [[REPEAT_PROMPT], REPEAT_PROMPT.split(" "), [f" {REPEAT_PROMPT[:20]}", REPEAT_PROMPT[20:]]]
)
def test_an_order_that_comes_back_as_words_is_neither_shown_nor_written(pieces: list[str]):
    call = Call()
    quiet_answer(call)
    for piece in pieces:
        call.say(UserTranscriptDelta(f"{piece} "))
    call.model_answers("It is sunny and warm.")
    call.advance(3)
    shown = [tell.message.text for tell in call.did(SendToBrowser) if isinstance(tell.message, wire.UserTranscript)]
    assert set(shown) == {"what is the weather"}
    assert users(call) == ["user: what is the weather"]
    assert not any("(" in turn.text for turn in call.core.history.history())


def test_words_of_the_person_that_only_begin_like_an_order_are_theirs():
    own = PromptEchoFilter()
    assert own.strip_echo(UserTranscriptDelta("(laughs) hello")) == UserTranscriptDelta("(laughs) hello")
    own.on_prompt_sent(cut_note("It is sunny"))
    assert own.strip_echo(UserTranscriptDelta("Your last answer was cut off")) == UserTranscriptDelta(
        "Your last answer was cut off"
    )
    assert own.strip_echo(UserTranscriptDelta(" (Your last")) is None
    assert own.strip_echo(UserTranscriptDelta(" idea was good)")) == UserTranscriptDelta(" (Your last idea was good)")
    assert own.strip_echo(UserTranscriptDelta("yes")) == UserTranscriptDelta("yes")


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        ([f"{REPEAT_PROMPT} And in Rome?"], "And in Rome?"),
        ([f"yes {REPEAT_PROMPT}"], "yes"),
        ([f"yes {REPEAT_PROMPT.upper()} and in Rome?"], "yes and in Rome?"),
        ([REPEAT_PROMPT[:30], f"{REPEAT_PROMPT[30:]} thanks"], "thanks"),
        (["no order (at all)"], "no order (at all)"),
    ],
)
def test_an_order_in_one_piece_with_the_persons_words_is_cut_out(pieces: list[str], left: str):
    own = PromptEchoFilter()
    own.on_prompt_sent(REPEAT_PROMPT)
    said = [own.strip_echo(UserTranscriptDelta(piece)) for piece in pieces]
    assert "".join(one.text for one in said if one is not None).strip() == left
