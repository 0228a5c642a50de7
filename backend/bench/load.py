"""Many talkers at one gateway: what a session costs, how late its voice comes, and when that begins to hurt.

The talkers share this process, the emulator (tones, no models) and the gateway have one each. A step in which the
talkers themselves were late measures the talkers and says so.
"""

import asyncio
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from bench.gateway import own_gateway, tone_upstream
from bench.headless import Talker, TalkerError, read_wav, talker
from bench.latency import CLIP, machine

QUIET_S = 6.0
OPENING_AT_ONCE = 8
# Talkers later than this at the 99th percentile were the bottleneck.
HONEST_LATENESS_MS = 20.0


@dataclass(frozen=True, slots=True)
class Step:
    """One number of talkers, over the steady window."""

    sessions: int
    gateway_cores: float
    cpu_ms_per_session_s: float
    way_p50_ms: float
    """Gateway to talker, by the clock on each frame; same machine, same clock."""
    way_p99_ms: float
    talker_p99_ms: float
    """How late the talkers' own microphones were."""
    gaps: int
    answers: int
    memory_mb: float

    @property
    def honest(self) -> bool:
        return self.talker_p99_ms <= HONEST_LATENESS_MS


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 25, 50], help="numbers of talkers to try")
    parser.add_argument("--seconds", type=float, default=16.0, help="length of each steady window (default 16)")
    parser.add_argument("--json", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    try:
        steps = asyncio.run(_run(options.sessions, options.seconds))
    except TalkerError as fault:
        print(fault, file=sys.stderr)
        return 1
    print(report(steps))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine(), "steps": [asdict(step) for step in steps]}, indent=2))
    return 0


def report(steps: list[Step]) -> str:
    """The steps as a Markdown table."""
    lines = [
        "# One gateway, many talkers, upstream emulator (tones)",
        "",
        "{cpu}, {cores} cores, {system}, Python {python}, S2S {s2s} at {commit}".format(**machine()),
        "",
        "| talkers | gateway, cores | ms of CPU per session-second | voice late p50 / p99 ms | talkers late p99 ms "
        "| gaps in answers | memory MB |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {s.sessions}{'' if s.honest else ' (talkers overloaded)'} | {s.gateway_cores:.2f} "
        f"| {s.cpu_ms_per_session_s:.1f} | {s.way_p50_ms:.1f} / {s.way_p99_ms:.1f} | {s.talker_p99_ms:.1f} "
        f"| {s.gaps} in {s.answers} | {s.memory_mb:.0f} |"
        for s in steps
    ]
    return "\n".join(lines)


async def _run(numbers: list[int], seconds: float) -> list[Step]:
    steps = []
    async with (
        tone_upstream() as upstream,
        own_gateway(S2S_EMULATOR_URL=upstream, S2S_UPSTREAM="emulator", S2S_MAX_SESSIONS="1000") as (url, pid),
    ):
        for number in numbers:
            print(f"{number} talkers for {seconds:.0f} s ...", file=sys.stderr)
            steps.append(await _step(url, psutil.Process(pid), number, seconds))
    return steps


async def _step(url: str, gateway: psutil.Process, number: int, seconds: float) -> Step:
    async with AsyncExitStack() as stack:
        gate = asyncio.Semaphore(OPENING_AT_ONCE)

        async def enter() -> Talker:
            async with gate:
                return await stack.enter_async_context(talker(url))

        people = await asyncio.gather(*(enter() for _ in range(number)))
        chatter = [asyncio.create_task(_chat(person, index / number)) for index, person in enumerate(people)]
        await asyncio.sleep(2.0)
        for person in people:
            person.lateness_ms.clear()
            person.way_ms.clear()
        before, began = gateway.cpu_times(), time.monotonic()
        turns_before = sum(len(person.ear.turns) for person in people)
        await asyncio.sleep(seconds)
        after, took = gateway.cpu_times(), time.monotonic() - began
        memory_mb = gateway.memory_info().rss / 2**20
        for task in chatter:
            task.cancel()
        await asyncio.gather(*chatter, return_exceptions=True)
    cpu_s = (after.user + after.system) - (before.user + before.system)
    way = [ms for person in people for ms in person.way_ms] or [0.0]
    late = [ms for person in people for ms in person.lateness_ms] or [0.0]
    turns = [turn for person in people for turn in person.ear.turns]
    return Step(
        sessions=number,
        gateway_cores=cpu_s / took,
        cpu_ms_per_session_s=cpu_s * 1000 / took / number,
        way_p50_ms=_percentile(way, 50),
        way_p99_ms=_percentile(way, 99),
        talker_p99_ms=_percentile(late, 99),
        gaps=sum(turn.gaps for turn in turns[turns_before:]),
        answers=len(turns) - turns_before,
        memory_mb=memory_mb,
    )


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * percent // 100)]


async def _chat(person: Talker, phase: float) -> None:
    """Says the clip, listens, and says it again, out of step with the others."""
    clip = read_wav(CLIP)
    await asyncio.sleep(phase * QUIET_S)
    while True:
        person.say(clip)
        await asyncio.sleep(len(clip) / 32_000 + QUIET_S)
