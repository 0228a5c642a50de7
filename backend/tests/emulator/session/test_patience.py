"""People who are not done yet are left to finish: fragments, hesitation, speeches, and what the session has learned."""

import pytest

from gemini_emulator.responder.parrot import Parrot
from gemini_emulator.session.user_turn.end_of_turn import Reading
from gemini_emulator.session.user_turn.pause_history import PauseHistory
from tests.emulator.theatre import Theatre

DETECTION = {"automaticActivityDetection": {"prefixPaddingMs": 64}}


def session() -> Theatre:
    """Answers with the words that it heard."""
    stage = Theatre(mind=Parrot())
    stage.set_up(realtimeInputConfig=DETECTION)
    return stage


def talk(stage: Theatre, *pieces: tuple[str, float]) -> None:
    """Each piece is spoken for 0.8 s and followed by so many seconds of silence; the words add up."""
    said = ""
    for words, pause_s in pieces:
        said = f"{said} {words}".strip()
        stage.say(said, 0.8)
        stage.play(pause_s)


def only_answer(stage: Theatre) -> str:
    """What was said in the one turn there was, when all is said; nobody was interrupted."""
    stage.advance(30)
    assert stage.messages("interrupted") == []
    assert len(stage.messages("inputTranscription")) == 1
    assert len(stage.messages("turnComplete")) == 1
    return stage.said


def test_wait_stop_please_and_a_question_are_one_turn_with_one_answer():
    stage = session()
    talk(stage, ("Wait.", 0.6), ("Stop, please.", 0.9), ("What is two plus two?", 4))
    assert stage.heard == "Wait. Stop, please. What is two plus two?"
    assert only_answer(stage) == "Wait. Stop, please. What is two plus two?"


@pytest.mark.parametrize("pause_s", [0.4, 0.6, 0.9])
def test_a_speech_with_rhetorical_pauses_is_one_turn(pause_s: float):
    stage = session()
    talk(
        stage,
        ("Now we are engaged in a great civil war,", pause_s),
        ("testing whether that nation can long endure.", pause_s),
        ("We are met on a great battlefield of that war.", pause_s),
        ("But when shall we be stronger?", pause_s),
        ("We have come to dedicate a portion of that field.", 5),
    )
    assert only_answer(stage).endswith("a portion of that field.")


@pytest.mark.parametrize(
    "pieces",
    [
        ("Please add milk,", "eggs,", "and bread to my list."),
        ("My number is five five five,", "one two three,", "four five six seven."),
        ("Set an alarm for seven,", "no, wait,", "for half past seven."),
        ("My address is twelve Oak Street,", "Springfield,", "Illinois."),
        ("Hello.", "I have a question.", "What day is it today?"),
        ("I would like", "um,", "a table for two."),
    ],
    ids=lambda pieces: pieces[0],
)
def test_lists_numbers_corrections_and_openings_are_heard_to_the_end(pieces: tuple[str, ...]):
    stage = session()
    talk(stage, *((piece, 0.9) for piece in pieces[:-1]), (pieces[-1], 6))
    assert only_answer(stage) == " ".join(pieces)


@pytest.mark.parametrize("words", ["Well, um.", "So.", "Let me see."])
def test_hesitation_that_nothing_follows_is_not_answered(words: str):
    stage = session()
    talk(stage, (words, 5))
    assert stage.messages("modelTurn") == []


def test_who_rests_between_sentences_is_waited_for_in_the_same_turn():
    stage = session()
    talk(stage, ("Good morning.", 0.7), ("Is this all?", 0.6), ("I have something else.", 3))
    assert only_answer(stage).endswith("I have something else.")


def test_who_was_cut_short_is_given_more_time_for_some_turns():
    stage = session()
    talk(stage, ("Can you wake me up?", 0.5))
    stage.say("Can you wake me up on Monday?", 0.8)
    stage.play(6)
    assert len(stage.messages("interrupted")) == 1, "the first question was answered too early"
    stage.sent.clear()
    stage.say("Is this all?", 0.8)
    stage.play(0.4)
    assert stage.messages("modelTurn") == []
    stage.say("Is this all for today?", 0.8)
    stage.play(3)
    assert only_answer(stage) == "Is this all for today?"


# What the session learns


def test_nothing_is_learned_from_silence_between_words():
    history = PauseHistory()
    for _ in range(10):
        history.note_pause(160, Reading.UNFINISHED)
    assert [history.least_silence_ms(reads) for reads in Reading] == [0] * len(Reading)


def test_long_pauses_of_a_person_lengthen_the_wait_but_not_after_a_question():
    history = PauseHistory()
    for _ in range(4):
        history.note_pause(1_300, Reading.UNFINISHED)
    assert history.least_silence_ms(Reading.REMARK) == 1_625
    assert history.least_silence_ms(Reading.COMPLETE) == 0
    for _ in range(30):
        history.note_pause(200, Reading.UNFINISHED)
    assert history.least_silence_ms(Reading.REMARK) == 250, "old pauses are forgotten"


def test_the_lesson_of_a_cut_fades_and_has_a_limit():
    history = PauseHistory()
    history.note_cut(5_000)
    history.note_answered()
    waits = []
    for _ in range(20):
        waits.append(history.least_silence_ms(Reading.COMPLETE))
        history.note_answered()
    assert waits[0] == 1_000
    assert waits == sorted(waits, reverse=True)
    assert waits[-1] < 160
