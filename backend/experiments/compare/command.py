"""`python -m bench compare`: our gateway, the floor and the peers under one load, one after the other."""

import asyncio
import json
import os
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.harness.gateways import Gateway
from bench.harness.metrics import Figures
from bench.harness.runner import RunError, measure, split_cores
from bench.results.environment import command, machine
from experiments.compare import environments
from experiments.compare.gateways import DEFAULT_GATEWAYS, GATEWAYS, PeerGateway
from experiments.compare.report import Failure, Run, as_json, as_markdown

NUMBERS = (5, 20, 50)
INTERRUPTIONS = 400


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench compare`."""
    parser.add_argument("--n", type=int, action="append", help=f"talkers at once, may be repeated (default {NUMBERS})")
    parser.add_argument("--seconds", type=float, default=30.0, help="length of each window (default 30)")
    parser.add_argument(
        "--peers", type=_names, help=f"with commas, of {', '.join(GATEWAYS)}; default: {','.join(DEFAULT_GATEWAYS)}"
    )
    parser.add_argument("--repeat", type=int, default=3, help="rejected runs that get a second chance (default 3)")
    parser.add_argument(
        "--interruptions",
        type=int,
        default=INTERRUPTIONS,
        help=f"more of them after each window, within half a minute: of 60 the 99th percentile is the worst "
        f"(default {INTERRUPTIONS})",
    )
    parser.add_argument("--json", type=Path, help="write all figures here")
    parser.add_argument("--markdown", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """Print the report; 1 when a gateway failed."""
    runs, facts = compare(
        _plan(options.n or NUMBERS, options.peers), options.seconds, options.repeat, options.interruptions
    )
    text = as_markdown(runs, facts)
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", "utf-8")
    if options.json:
        options.json.write_text(json.dumps(as_json(runs, facts), indent=2) + "\n", "utf-8")
    return 1 if any(isinstance(run, Failure) for run in runs) else 0


def compare(
    plan: Sequence[tuple[Gateway, int]], seconds: float, repeat: int, interruptions: int
) -> tuple[list[Run], dict[str, Any]]:
    """Run the plan; a gateway that fails becomes a Failure, and the rest goes on.

    `repeat` rejected runs get a second chance: something else may have woken up on the machine.
    """
    gateways = list(dict.fromkeys(gateway for gateway, _ in plan))
    broken = _prepare(gateways)
    gateway_cores, other_cores = split_cores()
    facts = {
        "machine": machine(),
        "command": command(),
        "begun": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load_before": " ".join(f"{load:.2f}" for load in os.getloadavg()) if hasattr(os, "getloadavg") else "unknown",
        "pinning": f"The gateway had core {_list(gateway_cores)} alone, talkers and upstream {_list(other_cores)}"
        if gateway_cores
        else "Nothing was pinned to a core: this system does not let us, or has one core",
        "seconds": seconds,
        "versions": {gateway.name: gateway.versions() for gateway in gateways},
    }
    runs: list[Run] = []
    again = repeat
    for number, (gateway, n) in enumerate(plan, 1):
        if gateway.name in broken:
            runs.append(Failure(gateway.name, n, broken[gateway.name]))
            continue
        place = f"[{number}/{len(plan)}]"
        run = asyncio.run(_run(gateway, n, seconds, interruptions, place))
        if again and isinstance(run, Figures) and run.faults:
            again -= 1
            run = asyncio.run(_run(gateway, n, seconds, interruptions, f"{place} again,"))
        runs.append(run)
    return runs, facts | {"repeated": repeat - again}


async def _run(gateway: Gateway, n: int, seconds: float, interruptions: int, place: str) -> Run:
    began = time.monotonic()

    def tell(what: str) -> None:
        """Print a status line that updates in place; without a terminal, only its last state."""
        if sys.stderr.isatty():
            print(f"\r{head}{what:<24}", end="", file=sys.stderr, flush=True)

    head = f"{place} {gateway.title}, {n} talker{'s' * (n > 1)}: "
    tell("starting")
    run: Run
    try:
        run = await measure(gateway, n, seconds, tell, interruptions=interruptions)
        outcome = f"{run.cpu_ms_per_session_s:.1f} ms of CPU per session-second" + (" (rejected)" if run.faults else "")
    except (RunError, TimeoutError, OSError) as fault:
        run = Failure(gateway.name, n, str(fault) or "it took too long")
        outcome = f"failed: {run.why}"
    tell("")
    print(f"\r{head}{outcome}, {time.monotonic() - began:.0f} s", file=sys.stderr)
    return run


def _prepare(gateways: Sequence[Gateway]) -> dict[str, str]:
    """Make the environments; returns which gateways cannot have one, and why."""
    broken = {}
    for gateway in gateways:
        try:
            if isinstance(gateway, PeerGateway) and gateway.environment:
                environments.prepare(gateway.environment)
        except (environments.Missing, OSError) as fault:
            broken[gateway.name] = str(fault)
    return broken


def _plan(numbers: Sequence[int], names: Sequence[str] | None) -> list[tuple[Gateway, int]]:
    """By number, so that those who are compared run close together."""
    chosen = [GATEWAYS[name] for name in names or DEFAULT_GATEWAYS]
    return [(one, n) for n in numbers for one in chosen if names or n <= getattr(one, "max_talkers", n)]


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in GATEWAYS]
    if unknown or not names:
        raise ArgumentTypeError(f"unknown: {', '.join(unknown) or 'nobody'}; there are {', '.join(GATEWAYS)}")
    return names


def _list(cores: set[int]) -> str:
    return ", ".join(map(str, sorted(cores)))
