"""Connectivity checks: three packets at most for one, and none to who was only named, unless a NAT asks for it."""

import asyncio
from typing import Any

import pytest
from aioice import Candidate, Connection, stun
from aioice.ice import CandidatePair, StunProtocol

from s2s.transport.aiortc_patches.ice_checks import (
    MAX_PAIRS,
    MAX_REQUESTS,
    MAX_UNASKED_PAIRS,
    BoundedConnection,
    BoundedProtocol,
)

OURS, PAGE = ("192.0.2.1", 4000), ("198.51.100.9", 5000)


class Wire:
    """What leaves a socket, and where to."""

    socket: StunProtocol

    def __init__(self) -> None:
        self.sent: list[tuple[stun.Message, tuple[str, int]]] = []

    def sendto(self, data: bytes, address: tuple[str, int]) -> None:
        self.sent.append((stun.parse_message(data), address))

    def close(self) -> None:
        self.socket.connection_lost(None)

    def requests(self) -> list[tuple[str, int]]:
        return [address for message, address in self.sent if message.message_class is stun.Class.REQUEST]


class Ice:
    """A connection that has gathered one address, as the gateway has it when an offer was answered."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, behind_nat: bool = False) -> None:
        self.wire = Wire()
        self.connection = Connection(ice_controlling=False)
        self.connection.__class__ = BoundedConnection
        self.connection.adopt()
        self._behind_nat = behind_nat
        monkeypatch.setattr(Connection, "get_component_candidates", self._gather)
        monkeypatch.setattr("aioice.ice.get_host_addresses", lambda **_: [OURS[0]])
        self.connection.remote_username, self.connection.remote_password = "page", "p" * 22

    async def _gather(self, *_: Any) -> list[Candidate]:
        protocol = StunProtocol(self.connection)
        protocol.transport, self.wire.socket = self.wire, protocol
        protocol.local_candidate = Candidate("1", 1, "udp", 1, *OURS, "host")
        self.connection._protocols.append(protocol)
        public = Candidate("2", 1, "udp", 1, "203.0.113.1", 4000, "srflx", *OURS)
        return [protocol.local_candidate, public] if self._behind_nat else [protocol.local_candidate]

    async def begin(self) -> asyncio.Task[None]:
        await self.connection.gather_candidates()
        connecting = asyncio.create_task(self.connection.connect())
        await turns()
        return connecting

    def hear(self, address: tuple[str, int] = PAGE, **attributes: Any) -> None:
        """A check from there, as a page or whoever forges its address sends it."""
        check = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
        own = self.connection.local_username
        check.attributes.update({"USERNAME": f"{own}:page", "PRIORITY": 1, "ICE-CONTROLLING": 2, **attributes})
        check.attributes = {name: value for name, value in check.attributes.items() if value != "none"}
        check.add_message_integrity(self.connection.local_password.encode())
        self.socket.datagram_received(bytes(check), address)

    @property
    def socket(self) -> BoundedProtocol:
        (protocol,) = self.connection._protocols
        assert isinstance(protocol, BoundedProtocol)
        return protocol

    def answer(self, request: stun.Message, address: tuple[str, int] = PAGE) -> None:
        response = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id)
        response.attributes["XOR-MAPPED-ADDRESS"] = OURS
        response.add_message_integrity(("p" * 22).encode())
        self.socket.datagram_received(bytes(response), address)


async def turns(count: int = 20) -> None:
    """Everything that waits for nothing but its turn."""
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """All repetitions of a request follow at once."""
    monkeypatch.setattr(stun, "RETRY_RTO", 0.0)


async def test_who_was_only_named_gets_nothing(monkeypatch: pytest.MonkeyPatch, hurried: None):
    ice = Ice(monkeypatch)
    for port in range(20):
        await ice.connection.add_remote_candidate(Candidate("1", 1, "udp", 1, "198.51.100.9", 5000 + port, "host"))
    connecting = await ice.begin()
    await turns(200)
    assert ice.wire.sent == []
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)


async def test_each_check_from_an_address_causes_three_packets_at_most(monkeypatch: pytest.MonkeyPatch, hurried: None):
    ice = Ice(monkeypatch)
    connecting = await ice.begin()
    for count in range(1, 30):
        ice.hear()
        await turns(100)
        assert len(ice.wire.sent) <= 3 * count
    assert len(ice.wire.requests()) >= MAX_REQUESTS
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)


async def test_one_forged_check_causes_two_requests_and_a_response(monkeypatch: pytest.MonkeyPatch, hurried: None):
    ice = Ice(monkeypatch)
    connecting = await ice.begin()
    ice.hear()
    await turns(200)
    assert [message.message_class for message, _ in ice.wire.sent] == [
        stun.Class.RESPONSE,
        stun.Class.REQUEST,
        stun.Class.REQUEST,
    ]
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)


async def test_a_check_that_comes_again_sends_the_request_that_waits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stun, "RETRY_RTO", 1_000.0)
    ice = Ice(monkeypatch)
    connecting = await ice.begin()
    ice.hear()
    await turns()
    [request] = [message for message, _ in ice.wire.sent if message.message_class is stun.Class.REQUEST]
    # The repetitions after half a second and after one and a half.
    ice.socket.send_stun(request, PAGE)
    ice.socket.send_stun(request, PAGE)
    assert len(ice.wire.requests()) == MAX_REQUESTS
    ice.hear()
    assert len(ice.wire.requests()) == MAX_REQUESTS + 1
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)


async def test_a_page_that_answers_is_connected_and_no_longer_counted(monkeypatch: pytest.MonkeyPatch):
    ice = Ice(monkeypatch)
    connecting = await ice.begin()
    ice.hear(**{"USE-CANDIDATE": None})
    await turns()
    ice.answer(next(message for message, _ in ice.wire.sent if message.message_class is stun.Class.REQUEST))
    await connecting
    before = len(ice.wire.requests())
    consent = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    for _ in range(10):
        ice.socket.send_stun(consent, PAGE)
    assert len(ice.wire.requests()) == before + 10
    await ice.connection.close()


async def test_behind_a_nat_ten_pairs_are_tried_unasked_with_two_requests_each(
    monkeypatch: pytest.MonkeyPatch, hurried: None
):
    monkeypatch.setattr("asyncio.sleep", _only_turns(asyncio.sleep))
    ice = Ice(monkeypatch, behind_nat=True)
    for port in range(30):
        await ice.connection.add_remote_candidate(Candidate("1", 1, "udp", 1, "198.51.100.9", 5000 + port, "host"))
    connecting = await ice.begin()
    await turns(500)
    sent = ice.wire.requests()
    assert {port for _, port in sent} == {5000 + n for n in range(MAX_UNASKED_PAIRS)}
    assert all(sent.count(address) == MAX_REQUESTS for address in sent)
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)


def _only_turns(sleep: Any) -> Any:
    """For aioice's pacing of 20 ms between checks."""

    async def turn(_: float) -> None:
        await sleep(0)

    return turn


async def test_checks_from_many_ports_make_no_more_pairs_than_the_bound(monkeypatch: pytest.MonkeyPatch):
    ice = Ice(monkeypatch)
    connecting = await ice.begin()
    for port in range(3 * MAX_PAIRS):
        ice.hear((PAGE[0], 1_000 + port))
    await turns()
    assert len(ice.connection._check_list) == MAX_PAIRS
    assert len(ice.connection._remote_candidates) == MAX_PAIRS
    # Who was there before is not put off by those.
    assert ice.connection._check_list[0].state is CandidatePair.State.IN_PROGRESS
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)


async def test_a_check_without_its_priority_is_no_check(monkeypatch: pytest.MonkeyPatch):
    ice = Ice(monkeypatch)
    connecting = await ice.begin()
    ice.hear(PRIORITY="none")
    assert ice.connection._check_list == []
    await ice.connection.close()
    await asyncio.gather(connecting, return_exceptions=True)
