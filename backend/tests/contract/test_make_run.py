"""`make run` and `make serve`: real processes on free ports."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.contract.processes import SCRIPTS, Running, free_port, no_credentials, running, survivors


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    ports = {"S2S_PORT": str(free_port()), "S2S_CLIENT_PORT": str(free_port())}
    return no_credentials(S2S_LOG_DIR=str(tmp_path), S2S_RUN_DIR=str(tmp_path)) | ports | more


def get(address: str, accept: str = "application/json") -> tuple[str, bytes]:
    """Follows redirects; answers the final address and the body."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.url, answer.read()


def get_json(address: str) -> Any:
    return json.loads(get(address)[1])


def start(env: dict[str, str], script: str = "run.py") -> Any:
    return running([sys.executable, str(SCRIPTS / script)], SCRIPTS.parent, env)


def ready(run: Running) -> list[psutil.Process]:
    """Waits for the line to open; answers every process below."""
    run.line_with("open http://")
    return run.descendants()


def test_it_starts_both_halves_says_where_and_ctrl_c_leaves_no_child(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with start(env) as run:
        line = run.line_with("open http://")
        assert line == (
            f"open http://localhost:{env['S2S_CLIENT_PORT']} · talking to: local engine (no credentials found)"
        )
        assert get_json(f"http://127.0.0.1:{env['S2S_PORT']}/")["upstream"]["backend"] == "emulator"
        assert b"<div id=" in get(f"http://127.0.0.1:{env['S2S_CLIENT_PORT']}/", "text/html")[1]
        family = run.descendants()
        commands = " ".join(" ".join(process.cmdline()) for process in family)
        assert all(program in commands for program in ("uvicorn", "vite", "gemini_emulator"))
        run.process.send_signal(signal.SIGINT)
        assert run.rest().endswith("Stopping.")
        assert run.process.returncode == 0
        assert survivors(family) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL, signal.SIGHUP])
def test_it_leaves_no_child_however_it_is_ended(how: signal.Signals, tmp_path: Path) -> None:
    with start(environment(tmp_path)) as run:
        family = ready(run)
        run.process.send_signal(how)
        run.process.wait(timeout=30)
        assert survivors(family) == []


def test_a_killed_make_takes_everything_along(tmp_path: Path) -> None:
    with running(["make", "run", f"PY={sys.executable}"], SCRIPTS.parent, environment(tmp_path)) as run:
        family = ready(run)
        run.process.kill()
        run.process.wait(timeout=30)
        assert survivors(family) == []


@pytest.mark.parametrize(("name", "who"), [("S2S_PORT", "gateway"), ("S2S_CLIENT_PORT", "client")])
def test_a_taken_port_is_one_sentence_with_the_remedy(name: str, who: str, tmp_path: Path) -> None:
    env = environment(tmp_path)
    with socket.create_server(("127.0.0.1", int(env[name]))), start(env) as run:
        said = run.rest()
    number = int(env[name])
    assert run.process.returncode == 1
    assert said == (
        f"Port {number}, which the {who} needs, is taken by another program: stop that program, "
        f"or choose another port with {name}={number + 1} make run."
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"PATH": ""}, "Node.js and npm are needed for the browser client: install Node.js 20.19 or newer"),
        ({"S2S_PORT": "many"}, "S2S_PORT=many is no port number: use a number from 1 to 65535."),
    ],
)
def test_what_is_missing_is_one_sentence(changed: dict[str, str], sentence: str, tmp_path: Path) -> None:
    with start(environment(tmp_path) | changed) as run:
        said = run.rest()
    assert run.process.returncode == 1
    assert said.startswith(sentence)
    assert len(said.splitlines()) == 1


def test_an_old_node_is_one_sentence(tmp_path: Path) -> None:
    for name, text in (("node", "echo v18.19.0"), ("npm", "true")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    with start(environment(tmp_path, PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")) as run:
        said = run.rest()
    assert run.process.returncode == 1
    assert said.startswith("This is Node.js v18.19.0, which is too old: install Node.js 20.19 or newer")


def test_an_old_python_is_one_sentence() -> None:
    pretend = "import sys; sys.version_info = (3, 9, 2, 'final', 0); import setup; sys.exit(setup.guarded(lambda: 0))"
    done = subprocess.run(
        [sys.executable, "-c", pretend], cwd=SCRIPTS, env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == (
        "This is Python 3.9, but S2S needs Python 3.11 or newer: install it from python.org or your package manager "
        "and run the command again.\n"
    )


def test_a_gateway_that_dies_shows_its_last_lines_and_takes_the_client_along(tmp_path: Path) -> None:
    with start(environment(tmp_path, S2S_SILENCE_DURATION_MS="banana")) as run:
        said = run.rest()
    assert run.process.returncode == 1
    assert "The gateway stopped" in said
    assert "S2S_SILENCE_DURATION_MS" in said


def test_setting_up_again_does_nothing() -> None:
    command = [sys.executable, str(SCRIPTS / "setup.py")]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    again = subprocess.run(command, check=True, timeout=30, capture_output=True, text=True)
    assert again.stdout == "Everything is set up.\n"


def test_the_guard_ends_grandchildren_that_ignore_polite_requests(tmp_path: Path) -> None:
    stubborn = "trap '' TERM; sh -c 'trap \"\" TERM; sleep 600' & echo started; sleep 600"
    guard = [sys.executable, str(SCRIPTS / "guard.py"), "sh", "-c", stubborn]
    with subprocess.Popen(guard, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        family = psutil.Process(process.pid).children(recursive=True)
        assert len(family) >= 2
        process.stdin.close()
        process.wait(timeout=30)
        assert survivors(family) == []


def test_make_serve_is_one_process_that_leads_a_browser_to_the_client(tmp_path: Path) -> None:
    env = environment(tmp_path)
    with start(env, "serve.py") as run:
        line = run.line_with("open http://")
        assert line.startswith(f"open http://localhost:{env['S2S_PORT']} · talking to: local engine")
        base = f"http://127.0.0.1:{env['S2S_PORT']}/"
        address, page = get(base, "text/html,application/xhtml+xml")
        assert address == f"{base}app/"
        assert b"<div id=" in page
        assert get_json(base)["links"]["client"] == "/app/"
        family = run.descendants()
        run.process.send_signal(signal.SIGINT)
        run.rest()
        assert survivors(family) == []
