"""What docs/security.md, docs of deploy/ and SECURITY.md name is there: tests and settings."""

import re
from pathlib import Path

import pytest

from s2s.settings import Settings
from tests.processes import REPOSITORY

PAGES = ("SECURITY.md", "docs/security.md", "deploy/README.md")
TABLE = (REPOSITORY / "docs/security.md").read_text().partition("\n| attacker wants |")[2].partition("\n\n")[0]
ROWS = TABLE.splitlines()[2:]


def code(text: str) -> list[str]:
    return re.findall(r"`([^`\n]+)`", text)


@pytest.mark.parametrize("row", ROWS)
def test_every_attack_in_the_threat_model_has_tests_that_exist(row: str) -> None:
    folder, found = Path(), 0
    for name in code(row.rsplit("|", 2)[1]):
        # The first one of a cell names the folder of those behind it.
        path = Path("backend") / name if name.startswith("tests/") else folder / name
        path = Path(name) if name.startswith("backend/") else path
        folder = path.parent
        assert (REPOSITORY / path).exists(), path
        found += 1
    assert found, "an attack without a test"


def test_the_threat_model_is_read() -> None:
    assert len(ROWS) > 10


@pytest.mark.parametrize("page", PAGES)
def test_named_settings_exist(page: str) -> None:
    known = {name.upper() for name in Settings.model_fields}
    named = set(re.findall(r"\bS2S_[A-Z0-9_]+", (REPOSITORY / page).read_text()))
    assert named <= known
