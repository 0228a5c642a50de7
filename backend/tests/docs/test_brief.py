"""README.md keeps what the project was asked for: brief.txt is the text of that request."""

import re
from pathlib import Path

import pytest

from tests.processes import REPOSITORY

BRIEF = (Path(__file__).parent / "brief.txt").read_text("utf-8")
README = (REPOSITORY / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^```\w*\n.*?^```$", re.DOTALL | re.MULTILINE)
LINES = BLOCK.sub("", BRIEF).splitlines()


def test_the_brief_is_read():
    assert len(BLOCK.findall(BRIEF)) == 8
    assert len([line for line in LINES if line.startswith("|")]) == 10


@pytest.mark.parametrize("block", BLOCK.findall(BRIEF))
def test_every_block_of_commands_and_code_is_there_as_it_was(block: str):
    assert block in README


def test_every_heading_is_there_in_its_order():
    headings = re.compile(r"^#+ .+$", re.MULTILINE)
    wanted, given = (headings.findall(BLOCK.sub("", text)) for text in (BRIEF, README))
    assert [heading for heading in given if heading in wanted] == wanted


@pytest.mark.parametrize("row", [line for line in LINES if line.startswith("|")])
def test_every_row_of_a_table_is_there(row: str):
    assert row in README.splitlines()


@pytest.mark.parametrize("label", ["Start Conversation", "Interrupt AI", "End Session"])
def test_the_three_buttons_are_named(label: str):
    assert f'**"{label}"**' in BRIEF
    assert f'**"{label}"**' in README
