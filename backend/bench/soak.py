"""Real conversations for a long time, with everything that happens to them, and what the gateway's process holds.

Talkers ask at random, talk over answers, lose their page and come back; the service says goAway and cuts connections.
With `--cycles` calls are only opened, answered once and closed, one after the other. The gateway's memory, tasks, file
descriptors and upstream sockets are written down all the time. The verdict: after the warm-up none of them grows.
"""

import asyncio
import json
import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import numpy as np
import psutil

from bench.carriers import Way
from bench.gateway import own_gateway, tone_upstream
from bench.headless import Talker, TalkerError, read_wav, talker
from bench.latency import CLIP
from bench.machine import machine

SAMPLE_S = 5.0
SAMPLE_CYCLES = 10
WARM_UP_SHARE = 0.25
CALL_S = (30.0, 90.0)
"""A call is this long, then the next one begins: what a call leaves behind is seen."""
WEIGHTS = {"speak": 6, "type": 3, "talk over": 2, "press the button": 1}
SCENARIO = """
name: Soak
seed: 1
steps:
  - {when: {connected_s: 20}, do: {go_away: 30}, times: always}
  - {when: {connected_s: 40, chance: 0.3}, do: {close: internal_error}, times: always}
  - {when: {connected_s: 15, chance: 0.1}, do: drop, times: always}
"""
STARVED_MS = 4_000.0
"""A talker that this machine kept from speaking for so long is let go by the gateway: a dead browser looks the same."""
TOLERANCE = {"memory_mb": (0.10, 8.0), "fds": (0.10, 8.0), "tasks": (0.10, 8.0), "upstreams": (0.10, 3.0)}
"""How much of each may be added over the whole time after the warm-up: this share of its middle, or this much."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The gateway at one moment."""

    at_s: float
    memory_mb: float
    fds: int
    tasks: int
    """Of its event loop, where /health tells them; else its threads."""
    upstreams: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Trend:
    """One series after the warm-up."""

    name: str
    middle: float
    grown: float
    """By the straight line that fits best, from the first to the last sample."""
    allowed: float

    @property
    def flat(self) -> bool:
        return self.grown <= self.allowed


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--sessions", type=int, default=20, help="talkers at once (default 20)")
    parser.add_argument("--minutes", type=float, default=20.0, help="how long (default 20)")
    parser.add_argument("--cycles", type=int, default=0, help="instead: so many calls, opened and closed in turn")
    parser.add_argument("--seed", type=int, default=1, help="of the talkers' choices")
    parser.add_argument("--json", type=Path, help="write samples and verdict here")
    parser.add_argument("--markdown", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    if options.cycles:
        samples, events = asyncio.run(_run_cycles(options.cycles))
        what = f"{options.cycles} calls opened and closed in {samples[-1].at_s / 60:.0f} minutes"
    else:
        samples, events = asyncio.run(_run(options.sessions, options.minutes * 60, options.seed))
        what = f"{options.sessions} talkers for {samples[-1].at_s / 60:.0f} minutes"
    trends = fit(samples)
    text = report(samples, trends, events, what)
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n")
    if options.json:
        data = {
            "machine": machine(),
            "samples": [asdict(one) for one in samples],
            "trends": [{**asdict(one), "flat": one.flat} for one in trends],
            "events": dict(events),
        }
        options.json.write_text(json.dumps(data, indent=2))
    return 0 if all(trend.flat for trend in trends) and not events["a talker gave up"] else 1


def fit(samples: list[Sample]) -> list[Trend]:
    """The trends after the warm-up. Raises ValueError with fewer than six samples."""
    steady = samples[int(len(samples) * WARM_UP_SHARE) :]
    if len(steady) < 6:
        raise ValueError("too short for a verdict: let it run for longer")
    times = np.array([one.at_s for one in steady])
    trends = []
    for name, (share, least) in TOLERANCE.items():
        values = np.array([float(getattr(one, name)) for one in steady])
        slope = float(np.polyfit(times, values, 1)[0])
        middle = float(np.median(values))
        trends.append(Trend(name, middle, slope * float(times[-1] - times[0]), max(share * middle, least)))
    return trends


def report(samples: list[Sample], trends: list[Trend], events: Counter[str], what: str) -> str:
    """Markdown."""
    flat = all(trend.flat for trend in trends)
    lines = [
        f"# {what}, upstream emulator (tones)",
        "",
        "{cpu}, {cores} cores, {system}, Python {python}, S2S {s2s} at {commit}".format(**machine()),
        "",
        f"**{'Flat' if flat else 'Not flat'}** after the first {WARM_UP_SHARE:.0%} of the time.",
        "",
        "| of the gateway | middle | grown | allowed | |",
        "|---|---|---|---|---|",
        *(
            f"| {t.name} | {t.middle:.1f} | {t.grown:+.1f} | {t.allowed:.1f} | {'flat' if t.flat else 'GROWS'} |"
            for t in trends
        ),
        "",
        f"Memory from {min(s.memory_mb for s in samples):.0f} to {max(s.memory_mb for s in samples):.0f} MB. "
        "What happened: " + ", ".join(f"{count} × {what}" for what, count in sorted(events.items())) + ".",
    ]
    return "\n".join(lines)


async def _run(number: int, seconds: float, seed: int) -> tuple[list[Sample], Counter[str]]:
    events: Counter[str] = Counter()
    samples: list[Sample] = []
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        (folder / "soak.yaml").write_text(SCENARIO)
        upstream = await stack.enter_async_context(tone_upstream("--scenario", str(folder / "soak.yaml")))
        settings = {"S2S_MAX_SESSIONS": "1000", "S2S_CREATES_PER_MINUTE": "0", "S2S_LOG_DIR": str(folder)}
        gateway = own_gateway(S2S_EMULATOR_URL=upstream, S2S_UPSTREAM="emulator", **settings)
        url, pid = await stack.enter_async_context(gateway)
        until = time.monotonic() + seconds
        talkers = [
            asyncio.create_task(_calls(url, random.Random(seed * 1000 + at), until, events)) for at in range(number)
        ]
        stack.push_async_callback(_cancel, talkers)
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            process, began = psutil.Process(pid), time.monotonic()
            while time.monotonic() < until:
                await asyncio.sleep(min(SAMPLE_S, max(0.1, until - time.monotonic())))
                samples.append(await _sample(http, process, time.monotonic() - began))
                _progress(samples[-1], min(1.0, samples[-1].at_s / seconds), events)
    print(file=sys.stderr)
    return samples, events


async def _run_cycles(number: int) -> tuple[list[Sample], Counter[str]]:
    """Each call by the next way, with one answer begun: half-open calls and cut answers are what might stay behind."""
    events: Counter[str] = Counter()
    samples: list[Sample] = []
    ways = list(Way)
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        upstream = await stack.enter_async_context(tone_upstream())
        settings = {"S2S_CREATES_PER_MINUTE": "0", "S2S_LOG_DIR": folder}
        gateway = own_gateway(S2S_EMULATOR_URL=upstream, S2S_UPSTREAM="emulator", **settings)
        url, pid = await stack.enter_async_context(gateway)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        process, began = psutil.Process(pid), time.monotonic()
        for at in range(number):
            async with talker(url, ways[at % len(ways)]) as person:
                events["call"] += 1
                person.type("Tell me something.")
                await person.until(lambda: bool(person.ear.turns), "answer")
            if (at + 1) % SAMPLE_CYCLES == 0:
                samples.append(await _sample(http, process, time.monotonic() - began))
                _progress(samples[-1], (at + 1) / number, events)
    print(file=sys.stderr)
    return samples, events


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _sample(http: httpx.AsyncClient, process: psutil.Process, at_s: float) -> Sample:
    health = (await http.get("/health")).json()
    return Sample(
        at_s=round(at_s, 1),
        memory_mb=round(process.memory_info().rss / 2**20, 1),
        fds=process.num_fds(),
        tasks=int(health.get("tasks", process.num_threads())),
        upstreams=int(health["upstream"]["open_sockets"]),
        sessions=int(health["sessions"]["active"]),
    )


async def _calls(url: str, dice: random.Random, until: float, events: Counter[str]) -> None:
    """One talker's calls, one after the other."""
    clip = read_wav(CLIP)
    while time.monotonic() < until:
        way = dice.choice([Way.PLAIN, Way.SOCKET, Way.TWICE])
        people: list[Talker] = []
        try:
            async with talker(url, way) as person:
                events["call"] += 1
                people.append(person)
                await _talk(person, clip, dice, min(until, time.monotonic() + dice.uniform(*CALL_S)), events)
        except (TalkerError, httpx.HTTPError) as fault:
            # A talker that gets no answer is what this bench looks for: it is counted, and decides the verdict.
            starved = any(person.worst_lateness_ms > STARVED_MS for person in people)
            events["a talker was starved by this machine" if starved else "a talker gave up"] += 1
            print(f"\n{way}: {fault}", file=sys.stderr)


async def _talk(person: Talker, clip: bytes, dice: random.Random, until: float, events: Counter[str]) -> None:
    while time.monotonic() < until:
        what = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        events[what] += 1
        turns = len(person.ear.turns)
        if what == "type":
            person.type("Tell me something.")
        else:
            person.say(clip)
        await person.until(lambda: len(person.ear.turns) > turns, "answer", 60.0)  # noqa: B023
        if what == "talk over":
            person.say(clip)
        elif what == "press the button":
            person.interrupt(person.ear.turns[-1].turn)
        await asyncio.sleep(dice.uniform(0.5, 4.0))


def _progress(sample: Sample, share: float, events: Counter[str]) -> None:
    bar = "#" * round(share * 30)
    print(
        f"\r[{bar:<30}] {share:4.0%}  {sample.sessions} sessions, {sample.memory_mb:.0f} MB, {sample.fds} files, "
        f"{sample.tasks} tasks, {sample.upstreams} upstream, {events['call']} calls ",
        end="",
        file=sys.stderr,
        flush=True,
    )
