"""What make calls to check, test and measure: sets up what is missing, then runs the steps.

Every step runs even when an earlier one failed; the last line counts what passed and what failed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from needs import declare, need_suite
from setup import (
    BACKEND,
    CLIENT,
    PYTHON,
    ROOT,
    VENV,
    Stop,
    apt_can_install,
    guarded,
    need_node,
    run,
    set_up_backend,
    set_up_client,
    uv_command,
)
from steps import run_step, run_steps

WHISPER_VENV = BACKEND / ".venv-whisper"
STORIES = "tests/core/test_stories.py"
# Steps at once, on two cores: much of what they do is waiting.
LANES = 2
# What `make unit` tests of the gateway.
UNITS = ["tests/core", "tests/wire", "tests/limits", "tests/test_architecture.py"]


def backend(*arguments):
    return [str(PYTHON), "-m"] + list(arguments), BACKEND


def client(*arguments):
    return [str(shutil.which("npm")), "run", "--silent"] + list(arguments), CLIENT


def checks():
    return [
        ("types: gateway", backend("mypy")),
        ("lint: client", client("lint")),
        ("types: client", client("typecheck")),
        ("lint: gateway", backend("ruff", "check", ".", "../scripts")),
        ("words: phrases, method names", ([str(PYTHON), "scripts/check_words.py"], ROOT)),
        ("generated files are up to date", backend("s2s.codegen", "--check")),
    ]


def unit_tests():
    """What starts no other program: cores, wire, limits, and the modules of the client."""
    python, folder = backend("pytest", "--quiet", *UNITS)
    return [
        ("tests: core, wire, limits", (["env", "S2S_STORIES=1000"] + python, folder)),
        ("tests: modules of the client", client("test", "src")),
    ]


def build():
    return [
        # As make serve builds it, which then has nothing left to build.
        ("build: client", (["env", "REACT_APP_API_URL="] + client("build")[0], CLIENT)),
        ("size of the built client", client("size")),
    ]


def in_browsers():
    return [
        ("tests in a real browser", client("e2e")),
        ("sound and drawing in a real browser", client("test:browser")),
    ]


def all_tests():
    """Two groups. The first builds the client: `make serve` would build one that is missing, while other tests look at
    it. Of the second the longest come first, so that both cores have work to the end."""
    built, size = build()
    return [
        [built],
        in_browsers() + [
            # Much of it waits for real programs: a file for each of two workers at a time.
            ("tests: gateway, functions, emulator",
             backend("pytest", "-n", "2", "--dist", "loadfile", "--ignore=tests/judges", "--ignore=tests/workers",
                     "--ignore=tests/deploy", "--ignore=tests/supply", "--ignore=tests/network",
                     "--ignore=tests/identity_provider", "--ignore=tests/attacks", "--ignore=" + STORIES)),
            ("judges: other people's clients talk to the emulator", backend("pytest", "tests/judges")),
            ("a hundred thousand random stories", backend("pytest", "--quiet", STORIES)),
            ("tests: client", client("test")),
        ] + checks() + [
            ("the voice path costs no more than its baseline", backend("bench", "check", "--short")),
            size,
        ],
    ]


def workers():
    return [("several gateway processes behind one address", backend("pytest", "tests/workers"))]


def identity_provider():
    """A login service of npm, which the product does not need."""
    return [
        ("install: a login service", ([str(shutil.which("npm")), "ci", "--silent"],
                                      BACKEND / "tests" / "identity_provider")),
        ("logins at a real login service", backend("pytest", "tests/identity_provider")),
    ]


def network(*which):
    return [
        ("build: client", client("build")),
        ("a real browser on bad networks", backend("bench.netlab.browser_stories", *which)),
    ]


def proxies():
    """The first is without a network outside, the second asks package registries."""
    return [
        ("samples of deploy/: proxies with TLS, the unit", backend("pytest", "tests/deploy")),
        ("make sbom and make licences", backend("pytest", "tests/supply")),
    ]


def attacks():
    """Each file of attacks starts a gateway; a caller beside them must not notice."""
    return [("attacks, with a bystander", backend("pytest", "tests/attacks"))]


def addresses(*files):
    """Stories of NAT, overlay networks and strangers, without a browser."""
    paths = ["tests/network/%s" % name for name in files] or ["tests/network"]
    return [("calls through routers, and strangers' offers", backend("pytest", *paths))]


def deploy():
    """What needs root or servers. What each suite needs stands under "test-deploy" in needs.py."""
    return (attacks() + proxies() + workers() + identity_provider() + addresses(SHORT_ADDRESSES)
            + network("--grep", SHORT))


# Stories of bad networks that `make test-deploy` tells; the others are named as not run.
SHORT = "@short"
SHORT_ADDRESSES = "test_open_internet.py"
# What neither `make test` nor `make test-deploy` runs: the command, and why.
LONG = (
    ("make network", "every story of bad networks, overlays and desks with Docker takes minutes"),
    ("make firefox", "needs Firefox, a sound card and a screen, and takes minutes"),
    ("make webkit", "needs WebKitGTK, a sound card and a screen, and takes minutes"),
    ("make devices", "needs a sound card and a screen, and takes minutes"),
    ("make fresh", "makes bare machines and runs make test in each of them"),
    ("make fuzz", "looks for a minute at each parser"),
    ("make reliability", "plays every fault in every moment of a call"),
    ("make mutants", "tries 200 faults in the core, one after the other"),
    ("make speech-report", "measures, and needs a second recognizer"),
    ("make performance", "measures, and needs a quiet machine for an hour and a half"),
)


def not_run():
    """A line for each story of a suite that the short form leaves out, and for each long form."""
    command = [str(shutil.which("npx")), "playwright", "test", "-c", "e2e/lab", "--grep-invert", SHORT, "--list"]
    listed = subprocess.run(command, cwd=str(CLIENT), stdout=subprocess.PIPE, text=True).stdout
    stories = [line.split(" \u203a ")[-1].strip() for line in listed.splitlines() if " \u203a " in line]
    return ["not run: %s (only in make network)" % story for story in stories] + [
        "not run: %s (%s)" % line for line in LONG]


STEPS = {
    "check": checks,
    "unit": unit_tests,
    "e2e": lambda: build() + in_browsers(),
    "network": lambda: addresses() + network(*sys.argv[2:]),
    "workers": workers,
    "attacks": attacks,
    "test-deploy": deploy,
    "tour": lambda: [("a conversation is filmed", client("tour"))],
    "firefox": lambda: [("a conversation in Firefox", client("firefox"))],
    "devices": lambda: [("devices that come and go, and a headset's button", client("devices"))],
    "frames": lambda: [("what a picture of the page costs", client("frames"))],
    "heap": lambda: [("whether the page's memory grows", client("heap"))],
    "webkit": lambda: [("a conversation in WebKitGTK, the engine of Safari", client("webkit"))],
}
# Their steps do not disturb each other.
BESIDE = {"check", "unit"}
# Hosts of their own can only be made by root, and only Linux has them.
AS_ROOT = {"network": "sudo make network", "test-deploy": "sudo make test-deploy; make test needs no root"}


def need_root(wish):
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        raise Stop("These stories make hosts in network namespaces, which needs Linux and root: %s." % AS_ROOT[wish])
    if wish == "test-deploy" and not apt_can_install():
        raise Stop("make test-deploy installs the servers that it needs with apt-get: run it on Debian.")


def set_up_whisper():
    """A separate environment for the second recognizer: 250 MB that no other command needs. Returns its Python."""
    uv = uv_command()
    python = WHISPER_VENV / PYTHON.relative_to(VENV)
    if not python.exists():
        run(uv + ["venv", "--quiet", "--python", sys.executable, str(WHISPER_VENV)], "creating " + WHISPER_VENV.name)
    install = uv + ["pip", "install", "--quiet", "--python", str(python)]
    run(install + ["--require-hashes", "-r", str(BACKEND / "requirements-whisper.lock"),
                   "-r", str(BACKEND / "requirements-dev.lock")], "installing the second ear")
    run(install + ["--no-deps", "--editable", str(BACKEND)], "installing the emulator")
    return str(python)


def speech_report():
    """Tests the second ear, then measures both; what is added on the command line goes to the report."""
    need_suite("speech-report")
    python = set_up_whisper()
    summary = str(BACKEND.parent / "docs" / "speech.md")
    report = [python, "-m", "bench", "speech", "--markdown", summary] + sys.argv[2:]
    story = [python, "-m", "pytest", "-q", "tests/emulator/whisper_extra.py"]
    tested = subprocess.run(story, cwd=str(BACKEND)).returncode
    return subprocess.run(report, cwd=str(BACKEND)).returncode or tested


def measure_all(more):
    """Every bench, one after the other; what is added on the command line goes to `python -m bench all`."""
    need_node()
    set_up_client()
    need_suite("bench")
    run_step("build: client", *client("build"))
    words = [str(PYTHON), "-m", "bench", "all"] + more + sys.argv[2:]
    return subprocess.run(words, cwd=str(BACKEND)).returncode


def main():
    wish = sys.argv[1] if len(sys.argv) > 1 else "test"
    if wish == "speech-report":
        return speech_report()
    if wish in AS_ROOT:
        need_root(wish)
    set_up_backend(dev=True)
    if wish in ("bench", "performance"):
        return measure_all(["--short"] if wish == "bench" else [])
    need_node()
    set_up_client()
    declare(wish)
    if wish == "test":
        return run_steps(*all_tests(), at_once=LANES)
    return run_steps(STEPS[wish](), at_once=2 if wish in BESIDE else 1, said=not_run() if wish == "test-deploy" else ())


if __name__ == "__main__":
    sys.exit(guarded(main))
