"""Soak test: real conversations with interruptions and faults, and the growth of the gateway's process.

Two parts. In the first, calls are opened, answered once and closed, one after the other (`--cycles`). In the second,
talkers ask at random, talk over answers, lose their page and come back, while the service says goAway and cuts
connections (`--minutes`). The gateway's memory, tasks, file descriptors and upstream sockets are written down all the
time; beside them, how late talkers and upstream were themselves. The verdict: after the warm-up nothing grows, and
nobody went without an answer but where this machine had no time.
"""

import asyncio
import random
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import httpx
import psutil

from bench.analysis.loop_lag import Pause, queued_s, watch_loop, worst_s
from bench.analysis.soak_verdict import Cause, MissingAnswer, Sample, find_cause, has_failed, part, summary, table
from bench.benchmarks.latency import CLIP
from bench.clients.gateway_process import own_gateway
from bench.clients.headless import Talker, TalkerError, read_wav, talker
from bench.clients.transports import TransportKind
from bench.results.environment import Report, command, machine, machine_line
from experiments.soak.upstream import soak_upstream

SAMPLE_S = 5.0
SAMPLES_OF_CYCLES = 50
TOLD_EACH_S = 60.0
"""Where nobody watches, a line each minute."""
ANSWER_LIMIT_S = 60.0
PING_S = 1.0
"""As the page."""
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
FAULTS = (TalkerError, httpx.HTTPError, TimeoutError, OSError)


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench soak`."""
    parser.add_argument("--sessions", type=int, default=20, help="talkers at once (default 20)")
    parser.add_argument("--minutes", type=float, default=20.0, help="how long they talk (default 20; 0: not at all)")
    parser.add_argument("--cycles", type=int, default=500, help="before that: calls opened and closed (default 500)")
    parser.add_argument("--seed", type=int, default=1, help="of the talkers' choices")
    parser.add_argument("--json", type=Path, help="write samples and verdict here")
    parser.add_argument("--markdown", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """1 when something grows or an answer was lost; a run too short or too busy for a verdict says so, and is 0."""
    host, results = machine(), dict[str, Any]()
    if options.cycles:
        results["cycles"] = asyncio.run(_run_cycles(options.cycles))
    if options.minutes:
        results["talkers"] = asyncio.run(_run(options.sessions, options.minutes * 60, options.seed))
        results["talkers"]["sessions"] = options.sessions
    text = report(results, host)
    print(text)
    if options.markdown:
        options.markdown.write_text(text + "\n", "utf-8")
    if options.json:
        Report("soak", command(), host, results).write(options.json)
    return 1 if any(has_failed(found) for found in results.values()) else 0


def report(results: dict[str, Any], host: dict[str, Any]) -> str:
    """Markdown."""
    lines = ["# Does the gateway grow?", "", machine_line(host)]
    for name, found in results.items():
        title = "Calls opened and closed" if name == "cycles" else f"{found['sessions']} talkers"
        lines += ["", f"## {title}", "", *table(found, by_calls=name == "cycles"), "", summary(found)]
        lines += [f"- {one['way']}: {one['why']}" for one in found["silences"]]
        lines += ["", "What happened: " + ", ".join(f"{n} times {what}" for what, n in found["events"].items()) + "."]
    return "\n".join(lines)


class SoakRun:
    """A gateway and its upstream, with the loop lag of each."""

    def __init__(self, url: str, process: psutil.Process, upstream: list[Pause], http: httpx.AsyncClient) -> None:
        self.url = url
        self.events: Counter[str] = Counter()
        self.samples: list[Sample] = []
        self.causes: list[tuple[MissingAnswer, Cause]] = []
        self.client: list[Pause] = []
        self._upstream, self._process, self._http = upstream, process, http
        self._queued: list[tuple[float, float]] = []
        self._began = self._last = monotonic()
        self._told = 0.0

    async def sample(self, share: float) -> None:
        """Looks at the gateway, and says how far the run is."""
        health = (await self._http.get("/health")).json()
        now, queued = monotonic(), queued_s(self._process.pid) or 0.0
        before = self._queued[-1][1] if self._queued else queued
        self._queued.append((now, queued))
        one = Sample(
            at_s=round(now - self._began, 1),
            memory_mb=round(self._process.memory_info().rss / 2**20, 1),
            fds=self._process.num_fds(),
            tasks=int(health["tasks"]),
            upstreams=int(health["upstream"]["open_sockets"]),
            sessions=int(health["sessions"]["active"]),
            calls=self.events["call"],
            client_late_s=worst_s(self.client, self._last, now),
            upstream_late_s=worst_s(self._upstream, self._last, now),
            gateway_queued_s=round(queued - before, 2),
        )
        self._last = now
        self.samples.append(one)
        self._progress(one, share)

    def silent(self, silence: MissingAnswer) -> None:
        """A talker got no answer: finds out why."""
        queued = queued_s(self._process.pid)
        looks = self._queued + ([(monotonic(), queued)] if queued is not None else [])
        found = find_cause(silence, self.client, self._upstream, looks)
        self.causes.append((silence, found))
        print(f"\n{silence.way}: no answer; {found.words}. {silence.said}", file=sys.stderr)

    def found(self) -> dict[str, Any]:
        """For JSON."""
        print(file=sys.stderr)
        return part(self.samples, self.causes, self.events)

    def _progress(self, one: Sample, share: float) -> None:
        watched = sys.stderr.isatty()
        if not watched and share < 1 and one.at_s - self._told < TOLD_EACH_S:
            return
        self._told = one.at_s
        late = "" if one.is_valid else ", REJECTED: no time"
        print(
            f"{chr(13) if watched else ''}[{'#' * round(share * 30):<30}] {share:4.0%}  {one.sessions} sessions, "
            f"{one.memory_mb:.0f} MB, {one.fds} files, {one.tasks} tasks, {one.upstreams} upstream, {one.calls} calls"
            f"{late} ",
            end="" if watched else "\n",
            file=sys.stderr,
            flush=True,
        )


@asynccontextmanager
async def _stand(*upstream_options: str, **settings: str) -> AsyncIterator[SoakRun]:
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        upstream, pauses = await stack.enter_async_context(soak_upstream(*upstream_options))
        common = {"S2S_UPSTREAM": "emulator", "S2S_CREATES_PER_MINUTE": "0", "S2S_LOG_DIR": folder}
        gateway = own_gateway(S2S_EMULATOR_URL=upstream, **common, **settings)
        url, pid = await stack.enter_async_context(gateway)
        http = await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=30))
        stand = SoakRun(url, psutil.Process(pid), pauses, http)
        watching = asyncio.create_task(watch_loop(stand.client.append))
        stack.push_async_callback(_cancel, [watching])
        yield stand


async def _run(number: int, seconds: float, seed: int) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        scenario = Path(folder) / "soak.yaml"
        scenario.write_text(SCENARIO)
        async with _stand("--scenario", str(scenario), S2S_MAX_SESSIONS="1000") as stand:
            began = monotonic()
            until = began + seconds
            dice = [random.Random(seed * 1000 + at) for at in range(number)]
            talkers = [asyncio.create_task(_calls(stand, one, until)) for one in dice]
            try:
                while monotonic() < until:
                    await asyncio.sleep(min(SAMPLE_S, max(0.1, until - monotonic())))
                    await stand.sample(min(1.0, (monotonic() - began) / seconds))
                    _raise_faults(talkers)
            finally:
                await _cancel(talkers)
            return stand.found()


async def _run_cycles(number: int) -> dict[str, Any]:
    """Each call by the next way, with one answer begun: half-open calls and cut answers are what might stay behind."""
    ways = list(TransportKind)
    async with _stand() as stand:
        each = max(1, number // SAMPLES_OF_CYCLES)
        for at in range(number):
            await _cycle(stand, ways[at % len(ways)])
            if (at + 1) % each == 0:
                await stand.sample((at + 1) / number)
        return stand.found()


async def _cycle(stand: SoakRun, way: TransportKind) -> None:
    called = monotonic()
    stand.events["call"] += 1
    try:
        async with talker(stand.url, way) as person:
            person.send_text("Tell me something.")
            await person.wait_until(lambda: bool(person.ear.turns), "answer", ANSWER_LIMIT_S)
    except FAULTS as fault:
        stand.silent(MissingAnswer(str(way), called, called, monotonic(), _first_line(fault)))


async def _calls(stand: SoakRun, dice: random.Random, until: float) -> None:
    """One talker's calls, one after the other."""
    while monotonic() < until:
        way = dice.choice([TransportKind.PLAIN, TransportKind.SOCKET, TransportKind.REDUNDANT])
        called = monotonic()
        waits = [called]
        stand.events["call"] += 1
        try:
            async with talker(stand.url, way) as person:
                pinging = asyncio.create_task(_ping(person))
                try:
                    ends = min(until, monotonic() + dice.uniform(*CALL_S))
                    await _talk(stand, person, dice, ends, waits=waits)
                finally:
                    await _cancel([pinging])
        except FAULTS as fault:
            # A talker that gets no answer is what this bench looks for: it is counted, and decides the verdict.
            stand.silent(MissingAnswer(str(way), called, waits[-1], monotonic(), _first_line(fault)))


async def _ping(person: Talker) -> None:
    while True:
        await asyncio.sleep(PING_S)
        person.send_ping()


async def _talk(stand: SoakRun, person: Talker, dice: random.Random, until: float, *, waits: list[float]) -> None:
    clip = read_wav(CLIP)
    while monotonic() < until:
        what = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        stand.events[what] += 1
        turns = len(person.ear.turns)
        waits.append(monotonic())
        if what == "type":
            person.send_text("Tell me something.")
        else:
            person.say(clip)
        await person.wait_until(lambda: len(person.ear.turns) > turns, "answer", ANSWER_LIMIT_S)  # noqa: B023
        if what == "talk over":
            person.say(clip)
        elif what == "press the button":
            person.press_interrupt(person.ear.turns[-1].turn)
        await asyncio.sleep(dice.uniform(0.5, 4.0))


def _raise_faults(tasks: list[asyncio.Task[None]]) -> None:
    """A talker that broke in any other way is a fault of this bench: it must not go on quietly with fewer."""
    for task in tasks:
        if task.done() and not task.cancelled():
            task.result()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def _first_line(fault: BaseException) -> str:
    return (str(fault) or type(fault).__name__).splitlines()[0]
