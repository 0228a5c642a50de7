"""Long, deep or odd inputs: calc.py, calc2.py, fixcalc.py, freeze.py, freeze2.py, emured.py, seen.py, rep.py."""

import json
from typing import Any

import pytest

from gemini_emulator.responder.companion import Companion
from tests.attacks.attackers import inputs
from tests.attacks.target import Target, attacked

MANY = 64_000
EXPRESSIONS = {
    "powers": ["9**9**9", "9**999999", "(9**99)**99", "2**2**2**2**2**2", "10**10**2", "1<<100000000", "2**-1e308"],
    "factorials": ["99999!", "170!!!!!", "factorial(100000)", "sqrt(-1)", "factorial(factorial(20))"],
    "programs": ["'a'*100000000", "[0]*10**9", "(lambda: 1)()", "(1).__class__", "[x for x in range(10**8)]",
                 "__import__('os')"],
    "depth": ["(" * 99 + "1" + ")" * 99, "-" * 190 + "1", "~" * 190 + "1", "(" * MANY, "not " * 9_000 + "1"],
    "digits": ["1" * 6_000, "1" * 8_000, "1" * 16_000, "1" * MANY, "1." * 32_000, "." * MANY],
    "spaces": ["1 " * 32_000, " " * MANY, "1" + " " * MANY + "x", "1,000," * 10_000, "1%" * 32_000, "1 % " * 16_000],
    "words": ["the square root of " * 3_400, "one hundred " * 5_000, "twenty-" * 9_000, "1 x " * 16_000],
}  # fmt: skip


def scenario() -> str:
    """The model calls `calculate` with each expression of a kind, all in one message, when it hears the kind."""
    steps = [
        {
            "when": {"heard": kind},
            "do": [{"call": {"name": "calculate", "args": {"expression": text}}} for text in texts],
            "times": "always",
        }
        for kind, texts in EXPRESSIONS.items()
    ]
    return json.dumps({"name": "Hard sums", "seed": 1, "steps": steps})


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"emulator": {"scenario": scenario()}}


@pytest.mark.parametrize("kind", EXPRESSIONS)
def test_no_expression_that_a_model_sends_holds_up_the_other_calls(target: Target, kind: str):
    [came] = target.attack_unnoticed(inputs.typed, [f"please {kind}"])
    results = [message for message in came if message["type"] == "tool_result"]
    assert len(results) == len(EXPRESSIONS[kind])


def test_texts_of_every_odd_kind_get_an_answer(target: Target):
    texts = [
        "1" * 7_900,
        "word " * 1_500,
        "\u202e" * 2_000,
        "\U0001f468\u200d" * 2_000,
        "\x00" * 1_000,
        "e\u0301" * 3_900,
    ]
    for came in target.attack_unnoticed(inputs.typed, texts):
        assert came[-1]["type"] == "turn_end"


def test_bodies_that_are_too_long_or_too_deep_are_refused_at_once(target: Target):
    for name, status in target.attack_unnoticed(inputs.odd_bodies).items():
        assert 400 <= status < 500, name


def test_no_path_leads_out_of_the_folders_that_are_served(target: Target):
    for path, status in target.attack_unnoticed(inputs.odd_paths).items():
        assert 300 <= status < 500, path


def test_digits_typed_by_one_keep_nobody_waiting_for_the_offline_mind(tmp_path: Any):
    """The mind of the local engine, in the place of the paid service."""
    texts = [
        "What is " + "1" * 7_900 + " plus 1?",
        "1" * 4_000,
        "7 percent of " * 600,
        "Remind me in " + "9" * 7_000 + " days",
    ]
    with attacked(tmp_path, emulator={"mind": Companion()}) as target:
        for came in target.attack_unnoticed(inputs.typed, texts):
            assert any(message["type"] == "model_transcript" for message in came)
