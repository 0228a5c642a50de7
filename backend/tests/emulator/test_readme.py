"""The table of promises names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
README = (BACKEND / "gemini_emulator" / "README.md").read_text("utf-8")


def promises() -> list[tuple[str, list[str]]]:
    """Each row with the tests that it names."""
    section = README.split("\n## Promised\n")[1].split("\n## Not promised\n")[0]
    rows = [line.strip("|").rsplit("|", 1) for line in section.splitlines() if line.startswith("| ")]
    return [(left.strip(), re.findall(r"`([^`]+)`", right)) for left, right in rows if left.strip() != "promise"]


@cache
def existing() -> set[str]:
    """Names of test files and of the test functions in them."""
    names: set[str] = set()
    for path in (BACKEND / "tests").rglob("test_*.py"):
        names |= {path.name, path.relative_to(BACKEND).as_posix()}
        tree = ast.parse(path.read_text("utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        names |= {node.name for node in tree.body if isinstance(node, kinds) and node.name.startswith("test_")}
    return names


@pytest.mark.parametrize(("promise", "tests"), promises(), ids=[promise for promise, _ in promises()])
def test_every_promise_is_held_by_tests_that_exist(promise: str, tests: list[str]):
    assert tests, f"no test is named for: {promise}"
    assert set(tests) <= existing()


def test_there_is_a_promise_for_each_part_of_the_protocol():
    parts = re.findall(r"^### (.+)$", README, re.MULTILINE)
    assert {"Doors", "JSON and setup", "Turns", "Functions", "Sessions"} <= set(parts)
    assert len(promises()) > 50
