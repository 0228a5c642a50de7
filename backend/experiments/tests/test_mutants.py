"""Mutants are found in any tree, and found again where names and files have changed."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from experiments.mutants.command import interval, main
from experiments.mutants.sites import mutants_of

ROOM = '''
"""A room."""

LIMIT = 3


class Room:
    """Holds people."""

    def __init__(self) -> None:
        self.people: list[str] = []
        self.log = ""

    def enter(self, name: str) -> bool:
        """Nobody enters a full room."""
        if len(self.people) >= LIMIT:
            return False
        self.people.append(name)
        self.log += "entered"
        return True
'''
STORY = """
from house.room import Room

def test_a_full_room_is_closed():
    room = Room()
    assert [room.enter(name) for name in "abcd"] == [True, True, True, False]
    assert room.people == ["a", "b", "c"]
"""


def build(root: Path, room: str, path: str = "house/room.py", story: str = STORY) -> Path:
    for name, text in ((path, room), ("tests/test_room.py", story)):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return root


def run(tree: Path, out: Path, like: Path | None = None, count: int = 1_000) -> list[dict[str, Any]]:
    options = Namespace(tree=tree, scope=["house"], tests=["tests"], count=count, seed=1, like=like, out=out)
    assert main(options) == 0
    found: list[dict[str, Any]] = json.loads(out.read_text("utf-8"))["mutants"]
    return found


def test_what_no_test_notices_survives_and_the_rest_is_killed(tmp_path: Path):
    found = run(build(tmp_path / "tree", ROOM), tmp_path / "result.json")
    survivors = [(one["operator"], one["before"]) for one in found if one["verdict"] == "survived"]
    assert survivors == [("text", "self.log += 'entered'")]
    killed = [one for one in found if one["verdict"] == "killed"]
    assert {"LIMIT = 4", "LIMIT = 2", "return None", "if len(self.people) > LIMIT:"} <= {one["after"] for one in killed}
    assert {one["killer"] for one in killed} == {"tests/test_room.py::test_a_full_room_is_closed"}


def test_the_same_mutants_are_found_under_new_names_and_others_where_code_is_gone(tmp_path: Path):
    old = build(tmp_path / "old", ROOM)
    room = ROOM.replace("enter(", "admit(").replace("LIMIT", "MAX_PEOPLE").replace('self.log += "entered"', "pass")
    story = STORY.replace("enter(", "admit(").replace("house.", "house.core.")
    new = build(tmp_path / "new", room, "house/core/room.py", story)
    run(old, tmp_path / "old.json")
    found = run(new, tmp_path / "new.json", like=tmp_path / "old.json")
    assert {one["match"] for one in found} == {"unit", "statement"}
    assert "MAX_PEOPLE = 4" in {one["after"] for one in found}
    assert [one["before"] for one in found if one["verdict"] == "survived"] == ["self.log = ''"]


def test_names_and_docstrings_do_not_change_a_key_and_numbers_do(tmp_path: Path):
    def keys(room: str) -> list[str]:
        return [mutant.unit_key for mutant in mutants_of(build(tmp_path, room), "house/room.py")]

    assert keys(ROOM.replace("people", "guests").replace("Nobody", "No one")) == keys(ROOM)
    assert keys(ROOM.replace("LIMIT = 3", "LIMIT = 4")) != keys(ROOM)


@pytest.mark.parametrize(("killed", "low", "high"), [(190, 0.91, 0.97), (200, 0.98, 1.0)])
def test_a_rate_has_its_interval(killed: int, low: float, high: float):
    assert [round(end, 2) for end in interval(killed, 200)] == [low, high]
