"""A page examines its network: an echo without a session, and its limits."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from s2s.errors import RateLimited
from s2s.limits.rate_limit import PROBES_PER_MINUTE
from s2s.rest import probe
from s2s.settings import Settings
from tests.calls.serving import serving
from tests.page import PATIENCE_S, running_gateway

NOBODY = "ws://127.0.0.1:9"


@asynccontextmanager
async def probing(http: httpx.AsyncClient) -> AsyncIterator[RTCDataChannel]:
    """A page's end of an echo, open."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channel = connection.createDataChannel("probe", ordered=False, maxRetransmits=0)
    opened = asyncio.Event()
    channel.on("open", opened.set)
    await connection.setLocalDescription(await connection.createOffer())
    offer = {"sdp": connection.localDescription.sdp, "type": "offer"}
    answer = await http.post("/api/probe/offer", json=offer)
    assert answer.status_code == 200, answer.text
    await connection.setRemoteDescription(RTCSessionDescription(**answer.json()))
    async with asyncio.timeout(PATIENCE_S):
        await opened.wait()
    yield channel
    await connection.close()


async def echoes(channel: RTCDataChannel, *messages: bytes | str) -> list[bytes | str]:
    heard: asyncio.Queue[bytes | str] = asyncio.Queue()
    channel.on("message", heard.put_nowait)
    for message in messages:
        channel.send(message)
    async with asyncio.timeout(PATIENCE_S):
        return [await heard.get() for _ in messages]


async def over(channel: RTCDataChannel) -> None:
    gone = asyncio.Event()
    channel.on("close", gone.set)
    if channel.readyState != "closed":
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()


async def test_what_a_page_sends_over_webrtc_comes_back_and_no_session_is_made(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, gateway):
        async with probing(http) as channel:
            assert await echoes(channel, b"\x01" * 652, "words") == [b"\x01" * 652, "words"]
        assert (gateway.sessions.created, gateway.upstream.open_sockets) == (0, 0)


@pytest.mark.parametrize(("size", "count"), [(probe.MAX_MESSAGE_BYTES + 1, 1), (1, probe.MAX_MESSAGES + 1)])
async def test_who_sends_too_much_is_let_go(tmp_path: Path, size: int, count: int):
    async with running_gateway(tmp_path, NOBODY) as (http, _), probing(http) as channel:
        for _ in range(count):
            channel.send(b"\0" * size)
        await over(channel)


async def test_an_echo_does_not_outlive_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probe, "MAX_LIFETIME_S", 2.0)
    async with running_gateway(tmp_path, NOBODY) as (http, _), probing(http) as channel:
        await over(channel)


async def test_the_same_echo_over_a_websocket(tmp_path: Path):
    async with serving(tmp_path, NOBODY) as (address, _), connect(f"ws://{address}/api/probe/ws") as socket:
        for message in (b"\x02" * 652, "words", b"", ""):
            await socket.send(message)
            async with asyncio.timeout(PATIENCE_S):
                assert await socket.recv() == message
        await socket.send("x" * (probe.MAX_MESSAGE_BYTES + 1))
        with pytest.raises(ConnectionClosed):
            async with asyncio.timeout(PATIENCE_S):
                await socket.recv()
        assert socket.close_code == probe.TOO_MUCH


async def test_only_a_few_are_examined_at_a_time_and_nobody_too_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(probe, "MAX_AT_ONCE", 1)
    async with serving(tmp_path, NOBODY) as (address, http):
        url = f"ws://{address}/api/probe/ws"
        async with connect(url) as first, connect(url) as second:
            await first.send("one")
            assert await first.recv() == "one"
            await second.wait_closed()
            assert second.close_code == probe.TOO_SOON
            refused = await http.post("/api/probe/offer", json={"sdp": "v=0", "type": "offer"})
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")


class SilentSocket:
    """A WebSocket on which nothing ever comes."""

    async def receive(self) -> None:
        await asyncio.Event().wait()


async def held(probes: probe.Probes, addresses: Sequence[str]) -> list[asyncio.Task[None]]:
    """A check by WebSocket from each address that is admitted, running."""
    running = []
    for address in addresses:
        with suppress(RateLimited):
            probes.admit_socket(address)
            running.append(asyncio.create_task(probes.echo(SilentSocket(), address)))
            await asyncio.sleep(0)
    return running


@pytest.mark.parametrize(
    ("addresses", "most"),
    [
        # A WebSocket proves nothing of who opens it: some places are for those who may call.
        ([f"198.41.0.{number}" for number in range(30)], probe.MAX_SOCKETS_AT_ONCE),
        # The address groups of one IPv6 network are one address here.
        ([f"2001:db8:1:{number:x}::/64" for number in range(30)], probe.MAX_AT_ONCE_FROM_ADDRESS),
    ],
)
async def test_sockets_of_strangers_leave_places_for_others(addresses: list[str], most: int):
    probes = probe.Probes(Settings.from_env({}))
    running = await held(probes, addresses)
    assert len(running) == probes.running == most
    probes.admit("198.41.9.9")
    for check in running:
        check.cancel()
    await asyncio.gather(*running, return_exceptions=True)
    assert probes.running == 0
    probes.admit_socket(addresses[0])


async def test_an_address_that_asks_again_and_again_has_to_wait(tmp_path: Path):
    statuses: list[int] = []
    async with running_gateway(tmp_path, NOBODY) as (http, _):
        # A busy machine takes long enough for another one or two.
        while 429 not in statuses and len(statuses) < 2 * PROBES_PER_MINUTE:
            answer = await http.post("/api/probe/offer", json={"sdp": "v=0", "type": "offer"})
            statuses.append(answer.status_code)
    assert statuses[:PROBES_PER_MINUTE] == [422] * PROBES_PER_MINUTE
    assert statuses[-1] == 429
    assert int(answer.headers["Retry-After"]) > 0


async def test_a_page_learns_the_ice_servers_and_the_limits(tmp_path: Path):
    servers = '[{"urls": ["turn:turn.example:3478"], "username": "u", "credential": "c"}]'
    async with running_gateway(tmp_path, NOBODY, S2S_ICE_SERVERS=servers) as (http, _):
        told = (await http.get("/api/probe")).json()
    assert told["ice_servers"] == [{"urls": ["turn:turn.example:3478"], "username": "u", "credential": "c"}]
    assert (told["seconds"], told["messages"], told["message_bytes"]) == (15, 400, 1200)


async def test_a_turn_password_for_a_check_is_good_for_a_minute_only(tmp_path: Path):
    environ = {"S2S_TURN_URLS": "turn:turn.example:3478", "S2S_TURN_SECRET": "a secret"}
    async with running_gateway(tmp_path, NOBODY, **environ) as (http, _):
        (server,) = (await http.get("/api/probe")).json()["ice_servers"]
    ends, name = server["username"].split(":")
    assert (server["urls"], name) == (["turn:turn.example:3478"], hashlib.sha256(b"check local").hexdigest()[:16])
    assert 0 < int(ends) - time.time() <= 60
    assert server["credential"]


async def test_a_gateway_that_stops_leaves_no_echo_behind(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY) as (http, gateway):
        async with probing(http) as channel:
            assert await echoes(channel, "here") == ["here"]
            await http._transport.app.state.probes.close()  # as the lifespan does
            await over(channel)
        assert gateway.sessions.created == 0
