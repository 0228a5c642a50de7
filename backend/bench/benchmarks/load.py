"""Load test of one gateway: cost of a session, added latency, and the largest healthy number of talkers.

More and more people talk to one gateway, which has a core to itself, until the voice comes later or is lost. The
talkers share a process, and the upstream has one: a step in which either of them was late, or had no time left,
measures the bench and is rejected. With `--full-engine` they talk to the local engine: how many can that one serve?
"""

import asyncio
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.analysis.load_verdict import (
    MAX_ADDED_MS,
    SPARE_SHARE,
    Point,
    judge_step,
    largest_healthy,
    suggested_max_sessions,
)
from bench.benchmarks import load_engine
from bench.clients.headless import TalkerError
from bench.harness.gateways import S2S
from bench.harness.metrics import Figures
from bench.harness.runner import RunError, measure, split_cores
from bench.results.environment import Report, command, machine, machine_line

NUMBERS = (1, 10, 20, 30, 40, 50, 60, 80, 100, 120, 140, 160)
ENGINE_NUMBERS = (1, 2, 3, 4, 6, 8)
SECONDS = 16.0
ENGINE_SECONDS = 90.0
"""A question, its answer and the pause behind it take about ten."""
SETTLE_S = 3.0
GATEWAY = replace(S2S, talker="bench.harness.speech_talker:SpeechTalker")


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sessions", type=int, nargs="+", help=f"numbers of talkers to try (default {NUMBERS})")
    lengths = f"{SECONDS:.0f}; with the engine {ENGINE_SECONDS:.0f}"
    parser.add_argument("--seconds", type=float, help=f"length of each steady window ({lengths})")
    parser.add_argument("--all", action="store_true", help="go on behind the first number that is not healthy")
    parser.add_argument("--full-engine", action="store_true", help="talk to the local engine: it hears and speaks")
    parser.add_argument("--json", type=Path, help="write the figures here")
    parser.add_argument("--markdown", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    host = machine()
    try:
        if options.full_engine:
            seconds = options.seconds or ENGINE_SECONDS
            results = asyncio.run(load_engine.ramp(sorted(options.sessions or ENGINE_NUMBERS), seconds, show_progress))
            text = load_engine.report(results, host)
        else:
            seconds = options.seconds or SECONDS
            points = ramp(sorted(options.sessions or NUMBERS), seconds, stop=not options.all)
            results = as_json(points, seconds)
            text = report(points, host)
    except (TalkerError, RunError, TimeoutError) as fault:
        print(str(fault) or "A step took too long.", file=sys.stderr)
        return 1
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", "utf-8")
    if options.json:
        Report("load", command(), host, results).write(options.json)
    return 0


def ramp(numbers: Sequence[int], seconds: float, *, stop: bool = True) -> list[Point]:
    """Measure each number of talkers up to the first that was unhealthy twice. Raises RunError, TimeoutError."""
    points: list[Point] = []
    alone: Point | None = None
    for at, number in enumerate(numbers):
        place = f"[{at + 1}/{len(numbers)}]"
        point = _step(number, seconds, alone, place)
        if not point.healthy:
            # Something else on this machine may have taken the moment.
            point = max(point, _step(number, seconds, alone, f"{place} again:"), key=lambda p: (p.healthy, p.honest))
        points.append(point)
        alone = alone or point
        if stop and not point.healthy:
            break
    return points


def _step(number: int, seconds: float, alone: Point | None, place: str) -> Point:
    load_before = os.getloadavg()[0]
    head = f"{place} {number} talker{'s' * (number > 1)}: "
    found: Figures = asyncio.run(measure(GATEWAY, number, seconds, lambda what: show_progress(head, what), SETTLE_S))
    point = judge_step(found, alone, load_before)
    show_progress(head, f"{point.cpu_ms_per_session_s:.1f} ms of CPU per session-second, {point.why or 'healthy'}\n")
    return point


def show_progress(head: str, what: str) -> None:
    """Print a status line that updates in place; without a terminal, print only its last state."""
    if sys.stderr.isatty() or what.endswith("\n"):
        print(f"\r{head}{what:<32}", end="", file=sys.stderr, flush=True)


def as_json(points: Sequence[Point], seconds: float) -> dict[str, Any]:
    """For plots: `points` is a flat list."""
    gateway_cores, other_cores = split_cores()
    return {
        "mode": "gateway",
        "seconds": seconds,
        "pinned": bool(gateway_cores),
        "helper_cores": len(other_cores),
        "most_slower_ms": MAX_ADDED_MS,
        "largest_healthy": largest_healthy(points),
        "suggested_max_sessions": suggested_max_sessions(points),
        "points": [point.as_json() for point in points],
    }


def report(points: Sequence[Point], host: dict[str, Any]) -> str:
    """Markdown."""
    gateway_cores, _ = split_cores()
    alone = "The gateway had a core to itself" if gateway_cores else "Nothing was pinned to a core"
    rows = [
        f"| {p.n} | {p.cpu_ms_per_session_s:.1f} | {p.cores:.2f} | {_three(p, 'up')} | {_three(p, 'down')} "
        f"| {_number(p.interrupt_p50_ms)} / {_number(p.interrupt_p99_ms)} | {_number(p.first_audio_p95_ms, 0)} "
        f"| {p.lost} | {p.rss_mb:.0f} | {p.mb_per_session:.2f} "
        f"| {_number(p.client_late_p99_ms)}, {p.client_cores:.2f} | {_verdict(p)} |"
        for p in points
    ]
    return "\n".join(
        [
            "# One gateway, many talkers",
            "",
            machine_line(host),
            "",
            f"{alone}; talkers and upstream shared the others. Real voices, 50 frames a second each; the upstream "
            "answers 2 s of every 4 s and interrupts itself every third time. `up`: a frame handed over by its talker, "
            "until it reached the upstream. `down`: the first voice of an answer sent, until its first packet came.",
            "",
            "| talkers | gateway: ms of CPU per session-second | cores | up p50 / p95 / p99 ms | down p50 / p95 / p99 "
            "| interrupted to flush p50 / p99 ms | offer to first audio p95 ms | lost | memory MB | MB per session "
            "| talkers late p99 ms, cores | |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
            _conclusion(points),
        ]
    )


def _verdict(point: Point) -> str:
    if not point.honest:
        return f"rejected: {point.why}"
    return "healthy" if point.healthy else point.why


def _conclusion(points: Sequence[Point]) -> str:
    largest = largest_healthy(points)
    if not largest:
        return "Not even the first number was healthy: this machine was busy, or is too slow."
    broke = next((point for point in points if not point.healthy), None)
    end = "the largest that was tried" if broke is None else f"at {broke.n}: {broke.why}"
    bench = "" if broke is None or broke.honest else " It was the bench that could not keep up, not the gateway."
    return (
        f"Healthy up to {largest} talkers on one core ({end}).{bench} Healthy means: the 95th percentile of either way "
        f"within {MAX_ADDED_MS:.0f} ms of one talker's, nothing lost. Suggested for this machine, with "
        f"{1 - SPARE_SHARE:.0%} to spare: `S2S_MAX_SESSIONS={suggested_max_sessions(points)}` for each gateway process."
    )


def _three(point: Point, way: str) -> str:
    return " / ".join(_number(getattr(point, f"{way}_{name}_ms")) for name in ("p50", "p95", "p99"))


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
