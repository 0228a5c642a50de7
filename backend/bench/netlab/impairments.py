"""Network impairments of a link: delay, rate limit, loss and firewall for each Ethernet frame. No I/O, no clock."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from enum import StrEnum

IPV4 = 0x0800
ARP = 0x0806
TCP = 6
UDP = 17


class Policy(StrEnum):
    """What a firewall on the way lets through. Address resolution always passes."""

    ALL = "all"
    NO_UDP = "no UDP"
    TCP_443 = "only TCP to or from port 443"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Path:
    """One direction between two hosts."""

    loss: float = 0.0
    """Share of IP packets that are lost, 0 to 1."""
    burst_packets: float = 1.0
    """Mean number of packets lost in a row; 1 means that each loss is independent."""
    delay_ms: float = 0.0
    jitter_ms: float = 0.0
    """Added to the delay, evenly between 0 and this. Packets do not overtake each other."""
    policy: Policy = Policy.ALL
    rate_kbit_s: float = 0.0
    """So much passes, counted as Ethernet frames; 0: any amount."""
    queue_ms: float = 1_000.0
    """So long a frame may wait in front of a slow line, as in a router's buffer; what would wait longer is lost."""


CLEAN = Path()


@dataclass(frozen=True, slots=True)
class Packet:
    """What a firewall sees of a frame. Ports are 0 where there are none."""

    protocol: int
    source_port: int
    target_port: int


def parse_packet(frame: bytes) -> Packet | None:
    """The IPv4 packet inside, None for anything else (address resolution, IPv6)."""
    if len(frame) < 34 or struct.unpack_from("!H", frame, 12)[0] != IPV4:
        return None
    protocol, ports_at = frame[23], 14 + 4 * (frame[14] & 15)
    fragment_offset = struct.unpack_from("!H", frame, 20)[0] & 0x1FFF
    if protocol not in (TCP, UDP) or fragment_offset or len(frame) < ports_at + 4:
        return Packet(protocol, 0, 0)
    return Packet(protocol, *struct.unpack_from("!HH", frame, ports_at))


def is_allowed(policy: Policy, seen: Packet) -> bool:
    match policy:
        case Policy.ALL:
            return True
        case Policy.NO_UDP:
            return seen.protocol != UDP
        case Policy.TCP_443:
            return seen.protocol == TCP and 443 in (seen.source_port, seen.target_port)
        case Policy.NOTHING:
            return False


class Link:
    """One direction between two hosts. Losses follow Gilbert's model: a good state without loss, a bad one with.

    The same seed and the same frames in the same order give the same losses.
    """

    def __init__(self, seed: int) -> None:
        self.path = CLEAN
        self.passed = self.lost = self.blocked = self.overflowed = 0
        self.passed_bytes = 0
        self._random = random.Random(seed)
        self._bad = False
        self._last_due = 0.0
        self._free_at = 0.0
        """When the line has sent all that waits for it."""

    def reseed(self, seed: int) -> None:
        self._random, self._bad = random.Random(seed), False

    def delivery_times(self, frame: bytes, now: float) -> float | None:
        """Return when this frame is delivered, in seconds of the caller's clock; None if it is lost."""
        seen = parse_packet(frame)
        if seen is None:
            return now
        if not is_allowed(self.path.policy, seen):
            self.blocked += 1
            return None
        if self._loses():
            self.lost += 1
            return None
        sent_at = self._sent(len(frame), now)
        if sent_at is None:
            self.overflowed += 1
            return None
        self.passed += 1
        self.passed_bytes += len(frame)
        wait_s = (self.path.delay_ms + self._random.random() * self.path.jitter_ms) / 1000
        self._last_due = max(self._last_due, sent_at + wait_s)
        return self._last_due

    def _sent(self, size: int, now: float) -> float | None:
        """When the last bit of it has left; None where too much waits already."""
        if not self.path.rate_kbit_s:
            return now
        begins = max(now, self._free_at)
        if begins - now > self.path.queue_ms / 1000:
            return None
        self._free_at = begins + size * 8 / (self.path.rate_kbit_s * 1000)
        return self._free_at

    def _loses(self) -> bool:
        loss, leave = self.path.loss, 1 / max(1.0, self.path.burst_packets)
        if self.path.burst_packets <= 1:
            return self._random.random() < loss
        # The share of time in the bad state is enter / (enter + leave), and shall be `loss`.
        enter = leave * loss / (1 - loss) if loss < 1 else 1.0
        self._bad = self._random.random() >= leave if self._bad else self._random.random() < enter
        return self._bad
