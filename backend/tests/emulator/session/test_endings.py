"""Reading whether more is to come, in what people say to a voice assistant."""

import pytest

from gemini_emulator.session.user_turn.end_of_turn import Reading, calls_off, only_fillers, reading
from gemini_emulator.session.user_turn.input_transcription import new_words
from gemini_emulator.session.user_turn.turn_detector import Rules

WHOLE = [
    "What's the weather in Paris?", "Where are you from?", "What are you looking at?", "Turn the light on.",
    "Set a timer for ten minutes.", "Tell me what time it is.", "Play some music.", "Who are you?", "Log in.",
    "How old are you?", "What is 25 times 16?", "Which folder should I save it to?", "What can you do?", "Again.",
    "How do I do that?", "Is it going to rain tomorrow?", "Who is she talking to?", "Can you count to ten?",
    "I'd like two tickets for Monday.", "What is the square root of eighty one?", "How far is it from here?",
    "Please turn off the light.", "Is the radio turned on?", "Remind me to call Anna tomorrow.", "What time is it?",
    "My name is Anna. What is yours?",
]  # fmt: skip
BROKEN_OFF = [
    "What's the weather in", "What's the weather in.", "Set a timer for", "Set a timer for ten.", "I would like to",
    "I want", "Send an email to John and", "Can you", "My phone number is five five five", "The code is 4 7",
    "I was wondering if", "Tell me", "What's the", "Book a table at the", "Um.", "I think, um", "It is about my",
    "If it rains tomorrow.", "When I get home,", "How far is it from London to", "Remind me", "What is 25 times",
    "I need a...", "The capital of", "Could you please turn the", "Could you please turn on?", "What",
    "How do you say?", "What is the tallest?", "How many people?", "When does the next train?", "Where can I find?",
    "So.", "Let me see.",
]  # fmt: skip
REMARKS = [
    "Paris", "The old house", "He was a young man,", "To leave a message.", "In the morning.", "Hello.", "Yes.",
    "Stop.", "Yes, I do.", "Good morning.", "That is what I think.", "My number is 555 123 4567.",
    "Wait, stop, please.", "One moment, please.", "No, wait!", "It is raining.", "Are you there?",
    "I have a question.", "We are met on a field.", "What is the weather in Paris,",
]  # fmt: skip
MORE_FOLLOWS = [
    "Call mom.", "Play jazz.", "Tell me about Rome.", "Please turn the heating.", "Add milk.", "Wake me up at seven.",
    "I need apples.", "What is the capital?", "How far is it from London?", "Remind me to call Anna.",
    "What is twenty-five?", "Call 555 1234.", "What?", "You are from France?",
    "We are weak, but when shall we be stronger?", "They say that we are weak. But when shall we be stronger?",
    "I was in the garden today. The roses have come up. Have you seen them?",
]  # fmt: skip
EITHER = ["Tell me a story", "Sing a song", "", "Turn on the light"]


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_sentence_is_seen(text: str):
    assert reading(text) is Reading.COMPLETE


@pytest.mark.parametrize("text", BROKEN_OFF)
def test_a_sentence_that_breaks_off_is_seen(text: str):
    assert reading(text) is Reading.UNFINISHED


@pytest.mark.parametrize("text", REMARKS)
def test_what_asks_for_nothing_is_seen(text: str):
    assert reading(text) is Reading.REMARK


@pytest.mark.parametrize("text", MORE_FOLLOWS)
def test_a_request_that_more_words_readily_follow_is_seen(text: str):
    assert reading(text) is Reading.LACKING


@pytest.mark.parametrize("text", EITHER)
def test_what_may_be_all_or_not_is_neither(text: str):
    assert reading(text) is Reading.UNSURE


def test_the_last_sentence_decides():
    assert reading("Hello. What's the weather in") is Reading.UNFINISHED
    assert reading("If it rains. Then where do we stay?") is Reading.COMPLETE


def test_who_has_rested_between_two_sentences_makes_a_speech():
    text = "Will it be the next week? Or shall we wait for another year?"
    assert reading("I go to Paris soon. What is the weather there?") is Reading.COMPLETE
    assert reading("I go to Paris soon. What is the weather there?", rested=True) is Reading.LACKING
    assert reading("Hello. What is the weather in Paris?", rested=True) is Reading.COMPLETE
    assert reading(text) is Reading.LACKING


def test_a_word_is_a_whole_answer():
    assert reading("Paris", answering=True) is Reading.COMPLETE
    assert reading("Yes.", answering=True) is Reading.COMPLETE
    assert reading("In the", answering=True) is Reading.UNFINISHED
    assert reading("555", answering=True) is Reading.LACKING


def test_sounds_of_thinking_are_no_words():
    assert only_fillers("Um, uh.")
    assert only_fillers("Well, um, let me see.")
    assert not only_fillers("Um, yes.")
    assert not only_fillers("")


def test_what_takes_a_sentence_back():
    assert calls_off("No, wait!")
    assert not calls_off("Wait for me at the station.")


@pytest.mark.parametrize(
    ("text", "told", "new"),
    [
        ("Wake me up at seven on Monday.", "Wake me up at seven.", "on Monday."),
        ("Press one to accept. Press two.", "Press 1 to accept.", "Press two."),
        ("To the left of the house", "To the left of", "the house"),
        ("The cat the dog and the", "The cat the", "dog and the"),
        ("Something else altogether", "Hello.", "Something else altogether"),
        ("Hello.", "Hello.", "Hello."),
    ],
)
def test_words_that_the_client_has_are_not_told_again(text: str, told: str, new: str):
    assert new_words(text, told) == new


def test_the_client_can_only_lengthen_the_silence():
    eager, patient = Rules.from_wire({"silenceDurationMs": 50}), Rules.from_wire({"silenceDurationMs": 6_000})
    assert [eager.silence_after(reads) for reads in Reading] == [160, 480, 1_200, 1_200, 2_000]
    assert {patient.silence_after(reads) for reads in Reading} == {6_000}
    low = Rules.from_wire({"endOfSpeechSensitivity": "END_SENSITIVITY_LOW"})
    assert [low.silence_after(reads) for reads in Reading] == [240, 720, 1_800, 1_800, 3_000]
    assert all(eager.silence_after(reads, sounds_finished=False) >= eager.silence_after(reads) for reads in Reading)
    assert eager.silence_after(Reading.COMPLETE, sounds_finished=False) > 900
