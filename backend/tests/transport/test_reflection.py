"""A third party that an offer names: what one request makes the gateway send there."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from aioice import stun
from aiortc import RTCConfiguration, RTCPeerConnection

from gemini_emulator.testing import running_emulator
from s2s.transport.aiortc_patches.ice_checks import MAX_REQUESTS
from tests.page import PATIENCE_S, open_page, running_gateway

CANDIDATES = 40
Listener = TypeVar("Listener", bound=asyncio.DatagramProtocol)


class ThirdParty(asyncio.DatagramProtocol):
    """Counts what comes, and says nothing."""

    def __init__(self) -> None:
        self.received = 0
        self.changed = asyncio.Event()

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.received += 1
        self.changed.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.received < count:
                self.changed.clear()
                await self.changed.wait()


class StunServer(asyncio.DatagramProtocol):
    """Tells everybody the address that it sees."""

    def connection_made(self, transport: Any) -> None:
        # uvloop's is none of asyncio's classes.
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        request = stun.parse_message(data)
        answer = stun.Message(stun.Method.BINDING, stun.Class.RESPONSE, transaction_id=request.transaction_id)
        answer.attributes["XOR-MAPPED-ADDRESS"] = addr
        self.transport.sendto(bytes(answer), addr)


@asynccontextmanager
async def listening(protocol: Listener) -> AsyncIterator[tuple[Listener, tuple[str, int]]]:
    """It on a free port, and the port."""
    loop = asyncio.get_running_loop()
    transport, made = await loop.create_datagram_endpoint(lambda: protocol, local_addr=(own_address(), 0))
    yield made, transport.get_extra_info("sockname")[:2]
    transport.close()


def own_address() -> str:
    """One that this machine reaches without a network; not 127.0.0.1, which no candidate may name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        return str(probe.getsockname()[0])


async def offer_naming(target: tuple[str, int]) -> str:
    """An offer whose first candidate is this one, and the others are as many ports of the same host."""
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.createDataChannel("audio")
    await page.setLocalDescription(await page.createOffer())
    lines = [line for line in page.localDescription.sdp.splitlines() if not line.startswith("a=candidate:")]
    await page.close()
    host, port = target
    ports = [port, *range(20_000, 20_000 + CANDIDATES)]
    named = [f"a=candidate:{n} 1 udp {2_000 - n} {host} {port} typ host" for n, port in enumerate(ports)]
    return "\r\n".join([*lines, *named, ""])


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """All repetitions of a check within a tenth of a second."""
    monkeypatch.setattr(stun, "RETRY_RTO", 0.001)


async def send(http: httpx.AsyncClient, kind: str, sdp: str) -> None:
    path = "/api/probe/offer"
    if kind == "call":
        path = f"/api/session/{(await http.post('/api/session/create')).json()['session_id']}/offer"
    answer = await http.post(path, json={"sdp": sdp, "type": "offer"})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["call", "check"])
async def test_who_is_named_in_an_offer_gets_no_packet(tmp_path: Path, hurried: None, kind: str):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_ICE_REMOTE="any") as (http, _),
        listening(ThirdParty()) as (victim, target),
    ):
        await send(http, kind, await offer_naming(target))
        # Another call comes about meanwhile: there was time enough.
        async with open_page(http):
            pass
        assert victim.received == 0


@pytest.mark.parametrize("kind", ["call", "check"])
async def test_behind_a_nat_who_is_named_gets_two_packets(tmp_path: Path, hurried: None, kind: str):
    async with listening(StunServer()) as (_, server), listening(ThirdParty()) as (victim, target):
        servers = json.dumps([{"urls": f"stun:{server[0]}:{server[1]}"}])
        async with (
            running_emulator() as emulator,
            running_gateway(tmp_path, emulator.base_url, S2S_ICE_SERVERS=servers, S2S_ICE_REMOTE="any") as (http, _),
        ):
            await send(http, kind, await offer_naming(target))
            await victim.until(MAX_REQUESTS)
            async with open_page(http):
                pass
            assert victim.received == MAX_REQUESTS
