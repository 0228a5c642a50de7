"""Base class of load talkers: timestamps, and the microphone's clock."""

import asyncio
from abc import ABC, abstractmethod
from collections import Counter
from time import monotonic
from typing import Any

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcdtlstransport import RTCDtlsTransport

from bench.harness.test_tones import FRAME_MS, PERIOD_FRAMES, OnsetDetector

FRAME_S = FRAME_MS / 1000
IP_UDP_BYTES = 28
"""Headers that each datagram carries on the way."""
GOLDEN_RATIO = 0.618_034
TIMEOUT_S = 30.0


NO_ICE_SERVERS = RTCConfiguration(iceServers=[])
"""All is on one machine: no server is asked for an address."""


class LoadTalkerError(Exception):
    """The call did not come about; the text says at what."""


class LoadTalker(ABC):
    """One call. All stamps are CLOCK_MONOTONIC in seconds."""

    def __init__(self, number: int, http: httpx.AsyncClient) -> None:
        self.number = number
        self.opening: dict[str, float] = {}
        """`began`, `offered`, `answered`, `connected`."""
        self.burst_times: list[float] = []
        """A burst of tone was handed over: its first frame, whose last sample had just been taken."""
        self.loud_spans: list[list[float]] = []
        """Each stretch of loud packets: arrival of the first, of the last."""
        self.flush_times: list[float] = []
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
        self._ear = OnsetDetector()

    @abstractmethod
    async def open(self) -> None:
        """Connects and starts the microphone. Raises LoadTalkerError, httpx.HTTPError, TimeoutError."""

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    def transport(self) -> RTCDtlsTransport: ...

    @property
    def is_connected(self) -> bool:
        """Whether the connection is still up."""
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

    def mark_step(self, what: str) -> None:
        self.opening[what] = monotonic()

    def start_microphone(self) -> None:
        """Start the microphone's clock; talkers are spread within one frame."""
        self._begun = monotonic() + self.number * GOLDEN_RATIO % 1 * FRAME_S

    @property
    def next_due(self) -> float:
        return self._begun + (self._beats + 1) * FRAME_S

    def next_frame_index(self) -> int:
        """Count the frame that is due now; returns its index in the loop of frames."""
        now, index = monotonic(), self._beats % self.period_frames
        self.lateness_ms.append((now - self.next_due) * 1000)
        if index == 0:
            self.burst_times.append(now)
        self._beats += 1
        self.up["voice"] += 1
        return index

    def receive_voice(self, pcm: bytes) -> None:
        """Record the arrival of a packet of audio."""
        self.down["voice"] += 1
        now = monotonic()
        before = self._ear.last_loud
        if self._ear.detect_onset(pcm, now):
            self.loud_spans.append([now, now])
        elif self._ear.last_loud > before:
            self.loud_spans[-1][1] = now


async def wait_until_connected(peer: RTCPeerConnection) -> None:
    """Wait until the peer connection is up. Raises LoadTalkerError, TimeoutError."""
    changed = asyncio.Event()
    peer.on("connectionstatechange", changed.set)
    async with asyncio.timeout(TIMEOUT_S):
        while peer.connectionState != "connected":
            if peer.connectionState in ("failed", "closed"):
                raise LoadTalkerError(f"the connection is {peer.connectionState}")
            changed.clear()
            await changed.wait()
