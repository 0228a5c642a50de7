"""Setting up is quiet: one line for each step, and what a program said only where it failed."""

import os
import subprocess
import sys
from pathlib import Path

from tests.processes import SCRIPTS

CLOCK = """
import itertools, sys, types, setup
setup.time = types.SimpleNamespace(monotonic=itertools.count(0, 31).__next__)
"""
"""Half a minute passes whenever the clock is read."""


def python(script: str) -> "subprocess.CompletedProcess[str]":
    """Runs lines of Python beside the scripts."""
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=SCRIPTS, capture_output=True, text=True, check=False, timeout=60)


def test_a_step_is_one_line_and_its_program_is_not_heard() -> None:
    done = python("import setup; setup.run(['sh', '-c', 'echo noise; echo warning >&2'], 'doing a thing')")
    assert (done.stdout, done.stderr) == ("  doing a thing ... done\n", "")


def test_a_step_that_takes_longer_than_a_second_says_how_long() -> None:
    done = python(f"{CLOCK}setup.run(['true'], 'doing a long thing')")
    assert done.stdout == "  doing a long thing ... done in 31 s\n"


def test_a_step_that_fails_shows_what_its_program_said_and_then_the_remedy() -> None:
    guarded = "import sys, setup; sys.exit(setup.guarded(lambda: setup.run({}, 'doing a thing'{})))"
    failing = ["sh", "-c", "echo the reason >&2; exit 7"]
    done = python(guarded.format(failing, ""))
    assert (done.returncode, done.stdout) == (1, "  doing a thing ... failed\n")
    assert done.stderr == "the reason\nSetting up stopped at 'doing a thing' (exit code 7): the lines above say why.\n"
    assert python(guarded.format(failing, ", 'Do that.'")).stderr == "the reason\nDo that.\n"


def test_a_terminal_is_told_the_seconds_while_a_step_runs(tmp_path: Path) -> None:
    pipe = tmp_path / "work"
    os.mkfifo(pipe)
    ours, theirs = os.openpty()
    script = f"{CLOCK}setup.TICK_S = 0.01; setup.run(['cat', {str(pipe)!r}], 'waiting')"
    with subprocess.Popen([sys.executable, "-c", script], cwd=SCRIPTS, stdout=theirs) as process:
        os.close(theirs)
        said = ""
        while "... 62 s" not in said:
            said += os.read(ours, 1000).decode()
        pipe.write_text("done")
        process.wait(timeout=60)
    said += os.read(ours, 10_000).decode()
    assert "\r  waiting ... 31 s" in said
    assert "done in " in said.splitlines()[-1]
    os.close(ours)


def test_packages_that_a_machine_cannot_have_are_named_and_other_failures_stop() -> None:
    pretend = "import sys, setup; setup.run = lambda command, title: print(title, command[-1][-12:]); "
    uv = "['sh', '-c', 'echo {} has no wheels; exit 1']"
    without = python(f"{pretend}setup._install({uv.format('onnxruntime')}, ['requirements.lock'])")
    assert "The local speech engine has no packages for this machine" in without.stdout
    assert without.stdout.endswith("installing Python packages without the engine le-only.lock\n")
    other = python(f"{pretend}setup.guarded(lambda: setup._install({uv.format('numpy')}, ['requirements.lock']))")
    assert other.stderr == (
        "numpy has no wheels\nThe Python packages could not be installed: check the network connection and try again.\n"
    )


def test_make_help_lists_every_command_in_groups() -> None:
    command = ["make", "--no-print-directory", "help"]
    done = subprocess.run(command, cwd=SCRIPTS.parent, capture_output=True, text=True, check=True, timeout=60)
    head, *groups = done.stdout.split("\n\n")
    assert head == "  help              show this list"
    assert [group.splitlines()[0] for group in groups[:2]] == ["Talk", "Operate"]
    shown = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    phony = next(line for line in (SCRIPTS.parent / "Makefile").read_text().splitlines() if line.startswith(".PHONY: "))
    assert shown == phony.split()[1:]
    assert max(map(len, done.stdout.splitlines())) <= 120
