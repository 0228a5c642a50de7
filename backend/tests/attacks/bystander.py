"""`python -m tests.attacks.bystander PORT ADDRESS`: a call of somebody else, in a process that does nothing but it.

Reads `begin PINGS` and `end` from standard input; answers `end` with a line of JSON: what the person noticed since.
Each ping also goes to a process that does nothing but echo: how long that takes tells how busy the machine is.
"""

import asyncio
import json
import os
import socket
import sys
import time
from typing import Any

import uvloop
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.attacks.stranger import PATIENCE_S, Place, say, talking

PING_EVERY_S = 0.04
NUMBER_BYTES = 4
EXPECTED = frozenset(
    {"ready", "state", "user_transcript", "model_transcript", "turn_end", "latency", "usage", "spent", "pong", "codec"}
)


class RoundTrips:
    """Pings and their answers, by number."""

    def __init__(self) -> None:
        self._sent: dict[int, float] = {}
        self._took_s: list[float] = []
        self.count = 0

    def begin(self) -> None:
        self._took_s.clear()
        self.count = 0

    def sent(self, number: int) -> None:
        self.count += 1
        self._sent[number] = time.monotonic()

    def answered(self, number: int) -> None:
        if (at := self._sent.pop(number, None)) is not None:
            self._took_s.append(time.monotonic() - at)

    def p95_ms(self) -> float:
        """Of those answered and, with their age, of those that are not. Raises IndexError if there are none."""
        now = time.monotonic()
        times = sorted(self._took_s + [now - at for at in self._sent.values()])
        return round(1000 * times[int(len(times) * 0.95)], 2)


class Bystander:
    """Pings as a page does, only oftener, and remembers everything that is not as in a quiet call."""

    def __init__(self, call: ClientConnection, echo: socket.socket) -> None:
        self._socket = call
        self._echo = echo
        self._trips, self._echoes = RoundTrips(), RoundTrips()
        self._noticed: list[str] = []
        self._frames = 0
        self._enough = asyncio.Event()
        self._pings = 0
        self._over = asyncio.get_running_loop().create_future()
        self._turn_ended = asyncio.Event()

    def begin(self, pings: int) -> None:
        """Forget what was noticed. After a short attack the person stays for so many pings."""
        self._enough.clear()
        self._pings = pings
        self._trips.begin()
        self._echoes.begin()
        self._noticed.clear()

    async def end(self) -> dict[str, Any]:
        """The round trips so far; then the call answers a question, or does not."""
        await asyncio.wait([asyncio.create_task(self._enough.wait()), self._over], return_when=asyncio.FIRST_COMPLETED)
        took = {"pings": self._trips.count, "p95_ms": self._trips.p95_ms(), "echo_p95_ms": self._echoes.p95_ms()}
        self._turn_ended.clear()
        self._frames = 0
        answered = False
        try:
            await say(self._socket, type="text", text="hello")
            async with asyncio.timeout(PATIENCE_S):
                await self._turn_ended.wait()
            answered = self._frames > 0
        except (ConnectionClosed, TimeoutError) as fault:
            self._noticed.append(f"no answer: {type(fault).__name__}")
        return {**took, "answered": answered, "noticed": self._noticed}

    async def read(self) -> None:
        try:
            async for data in self._socket:
                if isinstance(data, bytes):
                    self._frames += 1
                    continue
                message = json.loads(data)
                match message["type"]:
                    case "pong":
                        self._trips.answered(message["ms"])
                    case "turn_end":
                        self._turn_ended.set()
                if message["type"] not in EXPECTED:
                    self._noticed.append(data[:200])
        finally:
            self._over.set_result(None)
            self._noticed.append(f"the call ended: {self._socket.close_code}")

    async def ping(self) -> None:
        number = 0
        while True:
            number += 1
            self._trips.sent(number)
            if self._trips.count >= self._pings:
                self._enough.set()
            await say(self._socket, type="ping", ms=number)
            self._echoes.sent(number)
            self._echo.send(number.to_bytes(NUMBER_BYTES, "big"))
            await asyncio.sleep(PING_EVERY_S)

    async def hear_echoes(self) -> None:
        loop, rest = asyncio.get_running_loop(), b""
        while data := await loop.sock_recv(self._echo, 4_096):
            rest += data
            while len(rest) >= NUMBER_BYTES:
                self._echoes.answered(int.from_bytes(rest[:NUMBER_BYTES], "big"))
                rest = rest[NUMBER_BYTES:]


def fork_echo() -> socket.socket:
    """The other end sends back what it gets, in a process of its own that ends with this one."""
    own, other = socket.socketpair()
    if os.fork() == 0:
        own.close()
        # Or the end of this process's output would not be the end of the pipe.
        os.close(sys.stdout.fileno())
        while data := other.recv(4_096):
            other.sendall(data)
        os._exit(0)
    other.close()
    own.setblocking(False)
    return own


async def commands() -> asyncio.StreamReader:
    """Standard input."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def main(place: Place, echo: socket.socket) -> None:
    reader = await commands()
    async with talking(place) as call:
        bystander = Bystander(call, echo)
        tasks = [asyncio.create_task(work()) for work in (bystander.read, bystander.ping, bystander.hear_echoes)]
        print(json.dumps({"listening": True}), flush=True)
        while line := await reader.readline():
            match line.split():
                case [b"begin", pings]:
                    bystander.begin(int(pings))
                case _:
                    print(json.dumps(await bystander.end()), flush=True)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    echo.close()


if __name__ == "__main__":
    # Before there is an event loop or a thread.
    echo = fork_echo()
    uvloop.run(main(Place(int(sys.argv[1]), sys.argv[2]), echo))
