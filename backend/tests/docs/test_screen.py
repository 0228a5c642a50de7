"""docs/screen.md says which story holds each finding: the story is there."""

import re

import pytest

from tests.processes import REPOSITORY

PAGE = (REPOSITORY / "docs/screen.md").read_text("utf-8")
CLIENT = REPOSITORY / "frontend/s2s-client"
HELD = [
    (file, story)
    for file, stories in re.findall(r'`([\w/.]+\.(?:tsx?|py))`: ("[^"]+"(?:, "[^"]+")*)', PAGE)
    for story in re.findall(r'"([^"]+)"', stories)
]


def test_each_of_the_21_findings_has_an_answer_and_a_story():
    rows = re.findall(r"^\| (\d+) \| .+ \| .+ \| (.+) \|$", PAGE, re.MULTILINE)
    assert [number for number, _ in rows] == [str(number) for number in range(1, 22)]
    assert all("`: " in held for _, held in rows)


@pytest.mark.parametrize(("file", "story"), HELD)
def test_the_story_is_where_the_page_says(file: str, story: str):
    path = REPOSITORY / file if file.startswith("backend/") else CLIENT / file
    assert story in path.read_text("utf-8")
