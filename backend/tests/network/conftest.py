"""Gateways and callers on hosts of an internet in a box. Needs Linux, root, iproute2 and coturn: `make network`."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bench.netlab.internet import Internet, Site, internet

BACKEND = Path(__file__).resolve().parents[2]
PORT = 8000
START_LIMIT_S = 180.0
LOOK_AGAIN_S = 0.2


@dataclass
class World:
    """An internet with one gateway."""

    network: Internet
    folder: Path
    stack: ExitStack = field(default_factory=ExitStack)

    def start(self, host: str, name: str, *argv: str, **environ: str) -> "subprocess.Popen[bytes]":
        """A program on that host, until the end of the story; what it says is in NAME.log."""
        log = self.stack.enter_context((self.folder / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            self.network.command(host, *argv), cwd=BACKEND, env={**os.environ, **environ}, stdout=log, stderr=log
        )
        self.stack.callback(_end, process)
        return process

    def gateway(self, host: str, **settings: str) -> None:
        """A gateway that waits for calls, and the model that it talks to."""
        self.start(
            host, "emulator", sys.executable, "-m", "gemini_emulator", "start", "--engine", "tone", "--no-tls",
            "--port", "9090",
        )  # fmt: skip
        environ = {"S2S_LOG_DIR": str(self.folder), "S2S_EMULATOR_URL": "ws://127.0.0.1:9090", **settings}
        command = ("-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", str(PORT), "--no-access-log")
        process = self.start(host, "gateway", sys.executable, *command, **environ)
        log, until = self.folder / "gateway.log", time.monotonic() + START_LIMIT_S
        # No process per look: a busy machine has enough to do.
        while "Uvicorn running on" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < until, f"the gateway did not start: {log.read_text()}"
            time.sleep(LOOK_AGAIN_S)

    def stun(self, host: str, address: str) -> None:
        """A STUN server at that address, port 3478."""
        self.start(
            host, "stun", "turnserver", "-n", "--stun-only", f"--listening-ip={address}", "--log-file=stdout",
            f"--pidfile={self.folder}/stun.pid", "--no-tls", "--no-dtls", "--no-cli", f"--userdb={self.folder}/db",
        )  # fmt: skip

    def call(self, host: str, address: str) -> dict[str, Any]:
        """Hold a call from that host to the gateway at this address; how it was carried."""
        done = self.run(host, "-m", "bench.netlab.one_call", f"http://{address}:{PORT}")
        assert done.returncode == 0, f"{done.stderr}\n{(self.folder / 'gateway.log').read_text()[-3_000:]}"
        carried: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return carried

    def run(self, host: str, *argv: str) -> "subprocess.CompletedProcess[str]":
        """Run Python on that host to its end."""
        return subprocess.run(
            self.network.command(host, sys.executable, *argv), cwd=BACKEND, capture_output=True, text=True, check=False
        )


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    process.wait()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Any]:
    """Makes an internet of these sites, once in a story."""

    @contextmanager
    def make(*sites: Site) -> Iterator[World]:
        with internet(*sites) as network, ExitStack() as stack:
            yield World(network, tmp_path, stack)

    return make
