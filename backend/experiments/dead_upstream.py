"""Failover time when every packet to the upstream is lost.

Gateway and service (the emulator) are two hosts of a network in a box, so this needs root. In mid-call nothing passes
any more, and nobody says so: no RST, no FIN, no ICMP. Measured is from there to the moment in which the page is told
that the gateway is connecting again, and from the line's recovery to the moment in which it is told that it is.

Where pongs come quickly, they are judged (`s2s.upstream.connection.keepalive`). After one that came later than a second
they are not any more, and only the kernel's acknowledgements are left (`tcp_health` beside it): for that the call
begins on a slow line.
"""

import asyncio
import itertools
import os
import subprocess
import sys
import tempfile
import time
from argparse import SUPPRESS, ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager

from bench.clients.gateway_process import BACKEND, own_gateway
from bench.clients.headless import Talker, talker
from bench.clients.transports import TransportKind
from bench.netlab import Lab, LabError, Path, Policy, lab
from s2s import wire

PORT = 8090
ROUND_TRIPS_MS = (20.0, 150.0, 300.0)
TIMES = 3
SLOW = Path(delay_ms=600.0)
PINGED_S = 4.0
"""A ping has had its answer, however slow the line is."""
SPEAKS_S = 6.0
"""The kernel has learnt how long the line is now."""
LIMIT_S = 60.0


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--call", metavar="UPSTREAM", help=SUPPRESS)


def main(options: Namespace) -> int:
    """Prints a table; with `--call` this is the process on the gateway's host."""
    if options.call:
        asyncio.run(_call(options.call))
        return 0
    try:
        with lab("gateway", "model") as network, _model(network) as url:
            print("| noticed by | round trip, ms | noticed after, s | back after the line was, s |")
            print("|---|---|---|---|")
            for who, round_trip_ms in itertools.product(("pongs", "acknowledgements alone"), ROUND_TRIPS_MS):
                path = Path(delay_ms=round_trip_ms / 2)
                found = [_measure(network, url, SLOW if "alone" in who else path, path) for _ in range(TIMES)]
                noticed, back = (
                    ", ".join(f"{seconds:.1f}" for seconds in column) for column in zip(*found, strict=True)
                )
                print(f"| {who} | {round_trip_ms:.0f} | {noticed} | {back} |", flush=True)
    except (LabError, RuntimeError) as fault:
        print(fault, file=sys.stderr)
        return 1
    return 0


@contextmanager
def _model(network: Lab) -> Iterator[str]:
    host = network.hosts["model"]
    command = host.command(
        sys.executable, "-m", "gemini_emulator", "--engine", "tone", "--host", "0.0.0.0", "--port", str(PORT),
        "--announce", "--exit-on-stdin-eof",
    )  # fmt: skip
    with subprocess.Popen(command, cwd=BACKEND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            raise RuntimeError("the emulator did not start")
        try:
            yield f"ws://{host.address}:{PORT}"
        finally:
            process.terminate()


def _measure(network: Lab, url: str, first: Path, path: Path) -> tuple[float, float]:
    """`first` is the way when the call begins. Raises RuntimeError."""
    network.set_path("gateway", "model", first)
    command = network.hosts["gateway"].command(sys.executable, "-m", "experiments", "dead-upstream", "--call", url)
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            command, cwd=BACKEND, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "S2S_LOG_DIR": folder, "S2S_UPSTREAM": "emulator"},
        ) as process,
    ):  # fmt: skip
        try:
            _until(process, "pinged")
            network.set_path("gateway", "model", path)
            _until(process, "talking")
            network.set_path("gateway", "model", Path(policy=Policy.NOTHING))
            began = time.monotonic()
            _until(process, "noticed")
            noticed_s = time.monotonic() - began
            network.set_path("gateway", "model", path)
            began = time.monotonic()
            _until(process, "back")
            back_s = time.monotonic() - began
            process.communicate("\n")
        except BaseException:
            process.kill()
            raise
    return noticed_s, back_s


def _until(process: "subprocess.Popen[str]", word: str) -> None:
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if said != word:
        raise RuntimeError(f"the caller said {said!r} instead of {word!r}; what it said stands above")


async def _call(upstream: str) -> None:
    """On the gateway's host: the gateway, and a person at its page, who says how it goes."""
    async with own_gateway(S2S_EMULATOR_URL=upstream) as (url, _), talker(url, TransportKind.SOCKET) as person:
        await _told(person, "live", 0)
        await asyncio.sleep(PINGED_S)
        print("pinged", flush=True)
        await asyncio.sleep(SPEAKS_S)
        seen = len(person.messages)
        print("talking", flush=True)
        await person.wait_until(lambda: _status(person, seen) not in ("live", ""), "notice", LIMIT_S)
        print("noticed", flush=True)
        seen = len(person.messages)
        await _told(person, "live", seen)
        print("back", flush=True)
        await asyncio.to_thread(sys.stdin.readline)


async def _told(person: Talker, status: str, since: int) -> None:
    await person.wait_until(lambda: _status(person, since) == status, f"word that the service is {status}", LIMIT_S)


def _status(person: Talker, since: int) -> str:
    news = [message.status for message in person.messages[since:] if isinstance(message, wire.Upstream)]
    return news[-1] if news else ""
