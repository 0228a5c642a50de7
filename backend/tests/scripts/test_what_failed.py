"""Whoever reads only the last lines of a long run learns what failed, and why."""

import subprocess
import sys
from pathlib import Path

from tests.processes import SCRIPTS

PYTEST = """
F                                                                        [100%]
=================================== FAILURES ===================================
    assert 1 == 2
=========================== short test summary info ============================
FAILED tests/core/test_bridge.py::test_a_bridge_holds - assert 1 == 2
1 failed, 88 passed in 2.31s
"""
VITEST = """
 FAIL  src/audio/pcm.test.ts > samples > are clipped
AssertionError: expected 2 to be 1
 > src/audio/pcm.test.ts:12:3

 Test Files  1 failed | 60 passed (61)
      Tests  1 failed | 539 passed (540)
"""
PLAYWRIGHT = """
  1) [chromium] > e2e/call.spec.ts:8:1 > a call begins

    Error: expect(locator).toBeVisible() failed

  1 failed
  52 passed (7.7m)
"""
COMPILER = "src/a.ts(3,1): error TS2322: Type 'string' is not assignable to type 'number'.\n"
RUN = """
import sys
sys.path.insert(0, {scripts!r})
from steps import run_steps
steps = [(title, ([sys.executable, "-c", "import sys; print(" + repr(said) + "); sys.exit(" + str(code) + ")"], "."))
         for title, said, code in {steps!r}]
sys.exit(run_steps(steps[:3], steps[3:], at_once=2))
"""


def end_of_a_run(folder: Path, steps: list[tuple[str, str, int]]) -> tuple[int, list[str]]:
    """The exit code, and the lines from the first that tells an outcome."""
    words = [sys.executable, "-c", RUN.format(scripts=str(SCRIPTS), steps=steps)]
    ran = subprocess.run(words, check=False, cwd=folder, capture_output=True, text=True, timeout=90)
    lines = ran.stdout.splitlines()
    return ran.returncode, lines[next(i for i, line in enumerate(lines) if line.startswith(("ok  ", "FAILED "))) :]


def test_a_run_that_failed_names_at_its_end_what_failed_in_each_step(tmp_path: Path) -> None:
    steps = [("gateway", PYTEST, 1), ("types", COMPILER, 2), ("client", VITEST, 1), ("browser", PLAYWRIGHT, 1)]
    code, end = end_of_a_run(tmp_path, steps)
    assert code == 1
    text = "\n".join(end)
    for said in (
        "FAILED gateway (88 passed, 1 failed)",
        "What failed in: gateway\nFAILED tests/core/test_bridge.py::test_a_bridge_holds - assert 1 == 2",
        "What failed in: types\n" + COMPILER.strip(),
        "What failed in: client\n FAIL  src/audio/pcm.test.ts > samples > are clipped\nAssertionError: expected 2",
        "  1) [chromium] > e2e/call.spec.ts:8:1 > a call begins\n    Error: expect(locator)",
    ):
        assert said in text
    assert end[-1].startswith("679 passed, 4 failed, 0 retried in ")


def test_a_run_that_passed_says_no_more_than_that(tmp_path: Path) -> None:
    code, end = end_of_a_run(tmp_path, [("gateway", "88 passed in 2.31s", 0), ("types", "fine", 0)])
    assert code == 0
    assert end[:2] == ["ok     gateway (88 passed, 0 failed)", "ok     types (1 passed, 0 failed)"]
    assert end[2].startswith("89 passed, 0 failed, 0 retried in ")


def test_a_second_try_is_counted_and_more_than_one_in_fifty_fail_the_run(tmp_path: Path) -> None:
    code, end = end_of_a_run(tmp_path, [("browser", "  1 flaky\n    [chromium] > a\n  52 passed (7.7m)", 0)])
    assert code == 0
    assert end[0] == "ok     browser (53 passed, 0 failed, 1 retried)"
    assert end[-1].startswith("53 passed, 0 failed, 1 retried in ")
    code, end = end_of_a_run(tmp_path, [("browser", "  2 flaky\n    [chromium] > a\n  52 passed (7.7m)", 0)])
    assert code == 1
    assert "2 of 54 tests passed only when they were tried again: at most 2 % may." in end
