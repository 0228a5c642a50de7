"""A home router's address translation for IPv4 packets. No I/O, no clock.

As most home routers do it: endpoint-independent mapping, and filtering by address and port (RFC 4787, 4.1 and 5). TCP
and UDP pass, everything else and fragments do not.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass

TCP = 6
UDP = 17
FIRST_PORT = 40_000
CHECKSUM_AT = {TCP: 16, UDP: 6}
"""Of the checksum within the header of the transport."""
Endpoint = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Flow:
    """Addresses and ports of a packet."""

    protocol: int
    source: Endpoint
    target: Endpoint


class Nat:
    """A router with one public address."""

    def __init__(self, public: str, forwarded: Mapping[int, Endpoint] | None = None) -> None:
        """`forwarded`: TCP ports that the owner has opened, and where they lead to."""
        self.public = public
        self._ports: dict[tuple[int, Endpoint], int] = {}
        self._inside: dict[tuple[int, int], Endpoint] = {}
        self._heard: set[tuple[int, int, Endpoint]] = set()
        """Protocol, public port and who was sent something from there: only they may answer."""
        for port, inside in (forwarded or {}).items():
            self._map(TCP, inside, port)
        self._open = {(TCP, port) for port in forwarded or {}}

    def outbound(self, packet: bytes) -> bytes | None:
        """The packet as it leaves for the internet."""
        flow = flow_of(packet)
        if flow is None:
            return None
        port = self._ports.get((flow.protocol, flow.source))
        if port is None:
            port = self._map(flow.protocol, flow.source, FIRST_PORT + len(self._ports))
        self._heard.add((flow.protocol, port, flow.target))
        return rewritten(packet, source=(self.public, port))

    def inbound(self, packet: bytes) -> bytes | None:
        """The packet as it reaches the machine inside; None for one that was not asked for."""
        flow = flow_of(packet)
        if flow is None:
            return None
        port = flow.target[1]
        inside = self._inside.get((flow.protocol, port))
        is_open = (flow.protocol, port) in self._open or (flow.protocol, port, flow.source) in self._heard
        return rewritten(packet, target=inside) if inside is not None and is_open else None

    def _map(self, protocol: int, inside: Endpoint, port: int) -> int:
        self._ports[protocol, inside] = port
        self._inside[protocol, port] = inside
        return port


def flow_of(packet: bytes) -> Flow | None:
    """Addresses and ports of an IPv4 packet; None for another protocol than TCP and UDP, and for fragments."""
    if len(packet) < 28 or packet[0] >> 4 != 4 or packet[9] not in CHECKSUM_AT:
        return None
    if struct.unpack_from("!H", packet, 6)[0] & 0x3FFF:
        return None
    source_port, target_port = struct.unpack_from("!HH", packet, _header_bytes(packet))
    return Flow(packet[9], (_dotted(packet[12:16]), source_port), (_dotted(packet[16:20]), target_port))


def rewritten(packet: bytes, *, source: Endpoint | None = None, target: Endpoint | None = None) -> bytes:
    """The packet with another source or target, and correct checksums."""
    changed, ports_at = bytearray(packet), _header_bytes(packet)
    for endpoint, address_at, port_at in ((source, 12, ports_at), (target, 16, ports_at + 2)):
        if endpoint is not None:
            changed[address_at : address_at + 4] = bytes(int(part) for part in endpoint[0].split("."))
            struct.pack_into("!H", changed, port_at, endpoint[1])
    struct.pack_into("!H", changed, 10, 0)
    struct.pack_into("!H", changed, 10, _checksum(changed[:ports_at]))
    sum_at = ports_at + CHECKSUM_AT[packet[9]]
    struct.pack_into("!H", changed, sum_at, 0)
    pseudo_header = changed[12:20] + struct.pack("!BBH", 0, packet[9], len(packet) - ports_at)
    # 0 would mean "none" for UDP (RFC 768).
    struct.pack_into("!H", changed, sum_at, _checksum(pseudo_header + changed[ports_at:]) or 0xFFFF)
    return bytes(changed)


def _checksum(data: bytes | bytearray) -> int:
    """RFC 1071."""
    padded = bytes(data) + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _header_bytes(packet: bytes) -> int:
    return 4 * (packet[0] & 15)


def _dotted(address: bytes) -> str:
    return ".".join(map(str, address))
