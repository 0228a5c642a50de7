"""What the offline mind makes of words, with functions it has never seen."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_emulator.audio.speech_text import MAX_SENTENCE_CHARS, modern, sentences
from gemini_emulator.responder.answers.language_detection import ENGLISH_ONLY
from gemini_emulator.responder.answers.result_phrases import spoken
from gemini_emulator.responder.arguments.arithmetic import expression
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Call, Memory, Reply, Result


def text(description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "STRING", "description": description, **more}


def function(name: str, description: str, required: list[str], **properties: Any) -> dict[str, Any]:
    schema = {"type": "OBJECT", "properties": properties, "required": required}
    return {"name": name, "description": description, "parameters": schema}


HOUSE = [
    function("fetchForecast", "Weather forecast", ["town"], town=text(), date=text()),
    function("worldClock", "The time anywhere", [], tz=text("IANA name such as Europe/Paris")),
    function("compute", "Evaluate mathematics", ["formula"], formula=text()),
    function("wiki", "Look up facts in an encyclopedia", ["q"], q=text()),
    function(
        "set_lights",
        "Turn the lights of a room on or off",
        ["room", "on"],
        room=text(enum=["kitchen", "bedroom"]),
        on={"type": "BOOLEAN"},
    ),
    function("start_timer", "Start a countdown timer", ["minutes"], minutes={"type": "INTEGER"}),
    function("play_music", "Play a song or a kind of music", ["wish"], wish=text()),
]


def talk(*lines: str, functions: list[dict[str, Any]] | None = None) -> Reply:
    """The thought about the last line."""
    mind, memory = Companion(), Memory()
    thought = Reply(memory)
    for line in lines:
        thought = mind.reply_to_user(line, memory, HOUSE if functions is None else functions)
        memory = thought.memory.with_turn("user", line).with_turn("model", thought.say)
    return thought


@pytest.mark.parametrize(
    ("words", "call"),
    [
        ("What's the weather in Paris?", Call("fetchForecast", {"town": "Paris"})),
        ("what is the weather in paris", Call("fetchForecast", {"town": "paris"})),
        ("Will it rain tomorrow in Oslo", Call("fetchForecast", {"town": "Oslo", "date": "tomorrow"})),
        ("How cold is it in New York right now?", Call("fetchForecast", {"town": "New York"})),
        ("London weather, please.", Call("fetchForecast", {"town": "London"})),
        ("Excuse me, what's the weather in London?", Call("fetchForecast", {"town": "London"})),
        ("Well, what's the weather in Oslo?", Call("fetchForecast", {"town": "Oslo"})),
        ("In Paris, what is the weather like?", Call("fetchForecast", {"town": "Paris"})),
        ("What time is it in Tokyo?", Call("worldClock", {"tz": "Asia/Tokyo"})),
        ("What's the time?", Call("worldClock", {})),
        ("What is twenty five times sixteen", Call("compute", {"formula": "25 * 16"})),
        ("What's 25 x 16?", Call("compute", {"formula": "25 * 16"})),
        ("Who was Ada Lovelace?", Call("wiki", {"q": "Ada Lovelace"})),
        ("Could you tell me about the Eiffel Tower, please?", Call("wiki", {"q": "Eiffel Tower"})),
        ("Search for black holes.", Call("wiki", {"q": "black holes"})),
        ("How high is Mount Rainier?", Call("wiki", {"q": "Mount Rainier"})),
        ("When was Napoleon born?", Call("wiki", {"q": "Napoleon"})),
        ("Turn off the kitchen lights.", Call("set_lights", {"room": "kitchen", "on": False})),
        ("Start a timer for five minutes", Call("start_timer", {"minutes": 5})),
        ("Play some jazz", Call("play_music", {"wish": "jazz"})),
    ],
)
def test_the_words_choose_a_declared_function_and_fill_its_arguments(words: str, call: Call):
    assert talk(words).calls == (call,)


def test_names_of_functions_are_not_known_beforehand():
    assert talk("What's the weather in Paris?", functions=[]).calls == ()
    assert "don't know" in talk("What's the weather in Paris?", functions=[]).say


def test_the_schema_may_come_in_either_spelling():
    other = [
        {"name": "forecast", "parametersJsonSchema": {"type": "object", "properties": {"city": {"type": "string"}}}}
    ]
    assert talk("What's the forecast for Rome?", functions=other).calls == (Call("forecast", {"city": "Rome"}),)


@pytest.mark.parametrize(
    ("lines", "call"),
    [
        (["The weather in Paris?", "And tomorrow?"], Call("fetchForecast", {"town": "Paris", "date": "tomorrow"})),
        (["The weather in Paris?", "What about London?"], Call("fetchForecast", {"town": "London"})),
        (["How's the weather?", "In Berlin, please."], Call("fetchForecast", {"town": "Berlin"})),
        (["How's the weather?", "Berlin."], Call("fetchForecast", {"town": "Berlin"})),
    ],
)
def test_a_follow_up_needs_only_what_is_new(lines: list[str], call: Call):
    assert talk(*lines).calls == (call,)


def test_a_missing_argument_is_asked_for_and_forgotten_when_the_talk_moves_on():
    assert talk("How's the weather?").say == "Which town?"
    assert talk("How's the weather?", "Tell me a joke").say
    assert talk("How's the weather?", "What is two plus two?").calls == (Call("compute", {"formula": "2 + 2"}),)


def test_two_wishes_in_one_sentence_are_two_calls():
    calls = talk("What's the weather in Paris and what time is it in Tokyo?").calls
    assert [call.name for call in calls] == ["fetchForecast", "worldClock"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Hello.", "Hello! I'm your offline assistant. What can I do for you?"),
        ("Can you hear me?", "Yes, I can hear you well. What's on your mind?"),
        ("Do you speak German?", ENGLISH_ONLY),
        ("привет", "I only understand English, sorry."),
        ("Count to five.", "1, 2, 3, 4, 5."),
        ("Stop.", "Okay."),
    ],
)
def test_small_talk(words: str, said: str):
    assert talk(words).say == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("Speak German, please.", ENGLISH_ONLY),
        ("Can we talk in French?", ENGLISH_ONLY),
        ("From now on answer me in Spanish.", ENGLISH_ONLY),
        ("Sprechen Sie Deutsch?", ENGLISH_ONLY),
        ("Wie ist das Wetter heute?", "I only understand English, sorry."),
        ("Quel temps fait il demain?", "I only understand English, sorry."),
    ],
)
def test_other_languages_are_told_so(words: str, said: str):
    assert talk(words).say == said
    assert talk(words).calls == ()


def with_instruction(instruction: str, words: str) -> str:
    return Companion().reply_to_user(words, Memory(instruction=instruction), []).say


@pytest.mark.parametrize(
    ("instruction", "name"),
    [
        ("You are called Nova.", "Nova"),
        ("You are Nova, a friendly guide.", "Nova"),
        ("Your name is Mary Ann. Be brief.", "Mary Ann"),
        ("Act as a cheerful waiter named Luigi.", "Luigi"),
        ("You are Nora.", "Nora"),
        ("Be kind. You're Nora and you help in a shop", "Nora"),
    ],
)
def test_it_answers_by_the_name_that_the_instruction_gives(instruction: str, name: str):
    assert with_instruction(instruction, "Hello.") == f"Hello! I'm {name}. What can I do for you?"
    assert with_instruction(instruction, "Who are you?").startswith(f"I'm {name}.")


def test_a_greeting_given_word_for_word_is_used_and_the_rest_is_openly_not_followed():
    told = 'You are a waiter. Greet every guest with "Welcome to Bella!" and speak like a pirate.'
    assert with_instruction(told, "Hello.") == "Welcome to Bella!"
    assert with_instruction(told, "What are your instructions?").startswith("I was given instructions, but offline")
    for nameless in (
        "You are a helpful assistant.",
        "You are British.",
        "You are called by people in need.",
        "You are German.",
        "You are Not to swear.",
        "You are here to help.",
    ):
        assert with_instruction(nameless, "Hello.").startswith("Hello! I'm your offline assistant.")


def test_a_name_is_known_from_the_turns_of_an_earlier_conversation():
    earlier = Memory().with_turn("user", "Hello, my name is Robert.").with_turn("model", "Nice to meet you, Robert.")
    assert "Robert" in Companion().reply_to_user("What's my name?", earlier, ()).say


def test_it_remembers_a_name_and_the_last_words():
    assert talk("My name is Robert.", "What's my name?").say == "Your name is Robert."
    assert talk("I like trains a lot.", "What did I say?").say == "You said: I like trains a lot."
    assert talk("Hello.", "Say that again.").say.startswith("Hello!")


def test_what_it_does_not_know_it_says_and_what_it_knows_once():
    first = talk("Who painted the ceiling in our kitchen?", functions=[]).say
    second = talk("Who painted the ceiling in our kitchen?", "Open the garage.", functions=[]).say
    assert first.startswith("I'm afraid I don't know that.")
    assert "capitals" in first
    assert "capitals" not in second
    assert "I heard" not in first + second


def test_words_are_said_back_only_where_the_recognizer_doubts_them():
    thought = Companion().reply_to_user("The cat is in the loft.", Memory(unsure=True), [])
    assert thought.say == "I heard: The cat is in the loft. Is that right?"
    assert "I heard" not in Companion().reply_to_user("Hello.", Memory(unsure=True), []).say


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("twenty five times sixteen", "25 * 16"),
        ("what is twenty-five times sixteen?", "25 * 16"),
        ("two hundred and five plus seven point five", "205 + 7.5"),
        ("fifteen percent of eighty", "15 / 100 * 80"),
        ("the square root of one hundred forty four", "144 ** 0.5"),
        ("one thousand divided by eight", "1000 / 8"),
        ("5 squared plus 2", "5 ** 2 + 2"),
        ("subtract 3 from 10", "10 - 3"),
        ("1,000 minus 1", "1000 - 1"),
        ("How much is 7+8?", "7 + 8"),
        ("minus 3 plus the square root of 16", "-3 + ( 16 ** 0.5 )"),
        ("I am twenty five years old", ""),
        ("on 2026-11-22", ""),
    ],
)
def test_spoken_arithmetic_is_written_down(words: str, written: str):
    assert expression(words) == written


@given(st.integers(0, 999), st.sampled_from(["plus", "minus", "times", "divided by"]), st.integers(1, 999))
def test_digits_with_a_spoken_operator_are_always_understood(left: int, operator: str, right: int):
    sign = {"plus": "+", "minus": "-", "times": "*", "divided by": "/"}[operator]
    assert expression(f"What is {left} {operator} {right}?") == f"{left} {sign} {right}"


@given(st.text(max_size=200))
def test_any_words_get_an_answer_or_a_call(words: str):
    thought = talk(words)
    assert thought.say or thought.calls


@pytest.mark.parametrize(
    ("response", "said"),
    [
        ({"summary": "It is sunny in Paris", "temperature": 20}, "It is sunny in Paris."),
        ({"output": {"spoken": "Ten past nine."}}, "Ten past nine."),
        ({"output": "400"}, "400."),
        ({"result": 400}, "The answer is 400."),
        ({"error": "I could not reach the weather service."}, "Sorry, I could not reach the weather service."),
        ({"error": {"message": "no such city"}}, "Sorry. No such city."),
        (
            {"city": "Paris", "temperature_c": 21.5, "raining": False},
            "Paris: temperature 21.5 degrees Celsius and not raining.",
        ),
        ({}, "Done: get weather."),
    ],
)
def test_a_result_becomes_a_sentence(response: dict[str, Any], said: str):
    assert spoken([Result("get_weather", response)]) == said


def test_markup_is_never_read_aloud_and_long_sentences_are_cut():
    assert sentences("# Title\n\n- **Bold** item [link](http://x.y)") == ["Title", "Bold item link"]
    assert all(len(part) <= MAX_SENTENCE_CHARS for part in sentences("word " * 400))
    assert " ".join(sentences("word " * 400)).split() == ["word"] * 400


def test_old_spellings_are_made_modern():
    assert modern("To-day is good, good-bye to-morrow.") == "Today is good, goodbye tomorrow."
