"""One gateway under load: alone on one core, upstream and talkers on the others, and what it used."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from bench.harness.gateways import Gateway
from bench.harness.metrics import Figures, Measured, Usage, figures

BACKEND = Path(__file__).resolve().parents[2]
START_LIMIT_S = 60.0
STOP_LIMIT_S = 5.0
SPARE_S, SPARE_EACH_S = 120.0, 3.0
"""A run may take so much longer than its window, and so much for each talker who connects."""
Tell = Callable[[str], None]


class RunError(Exception):
    """This run has no figures; the text says why."""


def split_cores() -> tuple[set[int], set[int]]:
    """Cores of the gateway, and of everybody else. Empty: this system does not let us choose, or has one core only."""
    if not hasattr(os, "sched_getaffinity"):
        return set(), set()
    cores = sorted(os.sched_getaffinity(0))
    return ({cores[0]}, set(cores[1:])) if len(cores) > 1 else (set(), set())


async def measure(
    gateway: Gateway, n: int, seconds: float, tell: Tell, settle_s: float = 3.0, *, interruptions: int = 0
) -> Figures:
    """`interruptions`: so many more, after the window. Raises RunError, environments.Missing."""
    gateway_cores, other_cores = split_cores()
    with TemporaryDirectory() as logs:
        async with (
            _upstream(other_cores) as (upstream, upstream_process),
            _gateway(gateway, upstream, logs, gateway_cores) as (url, process),
        ):
            arguments = ["--talker", gateway.talker, "--gateway", url, "--upstream", upstream, "--n", str(n)]
            arguments += ["--seconds", str(seconds), "--settle", str(settle_s)]
            arguments += ["--interruptions", str(interruptions)]
            marks: dict[str, tuple[Usage, float, float]] = {}

            def window(name: str) -> None:
                marks[name] = (usage(process), usage(upstream_process).cpu_s, busy_s(gateway_cores))

            async with asyncio.timeout(seconds + SPARE_S + SPARE_EACH_S * n):
                result = await _talkers(arguments, other_cores, tell, window)
    base, (begin, upstream_before, busy_before), (end, upstream_after, busy_after) = (
        marks["base"][0],
        marks["begins"],
        marks["ends"],
    )
    return figures(
        Measured(
            contestant=gateway.name,
            n=n,
            base=base,
            begin=begin,
            end=end,
            upstream_cpu_s=upstream_after - upstream_before,
            gateway_core_busy_s=busy_after - busy_before if gateway_cores else None,
            helper_cores=len(other_cores) or max(1, (os.cpu_count() or 1) - 1),
            result=result,
        )
    )


def busy_s(cores: set[int]) -> float:
    """How long anybody worked on these cores, since the machine started; what a hypervisor took away counts."""
    found = psutil.cpu_times(percpu=True)
    return sum(found[core].user + found[core].nice + found[core].system + found[core].steal for core in cores)


def usage(process: psutil.Process) -> Usage:
    """Of the process with all its threads and children."""
    cpu_s = memory = 0.0
    for one in [process, *process.children(recursive=True)]:
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            cpu_s += times.user + times.system
            memory += one.memory_info().rss / 2**20
    return Usage(cpu_s, memory)


def _pinned(cores: set[int]) -> Callable[[], None] | None:
    return (lambda: os.sched_setaffinity(0, cores)) if cores else None


@asynccontextmanager
async def _upstream(cores: set[int]) -> AsyncIterator[tuple[str, psutil.Process]]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.harness.scheduled_upstream"),
        cwd=BACKEND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=_pinned(cores),
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        async with asyncio.timeout(START_LIMIT_S):
            line = await process.stdout.readline()
        if not line:
            raise RunError("the upstream did not start: the lines above say why")
        yield json.loads(line)["url"], psutil.Process(process.pid)
    finally:
        process.stdin.close()
        await _end(process)


@asynccontextmanager
async def _gateway(
    gateway: Gateway, upstream: str, logs: str, cores: set[int]
) -> AsyncIterator[tuple[str, psutil.Process]]:
    port = _free_port()
    # Making an environment may take a minute, in which the upstream's pipes must not wait for us.
    command = await asyncio.to_thread(gateway.command, port, upstream)
    said = Path(logs) / "stderr"
    with said.open("wb") as stderr:
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=gateway.folder,
            env=gateway.settings(upstream, logs),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=stderr,
            stderr=stderr,
            preexec_fn=_pinned(cores),
        )
    url = f"http://127.0.0.1:{port}"
    try:
        try:
            await _until_up(process, url + gateway.health)
            yield url, psutil.Process(process.pid)
        except (RunError, TimeoutError) as fault:
            raise RunError(f"{str(fault) or 'it took too long'}{_last_words(said)}") from fault
    finally:
        if process.returncode is None:
            process.terminate()
        await _end(process)


async def _talkers(arguments: list[str], cores: set[int], tell: Tell, window: Callable[[str], None]) -> dict[str, Any]:
    """Raises RunError with what the client said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.harness.talker_process", *arguments),
        cwd=BACKEND,
        stdout=asyncio.subprocess.PIPE,
        limit=2**28,
        preexec_fn=_pinned(cores),
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            news = json.loads(line)
            if "result" in news:
                result: dict[str, Any] = news["result"]
                return result
            if "fault" in news:
                raise RunError(news["fault"])
            if "base" in news or "window" in news:
                window(news.get("window", "base"))
            tell(_in_words(news))
        raise RunError("the talkers ended without a result: the lines above say why")
    finally:
        await _end(process)


def _in_words(news: dict[str, Any]) -> str:
    if "base" in news:
        return "connecting"
    if "opened" in news:
        return f"{news['opened']} connected"
    return "measuring" if news["window"] == "begins" else "closing"


async def _end(process: asyncio.subprocess.Process) -> None:
    """Wait for the process to exit, then kill it."""
    try:
        async with asyncio.timeout(STOP_LIMIT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _until_up(process: asyncio.subprocess.Process, url: str) -> None:
    async with asyncio.timeout(START_LIMIT_S), httpx.AsyncClient(timeout=5) as http:
        while True:
            if process.returncode is not None:
                raise RunError(f"the gateway ended with code {process.returncode}")
            with suppress(httpx.TransportError):
                await http.get(url)
                return
            # HTTP has no event for "listening now".
            await asyncio.sleep(0.1)


def _last_words(said: Path) -> str:
    lines = said.read_text("utf-8", "replace").strip().splitlines()[-6:]
    return "; it said: " + " / ".join(line.strip()[:200] for line in lines) if lines else ""


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
