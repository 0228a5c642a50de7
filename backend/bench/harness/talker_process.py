"""`python -m bench.harness.talker_process`: all talkers of one run, in a process that also measures itself.

Talks to the bench in lines of JSON on its standard output: `opened`, `window`, and at the end `result`.
"""

import asyncio
import gc
import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from pkgutil import resolve_name
from time import monotonic
from typing import Any

import httpx
import uvloop
from websockets.asyncio.client import ClientConnection, connect

from bench.harness.scheduled_upstream import CUT_ALL, CYCLE_S
from bench.harness.talker import TIMEOUT_S, LoadTalker, LoadTalkerError

SETTLE_S = 3.0
CLOSE_LIMIT_S = 10.0
MAX_INTERRUPTING_S = 30.0


def main() -> int:
    parser = ArgumentParser(prog="python -m bench.harness.talker_process")
    parser.add_argument("--talker", required=True, help="module:Class")
    parser.add_argument("--gateway", required=True, help="http://host:port")
    parser.add_argument("--upstream", required=True, help="ws://host:port")
    parser.add_argument("--n", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--settle", type=float, default=SETTLE_S)
    parser.add_argument("--interruptions", type=int, default=0, help="more of them, after the window, in all")
    try:
        uvloop.run(_run(parser.parse_args()))
    except (LoadTalkerError, httpx.HTTPError, TimeoutError, OSError) as fault:
        _say(fault=f"{type(fault).__name__}: {fault}")
        return 1
    return 0


def _say(**news: Any) -> None:
    print(json.dumps(news), flush=True)


async def _run(options: Namespace) -> None:
    talker: type[LoadTalker] = resolve_name(options.talker)
    stamps_url = options.upstream + "/stamps"
    async with (
        connect(stamps_url, compression=None, ping_interval=None, max_size=2**28) as watch,
        httpx.AsyncClient(base_url=options.gateway, timeout=TIMEOUT_S) as http,
    ):
        talkers: list[LoadTalker] = []
        connections: list[int] = []
        try:
            await _warm_up(talker(0, http), watch)
            _say(base=monotonic())
            for number in range(options.n):
                talkers.append(talker(number, http))
                await talkers[-1].open()
                connections.append(await _first_audio(watch, number))
                _say(opened=number + 1)
            await asyncio.sleep(options.settle)
            window = await _steady(talkers, options.seconds)
            window["cut_until"] = await _cut(watch, options.interruptions / options.n)
            await watch.send("stamps")
            upstream = await _stamps(watch)
        finally:
            await _close(talkers)
    _say(result={"window": window, "talkers": _told(talkers, connections), "upstream": upstream})


async def _warm_up(talker: LoadTalker, watch: ClientConnection) -> None:
    """Warm up: the first call pays for one-time loading and is not measured."""
    try:
        await talker.open()
        await _first_audio(watch, 0)
    finally:
        await _close([talker])


async def _first_audio(watch: ClientConnection, number: int) -> int:
    """Return which upstream connection belongs to the talker just opened. Raises LoadTalkerError."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            connection: int = json.loads(await watch.recv())["first_audio"]
            return connection
    except TimeoutError as fault:
        raise LoadTalkerError(f"talker {number + 1} was connected, but no audio of it reached the upstream") from fault


async def _stamps(watch: ClientConnection) -> dict[str, Any]:
    async for text in watch:
        told: dict[str, Any] = json.loads(text)
        if "connections" in told:
            return told
    raise LoadTalkerError("the upstream went away")


async def _steady(talkers: list[LoadTalker], seconds: float) -> dict[str, Any]:
    # A pause of the talkers' own would be taken for one of the gateway's.
    gc.collect()
    gc.freeze()
    for talker in talkers:
        talker.lateness_ms.clear()
    before, said = [talker.traffic() for talker in talkers], _messages(talkers)
    began, own_s = monotonic(), time.process_time()
    _say(window="begins", at=began)
    await asyncio.sleep(seconds)
    ended, own_s = monotonic(), time.process_time() - own_s
    _say(window="ends", at=ended)
    after, told = [talker.traffic() for talker in talkers], _messages(talkers)
    alive = sum(talker.is_connected for talker in talkers)

    def grown(what: str) -> int:
        return sum(b[what] - a[what] for a, b in zip(before, after, strict=True))

    return {
        "began": began,
        "ended": ended,
        "client_cpu_s": own_s,
        "alive": alive,
        "sent_bytes": grown("sent"),
        "received_bytes": grown("received"),
        "packets_up": grown("packets_sent"),
        "packets_down": grown("packets_received"),
        "messages": {way: dict(told[way] - said[way]) for way in told},
        "lateness_ms": [round(ms, 2) for talker in talkers for ms in talker.lateness_ms],
    }


async def _cut(watch: ClientConnection, each: float) -> float:
    """Interrupt each talker `each` times, so that a percentile is more than one worst case; returns when that ended."""
    if each:
        await watch.send(CUT_ALL)
        await asyncio.sleep(min(MAX_INTERRUPTING_S, (each + 1) * CYCLE_S))
    return monotonic()


def _messages(talkers: list[LoadTalker]) -> dict[str, Counter[str]]:
    """So far, each way, by kind."""
    return {
        "up": sum((talker.up for talker in talkers), Counter[str]()),
        "down": sum((talker.down for talker in talkers), Counter[str]()),
    }


async def _close(talkers: list[LoadTalker]) -> None:
    """Close all talkers at once within a time limit, so that a hung gateway cannot block the run."""
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await asyncio.gather(*(talker.close() for talker in talkers), return_exceptions=True)
    except TimeoutError:
        print("not all calls could be closed in time", file=sys.stderr)


def _told(talkers: list[LoadTalker], connections: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "connection": connection,
            "opening": talker.opening,
            "said": talker.burst_times,
            "heard": talker.loud_spans,
            "flushed": talker.flush_times,
        }
        for talker, connection in zip(talkers, connections, strict=True)
    ]


if __name__ == "__main__":
    sys.exit(main())
