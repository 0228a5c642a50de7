"""scripts/supply.py: an audit that asked nobody is no clean one, and a new licence is looked at by a person."""

import json

import pytest
import supply

PYTHON_CLEAN = json.dumps({"dependencies": [{"name": "av", "version": "18.1.0", "vulns": []}], "fixes": []})
PYTHON_FLAW = json.dumps(
    {"dependencies": [{"name": "av", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2", "3"]}]}]}
)
NPM = {"auditReportVersion": 2, "metadata": {"dependencies": {"total": 7}}}


def test_a_clean_audit_says_how_many_packages_were_looked_up() -> None:
    assert supply.of_pip_audit(PYTHON_CLEAN, "") == (0, ["no known vulnerability; packages looked up: 1"])
    said = json.dumps({**NPM, "vulnerabilities": {}})
    assert supply.of_npm_audit(said) == (0, ["no known vulnerability; packages looked up: 7"])


def test_each_vulnerability_is_a_line_with_its_remedy() -> None:
    assert supply.of_pip_audit(PYTHON_FLAW, "") == (1, ["av 1: CVE-1, fixed in 2, 3"])
    flaws = {"vite": {"severity": "high", "fixAvailable": False}, "idb": {"severity": "low", "fixAvailable": {}}}
    code, lines = supply.of_npm_audit(json.dumps({**NPM, "vulnerabilities": flaws}))
    assert (code, lines) == (1, ["idb: low, not fixed", "vite: high, not fixed"])


@pytest.mark.parametrize(
    ("verdict", "reason"),
    [
        (supply.of_pip_audit("", "Traceback ...\nConnectionError: no route"), "ConnectionError: no route"),
        (supply.of_pip_audit("", ""), "pip-audit said nothing"),
        (supply.of_pip_audit("[]", "odd"), "odd"),
        (supply.of_npm_audit('{"message": "405 Method Not Allowed", "error": {}}'), "405 Method Not Allowed"),
        (supply.of_npm_audit(""), "npm audit gave no report"),
        (supply.of_npm_audit("[]"), "npm audit gave no report"),
    ],
)
def test_no_answer_is_told_plainly_and_is_no_success(verdict: tuple[int, list[str]], reason: str) -> None:
    assert verdict == (2, [f"no advisory service could be reached, so nothing was checked: {reason}"])


def test_a_licence_that_is_not_in_the_list_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    known = [{"Name": "a", "Version": "1", "License": "BSD-3-Clause"}, {"Name": "b", "Version": "1", "License": "MIT"}]
    assert supply.tell_unexpected(known) == 0
    for licence in ("GPL-3.0-only", "UNKNOWN", "AGPL-3.0", "Proprietary"):
        assert supply.tell_unexpected([*known, {"Name": "c", "Version": "2", "License": licence}]) == 1
        assert f"c 2 has the licence '{licence}'" in capsys.readouterr().out
