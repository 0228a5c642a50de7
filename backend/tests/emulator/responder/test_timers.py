"""Timers and reminders: set, asked for, lengthened, cancelled; the seconds are those of the conversation."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from gemini_emulator.responder.answers import timers
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Memory

EVENING = datetime(2026, 11, 18, 21, 5, tzinfo=UTC)


class Talk:
    def __init__(self) -> None:
        self.memory = Memory()

    def at(self, now: float, words: str, functions: list[dict[str, object]] | None = None) -> str:
        heard = replace(self.memory, now=now)
        thought = Companion(lambda: EVENING).reply_to_user(words, heard, functions or [])
        self.memory = thought.memory.with_turn("user", words).with_turn("model", thought.say)
        return thought.say

    def rung(self, now: float) -> str:
        thought = timers.ring(self.memory, now)
        if thought:
            self.memory = thought.memory
        return thought.say if thought else ""


@pytest.mark.parametrize(
    ("words", "seconds", "label"),
    [
        ("Set a timer for five minutes.", 300, ""),
        ("set a timer for 5 minutes", 300, ""),
        ("Timer for thirty seconds, please.", 30, ""),
        ("start a ten minute timer", 600, ""),
        ("Can you set an egg timer for six minutes?", 360, "egg"),
        ("set a pizza timer for a quarter of an hour", 900, "pizza"),
        ("an hour and a half timer", 5400, ""),
        ("Remind me in ten minutes to call my mom.", 600, "call your mom"),
        ("remind me to call my mom in ten minutes", 600, "call your mom"),
        ("Tell me when two minutes are over.", 120, ""),
        ("Wake me up in twenty minutes", 1200, ""),
        ("Let me know in half an hour", 1800, ""),
        ("set an alarm for half past nine pm", 1500, ""),
    ],
)
def test_a_timer_is_set_as_people_ask_for_it(words: str, seconds: float, label: str):
    talk = Talk()
    talk.at(100.0, words)
    assert [(one.seconds, one.due, one.label) for one in talk.memory.timers] == [(seconds, 100.0 + seconds, label)]


@pytest.mark.parametrize(
    "words",
    ["What time is it?", "I have five minutes.", "It took ten minutes to get here.", "How long is a marathon?",
     "Tell me a story.", "How much time do you need?", "My alarm did not ring."],
)  # fmt: skip
def test_other_words_about_time_set_none(words: str):
    talk = Talk()
    talk.at(0.0, words)
    assert not talk.memory.timers


def test_without_a_length_it_asks_for_one():
    talk = Talk()
    assert talk.at(0.0, "Set a timer.") == timers.HOW_LONG
    assert talk.at(2.0, "Three minutes.").startswith("Okay, 3 minutes")
    assert talk.memory.timers[0].due == 182.0


def test_what_is_left_is_told():
    talk = Talk()
    talk.at(0.0, "Set a timer for five minutes.")
    assert talk.at(90.0, "How much time is left?") == "There are 3 minutes and 30 seconds left."
    talk.at(100.0, "Set a pizza timer for twenty minutes.")
    said = talk.at(120.0, "How long is left?")
    assert said == (
        "You have two timers: the 5-minute timer has 3 minutes left, and the pizza timer has 19 minutes and 40 seconds "
        "left."
    )
    assert (
        talk.at(120.0, "How long is left on the pizza timer?")
        == "There are 19 minutes and 40 seconds left on the pizza timer."
    )


def test_it_rings_once_and_says_which():
    talk = Talk()
    talk.at(0.0, "Set a timer for five minutes.")
    talk.at(0.0, "Remind me in five minutes to take the pizza out of the oven.")
    assert talk.rung(299.0) == ""
    assert timers.next_due(talk.memory) == 300.0
    said = talk.rung(300.5)
    assert said.startswith("🔔\n")
    assert "Your 5-minute timer is up." in said
    assert "take the pizza out of the oven" in said
    assert talk.rung(400.0) == ""
    assert timers.next_due(talk.memory) is None


def test_one_is_cancelled_by_its_length_or_its_name_and_all_at_once():
    talk = Talk()
    for words in ("Set a timer for five minutes.", "Set a pizza timer for ten minutes.", "Set a timer for an hour."):
        talk.at(0.0, words)
    assert talk.at(1.0, "Cancel the timer.").startswith("Which one, the 5-minute timer or the pizza timer")
    assert talk.at(2.0, "Cancel the pizza timer.") == "Okay, the pizza timer is off."
    assert talk.at(2.0, "Stop the five minute timer.") == "Okay, the 5-minute timer is off."
    assert len(talk.memory.timers) == 1
    talk.at(3.0, "Set a timer for two minutes.")
    assert talk.at(4.0, "Cancel all timers.") == "All timers are off."
    assert not talk.memory.timers
    assert talk.at(5.0, "Cancel the timer.") == "There's no timer running."


def test_minutes_can_be_added():
    talk = Talk()
    talk.at(0.0, "Set a timer for five minutes.")
    assert talk.at(60.0, "Add two more minutes.") == "Okay, 2 minutes more. There are 6 minutes left."
    assert talk.rung(300.0) == ""
    assert talk.rung(420.0)


def test_a_function_that_keeps_timers_keeps_them():
    function = {
        "name": "start_timer",
        "description": "Start a timer",
        "parameters": {"type": "OBJECT", "properties": {"minutes": {"type": "INTEGER"}}, "required": ["minutes"]},
    }
    talk = Talk()
    assert talk.at(0.0, "Set a timer for five minutes.", [function]) == ""
    assert not talk.memory.timers


def test_there_is_an_end_to_how_many_and_how_long():
    talk = Talk()
    assert "a day" in talk.at(0.0, "Set a timer for two hundred hours.")
    for _ in range(timers.MAX_TIMERS):
        talk.at(0.0, "Set a timer for five minutes.")
    assert talk.at(0.0, "Set a timer for five minutes.").startswith("I already have ten timers")


def test_the_voice_is_slower_and_faster_when_asked():
    talk = Talk()
    talk.at(0.0, "Can you speak a little slower, please?")
    slow = talk.memory.rate
    assert slow < 1.0
    talk.at(0.0, "even slower")
    assert talk.memory.rate < slow
    talk.at(0.0, "normal speed please")
    assert talk.memory.rate == 1.0
    talk.at(0.0, "speak faster")
    assert talk.memory.rate > 1.0
    for _ in range(9):
        talk.at(0.0, "slower")
    assert talk.at(0.0, "slower") == "As I said: This is as slowly as I can speak."
