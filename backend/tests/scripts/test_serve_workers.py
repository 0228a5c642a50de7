"""`make serve` with S2S_WORKERS: what it says when it cannot, and who is started again. Without nginx; `make workers`
runs the whole with it."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.processes import LIMIT_S, SCRIPTS, free_port, no_credentials, running, survivors

# Answers with the number of its process, as long as it lives.
SERVER = """
import http.server, os, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(str(os.getpid()).encode())
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
"""
FLEET = """
import sys
from run import supervise
from workers import Fleet
def start(fleet):
    for name, port in zip(("gateway-1", "proxy"), sys.argv[2:]):
        fleet.start(name, [sys.executable, "-c", sys.argv[1], port], ".", "http://127.0.0.1:%s/" % port)
supervise(start, lambda: "open", Fleet())
"""


def say(script: str, **environ: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], **environ}
    command = [sys.executable, "-c", f"import sys, setup, workers; {script}"]
    return subprocess.run(command, cwd=SCRIPTS, env=env, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("wish", ["many", "0", "-1", "129", "1.5"])
def test_a_number_of_processes_that_is_none_is_one_sentence(wish: str) -> None:
    done = say("sys.exit(setup.guarded(workers.wanted))", S2S_WORKERS=wish)
    assert done.returncode == 1
    assert done.stderr == (
        f"S2S_WORKERS={wish} is no number of processes: use a number from 1 to 128, or auto for one on each core.\n"
    )


def test_a_missing_nginx_is_one_sentence_with_the_remedy_and_one_process_needs_none() -> None:
    without = "workers.NGINX = ('no-such-program',); "
    done = say(without + "sys.exit(setup.guarded(workers.wanted))", S2S_WORKERS="2")
    assert done.returncode == 1
    assert done.stderr.startswith("nginx is missing, which leads each request to its gateway process: install it")
    assert "sudo apt install nginx-light" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert say(without + "print(workers.wanted())").stdout == "1\n"
    auto = "workers.need_nginx = lambda: ''; workers.cores = lambda: 6; print(workers.wanted())"
    assert say(auto, S2S_WORKERS="auto").stdout == "6\n"


def test_wrong_settings_end_the_start_in_words() -> None:
    done = say("setup.guarded(lambda: workers.plan(8000, [1, 2]))", S2S_SILENCE_DURATION_MS="banana")
    assert done.stderr.startswith("S2S cannot start: S2S_SILENCE_DURATION_MS")
    assert len(done.stderr.splitlines()) == 1


async def test_what_dies_is_started_again_at_its_place_and_all_end_together(tmp_path: Path) -> None:
    ports = [str(free_port()) for _ in range(2)]
    env = no_credentials(S2S_RUN_DIR=str(tmp_path), PYTHONPATH=str(SCRIPTS))
    with running([sys.executable, "-c", FLEET, SERVER, *ports], tmp_path, env) as run:
        await asyncio.to_thread(run.line_with, "open")
        async with httpx.AsyncClient(timeout=LIMIT_S) as http:
            first = [int((await http.get(f"http://127.0.0.1:{port}/")).text) for port in ports]
            os.kill(first[0], signal.SIGKILL)
            await asyncio.to_thread(run.line_with, "The gateway-1 stopped (exit code 137); it is started again.")
            again = await pid_of(http, ports[0])
            assert again != first[0]
            assert int((await http.get(f"http://127.0.0.1:{ports[1]}/")).text) == first[1]
        family = run.descendants()
        run.process.send_signal(signal.SIGINT)
        assert (await asyncio.to_thread(run.rest)).endswith("Stopping.")
        assert survivors(family) == []


async def pid_of(http: httpx.AsyncClient, port: str) -> int:
    """Who answers there, once somebody does."""
    async with asyncio.timeout(LIMIT_S):
        while True:
            try:
                return int((await http.get(f"http://127.0.0.1:{port}/")).text)
            except httpx.TransportError:
                await asyncio.sleep(0.02)  # A program that begins to listen tells nobody.
