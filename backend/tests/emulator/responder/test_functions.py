"""How a person finds a builder's functions by voice: what is called, what is asked, and what is left alone."""

from typing import Any

import pytest

from bench.analysis.mind_requests import NOON
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Call, Memory, Reply


def function(name: str, description: str, required: str = "", **properties: Any) -> dict[str, Any]:
    schema = {"type": "object", "properties": properties, "required": required.split()}
    return {"name": name, "description": description, "parameters": schema}


def text(description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def number(description: str = "", **more: Any) -> dict[str, Any]:
    return {"type": "number", "description": description, **more}


WEATHER = function("get_weather", "Get the current weather for a city.", "location", location=text("City"))
SEARCH = function("search", "Look up a person, place or thing in Wikipedia.", "query", query=text("What to look up"))
CALCULATE = function("calculate", "Work out arithmetic.", "expression", expression=text("The sum to work out"))
ORDER_STATUS = function("order_status", "State of an online order.", "order_id", order_id=text("Order number"))
PAINT = function(
    "paint_wall",
    "Paint a wall",
    "color",
    color=text(enum=["red", "green", "blue", "white", "black", "grey", "pink"]),
    coats=number("How many coats"),
)
HATCH = function(
    "move_hatch",
    "Move the hatch of a container",
    "hatch percent",
    hatch=text(enum=["front", "rear"]),
    percent=number("0 is closed, 100 is open", minimum=0, maximum=100),
)
LAMP = function(
    "set_lamp", "Switch a lamp", "lamp state", lamp=text(enum=["porch", "shed"]), state=text(enum=["on", "off"])
)
BASKET = function(
    "fill_basket", "Put things into the basket", "things", things={"type": "array", "items": {"type": "string"}}
)
TONIC = function("log_tonic", "Record a tonic that the user has taken", "tonic", tonic=text("Name of the tonic only"))
EXCHANGE = function(
    "change_cash", "Change an amount of one currency into another", "amount from to",
    amount=number(), **{"from": text("ISO 4217 code"), "to": text("ISO 4217 code")},
)  # fmt: skip
EVERYTHING = [WEATHER, SEARCH, CALCULATE, ORDER_STATUS, PAINT, HATCH, LAMP, BASKET, TONIC, EXCHANGE]


def talk(*lines: str, functions: list[dict[str, Any]] | None = None) -> Reply:
    """The thought about the last line."""
    mind, memory = Companion(lambda: NOON), Memory()
    thought = Reply(memory)
    for line in lines:
        thought = mind.reply_to_user(line, memory, EVERYTHING if functions is None else functions)
        memory = thought.memory.with_turn("user", line).with_turn("model", thought.say)
    return thought


@pytest.mark.parametrize(
    ("lines", "call"),
    [
        (["Where is order 1234?"], Call("order_status", {"order_id": "1234"})),
        (["Has order 1234 shipped yet?"], Call("order_status", {"order_id": "1234"})),
        (["What's going on with my order, number 1234?"], Call("order_status", {"order_id": "1234"})),
        (["Where is order 1234?", "Has it shipped yet?"], Call("order_status", {"order_id": "1234"})),
        (["Has my order shipped?", "1 2 3 4."], Call("order_status", {"order_id": "1234"})),
        (["Open the front hatch halfway."], Call("move_hatch", {"hatch": "front", "percent": 50})),
        (["Shut the rear hatch."], Call("move_hatch", {"hatch": "rear", "percent": 0})),
        (["Open the rear hatch all the way."], Call("move_hatch", {"hatch": "rear", "percent": 100})),
        (["Open the front hatch a quarter."], Call("move_hatch", {"hatch": "front", "percent": 25})),
        (["Kill the lamp in the shed."], Call("set_lamp", {"lamp": "shed", "state": "off"})),
        (["I just took my ginger tonic."], Call("log_tonic", {"tonic": "ginger tonic"})),
        (["Paint it red, no, make that green."], Call("paint_wall", {"color": "green"})),
        (["Paint the wall red.", "No, make that blue."], Call("paint_wall", {"color": "blue"})),
        (["Put brown bread, two eggs and a jar of honey into the basket."],
         Call("fill_basket", {"things": ["brown bread", "two eggs", "jar of honey"]})),
        (["Put salt into the basket.", "And pepper, too."], Call("fill_basket", {"things": ["pepper"]})),
        (["Change twenty bucks into Swiss francs."], Call("change_cash", {"amount": 20, "from": "USD", "to": "CHF"})),
        (["Change one and a half thousand euros to pounds."],
         Call("change_cash", {"amount": 1500, "from": "EUR", "to": "GBP"})),
        (["Change ten euros to yen.", "And to dollars?"],
         Call("change_cash", {"amount": 10, "from": "EUR", "to": "USD"})),
        (["What is to plus two?"], Call("calculate", {"expression": "2 + 2"})),
        (["What is for times ate?"], Call("calculate", {"expression": "4 * 8"})),
        (["How's the weather in Oslo?", "And in Bergen?"], Call("get_weather", {"location": "Bergen"})),
        (["Who was Ada Lovelace?"], Call("search", {"query": "Ada Lovelace"})),
    ],
)  # fmt: skip
def test_what_was_said_becomes_one_call_with_just_what_was_said(lines: list[str], call: Call):
    assert talk(*lines).calls == (call,)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("Open the front hatch and turn on the porch lamp.", ["move_hatch", "set_lamp"]),
        ("Turn on the porch lamp and the shed lamp.", ["set_lamp", "set_lamp"]),
        ("What's the weather in Rome and where is order 1234?", ["get_weather", "order_status"]),
        ("Put tea into the basket, then paint the wall white.", ["fill_basket", "paint_wall"]),
    ],
)
def test_two_requests_in_one_sentence_are_two_calls(line: str, names: list[str]):
    assert [call.name for call in talk(line).calls] == names


def test_a_value_outside_an_enumeration_is_answered_with_the_choices():
    thought = talk("Paint the wall purple.")
    assert not thought.calls
    assert all(color in thought.say.lower() for color in ("red", "green", "blue", "white", "black", "grey", "pink"))
    assert talk("Paint the wall purple.", "Then pink.").calls == (Call("paint_wall", {"color": "pink"}),)


def test_a_function_of_the_builder_goes_before_a_search():
    for line in ("Where is my order?", "What happened to order 88?", "Can you look up order 4711?"):
        thought = talk(line)
        asked = thought.memory.asked_for
        assert [*(call.name for call in thought.calls), *([asked[0].name] if asked else [])] == ["order_status"], line


def test_a_question_about_the_world_is_not_squeezed_into_a_function_of_the_builder():
    recipes = function("find_recipe", "Search the cookbook for recipes", "food", food=text("What to cook"))
    for line in ("Who won the cup in 1911?", "Who invented the wine glass?"):
        assert [call.name for call in talk(line, functions=[recipes, SEARCH]).calls] == ["search"], line


def test_where_it_is_not_sure_it_asks_and_waits_for_a_yes():
    doubtful = [function("polish_floor", "Polish the floor of a hall", "hall", hall=text(enum=["east", "west"]))]
    thought = talk("Buff the east one.", functions=doubtful)
    assert not thought.calls
    assert thought.say == "Shall I polish the floor of a hall, hall east?"
    assert talk("Buff the east one.", "Yes, please.", functions=doubtful).calls == (
        Call("polish_floor", {"hall": "east"}),
    )
    assert talk("Buff the east one.", "No.", functions=doubtful).calls == ()
    assert talk("Buff the east one.", "How are you?", functions=doubtful).calls == ()


@pytest.mark.parametrize(
    "line",
    [
        "I took the bus this morning.",
        "I took all my books back.",
        "My order of monks lives in Wales.",
        "The hatch on my boat leaks.",
        "She said the lamp in the shed was off.",
        "If I were you I would paint the wall red.",
        "Don't open the hatch.",
        "Everything costs more in euros.",
        "I have never put honey into a basket.",
    ],
)
def test_talk_about_the_same_things_calls_and_asks_nothing(line: str):
    thought = talk(line)
    assert thought.calls == ()
    assert thought.memory.asked_for is None
    assert not thought.memory.proposed


TABLE = function(
    "serve_table", "Put a drink on the bill of a table", "table drink",
    table=number("Table number"), drink=text("Drink"), **{"count": number("How many")},
)  # fmt: skip
LOCKER = function("locker_state", "State of a locker", "locker", locker=text("Code on the door, e.g. 'LK204'"))
HALL = function(
    "rent_hall", "Rent the hall", "date start", date=text("Day, as said"), start=text("HH:MM"), end=text("HH:MM")
)
STOCK = function(
    "enter_nails",
    "Bring nails into the store or take them out",
    "quantity",
    quantity=number("Positive = brought, negative = taken out"),
)
RATION = function(
    "give_hay", "Give hay to an animal", "animal grams", animal=text("Name of the animal"), grams=number("Hay in grams")
)


@pytest.mark.parametrize(
    ("said", "name", "args"),
    [
        ("Open the front hatch thirty percent, no, forty.", "move_hatch", {"hatch": "front", "percent": 40}),
        ("Thirty percent for the rear hatch, sorry, sixty.", "move_hatch", {"hatch": "rear", "percent": 60}),
        ("Has LK311 been opened?", "locker_state", {"locker": "LK311"}),
        (
            "Rent the hall tomorrow from two till half past three in the afternoon.",
            "rent_hall",
            {"date": "tomorrow", "start": "14:00", "end": "15:30"},
        ),
        ("Take six nails out.", "enter_nails", {"quantity": -6}),
        ("Bring twelve nails into the store.", "enter_nails", {"quantity": 12}),
        (
            "Put tomatoes, I mean cherry tomatoes, and lemons into the basket.",
            "fill_basket",
            {"things": ["cherry tomatoes", "lemons"]},
        ),
    ],
)
def test_values_are_put_right_in_their_place_and_read_by_their_shape(said: str, name: str, args: dict[str, Any]):
    thought = talk(said, functions=[*EVERYTHING, LOCKER, HALL, STOCK])
    assert [(call.name, dict(call.args)) for call in thought.calls] == [(name, args)]


def test_numbers_of_several_animals_need_their_unit_once():
    thought = talk("Give Bella sixty grams of hay and Charlie thirty-five.", functions=[WEATHER, RATION])
    assert [dict(call.args) for call in thought.calls] == [
        {"animal": "Bella", "grams": 60},
        {"animal": "Charlie", "grams": 35},
    ]


@pytest.mark.parametrize(
    "said",
    [
        "Open the front hatch... oh, forget it, it's raining.",
        "Paint the wall red. No, never mind.",
        "A hundred percent, that's pretty impressive.",
        "How long have people been painting walls, do you think?",
    ],
)
def test_what_is_taken_back_or_only_thought_about_is_left_alone(said: str):
    thought = talk(said)
    assert not thought.calls
    assert thought.memory.asked_for is None
    assert not thought.memory.proposed


def test_a_wish_of_somebody_else_is_a_wish():
    thought = talk("Table seven would like two drinks.", functions=[WEATHER, TABLE])
    assert thought.calls or thought.memory.asked_for


BENCH = function("rent_bench", "Rent a bench", "bench day", bench=text("Bench, e.g. 'BN-12'"), day=text("Day, as said"))
LOAN = function("extend_loan", "Extend the loan of a tool", "tool", tool=text("Which tool"), days=number("Extra days"))


@pytest.mark.parametrize(
    ("lines", "args"),
    [
        (["Rent bench BN-12 on Monday.", "What about BN-31?"], {"bench": "BN-31", "day": "monday"}),
        (["Rent bench BN-12 on Monday.", "Monday doesn't work after all, make it Tuesday."], {"day": "tuesday"}),
    ],
)
def test_a_follow_up_takes_the_place_of_what_looks_like_it(lines: list[str], args: dict[str, Any]):
    thought = talk(*lines, functions=[WEATHER, BENCH])
    assert [call.name for call in thought.calls] == ["rent_bench"]
    assert args.items() <= thought.calls[0].args.items()


def test_longer_with_it_extends_it():
    thought = talk("I need to hang on to the drill a bit longer.", functions=[WEATHER, BASKET, LOAN])
    assert [call.name for call in thought.calls] == ["extend_loan"]


def test_a_number_behind_the_name_of_a_parameter_is_its_value():
    thought = talk("Put three drinks on the bill of table seven.", functions=[WEATHER, TABLE])
    made = thought.calls[0] if thought.calls else thought.memory.asked_for[0] if thought.memory.asked_for else None
    assert made is not None
    assert made.args["table"] == 7
