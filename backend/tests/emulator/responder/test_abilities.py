"""What it can do with the declared functions, in words that a person would use."""

import json

import pytest

from bench.analysis.mind_requests import REQUESTS
from gemini_emulator.responder.answers.abilities import listed, of_function
from tools import TOOL_SCHEMAS


def test_the_functions_of_a_new_installation():
    assert listed(list(TOOL_SCHEMAS.values())) == "check the weather or the time, look things up, and do math"


@pytest.mark.parametrize(
    ("description", "said"),
    [
        ("Turns on or off a light in a room", "turn on or off a light"),
        ("Send a text message to a person.", "send a text message"),
        ("Returns the current price of a stock", "check the price of a stock"),
        ("Use this tool to book a table at a restaurant", "book a table"),
        ("This function sets the thermostat to a temperature", "set the thermostat"),
        ("Look up a word in the dictionary", "look up a word"),
        ("Search the web for anything", "look things up"),
        ("Evaluates mathematical expressions", "do math"),
        ("Gets the order status, by its number", "check the order status"),
    ],
)
def test_a_description_becomes_an_order(description: str, said: str):
    assert of_function({"name": "do_it", "description": description}) == said


def test_without_a_description_the_name_is_taken_apart():
    assert of_function({"name": "get_order_status"}) == "check the order status"
    assert of_function({"name": "rollDice"}) == "roll dice"
    assert of_function({}) == ""


def test_many_are_not_read_out():
    said = listed(json.loads((REQUESTS / "functions.json").read_text("utf-8"))["functions"][:30])
    assert said.endswith("and a few more things")
    assert "_" not in said
    assert len(said.split()) < 60
