"""Real processes for tests: free ports, their descendants, their output, and a bounded end."""

import os
import queue
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

REPOSITORY = Path(__file__).resolve().parents[2]
SCRIPTS = REPOSITORY / "scripts"
LIMIT_S = 90.0
# vite colours its words when the environment says CI, even into a pipe.
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def free_port() -> int:
    """A port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def no_credentials(**more: str) -> dict[str, str]:
    """This environment without anything that leads to Google, and without another virtual environment."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("S2S_", "GOOGLE_", "GEMINI_"))}
    kept.pop("VIRTUAL_ENV", None)
    return kept | {"GEMINI_API_KEY": "", "SERVICE_ACCOUNT_KEY_PATH": "no-such-key.json"} | more


class Running:
    """A process that is being read. Lines are stdout and stderr together."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> None:
        self.process = subprocess.Popen(
            command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True, bufsize=1,
        )  # fmt: skip
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self.said: list[str] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(COLOUR.sub("", line.rstrip("\n")))
        self._lines.put(None)

    def line_with(self, text: str) -> str:
        """Waits for a line that contains `text`; fails with everything said when the process ends first."""
        while (line := self._lines.get(timeout=LIMIT_S)) is not None:
            self.said.append(line)
            if text in line:
                return line
        raise AssertionError(f"ended without saying {text!r}:\n" + "\n".join(self.said))

    def rest(self) -> str:
        """Waits for the end; answers everything said."""
        while (line := self._lines.get(timeout=LIMIT_S)) is not None:
            self.said.append(line)
        self.process.wait(timeout=LIMIT_S)
        return "\n".join(self.said)

    def descendants(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


@contextmanager
def running(command: Sequence[str], cwd: Path, env: Mapping[str, str]) -> Iterator[Running]:
    """Runs a command; ends it as Ctrl-C does, with all that it started, and kills what is left behind."""
    run = Running(command, cwd, env)
    family: list[psutil.Process] = []
    try:
        yield run
    finally:
        if run.process.poll() is None:
            family = run.descendants()
            # To the group: npm ends at once and leaves its children to the terminal.
            os.killpg(run.process.pid, signal.SIGTERM)
        try:
            run.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            run.process.kill()
        for left in survivors(family):
            left.kill()


def survivors(family: Sequence[psutil.Process], limit_s: float = 60.0) -> list[psutil.Process]:
    """Those of `family` that still run after waiting for their end. A zombie has ended."""
    _, alive = psutil.wait_procs(list(family), timeout=limit_s)
    return [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
