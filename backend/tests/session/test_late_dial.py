"""When the model is dialled: early for who is known, for anybody else once a browser has really connected."""

from pathlib import Path

from aiortc import RTCConfiguration, RTCPeerConnection
from websockets.asyncio.client import connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.core.link.upstream_link import LinkState
from s2s.gateway import Gateway
from tests.calls.serving import serving, until
from tests.key_ring import hello
from tests.page import Page, running_gateway
from tests.session.test_half_open_sessions import elsewhere

STRANGER = "198.41.0.4"


def link_state(gateway: Gateway, session_id: str) -> LinkState:
    return gateway.sessions.find(session_id).link.state


async def test_a_local_caller_is_dialled_for_at_once(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        assert link_state(gateway, session_id) is not LinkState.IDLE


async def test_a_stranger_who_only_creates_and_offers_costs_no_call_to_the_model(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        elsewhere(http._transport.app, STRANGER) as stranger,
    ):
        page = Page(stranger)
        created = (await stranger.post("/api/session/create")).json()
        page.session_id, page.session_key = created["session_id"], created["session_key"]
        offer = await page_offer(page)
        assert offer == 200
        assert link_state(gateway, page.session_id) is LinkState.IDLE
        assert gateway.upstream.open_sockets == 0


async def page_offer(page: Page) -> int:
    """The status of an offer whose sender never answers a check."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    await connection.setLocalDescription(await connection.createOffer())
    body = {"sdp": connection.localDescription.sdp, "type": "offer"}
    answer = await page.http.post(f"/api/session/{page.session_id}/offer", json=body)
    await connection.close()
    return answer.status_code


async def test_a_stranger_whose_browser_connects_gets_the_model(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        elsewhere(http._transport.app, STRANGER) as stranger,
    ):
        page = Page(stranger)
        await page.open()
        await page.told_of(wire.Upstream, status="live")
        assert gateway.upstream.open_sockets == 1
        await page.end()


async def test_over_a_websocket_the_right_hello_dials(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        serving(tmp_path, emulator.base_url) as (address, http),
        elsewhere(http.app, STRANGER) as stranger,
    ):
        session_id = (await stranger.post("/api/session/create")).json()["session_id"]
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            assert link_state(http.gateway, session_id) is LinkState.IDLE
            await socket.send(hello(stranger, session_id))
            await until(socket, wire.Upstream, status="live")
            assert http.gateway.upstream.open_sockets == 1
