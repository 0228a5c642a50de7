"""Arguments of every kind out of spoken words, and what follows a call: the missing one, corrections, again, warmer."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Call, Memory, Reply

NOW = datetime(2026, 11, 18, 9, 40, tzinfo=UTC)  # a Wednesday


def function(name: str, description: str, required: list[str], **properties: Any) -> dict[str, Any]:
    schema = {"type": "OBJECT", "properties": properties, "required": required}
    return {"name": name, "description": description, "parameters": schema}


def of(kind: str, description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": description, **more}


DAY = of("STRING", "Date as YYYY-MM-DD")
FUNCTIONS = [
    function("get_weather", "Weather forecast for a city", ["city"], city=of("STRING", "City"), date=DAY),
    function("set_thermostat", "Set the heating", ["degrees"], degrees=of("NUMBER", "Degrees Celsius")),
    function("set_volume", "Loudness of the speaker", ["level"], level=of("INTEGER", "Percent", maximum=100)),
    function("set_alarm", "Set an alarm", ["time"], time=of("STRING", "HH:MM"), day=DAY),
    function("set_fan", "Speed of the fan", ["speed"], speed=of("STRING", enum=["slow", "medium", "fast"])),
    function(
        "plan_meeting",
        "Plan a meeting",
        ["start_at"],
        start_at=of("STRING", "Start", format="date-time"),
        topic=of("STRING", "What it is about"),
    ),
    function("buy_groceries", "Order groceries", ["items"], items=of("ARRAY", "What to buy", items=of("STRING"))),
    function(
        "water_zones",
        "Water parts of the garden",
        ["zones"],
        zones=of("ARRAY", "Which parts", items=of("STRING", enum=["lawn", "roses", "hedge"])),
        minutes=of("INTEGER", "Length in minutes"),
    ),
    function(
        "ship_parcel",
        "Ship a parcel",
        ["address", "kilograms"],
        address={
            "type": "OBJECT",
            "properties": {"city": of("STRING", "City"), "zip": of("STRING", "Zip code")},
            "required": ["city"],
        },
        kilograms=of("NUMBER", "Weight in kilograms"),
        insured=of("BOOLEAN", "With insurance"),
    ),
    function("lock_car", "Lock or unlock the car", ["locked"], locked=of("BOOLEAN", "true locks, false unlocks")),
]


def talk(*lines: str) -> Reply:
    """The thought about the last line."""
    mind, memory = Companion(lambda: NOW), Memory()
    thought = Reply(memory)
    for line in lines:
        thought = mind.reply_to_user(line, memory, FUNCTIONS)
        memory = thought.memory.with_turn("user", line).with_turn("model", thought.say)
    return thought


def args(*lines: str) -> dict[str, Any]:
    calls = talk(*lines).calls
    assert len(calls) == 1, f"{lines}: {talk(*lines)}"
    return dict(calls[0].args)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("tomorrow", "2026-11-19"),
        ("on Friday", "2026-11-20"),
        ("next Tuesday", "2026-11-24"),
        ("next Friday", "2026-11-27"),
        ("the day after tomorrow", "2026-11-20"),
        ("in three days", "2026-11-21"),
        ("in two weeks", "2026-12-02"),
        ("on the third of December", "2026-12-03"),
        ("on January 5th", "2027-01-05"),
        ("on the 25th", "2026-11-25"),
        ("on Christmas", "2026-12-25"),
        ("tomorrow morning", "2026-11-19"),
        ("this weekend", "2026-11-21"),
    ],
)
def test_a_day_is_counted_from_the_callers_clock_where_the_schema_wants_a_date(words: str, day: str):
    assert args(f"What's the weather in Paris {words}?") == {"city": "Paris", "date": day}


def test_without_a_clock_and_without_a_wish_for_a_date_the_words_stay():
    unwished = function("get_weather", "Weather", ["city"], city=of("STRING"), date=of("STRING", "Day, tomorrow or so"))
    for mind, functions in ((Companion(), FUNCTIONS), (Companion(lambda: NOW), [unwished])):
        thought = mind.reply_to_user("The weather in Paris tomorrow, please.", Memory(), functions)
        assert thought.calls == (Call("get_weather", {"city": "Paris", "date": "tomorrow"}),)


@pytest.mark.parametrize(
    ("words", "time"),
    [
        ("at a quarter past seven in the morning", "07:15"),
        ("at half past six", "06:30"),
        ("for seven thirty a.m.", "07:30"),
        ("for twenty to nine in the evening", "20:40"),
        ("at noon", "12:00"),
        ("in half an hour", "10:10"),
        ("in two hours", "11:40"),
    ],
)
def test_times_as_people_say_them(words: str, time: str):
    assert args(f"Set an alarm {words}.") == {"time": time}


@pytest.mark.parametrize(
    ("words", "start"),
    [
        ("tomorrow at nine a.m.", "2026-11-19T09:00:00"),
        ("in half an hour", "2026-11-18T10:10:00"),
        ("tomorrow morning", "2026-11-19T09:00:00"),
        ("next Monday at a quarter past two in the afternoon", "2026-11-23T14:15:00"),
    ],
)
def test_a_moment_is_day_and_time_in_one(words: str, start: str):
    assert args(f"Plan a meeting {words}.") == {"start_at": start}


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("Set the heating to twenty one and a half degrees.", {"degrees": 21.5}),
        ("Set the thermostat to nineteen point five.", {"degrees": 19.5}),
        ("Set the volume to twenty-five percent.", {"level": 25}),
        ("Set the volume to fifty, no, sixty.", {"level": 60}),
        ("Turn the fan on quickly, set the fan to fast.", {"speed": "fast"}),
        ("Order groceries: milk, eggs and bread.", {"items": ["milk", "eggs", "bread"]}),
        ("Water the lawn and the roses for ten minutes.", {"zones": ["lawn", "roses"], "minutes": 10}),
        ("Ship a parcel of two and a half kilos to Hamburg.", {"address": {"city": "Hamburg"}, "kilograms": 2.5}),
        (
            "Ship a parcel of 500 grams to Rome with insurance.",
            {"address": {"city": "Rome"}, "kilograms": 0.5, "insured": True},
        ),
        ("Unlock the car.", {"locked": False}),
    ],
)
def test_numbers_lists_choices_switches_and_objects(words: str, wanted: dict[str, Any]):
    assert args(words) == wanted


def test_a_missing_argument_is_asked_for_and_the_answer_taken():
    assert talk("How's the weather?").say == "Which city?"
    assert args("How's the weather?", "Paris.") == {"city": "Paris"}
    assert args("How's the weather?", "Um, in Paris, please.") == {"city": "Paris"}
    assert args("How's the weather?", "In Paris, tomorrow.") == {"city": "Paris", "date": "2026-11-19"}
    assert talk("Set the fan.").say == "Which speed? Slow, medium or fast?"
    assert args("Set the fan.", "Medium.") == {"speed": "medium"}


def test_several_missing_ones_are_asked_for_one_after_the_other():
    assert talk("Ship a parcel.").say == "Which city?"
    assert talk("Ship a parcel.", "To Berlin.").say == "How many kilograms?"
    assert args("Ship a parcel.", "Berlin.", "Three.") == {"address": {"city": "Berlin"}, "kilograms": 3}


def test_asking_what_is_meant_gets_the_question_again_and_a_refusal_ends_it():
    assert "Which speed?" in talk("Set the fan.", "What?").say
    for words in ("Never mind.", "I don't know.", "Forget it.", "No, leave it."):
        thought = talk("How's the weather?", words)
        assert not thought.calls
        assert thought.memory.asked_for is None
        assert not talk("How's the weather?", words, "Paris is beautiful.").calls


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["The weather in Paris?", "No, I meant London."], {"city": "London"}),
        (["The weather in Paris?", "Sorry, not Paris, London."], {"city": "London"}),
        (["The weather in Paris tomorrow?", "I said Lyon."], {"city": "Lyon", "date": "2026-11-19"}),
        (["The weather in Paris?", "And tomorrow?"], {"city": "Paris", "date": "2026-11-19"}),
        (["The weather in Paris?", "And in Rome?"], {"city": "Rome"}),
        (["The weather in Paris?", "what about rome"], {"city": "rome"}),
        (["Set an alarm at seven a.m.", "No, make it eight a.m."], {"time": "08:00"}),
        (["Set the volume to forty percent.", "Louder."], {"level": 50}),
        (["Set the volume to ninety five percent.", "a bit louder please"], {"level": 100}),
        (["Set the heating to twenty degrees.", "Make it warmer."], {"degrees": 21}),
        (["Set the heating to twenty degrees.", "Colder by two degrees."], {"degrees": 18}),
        (["Set the fan to slow.", "Faster, please."], {"speed": "medium"}),
        (["Set the fan to slow.", "Do it again."], {"speed": "slow"}),
    ],
)
def test_what_goes_on_from_the_last_call(lines: list[str], wanted: dict[str, Any]):
    assert args(*lines) == wanted


def test_corrections_before_the_call_is_complete_are_taken():
    assert args("How's the weather tomorrow?", "No, I meant on Friday.", "Paris.") == {
        "city": "Paris",
        "date": "2026-11-20",
    }


@pytest.mark.parametrize("words", ["Can you set alarms?", "Are you able to set the volume?", "can you lock cars"])
def test_a_question_about_its_abilities_is_answered_with_yes_and_no_call(words: str):
    thought = talk(words)
    assert thought.say.startswith("Yes")
    assert not thought.calls
    assert thought.memory.asked_for is None


@pytest.mark.parametrize("words", ["Don't set an alarm.", "no not the fan", "you don't have to lock the car"])
def test_what_shall_not_be_done_is_not_done_and_told_so(words: str):
    thought = talk(words)
    assert not thought.calls
    assert not thought.say.startswith("I heard")
