"""Countries, units and everyday facts: what is asked in many ways, and what is not known."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gemini_emulator.responder import knowledge
from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.conversation_state import Memory

FOLDER = Path(knowledge.__file__).parent


def answer(*lines: str) -> str:
    memory = Memory()
    for line in lines:
        thought = Companion().reply_to_user(line, memory, [])
        memory = replace(thought.memory.with_turn("user", line).with_turn("model", thought.say))
    return memory.last("model")


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("What's the capital of France?", "The capital of France is Paris."),
        ("capital of the united states", "The capital of the United States is Washington D.C."),
        ("Do you know the capital city of Japan?", "The capital of Japan is Tokyo."),
        ("What is Italy's capital?", "The capital of Italy is Rome."),
        ("What's the capital of Texas?", "The capital of Texas is Austin."),
        ("How many people live in Germany?", "live in Germany."),
        ("What's the population of the UK?", "million people live in the UK."),
        ("What currency do they use in Japan?", "In Japan, people pay with Japanese yen."),
        ("What language do they speak in Brazil?", "The official language of Brazil is Portuguese."),
        ("Which continent is Egypt in?", "Egypt is in Africa."),
        ("How big is Australia?", "square kilometers"),
        ("Which country is Canberra the capital of?", "Canberra is the capital of Australia."),
        ("What's the chemical symbol for gold?", "A, U"),
        ("How many ounces are in a pound?", "1 pound is 16 ounces."),
        ("How many feet are in a mile?", "1 mile is 5280 feet."),
        ("Convert ten miles to kilometers.", "10 miles are about 16.09 kilometers."),
        ("What's 100 degrees Fahrenheit in Celsius?", "100 degrees Fahrenheit are about 37.78 degrees Celsius."),
        ("How many cups are in a gallon?", "1 gallon is 16 cups."),
        ("How many ounces in a cup?", "1 cup is 8 fluid ounces."),
        ("How fast is 60 miles per hour in kilometers per hour?", "96.56 kilometers per hour"),
        ("How tall is Mount Everest?", "8,849"),
        ("Who painted the Mona Lisa?", "Leonardo"),
        ("Why is the sky blue?", "scatters"),
        ("How far away is the moon?", "384,000"),
        ("What does a cow say?", "moo"),
        ("What's the opposite of hot?", "cold"),
        ("How do you say goodbye in Spanish?", "adiós"),
        ("How do you say thank you in French?", "merci"),
    ],
)
def test_it_knows(asked: str, said: str):
    assert said in answer(asked), answer(asked)


@pytest.mark.parametrize(
    "asked",
    [
        "What's the capital of happiness?", "Who is the best singer in France?", "Is it raining in Japan?",
        "How many people live in my street in Berlin?", "Who painted our kitchen?", "Why is my screen blue?",
        "How tall is the neighbor of Mount Everest's cousin?", "What was the money for?", "I live in Germany.",
    ],
)  # fmt: skip
def test_other_questions_get_no_fact(asked: str):
    said = answer(asked)
    known = [one["say"] for one in json.loads((FOLDER / "everyday.json").read_text("utf-8"))["facts"]]
    assert said not in known
    assert "capital of" not in said or "countries and their capitals" in said
    assert "people live in" not in said


def test_a_follow_up_is_about_the_same_question():
    assert answer("What's the capital of France?", "And Spain?", "What about Italy?") == "The capital of Italy is Rome."
    assert "people pay with" in answer("What money do they use in Switzerland?", "And in Sweden?")


def test_what_is_known_of_the_world_is_small_and_whole():
    world = json.loads((FOLDER / "world.json").read_text("utf-8"))
    assert len(world["countries"]) > 190
    assert len(world["states"]) == 50
    assert len(world["elements"]) == 118
    assert set(world["aliases"].values()) <= world["countries"].keys()
    assert all(
        one["capital"] and one["population"] for one in world["countries"].values() if one["continent"] == "Europe"
    )
    assert sum(path.stat().st_size for path in FOLDER.glob("*.json")) < 200_000
