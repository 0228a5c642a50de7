"""The scenario file: what is understood, and what is said about what is not."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from gemini_emulator.__main__ import main
from gemini_emulator.scenarios.actions import NAMES, Call, Close, EmptyTurn, Freeze, NearSilent, SlowNetwork, Stall
from gemini_emulator.scenarios.parser import Unreadable, built_in, read_actions, read_scenario
from gemini_emulator.scenarios.scenario import MESSAGES, Step, When
from gemini_emulator.server import admin

GUIDE = (Path(__file__).resolve().parents[3] / "gemini_emulator" / "SCENARIOS.md").read_text("utf-8")


def fault(text: str) -> str:
    with pytest.raises(Unreadable) as found:
        read_scenario(text, "bad.yaml")
    return str(found.value)


def step_fault(step: str) -> str:
    return fault(f"steps:\n  - {step}\n").removeprefix("bad.yaml: line 2, ")


def test_a_scenario_is_read_whole():
    scenario = read_scenario("""
      name: Tour
      seed: 7
      steps:
        - when: {turn: 2, heard: weather, spoken_s: 1}
          do: {stall: 5}
        - when: {message: toolResponse, nth: 2, connection: 1, chance: 0.5}
          do: [near_silent, {call: {name: f, args: {n: 1}}}]
          times: always
    """)
    assert (scenario.name, scenario.seed) == ("Tour", 7)
    assert scenario.steps == (
        Step(When(turn=2, heard="weather", spoken_s=1.0), (Stall(5.0),)),
        Step(When(message="toolResponse", nth=2, connection=1, chance=0.5), (NearSilent(), Call("f", {"n": 1})), None),
    )


def test_an_action_is_written_as_its_name_as_a_value_or_with_its_fields():
    assert read_actions("near_silent") == read_actions("near_silent:") == read_actions("{near_silent: true}")
    assert read_actions("freeze") == (Freeze(),)
    assert read_actions("freeze: 5") == read_actions("freeze: {for_s: 5}") == (Freeze(5.0),)
    assert read_actions("close: {code: 1011, reason: x}") == (Close(code=1011, reason="x"),)
    assert read_actions("- empty_turn\n- slow_network: {latency_s: 1}") == (EmptyTurn(), SlowNetwork(latency_s=1.0))


def test_json_is_understood_too():
    scenario = {"steps": [{"when": {"turn": 1}, "do": [{"close": "quota"}, "near_silent"]}]}
    assert read_scenario(json.dumps(scenario)).steps[0].do == (Close("quota"), NearSilent())


@pytest.mark.parametrize("name", sorted(built_in()))
def test_every_scenario_that_comes_along_is_valid_and_says_what_it_is_for(name: str):
    scenario = read_scenario(built_in()[name], name)
    assert scenario.name
    assert scenario.about
    assert scenario.steps


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("{when: {turn: 1}, do: stal}", "steps[1].do: there is no action called `stal`. Did you mean `stall`?"),
        ("{when: {tern: 1}, do: reset}", "steps[1].when: there is no field called `tern`. Did you mean `turn`?"),
        ("{when: {turn: one}, do: reset}", 'steps[1].when.turn: must be a whole number, not "one".'),
        ("{when: {turn: 0}, do: reset}", "steps[1].when.turn: counts from 1."),
        ("{when: {connected_s: soon}, do: reset}", 'steps[1].when.connected_s: must be a number from 0, not "soon".'),
        ("{when: {setup_s: .nan}, do: reset}", "steps[1].when.setup_s: must be text, a number"),
        ("{when: {heard: 5}, do: reset}", "steps[1].when.heard: must be text, not 5; put it in quotes."),
        ("{when: {turn: 1, chance: 2}, do: reset}", "steps[1].when.chance: must be between 0 and 1."),
        ("{when: {turn: 1, connected_s: 1}, do: reset}", "steps[1].when: give one of: a turn"),
        ("{when: {connection: 1}, do: reset}", "steps[1].when: give one of: a turn"),
        ("{when: {nth: 2, turn: 1}, do: reset}", "steps[1].when.nth: needs `message`"),
        ("{when: {message: toolReply}, do: reset}", "Did you mean `toolResponse`?"),
        ("{when: {turn: 1}}", "steps[1]: `do` is missing."),
        ("{when: {turn: 1}, do: reset, times: 0}", "steps[1].times: must be a number from 1, or `always`."),
        ("{when: {turn: 1}, do: stall}", "steps[1].do: stall needs for_s, as in `stall: ...`."),
        ("{when: {turn: 1}, do: {stall: -1}}", "steps[1].do.stall: must be a number from 0, not -1."),
        ("{when: {turn: 1}, do: {reset: 5}}", "steps[1].do.reset: reset takes no value; write `reset` alone."),
        ("{when: {turn: 1}, do: {close: quoata}}", "there is no close called `quoata`. Did you mean `quota`?"),
        ("{when: {turn: 1}, do: {close: {code: 99}}}", "steps[1].do.close: needs a name of the close-code table"),
        ("{when: {turn: 1}, do: {close: {code: 1011, reason: " + "x" * 124 + "}}}", "a close frame holds 123 bytes"),
        ("{when: {turn: 1}, do: {message: {error: {}}}}", "there is no server message called `error`."),
        ("{when: {turn: 1}, do: early_turn_complete}", "early_turn_complete needs `spoken_s`"),
        ("{when: {turn: 1, spoken_s: 1}, do: empty_turn}", "a turn that has begun cannot be empty"),
        ("{when: {turn: 1}, do: {duplicate_answer: twice}}", "must be `turn` or `generation`."),
        ("{when: {turn: 1}, do: {call: {name: f, args: 5}}}", "steps[1].do.call.args: must be a mapping, not 5."),
        ("{when: {turn: 1}, do: {call: {name: f, args: {d: 2026-01-01}}}}", "must be text, a number, true, false"),
        ("{when: {turn: 1}, do: {call: {args: {}}}}", "steps[1].do.call: call needs name"),
        ("{when: {turn: 1, turn: 2}, do: reset}", "steps[1].when: `turn` is given twice."),
    ],
)
def test_a_mistake_is_told_with_its_field_and_the_remedy(step: str, told: str):
    assert told in step_fault(step)


def test_a_mistake_is_told_with_its_line():
    text = "name: x\nsteps:\n  - when:\n      turn: 1\n    do:\n      - near_silent\n      - closs: quota\n"
    assert fault(text).startswith("bad.yaml: line 7, steps[1].do[2]: there is no action called `closs`.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "bad.yaml: line 1: there is nothing here."),
        ("steps: [", "bad.yaml: line 1: this is not YAML:"),
        ("hello", "bad.yaml: line 1: must be a mapping"),
        ("name: x", "steps: is missing: a scenario is a list of steps"),
        ("steps: 5", "steps: must be a list"),
        ("steps:\n  - &a {when: {turn: 1}, do: reset}\n  - *a", "aliases (*name) are not supported"),
        ("seed: x\nsteps: []", "line 1, seed: must be a whole number"),
        ("steps: [\x00]", "this is not YAML"),
        ("[" * 3000, "bad.yaml: line 1: this is not YAML"),
    ],
)
def test_what_is_no_scenario_is_refused_in_words(text: str, told: str):
    assert told in fault(text)


# The guide


def test_the_examples_of_the_guide_are_valid():
    examples = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    assert examples
    for example in examples:
        assert read_scenario(example).steps


def test_the_guide_names_every_action_every_condition_and_every_message():
    written = [read_actions(cell.replace("{name, args}", "f"))[0] for cell in table("## Do")]
    assert {type(action) for action in written} == set(NAMES.values())
    conditions = [cell.partition(":")[0] for cell in table("## When")]
    assert {*conditions, "connection", "chance"} == {field.name for field in fields(When)}
    assert all(f"`{name}`" in GUIDE for name in MESSAGES)


def table(title: str) -> list[str]:
    """The code in the first column."""
    section = GUIDE.split(f"\n{title}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)`", section, re.MULTILINE)


def test_the_guide_names_only_commands_and_addresses_that_exist(capsys: pytest.CaptureFixture[str]):
    for command in re.findall(r"^    gemini-live-emulator (scenarios (?:list|show) ?\S*)", GUIDE, re.MULTILINE):
        assert main(command.split()) == 0
        assert capsys.readouterr().out
    addresses = set(re.findall(r"localhost:8091/(\w+)", GUIDE))
    assert addresses == {"connections", "actions", "scenario", "clock"}
    assert all(f"/{address}" in (admin.__doc__ or "") for address in addresses)
