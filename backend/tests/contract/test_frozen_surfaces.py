"""What others rely on changes only on purpose: tags in recordings, REST, command lines, and the words about them."""

import difflib

import pytest

from tests.frozen import surfaces


@pytest.mark.parametrize("surface", surfaces.SURFACES)
def test_a_frozen_surface_is_as_it_was(surface: str):
    was, now = surfaces.path_of(surface).read_text("utf-8"), surfaces.written(surface)
    changes = "\n".join(difflib.unified_diff(was.splitlines(), now.splitlines(), "frozen", "now", n=4, lineterm=""))
    assert was == now, f"{changes}\n{surfaces.UPDATE}"


@pytest.mark.parametrize("columns", ["40", "200"])
def test_a_frozen_surface_does_not_depend_on_where_it_is_looked_at(columns: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("GEMINI_EMULATOR_EAR", "whisper")
    monkeypatch.setenv("GEMINI_EMULATOR_VOICE", "flite")
    was = surfaces.path_of("commands").read_text("utf-8") + surfaces.path_of("words").read_text("utf-8")
    assert surfaces.written("commands") + surfaces.written("words") == was
