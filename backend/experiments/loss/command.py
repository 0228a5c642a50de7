"""Effect of packet loss on a call, for each transport, over a seeded lossy link.

Browser and gateway are two hosts of a network in a box, so this needs root. The talker plays what arrives as the page
does; a recognizer reads it, and the gateway's local engine reads what arrived of the microphone. Both are compared with
the same call without loss.
"""

import json
import os
import subprocess
import sys
import tempfile
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path as FilePath
from typing import Any

from bench.clients.gateway_process import BACKEND
from bench.clients.transports import TransportKind
from bench.netlab import Lab, LabError, Path, lab
from bench.netlab.health import until_healthy
from bench.results.environment import machine

PORT = 8000
LOSSES = (0.0, 0.01, 0.02, 0.05, 0.10)
BURST_PACKETS = 3.0
MAX_TRIES = 3


@dataclass(frozen=True, slots=True)
class Cell:
    """One call. Shares are 0 to 1 of the frames or words."""

    way: str
    round_trip_ms: float
    loss: float
    burst_packets: float
    voice_missing: float
    """Of the voice that should have sounded: concealed."""
    stalled_ms: float
    """Silence that was put in because nothing had come, per minute of voice."""
    voice_late_p99_ms: float
    """How much later than the fastest frame."""
    mic_missing: float
    voice_word_errors: float
    mic_word_errors: float
    interrupt_ms: float
    """Median, from the person's click to the gateway's flush: control channel both ways."""
    interrupt_worst_ms: float
    machine_late_ms: float
    """How late the microphone was, p99: what of all this is the busy machine's doing."""
    broken: int
    """Calls of this kind that broke before this one was heard to its end."""


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--ways", nargs="+", default=[way.value for way in TransportKind], choices=[way.value for way in TransportKind]
    )
    parser.add_argument("--losses", type=float, nargs="+", default=list(LOSSES), metavar="SHARE", help="0 to 1")
    parser.add_argument("--round-trip-ms", type=float, nargs="+", default=[40.0], metavar="MS", help="one or several")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=FilePath, help="write the report there, too")


def main(options: Namespace) -> int:
    try:
        report = measure(options)
    except (LabError, RuntimeError) as fault:
        print(fault, file=sys.stderr)
        return 1
    print(markdown(report))
    return 0


def measure(options: Namespace) -> dict[str, Any]:
    """Raises LabError without a network, RuntimeError when a program in it fails."""
    cells = []
    with lab("browser", "gateway", seed=options.seed) as network, _gateway(network) as url:
        kinds = [
            Path(loss, burst, trip_ms / 2)
            for trip_ms in options.round_trip_ms
            for loss in options.losses
            for burst in ((1.0, BURST_PACKETS) if loss else (1.0,))
        ]
        # The ways of one kind of loss one after the other: they meet the same busy minutes of this machine.
        todo = [(way, kind) for kind in kinds for way in options.ways]
        for number, (way, kind) in enumerate(todo, start=1):
            what = f"{way}, {2 * kind.delay_ms:.0f} ms, {kind.loss:.0%} lost, bursts of {kind.burst_packets:.0f}"
            print(f"{number} of {len(todo)}: {what}", file=sys.stderr)
            cells.append(_call_or_again(network, url, way, kind))
            if options.json:
                # Each cell takes a minute or two: what stands is kept.
                options.json.write_text(json.dumps(_report(options, cells), indent=1) + "\n")
    return _report(options, cells)


def _report(options: Namespace, cells: Sequence[Cell]) -> dict[str, Any]:
    return {
        "machine": machine(),
        "seed": options.seed,
        "cells": [asdict(cell) for cell in cells],
    }


def markdown(report: dict[str, Any]) -> str:
    its = report["machine"]
    lines = [
        "# A conversation over a bad network",
        "",
        f"{its['cpu']}, {its['cores']} cores, Python {its['python']}, commit {its['commit']}, seed {report['seed']}.",
        "",
        "| way | round trip, ms | packets lost | in a row | voice concealed | stalled, ms a minute "
        "| voice late p99, ms | words of the voice wrong | microphone lost | words of the person wrong "
        "| interrupt to flush, ms (worst) | machine late p99, ms | broken before |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {cell['way']} | {cell['round_trip_ms']:.0f} | {cell['loss']:.0%} | {cell['burst_packets']:.0f} "
        f"| {cell['voice_missing']:.2%} "
        f"| {cell['stalled_ms']:.0f} | {cell['voice_late_p99_ms']:.0f} | {cell['voice_word_errors']:.1%} "
        f"| {cell['mic_missing']:.2%} | {cell['mic_word_errors']:.1%} | {cell['interrupt_ms']:.0f} "
        f"({cell['interrupt_worst_ms']:.0f}) | {cell['machine_late_ms']:.0f} "
        f"| {cell['broken']} |"
        for cell in report["cells"]
    ]
    return "\n".join(lines)


def _call_or_again(network: Lab, url: str, way: str, path: Path) -> Cell:
    """Repeat a call that broke, and count it: it must not cost half an hour of other calls."""
    for broken in range(MAX_TRIES - 1):
        try:
            return _call(network, url, way, path, broken)
        except RuntimeError as fault:
            print(f"{fault}; once more", file=sys.stderr)
    return _call(network, url, way, path, MAX_TRIES - 1)


def _call(network: Lab, url: str, way: str, path: Path, broken: int) -> Cell:
    """The call is made over a clean network of that length, which then turns bad: the same losses for every way."""
    network.set_path("browser", "gateway", replace(path, loss=0.0))
    with subprocess.Popen(
        network.hosts["browser"].command(sys.executable, "-m", "experiments.loss.talker", url, way),
        cwd=BACKEND, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdout.readline()
            network.reseed()
            network.set_path("browser", "gateway", path)
            said, _ = process.communicate("\n")
        except BaseException:
            # Told to stop: the call is not waited for.
            process.kill()
            raise
    if process.returncode:
        raise RuntimeError("the talker failed; what it said stands above")
    found = json.loads(said.splitlines()[-1])
    kind = {"round_trip_ms": 2 * path.delay_ms, "loss": path.loss, "burst_packets": path.burst_packets}
    return Cell(way=way, **kind, broken=broken, **found)


@contextmanager
def _gateway(network: Lab, **settings: str) -> Iterator[str]:
    """A gateway with its local engine on the host "gateway"."""
    host = network.hosts["gateway"]
    url = f"http://{host.address}:{PORT}"
    # Nothing of the person's own settings: the local engine answers, and what it writes goes away with the bench.
    with tempfile.TemporaryFile() as log, tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            host.command(sys.executable, "-m", "uvicorn", "main:app", "--host", "0.0.0.0", "--port", str(PORT)),
            cwd=BACKEND, stdout=log, stderr=log,
            env={**os.environ, "S2S_UPSTREAM": "emulator", "S2S_LOG_DIR": folder, **settings},
        )  # fmt: skip
        try:
            until_healthy(network, url, process)
            yield url
        finally:
            process.terminate()
            process.wait()
