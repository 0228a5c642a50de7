"""The home router of the internet in a box, without a network."""

import struct

import pytest

from bench.netlab.nat import TCP, UDP, Nat, flow_of, rewritten

INSIDE, SERVER, OTHER = ("192.168.0.2", 5_000), ("11.0.0.1", 8_000), ("11.0.0.2", 8_000)


def packet(source: tuple[str, int], target: tuple[str, int], protocol: int = UDP, data: bytes = b"sound") -> bytes:
    """As a kernel sends it, with every checksum."""
    rest = struct.pack("!HHH", 0, 8 + len(data), 0) if protocol == UDP else bytes(16)
    transport = struct.pack("!H", 0) + rest + data
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(transport), 0, 0, 64, protocol, 0) + bytes(8)
    return rewritten(head + transport, source=source, target=target)


def is_intact(data: bytes) -> bool:
    """Whether both checksums fit: the sum over everything, with them, is 0xFFFF (RFC 1071)."""
    pseudo = data[12:20] + struct.pack("!BBH", 0, data[9], len(data) - 20)
    return all(_sum(part) == 0xFFFF for part in (data[:20], pseudo + data[20:]))


def _sum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


@pytest.mark.parametrize("protocol", [TCP, UDP])
def test_what_leaves_comes_from_the_public_address_and_its_answer_comes_back(protocol: int):
    nat = Nat("11.0.0.20")
    sent = nat.outbound(packet(INSIDE, SERVER, protocol))
    assert sent is not None
    assert is_intact(sent)
    outside = flow_of(sent)
    assert outside is not None
    assert (outside.source[0], outside.target) == ("11.0.0.20", SERVER)
    answer = nat.inbound(packet(SERVER, outside.source, protocol))
    assert answer is not None
    assert is_intact(answer)
    assert flow_of(answer).target == INSIDE


def test_one_socket_keeps_its_public_port_whoever_it_talks_to():
    nat = Nat("11.0.0.20")
    ports = {flow_of(nat.outbound(packet(INSIDE, target))).source for target in (SERVER, OTHER)}
    assert len(ports) == 1
    another = flow_of(nat.outbound(packet(("192.168.0.3", 5_000), SERVER))).source
    assert another not in ports


def test_who_was_sent_nothing_is_not_let_in():
    nat = Nat("11.0.0.20")
    outside = flow_of(nat.outbound(packet(INSIDE, SERVER))).source
    assert nat.inbound(packet(OTHER, outside)) is None
    assert nat.inbound(packet((SERVER[0], 9), outside)) is None
    assert nat.inbound(packet(SERVER, ("11.0.0.20", 1))) is None


def test_a_forwarded_port_is_open_to_everybody_by_tcp_only():
    nat = Nat("11.0.0.10", {8_000: ("192.168.1.5", 8_000)})
    assert flow_of(nat.inbound(packet(OTHER, ("11.0.0.10", 8_000), TCP))).target == ("192.168.1.5", 8_000)
    assert nat.inbound(packet(OTHER, ("11.0.0.10", 8_000), UDP)) is None


def test_other_protocols_and_fragments_do_not_pass():
    whole = packet(INSIDE, SERVER)
    ping = whole[:9] + bytes([1]) + whole[10:]
    fragment = whole[:6] + struct.pack("!H", 0x2000) + whole[8:]
    assert [Nat("11.0.0.20").outbound(data) for data in (ping, fragment, b"", whole[:20])] == [None] * 4
