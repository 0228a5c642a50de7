"""A gateway that is attacked: started as `make serve` does, with a paid upstream and somebody else's call on it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count, pairwise
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from run import gateway_command

from gemini_emulator.background import LiveEmulator
from s2s.settings import BACKEND_DIR
from tests.attacks.stranger import ATTACK_LIMIT_S, HOST, Attack, Outcome, Place, carried_out, give_way
from tests.processes import free_port, no_credentials

START_LIMIT_S = 60.0
MAX_ROUNDS = 5
ALLOWED_P95_MS = 20.0
PINGS = 40
PINGS_IN_DOUBT = 120
"""What costs the gateway its time once, at the beginning, is no delay of 19 in 20 of these."""
REFERENCE_WORK_MS = 2.0
"""What `work` takes where ALLOWED_P95_MS was measured."""
ALLOWED_GROWTH = 1.05
PAID = {
    "S2S_UPSTREAM": "developer",
    "GEMINI_API_KEY": "AIza" + "X" * 35,
    # Everybody may call: these tests are about what everybody can do.
    "S2S_AUTH": "none-i-know",
    "S2S_ALLOWED_HOSTS": HOST,
    "S2S_SHUTDOWN_S": "0",
}
WITH_FEW_DESCRIPTORS = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""
_addresses = count(2)


@dataclass(frozen=True, slots=True)
class Share:
    """What a process got of the processors so far."""

    ran_s: float
    waited_s: float
    """Ready to run, while others ran."""

    @classmethod
    def of(cls, pid: int) -> "Share":
        """Of the main thread, from Linux's scheduler. Elsewhere nobody tells; then it never waits."""
        try:
            ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text("ascii").split()
        except FileNotFoundError:
            return cls(1.0, 0.0)
        return cls(int(ran) / 1e9, int(waited) / 1e9)

    def slower_since(self, before: "Share") -> float:
        """How much longer than on a processor of its own its work has taken since then."""
        ran, waited = self.ran_s - before.ran_s, self.waited_s - before.waited_s
        return 1.0 + waited / ran if ran else 1.0


def slowness() -> float:
    """How much longer than on the machine of ALLOWED_P95_MS any work takes here and now; at least 1."""

    def work_ms() -> float:
        began = time.perf_counter()
        sum(number * number for number in range(50_000))
        return 1000 * (time.perf_counter() - began)

    return max(1.0, median(work_ms() for _ in range(9)) / REFERENCE_WORK_MS)


@dataclass(frozen=True, slots=True)
class Noticed:
    """What somebody in a call of their own noticed."""

    pings: int
    p95_ms: float
    echo_p95_ms: float
    """The same to a process that does nothing but echo: the machine's own part."""
    answered: bool
    noticed: list[str]


class Bystander:
    """Somebody else's call, in its own process."""

    def __init__(self, place: Place) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.attacks.bystander", str(place.port), place.address],
            cwd=BACKEND_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read()
        self.begin()
        self._quiet = self.end()

    def begin(self, pings: int = PINGS) -> None:
        """Forget what was noticed; send so many pings at least before the next `end`."""
        self._write(f"begin {pings}")

    def end(self) -> Noticed:
        """What was noticed since `begin`; the call has to answer a question, too."""
        self._write("end")
        return Noticed(**self._read())

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=START_LIMIT_S)

    def suspicion(self, noticed: Noticed, slower: float) -> str:
        """What is wrong with the round trips of 19 in 20 pings; empty if nothing is.

        `slower`: how much longer the gateway's work took than on a fast machine with nothing else to do.
        """
        limit_ms = max(2 * self._quiet.p95_ms, ALLOWED_P95_MS) * slower + noticed.echo_p95_ms
        if noticed.p95_ms <= limit_ms:
            return ""
        return f"{noticed}: more than {limit_ms:.0f} ms, quiet {self._quiet.p95_ms} ms, slower {slower:.2f}"

    def _write(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the bystander's process ended"
        answer: dict[str, Any] = json.loads(line)
        return answer


class Target:
    """The gateway's process, its upstream, its files, and who attacks and who only wants to talk."""

    def __init__(self, port: int, process: psutil.Process, folder: Path, attackers: ProcessPoolExecutor) -> None:
        self.port = port
        self.process = process
        self.folder = folder
        self.emulator: LiveEmulator
        self.bystander: Bystander | None = None
        self._attackers = attackers

    def somewhere(self) -> Place:
        """An address that nobody has called from."""
        number = next(_addresses)
        return Place(self.port, f"81.2.{number // 250}.{1 + number % 250}")

    def close(self) -> None:
        """End the bystander's call."""
        if self.bystander is not None:
            self.bystander.close()

    @property
    def memory_bytes(self) -> int:
        """What the gateway's process holds in memory."""
        held: int = self.process.memory_info().rss
        return held

    def written(self) -> str:
        """Everything in its log files and on its terminal."""
        files = sorted(path for path in self.folder.rglob("*") if path.suffix in (".txt", ".log"))
        return "\n".join(path.read_text("utf-8", "replace") for path in files)

    def attack(self, attack: Attack[Outcome], *args: Any, place: Place | None = None, **kwargs: Any) -> Outcome:
        """Carry out an attack from `place`, else from a new address; returns what the attacker saw."""
        work = partial(carried_out, attack, place or self.somewhere(), *args, **kwargs)
        return self._attackers.submit(work).result(ATTACK_LIMIT_S + START_LIMIT_S)

    def attack_unnoticed(self, attack: Attack[Outcome], *args: Any, **kwargs: Any) -> Outcome:
        """Carry out an attack twice. A bystander must not notice either; the second may not add to the memory.

        A suspicion is tried again: other programs of the machine take time and memory too.
        """
        assert self.bystander is not None
        suspicions: list[str] = []
        held: list[int] = []
        while True:
            before = Share.of(self.process.pid)
            self.bystander.begin(PINGS if len(held) < 2 else PINGS_IN_DOUBT)
            outcome = self.attack(attack, *args, **kwargs)
            # Both know of a busy machine: together they would count it twice.
            slower = max(Share.of(self.process.pid).slower_since(before), slowness())
            noticed = self.bystander.end()
            if noticed.noticed or not noticed.answered:
                # The next attack of this file has a call of its own to disturb.
                self.bystander.close()
                self.bystander = Bystander(self.somewhere())
                raise AssertionError(f"{noticed}, slower {slower:.2f}")
            suspicions.append(self.bystander.suspicion(noticed, slower))
            held.append(self.memory_bytes)
            doubts = [*_slow(suspicions), *_growing(held)]
            if len(held) > 1 and not doubts:
                return outcome
            assert len(held) < MAX_ROUNDS, doubts


def _slow(suspicions: list[str]) -> list[str]:
    """All of them if there is one for every round."""
    return suspicions if all(suspicions) else []


def _growing(held: list[int]) -> list[str]:
    """A sentence if every round added to the memory."""
    growth = [later / earlier for earlier, later in pairwise(held)]
    if not growth or min(growth) <= ALLOWED_GROWTH:
        return []
    return [f"each round adds memory: {[round(memory / 1e6) for memory in held]} MB"]


@contextmanager
def gateway_process(
    folder: Path, *, descriptors: int | None = None, **settings: str
) -> Iterator[tuple[int, psutil.Process]]:
    """The command of `make serve`, once it listens: port and process. Ended at the end.

    `descriptors`: so many files and sockets it may have, as with `ulimit -n`.
    """
    port = free_port()
    command = gateway_command(port)
    if descriptors is not None:
        command = [sys.executable, "-c", WITH_FEW_DESCRIPTORS, str(descriptors), *command]
    said = folder / "terminal.log"
    env = no_credentials(S2S_LOG_DIR=str(folder), **settings)
    with said.open("wb") as log:
        process = psutil.Popen(command, cwd=BACKEND_DIR, env=env, stdout=log, stderr=subprocess.STDOUT)
    try:
        limit = time.monotonic() + START_LIMIT_S
        while "Uvicorn running" not in said.read_text("utf-8", "replace"):
            assert process.poll() is None, said.read_text("utf-8", "replace")
            assert time.monotonic() < limit, "the gateway did not start"
            time.sleep(0.05)
        yield port, process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def attacked(
    folder: Path,
    *,
    bystander: bool = True,
    emulator: dict[str, Any] | None = None,
    descriptors: int | None = None,
    **settings: str,
) -> Iterator[Target]:
    """A gateway whose paid upstream is the emulator, attackers, and a bystander's call."""
    with ExitStack() as stack:
        upstream = stack.enter_context(LiveEmulator(**{"engine": "tone", "reply_s": 0.1, **(emulator or {})}))
        known = {**PAID, "GOOGLE_GEMINI_BASE_URL": upstream.base_url, **settings}
        port, process = stack.enter_context(gateway_process(folder, descriptors=descriptors, **known))
        attackers = stack.enter_context(ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=give_way))
        target = Target(port, process, folder, attackers)
        target.emulator = upstream
        stack.callback(target.close)
        if bystander:
            target.bystander = Bystander(target.somewhere())
        yield target
