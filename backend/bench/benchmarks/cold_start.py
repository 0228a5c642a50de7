"""Cold start of a gateway: time until it takes calls, and until its local engine has answered.

Cold means a new process. The files of the program are in the system's cache, as after a restart of the service.
"""

import asyncio
import sys
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import httpx

from bench.benchmarks.latency import summary
from bench.clients.gateway_process import own_gateway, tone_upstream
from bench.clients.headless import Talker, TalkerError, talker
from bench.results.environment import Report, command, machine, machine_line, progress

QUESTION = "What can you do?"
NAMES = {
    "gateway_s": "process start to /health 200, upstream elsewhere",
    "engine_s": "process start to /health 200 with the local engine, which loads beside it",
    "first_answer_s": "process start to the first sound of an answer of the local engine",
    "first_wait_s": "of that, typed question to first sound",
    "second_wait_s": "the same for the second question",
}


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench start`."""
    parser.add_argument("--times", type=int, default=5, help="starts of each kind (default 5)")
    parser.add_argument("--json", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """Print the report; returns the exit code."""
    try:
        report = asyncio.run(_measure(options.times))
    except (TalkerError, TimeoutError, RuntimeError) as fault:
        print(str(fault) or "The gateway did not start: run it by hand and look at its words.", file=sys.stderr)
        return 1
    print(as_text(report))
    if options.json:
        report.write(options.json)
    return 0


async def _measure(times: int) -> Report:
    host = machine()
    found: dict[str, list[float]] = {name: [] for name in NAMES}
    async with tone_upstream() as upstream:
        for number in range(times):
            began = time.monotonic()
            async with own_gateway(S2S_UPSTREAM="emulator", S2S_EMULATOR_URL=upstream):
                found["gateway_s"].append(time.monotonic() - began)
            progress("starts", number + 1, times)
    for number in range(times):
        await _with_engine(found)
        progress("starts with the local engine", number + 1, times)
    results = {name: _rounded(values) for name, values in found.items()}
    return Report("start", command(), host, results)


async def _with_engine(found: dict[str, list[float]]) -> None:
    began = time.monotonic()
    async with own_gateway(S2S_UPSTREAM="emulator") as (url, _):
        found["engine_s"].append(time.monotonic() - began)
        async with httpx.AsyncClient(base_url=url) as http:
            (await http.get("/health")).raise_for_status()
        async with talker(url) as person:
            waits = [await _wait(person) for _ in range(2)]
            found["first_answer_s"].append(waits[0][1] - began)
            found["first_wait_s"].append(waits[0][1] - waits[0][0])
            found["second_wait_s"].append(waits[1][1] - waits[1][0])


async def _wait(person: Talker) -> tuple[float, float]:
    """A typed question: when it was sent, when its answer first sounded, by the clock of `time.monotonic`."""
    loop = asyncio.get_running_loop()
    ahead = time.monotonic() - loop.time()
    asked = loop.time()
    person.send_text(QUESTION)
    await person.wait_until(lambda: person.sounding_turn(asked) is not None, "voice")
    voice = person.sounding_turn(asked)
    assert voice is not None
    assert voice.sounded is not None
    person.press_interrupt(voice.turn)
    await asyncio.sleep(0.3)
    return asked + ahead, voice.sounded + ahead


def _rounded(values: list[float]) -> dict[str, Any]:
    """Seconds with two decimals; `summary` rounds milliseconds."""
    in_ms = summary([value * 1000 for value in values])
    return {name: round(value / 1000, 3) for name, value in in_ms.items()} | {
        "n": len(values),
        "values": [round(value, 3) for value in values],
    }


def as_text(report: Report) -> str:
    """Format the report as Markdown."""
    rows = [
        f"| {label} | {v['p50']:.2f} | {v['p95']:.2f} | {v['min']:.2f} | {v['max']:.2f} |"
        for name, label in NAMES.items()
        if (v := report.results[name])
    ]
    return "\n".join(
        [
            "# A gateway just started",
            "",
            machine_line(report.machine),
            "",
            "| seconds | p50 | p95 | lowest | highest |",
            "|---|---|---|---|---|",
            *rows,
        ]
    )
