"""The first conversation with the local engine, as a new user has it: clean, misheard, with and without functions."""

import json
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analysis.mind_requests import REQUESTS
from gemini_emulator.responder.answers.result_phrases import MAX_WORDS, spoken
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Memory, Reply, Result


def read(name: str) -> Any:
    return json.loads((REQUESTS / f"{name}.json").read_text())


NOW = datetime(2026, 11, 18, 21, 5, tzinfo=UTC)


def converse(*lines: str, functions: list[dict[str, Any]] | None = None) -> list[Reply]:
    mind, memory = Companion(lambda: NOW), Memory()
    out = []
    for line in lines:
        thought = mind.reply_to_user(line, memory, functions or [])
        memory = thought.memory.with_turn("user", line).with_turn("model", thought.say)
        out.append(thought)
    return out


def answer(*lines: str) -> str:
    return converse(*lines)[-1].say


FIRST_FIFTY: list[dict[str, Any]] = json.loads(Path(__file__).with_name("first_fifty.json").read_text("utf-8"))["said"]
HEARD = "I heard:"
"""How an answer begins that has none."""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Hello!", "Hello"),
        ("hi there", "Hello"),
        ("good morning", "Hello"),
        ("who are you", "offline assistant"),
        ("are you chat gpt", "not ChatGPT"),
        ("Are you Gemini?", "not Gemini"),
        ("are you a real person", "^No"),
        ("how does this work", "talk to me"),
        ("can I talk to Gemini?", "not Gemini"),
        ("what can you do", "joke"),
        ("can you help me", "joke"),
        ("How are you?", "And|you"),
        ("i'm fine thanks", "[Gg]ood|glad|Glad"),
        ("can you hear me", "Yes"),
        ("is this thing on", "Yes|hear"),
        ("can you see me", "No"),
        ("do you speak german", "only speak English"),
        ("what time is it", "9:05 PM"),
        ("what's the time in tokyo", "6:05 AM"),
        ("what day is it", "Wednesday, November 18"),
        ("what's 25 times 16", "400"),
        ("whats twenty five times sixteen", "400"),
        ("what is fifteen percent of eighty", "12"),
        ("what's the square root of two", "1.41"),
        ("convert ten miles to kilometers", "16.09"),
        ("how many kilometers is ten miles", "16.09"),
        ("how many days until christmas", "37 days"),
        ("how many days until Friday", "2 days"),
        ("spell elephant", "E, L, E, P, H, A, N, T"),
        ("how do you spell elephant", "E, L, E, P, H, A, N, T"),
        ("count to ten", "1, 2, 3, 4, 5, 6, 7, 8, 9, 10"),
        ("count down from five", "5, 4, 3, 2, 1"),
        ("flip a coin", "Heads|Tails|heads|tails"),
        ("roll a die", "[1-6]"),
        ("pick a number between three and five", "[345]"),
        ("say hello to my daughter lisa", "Lisa"),
        ("repeat after me the cat sat on the mat", "The cat sat on the mat"),
        ("speak slower please", "slowly"),
        ("sing me a song", "can't really sing"),
        ("thank you very much", "welcome|pleasure|time"),
        ("i had a terrible day", "sorry"),
        ("I got a new job!", "Congratulations"),
        ("goodbye", "Bye|Goodbye"),
        ("never mind", "Okay|All right"),
        ("are you recording me", "only listen"),
        ("what's the capital of france", "Paris"),
        ("turn on the lights", "can't"),
    ],
)
def test_what_new_users_say_first(words: str, said: str):
    assert re.search(said, answer(words)), answer(words)
    assert re.search(said, answer(words.lower().strip("?!.").replace("'", ""))) or "'" in words


@pytest.mark.parametrize(
    "words",
    ["yes", "no", "okay", "mm-hm", "uh huh", "hm", "wow", "really", "i see", "what", "right", "let me think",
     "i don't know", "my dog is called max", "it's raining again", "she told me about it yesterday",
     "sorry I was on the phone", "just a moment", "no not you", "test test one two", "happy birthday"],
)  # fmt: skip
def test_backchannels_and_remarks_are_answered_shortly_and_without_an_echo(words: str):
    said = answer("Hello.", words)
    assert said
    assert not said.startswith(HEARD)
    assert len(said.split()) <= 16


def test_stories_jokes_and_thanks_differ_from_one_time_to_the_next():
    for words in ("tell me a joke", "tell me a story", "thanks", "are you there", "hello", "okay"):
        said = [thought.say for thought in converse("Hello.", words, words, words)][1:]
        assert len(set(said)) == 3 or (len(set(said)) == 2 and said[0] != said[1] != said[2]), said


def test_no_answer_is_the_same_twice_in_a_row():
    said = [" ".join(request["said"]) for request in read("building") if "call" not in request]
    twice = [line for line in said for _ in range(2)]
    answers = [thought.say for thought in converse(*twice)]
    same = [line for line, one, other in zip(twice[1:], answers, answers[1:], strict=False) if one == other]
    assert not same


def test_saying_it_again_is_saying_the_same():
    assert answer("Tell me a joke.", "Repeat that.") == answer("Tell me a joke.")
    assert answer("Tell me a joke.", "Sorry, I didn't catch that.") == answer("Tell me a joke.")


def test_a_name_is_kept_also_when_it_was_asked_for():
    assert "Anna" in answer("my name is anna", "what's my name")
    assert "Ben" in answer("what's my name", "Ben.", "what is my name")
    assert answer("my name is anna", "hello").count("Anna") == 1
    assert "what's my name" in answer("what's my name", "what did i just say")


def test_keys_and_files_are_never_spoken_of():
    """They stand on the page, beside the name of the engine."""
    asked = [one["said"] for one in FIRST_FIFTY] + ["connect me to gemini", "are you gemini", "who wrote it", "help"]
    for words in asked:
        for said in (answer(words), answer("hello", words)):
            assert not re.search(r"\.env|README|\bkey\b|S2S_|GEMINI_", said), said


def test_what_the_default_functions_answer_is_not_answered_by_the_engine():
    from tools import TOOL_SCHEMAS

    functions = list(TOOL_SCHEMAS.values())
    for words, name in {
        "what's the weather in paris": "get_weather",
        "what is the whether in paris": "get_weather",
        "what time is it": "get_current_time",
        "what's 25 times 16": "calculate",
        "who wrote ulysses": "search",
    }.items():
        assert [call.name for call in converse(words, functions=functions)[-1].calls] == [name], words
    for words in ("tell me a joke", "flip a coin", "how many days until christmas", "what did i just say", "no honey"):
        thought = converse(words, functions=functions)[-1]
        assert thought.say
        assert not thought.calls, words


def test_small_talk_inside_a_message_is_the_message():
    functions = [function for function in read("functions")["functions"] if function["name"] == "send_message"]
    thought = converse("Send a message to Anna saying how are you.", functions=functions)[-1]
    assert thought.calls[0].args == {"recipient": "Anna", "message": "how are you"}
    thought = converse("Send a message to Anna.", "Good night.", functions=functions)[-1]
    assert thought.calls[0].args["message"] == "Good night"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=80),
    lambda inside: st.lists(inside, max_size=5) | st.dictionaries(st.text(max_size=12), inside, max_size=5),
    max_leaves=25,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=12), ANYTHING, max_size=6), min_size=1, max_size=4))
def test_any_json_becomes_a_few_spoken_words(responses: list[dict[str, Any]]):
    said = spoken([Result("get_some_thing", response) for response in responses])
    assert re.search(r"\w", said)
    assert not set(said) & set("{}[]_")
    assert len(said.split()) <= MAX_WORDS


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"temperature_c": 21.53, "city": "Paris"}, "Paris: temperature 21.5 degrees Celsius."),
        ({"place": "Rome", "wind": {"speed_kmh": 12.34}}, "Rome: speed 12.3 kilometers per hour."),
        ({"results": []}, "No results."),
        ({"headlines": ["A", "B", "C", "D", "E"]}, "Five headlines: A, B, C and two more."),
        ({"items": [{"name": "Milk", "id": "x_1"}, {"name": "Bread"}]}, "Two items: Milk and Bread."),
        ({"status": "ok"}, "Done."),
        ({"success": False, "message": "no such room"}, "Sorry. No such room."),
        ({"error": "I cannot find it.", "hint": "Try a bigger city."}, "Sorry, I cannot find it. Try a bigger city."),
        ({"error": "I cannot reach it.", "retryable": True}, "Sorry, I cannot reach it. You can try again."),
        ({"error": "No.", "hint": "The function raised an error."}, "Sorry. No."),
        ({"output": '{"price_usd": 12.5}'}, "Price 12.5 dollars."),
        ({"due": "2026-12-01"}, "Due December 1, 2026."),
        ({"population": 67543210}, "Population 67.5 million."),
        ({"result": None}, "Done: get some thing."),
    ],
)
def test_results_are_phrased_as_a_person_would(response: dict[str, Any], said: str):
    assert spoken([Result("get_some_thing", response)]) == said


def test_thinking_takes_far_less_than_a_word_takes_to_say():
    """A wide guard against a slip that makes it slow: measured are about 10 ms at the 95th percentile."""
    functions = read("functions")["functions"][:20]
    said = [request["said"][-1] for request in read("building")][:100]
    mind = Companion(lambda: NOW)
    began = time.process_time()
    for words in said:
        mind.reply_to_user(words, Memory(), functions)
    assert (time.process_time() - began) / len(said) < 0.1
