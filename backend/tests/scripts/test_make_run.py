"""`make run` and `make serve`: real processes on free ports."""

import asyncio
import json
import os
import signal
import socket
import socketserver
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.calls.serving import kept_alive, until
from tests.key_ring import KeyRing, hello
from tests.processes import SCRIPTS, Running, free_port, no_credentials, running, survivors


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    ports = {"S2S_PORT": str(free_port()), "S2S_CLIENT_PORT": str(free_port())}
    return no_credentials(S2S_LOG_DIR=str(tmp_path), S2S_RUN_DIR=str(tmp_path)) | ports | more


def get(address: str, accept: str = "application/json") -> tuple[str, bytes]:
    """Follows redirects; answers the final address and the body."""
    request = urllib.request.Request(address, headers={"Accept": accept})
    with urllib.request.urlopen(request, timeout=60) as answer:
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
            f"open http://localhost:{env['S2S_CLIENT_PORT']} · talking to: "
            "local engine (the named credentials cannot be used)"
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


def test_a_wrong_port_is_one_sentence(tmp_path: Path) -> None:
    with start(environment(tmp_path, S2S_PORT="many")) as run:
        said = run.rest()
    assert run.process.returncode == 1
    assert said == "S2S_PORT=many is no port number: use a number from 1 to 65535."


def test_one_port_for_both_halves_is_one_sentence(tmp_path: Path) -> None:
    number = str(free_port())
    with start(environment(tmp_path, S2S_PORT=number, S2S_CLIENT_PORT=number)) as run:
        said = run.rest()
    assert run.process.returncode == 1
    assert said == f"S2S_PORT and S2S_CLIENT_PORT are both {number}: gateway and client need a port each."


def old_node(folder: Path) -> str:
    """A folder for PATH with a Node.js and an npm of another age, before the rest of PATH."""
    for name, text in (("node", "echo v18.19.0"), ("npm", "exit 9")):
        program = folder / name
        program.write_text(f"#!/bin/sh\n{text}\n")
        program.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def set_up(script: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Runs lines of Python beside the scripts."""
    command = [sys.executable, "-c", f"import os, sys, setup\n{script}"]
    env = os.environ | environ
    return subprocess.run(command, cwd=SCRIPTS, env=env, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("age", ["old", "none"])
def test_where_no_node_is_new_enough_the_registry_brings_one_and_it_starts(age: str, tmp_path: Path) -> None:
    path = old_node(tmp_path) if age == "old" else without_node(tmp_path)
    with start(environment(tmp_path, PATH=path)) as run:
        family = ready(run)
        [node] = [
            words[0] for one in family if (words := one.cmdline()) and any("vite.js" in word for word in words[1:2])
        ]
        assert "node" in node
        assert str(tmp_path) not in node


def without_node(folder: Path) -> str:
    """PATH as it is, but for Node.js."""
    for place in os.environ["PATH"].split(os.pathsep):
        for program in Path(place).iterdir() if Path(place).is_dir() else ():
            if program.name not in {"node", "npm", "npx"} and not (folder / program.name).is_symlink():
                (folder / program.name).symlink_to(program)
    return str(folder)


def test_where_the_registry_brings_no_node_either_it_is_one_sentence(tmp_path: Path) -> None:
    refused = "setup.uv_command = lambda: ['false']; setup.NODE = setup.Path('/no/such'); "
    done = set_up(f"{refused}sys.exit(setup.guarded(setup.need_node))", PATH=old_node(tmp_path))
    assert done.returncode == 1
    # The line of progress was still open.
    assert done.stderr.lstrip("\n") == (
        "Node.js 20.19 or newer with npm is missing, and the package registry did not bring it: install it from "
        "nodejs.org or your package manager, or check the network connection, and try again.\n"
    )


def test_npm_start_on_an_old_node_is_one_sentence_that_names_make_run() -> None:
    client = SCRIPTS.parent / "frontend/s2s-client"
    scripts = json.loads((client / "package.json").read_text())["scripts"]
    assert scripts["start"].startswith("node scripts/needNode.cjs && ")
    pretend = "Object.defineProperty(process.versions, 'node', {value: '18.19.0'}); require('./scripts/needNode.cjs')"
    done = subprocess.run(["node", "-e", pretend], cwd=client, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    [sentence] = done.stderr.splitlines()
    assert sentence.startswith("This is Node.js 18.19.0, but the client needs 20.19 or newer: use `make run`")


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


def test_settings_that_are_probably_not_meant_are_told_before_the_line_to_open(tmp_path: Path) -> None:
    with start(environment(tmp_path, S2S_VOICE="Alexa", S2S_MAX_SESSION="5")) as run:
        run.line_with("open http://")
        told = [line for line in run.said if line.startswith("! ")]
    assert any(line.startswith("! S2S_VOICE=Alexa: no such voice is known") for line in told)
    assert "! S2S_MAX_SESSION is no setting of S2S: did you mean S2S_MAX_SESSIONS?" in told


def test_several_wrong_settings_are_told_at_once_without_a_traceback(tmp_path: Path) -> None:
    with start(environment(tmp_path, S2S_RECORDER="maybe", S2S_LOG_LEVEL="loud")) as run:
        said = run.rest()
    assert run.process.returncode == 1
    assert "S2S cannot start: 2 settings are wrong." in said
    assert "S2S_RECORDER=maybe: it must be on or off." in said
    assert "S2S_LOG_LEVEL=loud: it must be debug, info, warning or error." in said
    assert "Traceback" not in said


def test_setting_up_again_does_nothing() -> None:
    command = [sys.executable, str(SCRIPTS / "setup.py")]
    subprocess.run(command, check=True, timeout=300, capture_output=True)
    again = subprocess.run(command, check=True, timeout=30, capture_output=True, text=True)
    assert again.stdout == "Everything is set up.\n"


def test_setting_up_keeps_the_bytecode_of_a_start_where_python_would_write_none(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": str(tmp_path)}
    subprocess.run(
        [sys.executable, "-c", "import setup; setup.prepare_start()"], cwd=SCRIPTS, env=env, check=True, timeout=120
    )
    kept = {f"{path.parent.name}/{path.name.split('.')[0]}" for path in tmp_path.rglob("*.pyc")}
    assert {"backend/main", "fastapi/applications", "aiortc/rtcpeerconnection", "uvicorn/server"} <= kept
    assert {"server/connection", "speech/speech_engine"} <= kept


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


PATIENT = """
import os, signal, subprocess, sys
helper = subprocess.Popen(["sleep", "600"])
def asked(number, frame):
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    print("asked", helper.poll(), flush=True)
signal.signal(signal.SIGTERM, asked)
print("started", flush=True)
for line in open(sys.argv[1]):
    print("finished", helper.poll(), flush=True)
    sys.exit(3)
"""


@contextmanager
def guarded_patient(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", list[psutil.Process], Path]]:
    """A guarded program that, asked to end, waits for a line in the pipe at that path; asked twice it does not."""
    pipe = tmp_path / "work"
    os.mkfifo(pipe)
    guard = [sys.executable, str(SCRIPTS / "guard.py"), sys.executable, "-c", PATIENT, str(pipe)]
    with subprocess.Popen(guard, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process, psutil.Process(process.pid).children(recursive=True), pipe


def told(process: "subprocess.Popen[str]", *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(f"{line}\n" for line in lines))


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_a_guarded_program_asked_to_stop_may_finish_with_its_helpers(tmp_path: Path) -> None:
    with guarded_patient(tmp_path) as (process, family, pipe):
        told(process, "grace 600", "stop")
        assert said(process) == "asked None\n"
        pipe.write_text("done\n")
        assert said(process) == "finished None\n"
        assert process.wait(timeout=30) == 3
        assert survivors(family) == []


@pytest.mark.parametrize(("grace_s", "then"), [(600, ["now"]), (0.2, [])])
def test_a_guarded_program_is_ended_when_its_time_is_over_or_nobody_wants_to_wait(
    grace_s: float, then: list[str], tmp_path: Path
) -> None:
    with guarded_patient(tmp_path) as (process, family, _):
        told(process, f"grace {grace_s}", "stop")
        assert said(process) == "asked None\n"
        told(process, *then)
        process.wait(timeout=60)
        assert survivors(family) == []


def test_a_guarded_program_does_not_outlive_a_starter_that_dies_while_it_waits(tmp_path: Path) -> None:
    with guarded_patient(tmp_path) as (process, family, _):
        told(process, "grace 600", "stop")
        assert said(process) == "asked None\n"
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=60)
        assert survivors(family) == []


HTML = b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<h1>no</h1>\r\n"


@contextmanager
def bad_proxy() -> Iterator[tuple[str, list[bytes]]]:
    """A proxy that answers everything with a page of its own. Its address, and what it was asked."""
    asked: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            asked.append(self.request.recv(4096))
            self.request.sendall(HTML)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "scheme"),
    [("http_proxy", "http://"), ("HTTPS_PROXY", ""), ("ALL_PROXY", "socks5://"), ("all_proxy", "http://")],
)
def test_behind_a_proxy_that_knows_no_loopback_it_starts_talks_and_stops(
    name: str, scheme: str, tmp_path: Path
) -> None:
    with bad_proxy() as (address, asked):
        env = environment(tmp_path, **{name: scheme + address})
        with start({one: value for one, value in env.items() if one.lower() != "no_proxy"}) as run:
            assert "talking to: local engine" in run.line_with("open http://")
            health = f"http://127.0.0.1:{env['S2S_PORT']}/health"
            assert get_json(health)["upstream"]["backend"] == "emulator"
            run.process.send_signal(signal.SIGINT)
            assert run.rest().endswith("Stopping.")
        assert asked == []


def test_a_child_reaches_its_neighbours_without_a_proxy_and_keeps_older_exceptions() -> None:
    def told(**environ: str) -> Any:
        environ = {"PATH": os.environ["PATH"], **environ}
        script = f"import run, json; print(json.dumps(run.loopback_is_direct({environ!r})))"
        return json.loads(set_up(script).stdout)

    ours = "127.0.0.1,localhost,::1"
    assert told() == told(NO_PROXY="example.org") == told(http_proxy="") == {}
    assert told(http_proxy="http://a:1") == {"no_proxy": ours, "NO_PROXY": ours}
    assert told(ALL_PROXY="socks5://a:1", NO_PROXY=".corp")["no_proxy"] == f".corp,{ours}"
    assert told(HTTPS_PROXY="a:1", no_proxy="*") == {"no_proxy": "*", "NO_PROXY": "*"}


async def test_ctrl_c_lets_a_call_finish_and_says_so_and_a_second_one_stops_at_once(tmp_path: Path) -> None:
    async with running_emulator(reply_s=600.0) as emulator:
        env = environment(tmp_path, S2S_UPSTREAM="emulator", S2S_EMULATOR_URL=emulator.base_url, S2S_SHUTDOWN_S="600")
        with start(env, "serve.py") as run:
            await asyncio.to_thread(run.line_with, "open http://")
            base = f"127.0.0.1:{env['S2S_PORT']}"
            async with httpx.AsyncClient(base_url=f"http://{base}", timeout=30, auth=KeyRing()) as http:
                session = (await http.post("/api/session/create")).json()["session_id"]
            async with connect(f"ws://{base}/api/session/{session}/ws") as socket, kept_alive(socket):
                await socket.send(hello(http, session))
                await socket.send(wire.encode(wire.Text(text="a long story, please")))
                await until(socket, wire.State, phase="speaking")
                family = run.descendants()
                os.killpg(run.process.pid, signal.SIGINT)
                await until(socket, wire.Notice, code="gateway_stopping")
                await asyncio.to_thread(run.line_with, "Waiting for 1 call to finish; Ctrl-C again to stop now.")
                os.killpg(run.process.pid, signal.SIGINT)
                # A page that does not read what still comes does not see the end behind it.
                with suppress(ConnectionClosed):
                    async for _ in socket:
                        pass
                assert (await asyncio.to_thread(run.rest)).endswith("Stopping now.")
                assert run.process.returncode == 0
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


async def test_the_last_line_names_the_limits_of_others_where_calls_cost_money(tmp_path: Path) -> None:
    key = {"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": "AIza" + "x" * 35, "S2S_DAY_USD": "25"}

    def last_line(env: dict[str, str]) -> str:
        with start(env) as run:
            return run.line_with("open http://")

    async with running_emulator() as emulator:
        env = environment(tmp_path, GOOGLE_GEMINI_BASE_URL=emulator.base_url, **key)
        line = await asyncio.to_thread(last_line, env)
    assert line.endswith(
        " · callers from elsewhere: refused until S2S_AUTH is set, then 4 calls, 10 new ones a minute each, "
        "60 min a call, 25 USD a day in all"
    )
