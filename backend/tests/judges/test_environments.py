"""The judges' environments: pinned, kept, and honest about what is missing."""

from __future__ import annotations

import json
import re

import pytest

from tests.judges import environments


@pytest.mark.parametrize("name", environments.REQUIREMENTS)
def test_a_lock_pins_what_is_asked_for_with_hashes_and_names_no_place_to_get_it_from(name: str):
    lock = (environments.LOCKS / f"{name}.txt").read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9][\w.-]*)==\S+", lock, re.MULTILINE)
    for requirement in environments.REQUIREMENTS[name]:
        plain = re.sub(r"\[.*\]", "", requirement)
        assert f"\n{plain} \\\n    --hash=sha256:" in lock
    assert "://" not in lock
    assert "torch" not in pinned


def test_the_javascript_lock_has_a_checksum_for_every_package_and_no_place():
    lock = json.loads((environments.JS / "package-lock.json").read_text("utf-8"))
    packages = [package for path, package in lock["packages"].items() if path]
    assert packages
    assert all("integrity" in package and "resolved" not in package for package in packages)


def test_an_environment_is_kept_while_its_lock_stays():
    python = environments.prepare("genai-3")
    made = (environments.KEPT / "genai-3" / "pyvenv.cfg").stat().st_mtime_ns
    assert environments.prepare("genai-3") == python
    assert (environments.KEPT / "genai-3" / "pyvenv.cfg").stat().st_mtime_ns == made


def test_a_missing_node_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(environments.Missing, match=r"install Node\.js 20\.19 or newer"):
        environments.prepare(environments.JAVASCRIPT)
