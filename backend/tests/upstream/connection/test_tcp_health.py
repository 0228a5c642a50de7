"""A line on which nothing is acknowledged is left after five seconds, never one that is only idle, slow or far away.

In virtual time: the story moves the clock, and plays the kernel.
"""

import asyncio
import struct

import pytest

from s2s.upstream.connection import tcp_health
from s2s.upstream.connection.tcp_health import ACK_TIMEOUT_S, POLL_INTERVAL_S, TcpAckMonitor


class Kernel:
    """Sent at these times, acknowledged so much later; from `hole_at` on nothing comes through."""

    def __init__(self, round_trip_s: float, hole_at: float = float("inf")) -> None:
        self._round_trip_s, self._hole_at = round_trip_s, hole_at
        self._sent: list[float] = []

    def send(self, at: float) -> None:
        self._sent.append(at)

    def seen(self, now: float) -> tuple[int, float]:
        """How many wait at `now`, and how long ago the last acknowledgement came."""
        came = [at + self._round_trip_s for at in self._sent if at < self._hole_at]
        came = [at for at in came if at <= now]
        return len(self._sent) - len(came), now - max(came, default=0.0)


def noticed_at(kernel: Kernel, sends: list[float], until: float) -> float | None:
    judge, now = TcpAckMonitor(), 0.0
    while now < until:
        now += POLL_INTERVAL_S
        while sends and sends[0] <= now:
            kernel.send(sends.pop(0))
        if judge.is_dead(*kernel.seen(now), now):
            return now
    return None


def microphone(begins: float, ends: float) -> list[float]:
    return [begins + n * 0.02 for n in range(round((ends - begins) / 0.02))]


@pytest.mark.parametrize("round_trip_s", [0.02, 0.15, 0.3, 1.2])
@pytest.mark.parametrize("hole_at", [10.0, 10.5])
def test_a_black_hole_is_noticed_within_eight_seconds_however_long_the_line_is(round_trip_s: float, hole_at: float):
    at = noticed_at(Kernel(round_trip_s, hole_at), microphone(0.0, 60.0), 60.0)
    assert at is not None
    assert ACK_TIMEOUT_S <= at - hole_at <= 8.0


@pytest.mark.parametrize("round_trip_s", [0.02, 0.3, 1.2, 4.0])
def test_a_line_that_is_only_long_is_not_left(round_trip_s: float):
    assert noticed_at(Kernel(round_trip_s), microphone(0.0, 60.0), 60.0) is None


def test_a_silence_before_the_first_words_proves_nothing():
    assert noticed_at(Kernel(0.3), [*microphone(0.0, 1.0), *microphone(60.0, 70.0)], 70.0) is None


def test_a_hole_of_four_seconds_is_waited_out():
    judge = TcpAckMonitor()
    assert not any(judge.is_dead(3, 0.1 + waited, 10.0 + waited) for waited in (0.0, 1.0, 2.0, 3.0, 4.0))
    assert not judge.is_dead(3, 0.0, 15.0)
    assert not judge.is_dead(3, 4.0, 19.0)


class Told:
    """A socket whose kernel says these things, one after the other."""

    def __init__(self, news: list[tuple[int, int]]) -> None:
        self.news = news

    def getsockopt(self, level: int, name: int, size: int) -> bytes:
        unacked, last_ms = self.news.pop(0)
        return struct.pack("@24xI28xI", unacked, last_ms)[:size]


async def test_where_no_kernel_can_say_it_nothing_is_left(monkeypatch):
    monkeypatch.delattr(tcp_health.tcp, "TCP_INFO", raising=False)
    watching = asyncio.ensure_future(tcp_health.wait_until_unacknowledged(Told([])))
    await asyncio.sleep(0)
    assert not watching.done()
    watching.cancel()


async def test_the_kernel_is_asked_until_it_says_so(monkeypatch):
    monkeypatch.setattr(tcp_health, "POLL_INTERVAL_S", 0.0)
    monkeypatch.setattr(tcp_health, "ACK_TIMEOUT_S", 0.0)
    monkeypatch.setattr(tcp_health.tcp, "TCP_INFO", 11, raising=False)
    kernel = Told([(0, 9_000), (0, 9_500), (2, 10_000)])
    await tcp_health.wait_until_unacknowledged(kernel)
    assert kernel.news == []
