"""Whether our code became slower: the voice path's CPU time against a reference loop, compared with what was committed.

A ratio to a loop of other people's code on the same machine at the same time says the same on a slow machine and on a
busy one, within a few percent: CPU time is counted, not time, and both loops take turns. The long form adds a gateway
with talkers, whose CPU and latency are compared in the same manner.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from typing import Any

from bench.check_paths import paths, reference
from bench.gateway import own_gateway, tone_upstream
from bench.headless import TalkerError, read_wav, talker
from bench.latency import CLIP
from bench.machine import Report, command, machine, machine_line, progress

BASELINE = Path(__file__).with_name("check_baseline.json")
ROUNDS, SHORT_ROUNDS = 25, 9
SECONDS_A_ROUND = 20
# A change below this is never called a regression: other processors and Pythons weigh the two loops differently.
MARGIN = 1.6
# Beyond what the repeats themselves differ by. A busy machine spoils latencies far more than CPU time.
NOISES = 4.0
TALKERS, WINDOW_S, WINDOWS = 5, 4.0, 5
PINGS = 40

Ratios = dict[str, list[float]]


def arguments(parser: ArgumentParser) -> None:
    """What `python -m bench check` takes."""
    parser.add_argument("--short", action="store_true", help="only the code paths, some seconds; what CI runs")
    parser.add_argument("--write", action="store_true", help="make this run the committed baseline")
    parser.add_argument("--json", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """0 when nothing regressed, 1 when something did."""
    host = machine()
    ratios = code_ratios(SHORT_ROUNDS if options.short else ROUNDS)
    if not options.short:
        try:
            ratios |= asyncio.run(_live_ratios())
        except (TalkerError, TimeoutError) as fault:
            print(str(fault) or "The gateway did not start: look at its /health.", file=sys.stderr)
            return 1
    report = Report("check", command(), host, {name: spread(values) for name, values in ratios.items()})
    if options.json:
        report.write(options.json)
    if options.write:
        report.write(BASELINE)
        print(f"wrote {BASELINE.name}")
        return 0
    baseline = json.loads(BASELINE.read_text())
    print(as_text(report, baseline))
    return 1 if regressions(report.results, baseline["results"]) else 0


def spread(values: list[float]) -> dict[str, float]:
    """The median, and how far half of the values lie from it, as a share of it."""
    middle = median(values)
    return {
        "ratio": round(middle, 4),
        "noise": round(median(abs(value - middle) for value in values) / middle, 4),
        "n": len(values),
    }


def limit(now: dict[str, float], before: dict[str, float]) -> float:
    """The highest ratio that is no regression."""
    noise = max(now["noise"], before["noise"])
    return before["ratio"] * max(MARGIN, 1 + NOISES * noise)


def regressions(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Names of what became slower beyond noise. A figure without a baseline is none."""
    return [name for name, found in now.items() if name in before and found["ratio"] > limit(found, before[name])]


def code_ratios(rounds: int) -> Ratios:
    """CPU time of a second of conversation to that of the reference loop, taken in turns. Answers one value a round."""
    known = paths()
    for warm_up in [*known.values(), reference]:
        warm_up()
    ratios: Ratios = {f"cpu: {name}": [] for name in known}
    for number in range(rounds):
        for name, path in known.items():
            before = _cpu_s(reference)
            took = _cpu_s(path, SECONDS_A_ROUND)
            ratios[f"cpu: {name}"].append(2 * took / SECONDS_A_ROUND / (before + _cpu_s(reference)))
        progress("code paths", number + 1, rounds)
    return ratios


def _cpu_s(work: Callable[[], None], times: int = 1) -> float:
    began = time.thread_time()
    for _ in range(times):
        work()
    return time.thread_time() - began


async def _live_ratios() -> Ratios:
    """A gateway of our own with talkers: its CPU to the reference loop's, voice's way to a bare socket's round trip."""
    import psutil

    ratios: Ratios = {"live: gateway CPU": [], "live: gateway to talker": []}
    async with AsyncExitStack() as stack:
        upstream = await stack.enter_async_context(tone_upstream())
        settings = {"S2S_EMULATOR_URL": upstream, "S2S_UPSTREAM": "emulator"}
        url, pid = await stack.enter_async_context(own_gateway(**settings))
        gateway = psutil.Process(pid)
        people = [await stack.enter_async_context(talker(url)) for _ in range(TALKERS)]
        clip = read_wav(CLIP)
        for number in range(WINDOWS):
            trip_ms = await _bare_round_trip_ms()
            reference_s = median(_cpu_s(reference) for _ in range(5))
            for person in people:
                person.say(clip)
                person.way_ms.clear()
            before = gateway.cpu_times()
            await asyncio.sleep(WINDOW_S)
            after = gateway.cpu_times()
            cpu_s = after.user + after.system - before.user - before.system
            ratios["live: gateway CPU"].append(cpu_s / TALKERS / WINDOW_S / reference_s)
            ways = [ms for person in people for ms in person.way_ms]
            if ways:
                # Clocks of whole milliseconds: half of one is what the shortest way may be.
                ratios["live: gateway to talker"].append(max(0.5, median(ways)) / trip_ms)
            progress(f"gateway with {TALKERS} talkers", number + 1, WINDOWS)
    return {name: values for name, values in ratios.items() if values}


async def _bare_round_trip_ms() -> float:
    """Of asyncio streams on the loopback, to nobody but an echo: what this machine gives at this moment."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(2_000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        trips = []
        for _ in range(PINGS):
            began = time.perf_counter()
            writer.write(b"\0" * 972)
            await reader.readexactly(972)
            trips.append((time.perf_counter() - began) * 1000)
            await asyncio.sleep(0.005)
        writer.close()
        await writer.wait_closed()
    return median(trips)


def as_text(report: Report, baseline: dict[str, Any]) -> str:
    """The comparison for people, in Markdown."""
    before = baseline["results"]
    slower = regressions(report.results, before)
    rows = []
    for name, found in report.results.items():
        old = before.get(name)
        if old is None:
            rows.append(f"| {name} | {found['ratio']:.3f} | new | | |")
            continue
        verdict = "**slower**" if name in slower else "ok"
        change = (found["ratio"] / old["ratio"] - 1) * 100
        most = f"{limit(found, old):.3f} {verdict}"
        rows.append(f"| {name} | {found['ratio']:.3f} | {old['ratio']:.3f} | {change:+.0f} % | {most} |")
    end = f"Slower than the baseline: {', '.join(slower)}." if slower else "Nothing is slower than the baseline."
    return "\n".join(
        [
            "# Against the baseline, as ratios to a reference loop",
            "",
            f"Now: {machine_line(report.machine)}",
            f"Baseline: {machine_line(baseline['machine'])}",
            "",
            "| figure | now | baseline | change | limit |",
            "|---|---|---|---|---|",
            *rows,
            "",
            end,
        ]
    )
