"""Runs the steps of a check one after the other, or some beside others, and says at the end what failed.

A long run is read from its end, often only its last lines: what failed is named there once more, with its reason.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor

from setup import say

COUNT = re.compile(r"(\d+) (passed|failed|errors?|flaky|rerun)\b")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
# How the runners name a failure. pytest: "FAILED tests/a.py::test_b - reason"; Vitest: " FAIL  src/a.test.ts > b";
# Playwright: "  1) [chromium] > e2e/a.spec.ts:3:1 > b".
NAMED = re.compile(r"(FAILED|ERROR) \S+\.py|\s*FAIL\s+\S|\s+\d+\) \[")
# So much of each failure is said again, and at most so much in all.
SAID_LINES, SAID_IN_ALL, WIDTH = 4, 24, 300
LAST_LINES = 8
# Of a step's tests, and one in any case.
MOST_RETRIED = 0.02


class Failures:
    """What a step's lines say of its failures, each with the lines right under it; without such, its last lines."""

    def __init__(self):
        self._named, self._last, self._room = [], deque(maxlen=LAST_LINES), 0

    def hear(self, line):
        line = line.rstrip()[:WIDTH]
        if not line:
            return
        self._last.append(line)
        if NAMED.match(line):
            # Vitest names them twice: in its list and above the reason.
            self._room = 0 if line in self._named else SAID_LINES
        if self._room:
            self._room -= 1
            self._named.append(line)

    def add(self, line):
        self._named.append(line)

    def lines(self):
        return (self._named or list(self._last))[:SAID_IN_ALL]


def begin(command, folder):
    # Unbuffered, so that progress is seen when it happens.
    return subprocess.Popen(command, cwd=str(folder), env=dict(os.environ, PYTHONUNBUFFERED="1"),
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")


def run_step(title, command, folder):
    """Runs one step, its output shown. Returns how many tests passed, failed and were retried, and what failed; without
    tests it is one."""
    say("\n== %s" % title)
    began = time.monotonic()
    with begin(command, folder) as process:
        return tell(title, process.stdout, process.wait, began)


def too_often(retried, tests):
    """A second try helps a machine that was busy for a moment. A suite that needs many of them is broken."""
    return retried > max(1, MOST_RETRIED * tests)


def tell(title, lines, outcome, began):
    """Shows a step's lines as they come. `outcome`: waits for its exit code. Returns how many passed, failed and were
    retried, and what failed."""
    passed, failed, retried, failures = 0, 0, 0, Failures()
    for line in lines:
        print(line, end="", flush=True)
        plain = ANSI.sub("", line)
        failures.hear(plain)
        # pytest: "88 passed in 2 s"; vitest: "Tests  88 passed (88)"; Playwright: "  8 passed (1.1m)", "  1 flaky".
        if re.match(r"(\s*Tests\s|=*\s*\d+ (passed|failed|error|flaky))", plain):
            counts = {word.rstrip("s"): int(number) for number, word in COUNT.findall(plain)}
            passed = counts.get("passed", passed)
            failed = max(failed, counts.get("failed", 0) + counts.get("error", 0))
            retried = max(retried, counts.get("flaky", 0) + counts.get("rerun", 0))
    code = outcome()
    passed += retried
    if code and not failed:
        failed = 1
    if not code and not passed:
        passed = 1
    if too_often(retried, passed):
        failed += 1
        failures.add("%d of %d tests passed only when they were tried again: at most %d %% may."
                     % (retried, passed, 100 * MOST_RETRIED))
    say("== %s: %s in %.0f s" % (title, "failed" if failed else "ok", time.monotonic() - began))
    return passed, failed, retried, failures.lines() if failed else []


class Lane:
    """Steps one after the other, beside others; each is shown when it is asked for."""

    def __init__(self, steps):
        self._process, self._stopped = None, False
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._steps = [(title, self._pool.submit(self._work, *step)) for title, step in steps]

    def _work(self, command, folder):
        began = time.monotonic()
        if self._stopped:
            return [], 1, 0.0
        with begin(command, folder) as self._process:
            lines = list(self._process.stdout)
        return lines, self._process.returncode, time.monotonic() - began

    def results(self):
        found = []
        for title, step in self._steps:
            lines, code, took_s = step.result()
            say("\n== %s" % title)
            found.append((title, tell(title, lines, lambda code=code: code, time.monotonic() - took_s)))
        return found

    def stop(self):
        self._stopped = True
        if self._process and self._process.poll() is None:
            self._process.kill()
        self._pool.shutdown()


def run_steps(steps, beside=(), then=(), said=()):
    """`beside`: steps that run meanwhile, on another core. `then`: what wants the machine for itself. `said`: lines to
    say above the result."""
    began = time.monotonic()
    lane = Lane(beside)
    try:
        results = [(title, run_step(title, *step)) for title, step in steps]
        results += lane.results()
        results += [(title, run_step(title, *step)) for title, step in then]
    finally:
        lane.stop()
    say("")
    for line in said:
        say(line)
    for title, (passed, failed, retried, _) in results:
        again = ", %d retried" % retried if retried else ""
        say("%-6s %s (%d passed, %d failed%s)" % ("FAILED" if failed else "ok", title, passed, failed, again))
    for title, (_, failed, _, what) in results:
        for line in ["What failed in: " + title] + what if failed else ():
            say(line)
    passed, failed, retried = (sum(result[at] for _, result in results) for at in range(3))
    say("%d passed, %d failed, %d retried in %.0f s" % (passed, failed, retried, time.monotonic() - began))
    return 1 if failed else 0
