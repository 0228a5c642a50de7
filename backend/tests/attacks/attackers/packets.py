"""Packets that a gateway can be made to send to others: candidates of an offer that name a third party."""

import asyncio
import socket
import time
from contextlib import ExitStack
from dataclasses import dataclass

from aiortc import RTCConfiguration, RTCPeerConnection

from tests.attacks.stranger import Place, create

PORTS = 100
IP_AND_UDP_BYTES = 28
HTTP_HEAD_BYTES = 300


@dataclass(frozen=True, slots=True)
class Reflected:
    """What went in, and what came out elsewhere."""

    statuses: list[int]
    sent_bytes: int
    """Of requests, with their heads."""
    packets: int
    """At the third party."""
    received_bytes: int
    """The same, with headers of IP and UDP."""


class ThirdParty:
    """Ports of somebody who asked for nothing."""

    def __init__(self, stack: ExitStack, address: str = "127.0.0.1") -> None:
        self.packets = self.bytes = 0
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._sockets = [stack.enter_context(socket.socket(family, socket.SOCK_DGRAM)) for _ in range(PORTS)]
        for one in self._sockets:
            one.bind((address, 0))
            one.setblocking(False)
        self.ports: list[int] = [one.getsockname()[1] for one in self._sockets]

    def count(self) -> None:
        """Reads what has come."""
        for one in self._sockets:
            while True:
                try:
                    self.bytes += len(one.recv(2_000)) + IP_AND_UDP_BYTES
                except BlockingIOError:
                    break
                self.packets += 1


async def bare_offer() -> str:
    """An offer of this machine without its own candidates."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    connection.createDataChannel("control")
    await connection.setLocalDescription(await connection.createOffer())
    lines = connection.localDescription.sdp.splitlines()
    await connection.close()
    return "\r\n".join(x for x in lines if not x.startswith("a=candidate") and "end-of-cand" not in x) + "\r\n"


def candidate(number: int, address: str, port: int, kind: str = "host") -> str:
    return f"candidate:{number} 1 udp {2130706431 - number} {address} {port} typ {kind}"


async def aim_offers(
    place: Place, *, offers: int, seconds: float, probe: bool = False, named: str = "127.0.0.1", kind: str = "host"
) -> Reflected:
    """Offers that each name a hundred ports of a third party. `named`: how its address is written."""
    with ExitStack() as stack:
        victim = ThirdParty(stack)
        lines = "".join(f"a={candidate(i, named, port, kind)}\r\n" for i, port in enumerate(victim.ports))
        sdp = await bare_offer() + lines
        statuses = []
        path, headers = "/api/probe/offer", {}
        if not probe:
            call = await create(place)
            path, headers = f"{call.path}/offer", call.headers
        async with place.http() as http:
            for _ in range(offers):
                answer = await http.post(path, json={"sdp": sdp, "type": "offer"}, headers=headers)
                statuses.append(answer.status_code)
            await _count(victim, seconds)
            if not probe:
                await http.delete(call.path, headers=headers)
        return Reflected(statuses, offers * (len(sdp) + HTTP_HEAD_BYTES), victim.packets, victim.bytes)


async def aim_candidates(place: Place, *, seconds: float, named: str = "127.0.0.1") -> Reflected:
    """A harmless offer; then the third party's ports, one request for each."""
    with ExitStack() as stack:
        victim = ThirdParty(stack)
        sdp = await bare_offer()
        call = await create(place)
        sent = len(sdp) + HTTP_HEAD_BYTES
        async with place.http() as http:
            statuses = [
                (
                    await http.post(f"{call.path}/offer", json={"sdp": sdp, "type": "offer"}, headers=call.headers)
                ).status_code
            ]
            for number, port in enumerate(victim.ports):
                body = {"candidate": candidate(number, named, port), "sdpMid": "0", "sdpMLineIndex": 0}
                sent += len(body["candidate"]) + HTTP_HEAD_BYTES
                statuses.append((await http.post(f"{call.path}/ice", json=body, headers=call.headers)).status_code)
            await _count(victim, seconds)
            await http.delete(call.path, headers=call.headers)
        return Reflected(statuses, sent, victim.packets, victim.bytes)


async def _count(victim: ThirdParty, seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        victim.count()
        await asyncio.sleep(0.02)


async def answer_lines(place: Place) -> list[str]:
    """The candidates with which the gateway answers: what it tells of its machine."""
    call = await create(place)
    sdp = await bare_offer()
    async with place.http() as http:
        answer = await http.post(f"{call.path}/offer", json={"sdp": sdp, "type": "offer"}, headers=call.headers)
        await http.delete(call.path, headers=call.headers)
    assert answer.status_code == 200, answer.text
    return [line for line in answer.json()["sdp"].splitlines() if line.startswith("a=candidate")]
