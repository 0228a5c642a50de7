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
    seat: type[LoadTalker] = resolve_name(options.talker)
    stamps_url = options.upstream + "/stamps"
    async with (
        connect(stamps_url, compression=None, ping_interval=None, max_size=2**28) as watch,
        httpx.AsyncClient(base_url=options.gateway, timeout=TIMEOUT_S) as http,
    ):
        seats: list[LoadTalker] = []
        guests: list[int] = []
        try:
            await _warm_up(seat(0, http), watch)
            _say(base=monotonic())
            for number in range(options.n):
                seats.append(seat(number, http))
                await seats[-1].open()
                guests.append(await _first_audio(watch, number))
                _say(opened=number + 1)
            await asyncio.sleep(options.settle)
            window = await _steady(seats, options.seconds)
            window["cut_until"] = await _cut(watch, options.interruptions / options.n)
            await watch.send("stamps")
            upstream = await _stamps(watch)
        finally:
            await _close(seats)
    _say(result={"window": window, "seats": _told(seats, guests), "upstream": upstream})


async def _warm_up(seat: LoadTalker, watch: ClientConnection) -> None:
    """The first call pays for what is loaded once; no figure is about it."""
    try:
        await seat.open()
        await _first_audio(watch, 0)
    finally:
        await _close([seat])


async def _first_audio(watch: ClientConnection, number: int) -> int:
    """Which connection of the upstream belongs to the seat that has just been opened. Raises LoadTalkerError."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            guest: int = json.loads(await watch.recv())["first_audio"]
            return guest
    except TimeoutError as fault:
        raise LoadTalkerError(f"talker {number + 1} was connected, but no audio of it reached the upstream") from fault


async def _stamps(watch: ClientConnection) -> dict[str, Any]:
    async for text in watch:
        told: dict[str, Any] = json.loads(text)
        if "guests" in told:
            return told
    raise LoadTalkerError("the upstream went away")


async def _steady(seats: list[LoadTalker], seconds: float) -> dict[str, Any]:
    # A pause of the talkers' own would be taken for one of the gateway's.
    gc.collect()
    gc.freeze()
    for seat in seats:
        seat.lateness_ms.clear()
    before, said = [seat.traffic() for seat in seats], _messages(seats)
    began, own_s = monotonic(), time.process_time()
    _say(window="begins", at=began)
    await asyncio.sleep(seconds)
    ended, own_s = monotonic(), time.process_time() - own_s
    _say(window="ends", at=ended)
    after, told = [seat.traffic() for seat in seats], _messages(seats)
    alive = sum(seat.is_connected for seat in seats)

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
        "lateness_ms": [round(ms, 2) for seat in seats for ms in seat.lateness_ms],
    }


async def _cut(watch: ClientConnection, each: float) -> float:
    """So many interruptions of each talker, for a percentile that is not one worst case; answers when they ended."""
    if each:
        await watch.send(CUT_ALL)
        await asyncio.sleep(min(MAX_INTERRUPTING_S, (each + 1) * CYCLE_S))
    return monotonic()


def _messages(seats: list[LoadTalker]) -> dict[str, Counter[str]]:
    """So far, each way, by kind."""
    return {
        "up": sum((seat.up for seat in seats), Counter[str]()),
        "down": sum((seat.down for seat in seats), Counter[str]()),
    }


async def _close(seats: list[LoadTalker]) -> None:
    """All at once, within a limit: a gateway that has broken down must not keep us."""
    try:
        async with asyncio.timeout(CLOSE_LIMIT_S):
            await asyncio.gather(*(seat.close() for seat in seats), return_exceptions=True)
    except TimeoutError:
        print("not all calls could be closed in time", file=sys.stderr)


def _told(seats: list[LoadTalker], guests: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "guest": guest,
            "opening": seat.opening,
            "said": seat.burst_times,
            "heard": seat.loud_spans,
            "flushed": seat.flush_times,
        }
        for seat, guest in zip(seats, guests, strict=True)
    ]


if __name__ == "__main__":
    sys.exit(main())
