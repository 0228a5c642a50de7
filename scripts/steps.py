"""Runs the steps of a check one after the other, or some at once, and says at the end what failed.

A long run is read from its end, often only its last lines: what failed is named there once more, with its reason.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue

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


class Step:
    """A command that runs; its lines are read as they come."""

    def __init__(self, title, command, folder):
        self.title, self._command, self._folder = title, command, folder
        self._lines, self._process, self._stopped = SimpleQueue(), None, False
        self.code, self.took_s = 1, 0.0

    def run(self):
        began = time.monotonic()
        try:
            if not self._stopped:
                # Unbuffered, so that progress is seen when it happens.
                with subprocess.Popen(self._command, cwd=str(self._folder), env=dict(os.environ, PYTHONUNBUFFERED="1"),
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      errors="replace") as self._process:
                    for line in self._process.stdout:
                        self._lines.put(line)
                self.code = self._process.returncode
        except OSError as fault:
            self._lines.put("%s\n" % fault)
        finally:
            self.took_s = time.monotonic() - began
            self._lines.put(None)

    def lines(self):
        """Ends with the step: then `code` and `took_s` are known."""
        return iter(self._lines.get, None)

    def stop(self):
        self._stopped = True
        if self._process and self._process.poll() is None:
            self._process.kill()


def run_step(title, command, folder):
    """Runs one step, its output shown. Returns how many tests passed, failed and were retried, and what failed; without
    tests it is one."""
    return run_group([(title, (command, folder))], 1)[0][1]


def too_often(retried, tests):
    """A second try helps a machine that was busy for a moment. A suite that needs many of them is broken."""
    return retried > max(1, MOST_RETRIED * tests)


def tell(step):
    """Shows a step's lines as they come. Returns how many passed, failed and were retried, and what failed."""
    say("\n== %s" % step.title)
    passed, failed, retried, failures = 0, 0, 0, Failures()
    for line in step.lines():
        print(line, end="", flush=True)
        plain = ANSI.sub("", line)
        failures.hear(plain)
        # pytest: "88 passed in 2 s"; vitest: "Tests  88 passed (88)"; Playwright: "  8 passed (1.1m)", "  1 flaky".
        if re.match(r"(\s*Tests\s|=*\s*\d+ (passed|failed|error|flaky))", plain):
            counts = {word.rstrip("s"): int(number) for number, word in COUNT.findall(plain)}
            passed = counts.get("passed", passed)
            failed = max(failed, counts.get("failed", 0) + counts.get("error", 0))
            retried = max(retried, counts.get("flaky", 0) + counts.get("rerun", 0))
    passed += retried
    if step.code and not failed:
        failed = 1
    if not step.code and not passed:
        passed = 1
    if too_often(retried, passed):
        failed += 1
        failures.add("%d of %d tests passed only when they were tried again: at most %d %% may."
                     % (retried, passed, 100 * MOST_RETRIED))
    say("== %s: %s in %.0f s" % (step.title, "failed" if failed else "ok", step.took_s))
    return passed, failed, retried, failures.lines() if failed else []


def run_group(steps, at_once):
    """Runs steps, so many at once, and shows them in their order, also where a later one ends first."""
    began = [Step(title, command, folder) for title, (command, folder) in steps]
    pool = ThreadPoolExecutor(max_workers=at_once)
    try:
        for step in began:
            pool.submit(step.run)
        return [(step.title, tell(step)) for step in began]
    finally:
        for step in began:
            step.stop()
        pool.shutdown()


def run_steps(*groups, at_once=1, said=()):
    """Runs groups of steps one after the other. `at_once`: so many steps of a group run at the same time. `said`: lines
    to say above the result."""
    began = time.monotonic()
    results = [result for group in groups for result in run_group(group, at_once)]
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
