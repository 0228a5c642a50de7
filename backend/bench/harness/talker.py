"""One talker of this bench: a place for its stamps, and its microphone's beat."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from time import monotonic
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport

from bench.harness.test_tones import FRAME_MS, PERIOD_FRAMES, Onsets

FRAME_S = FRAME_MS / 1000
IP_UDP_BYTES = 28
"""Headers that each datagram carries on the way."""
SPREAD = 0.618_034
PATIENCE_S = 30.0


ALONE = RTCConfiguration(iceServers=[])
"""All is on one machine: no server is asked for an address."""


class SeatError(Exception):
    """The call did not come about; the text says at what."""


class Seat(ABC):
    """One call. All stamps are CLOCK_MONOTONIC in seconds."""

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        self.number = number
        self.opening: dict[str, float] = {}
        """`began`, `offered`, `answered`, `connected`."""
        self.said: list[float] = []
        """A burst of tone was handed over: its first frame, whose last sample had just been taken."""
        self.heard: list[list[float]] = []
        """Each stretch of loud packets: arrival of the first, of the last."""
        self.flushed: list[float] = []
        self.lateness_ms: list[float] = []
        self.up: Counter[str] = Counter()
        """Messages sent, by kind."""
        self.down: Counter[str] = Counter()
        """Messages that came."""
        self.period_frames = PERIOD_FRAMES
        """So long is what is said again and again."""
        self.http = http
        self._beats = 0
        self._begun = 0.0
        self._ear = Onsets()

    @abstractmethod
    async def open(self) -> None:
        """Connects and starts the microphone. Raises SeatError, httpx.HTTPError, TimeoutError."""

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    def transport(self) -> RTCDtlsTransport: ...

    @property
    def alive(self) -> bool:
        """Whether the connection still stands."""
        return self.transport().state == "connected"

    def traffic(self) -> dict[str, int]:
        """Bytes so far, with the headers of each datagram."""
        transport = self.transport()
        stats: Any = transport._get_stats()[transport._stats_id]
        return {
            "sent": stats.bytesSent + IP_UDP_BYTES * stats.packetsSent,
            "received": stats.bytesReceived + IP_UDP_BYTES * stats.packetsReceived,
            "packets_sent": stats.packetsSent,
            "packets_received": stats.packetsReceived,
        }

    def mark(self, what: str) -> None:
        self.opening[what] = monotonic()

    def begin_mic(self) -> None:
        """The beat's start; seats do not all speak in one millisecond."""
        self._begun = monotonic() + self.number * SPREAD % 1 * FRAME_S

    @property
    def next_due(self) -> float:
        return self._begun + (self._beats + 1) * FRAME_S

    def beat(self) -> int:
        """The frame that is due is handed over now: which one of the loop it is."""
        now, index = monotonic(), self._beats % self.period_frames
        self.lateness_ms.append((now - self.next_due) * 1000)
        if index == 0:
            self.said.append(now)
        self._beats += 1
        self.up["voice"] += 1
        return index

    def hear(self, pcm: bytes) -> None:
        """A packet of voice arrived."""
        self.down["voice"] += 1
        now = monotonic()
        before = self._ear.last_loud
        if self._ear.take(pcm, now):
            self.heard.append([now, now])
        elif self._ear.last_loud > before:
            self.heard[-1][1] = now


async def connected(peer: RTCPeerConnection) -> None:
    """Raises SeatError, TimeoutError."""
    changed = asyncio.Event()
    peer.on("connectionstatechange", changed.set)
    async with asyncio.timeout(PATIENCE_S):
        while peer.connectionState != "connected":
            if peer.connectionState in ("failed", "closed"):
                raise SeatError(f"the connection is {peer.connectionState}")
            changed.clear()
            await changed.wait()
