"""Performance regression test: CPU time of the audio path relative to a reference loop, against a committed baseline.

A ratio to a loop of other people's code on the same machine at the same time says the same on a slow machine and on a
busy one, within a few percent: CPU time is counted, not time, and both loops take turns. What looks slower is measured
again, and is a regression only if it looks so every time. The long form adds a gateway with talkers: its CPU is judged
in the same manner; its latency is reported but not judged, because other processes affect wall time.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.benchmarks.code_paths import paths, reference
from bench.benchmarks.latency import CLIP
from bench.clients.gateway_process import own_gateway, tone_upstream
from bench.clients.headless import TalkerError, read_wav, talker
from bench.results.environment import Report, command, machine, machine_line, progress

BASELINE = Path(__file__).with_name("regression_baseline.json")
ROUNDS, SHORT_ROUNDS = 25, 9
SECONDS_A_ROUND = 20
# A change below this is never called a regression: other processors and Pythons weigh the two loops differently.
MARGIN = 1.35
# Beyond what the repeats themselves differ by, up to a share at which a half slower path is still found.
NOISES, MAX_MARGIN = 4.0, 1.45
ATTEMPTS = 3
TALKERS, WINDOW_S, WINDOWS = 5, 2.0, 12
PING_S = 0.05
TOLD_ONLY = frozenset({"live: gateway to talker"})
"""Of the live form. Between quiet runs it differed by half: no limit that noise keeps would find anything."""

Ratios = dict[str, list[float]]


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench check`."""
    parser.add_argument("--short", action="store_true", help="only the code paths, some seconds; what CI runs")
    parser.add_argument("--write", action="store_true", help="make this run the committed baseline")
    parser.add_argument("--json", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """0 when nothing regressed, 1 when something did."""
    host = machine()
    baseline = json.loads(BASELINE.read_text())
    before = {} if options.write else baseline["results"]
    try:
        results = lowest(lambda: _measured(options.short), before)
    except (TalkerError, TimeoutError) as fault:
        print(str(fault) or "The gateway did not start: look at its /health.", file=sys.stderr)
        return 1
    report = Report("check", command(), host, results)
    if options.json:
        report.write(options.json)
    if options.write:
        report.write(BASELINE)
        print(f"wrote {BASELINE.name}")
        return 0
    print(as_text(report, baseline))
    return 1 if regressions(report.results, baseline["results"]) else 0


def _measured(short: bool) -> dict[str, Any]:
    ratios = code_ratios(SHORT_ROUNDS if short else ROUNDS)
    if not short:
        ratios |= asyncio.run(_live_ratios())
    return {name: spread(values) for name, values in ratios.items()}


def lowest(measure: Callable[[], dict[str, Any]], before: dict[str, Any]) -> dict[str, Any]:
    """Measure, and repeat while something looks slower; returns the lowest value of each figure.

    Noise only ever adds. A path that became slower is slower every time.
    """
    best = measure()
    for _ in range(ATTEMPTS - 1):
        slower = regressions(best, before)
        if not slower:
            break
        print(f"Looks slower, measured again: {', '.join(slower)}.", file=sys.stderr)
        again = measure()
        best = {name: min(found, again.get(name, found), key=_ratio) for name, found in best.items()}
    return best


def _ratio(found: dict[str, float]) -> float:
    return found["ratio"]


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
    return before["ratio"] * min(MAX_MARGIN, max(MARGIN, 1 + NOISES * noise))


def regressions(now: dict[str, Any], before: dict[str, Any]) -> list[str]:
    """Return the names of figures that became slower beyond noise; figures without a baseline do not count."""
    judged = [name for name in now if name in before and name not in TOLD_ONLY]
    return [name for name in judged if now[name]["ratio"] > limit(now[name], before[name])]


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
        url_of_echo = await stack.enter_async_context(_echo())
        for number in range(WINDOWS):
            for person in people:
                person.say(clip)
                person.downlink_ms.clear()
            before = [_cpu_s(reference) for _ in range(3)]
            began = gateway.cpu_times()
            # The bare round trips are taken among the frames: both see the same moments of this machine.
            trips = await _bare_round_trips_ms(*url_of_echo, WINDOW_S)
            ended = gateway.cpu_times()
            reference_s = median(before + [_cpu_s(reference) for _ in range(3)])
            cpu_s = ended.user + ended.system - began.user - began.system
            ratios["live: gateway CPU"].append(cpu_s / TALKERS / WINDOW_S / reference_s)
            ways = [ms for person in people for ms in person.downlink_ms]
            if ways and trips:
                # Clocks of whole milliseconds: half of one is what the shortest way may be.
                ratios["live: gateway to talker"].append(max(0.5, median(ways)) / median(trips))
            progress(f"gateway with {TALKERS} talkers", number + 1, WINDOWS)
    return {name: values for name, values in ratios.items() if values}


@asynccontextmanager
async def _echo() -> AsyncIterator[tuple[str, int]]:
    """Measure asyncio streams to an echo server on the loopback: the baseline of this machine right now."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(2_000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server:
        host, port = server.sockets[0].getsockname()[:2]
        yield host, port


async def _bare_round_trips_ms(host: str, port: int, seconds: float) -> list[float]:
    reader, writer = await asyncio.open_connection(host, port)
    trips = []
    until = time.perf_counter() + seconds
    while (began := time.perf_counter()) < until:
        writer.write(b"\0" * 972)
        await reader.readexactly(972)
        trips.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PING_S)
    writer.close()
    await writer.wait_closed()
    return trips


def as_text(report: Report, baseline: dict[str, Any]) -> str:
    """Format the comparison as Markdown."""
    before = baseline["results"]
    slower = regressions(report.results, before)
    rows = []
    for name, found in report.results.items():
        old = before.get(name)
        if old is None:
            rows.append(f"| {name} | {found['ratio']:.3f} | new | | |")
            continue
        verdict = "**slower**" if name in slower else "ok"
        if name in TOLD_ONLY:
            rows.append(f"| {name} | {found['ratio']:.3f} | {old['ratio']:.3f} | | told, not judged |")
            continue
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
