"""Offers are answered whatever STUN and TURN servers the settings name, and soon even when none of them answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from gemini_emulator.testing import running_emulator
from s2s.configuration.ice_servers import IceServer
from s2s.transport import ice_gathering, stun_check
from s2s.transport.ice_gathering import GATHERING_TIMEOUT_S, limit_gathering, rtc_ice_servers
from s2s.transport.sdp import answer_offer
from tests.page import Page, running_gateway


@pytest.mark.parametrize(
    "server",
    [
        {"urls": "stun:[2001:db8::1]:3478"},
        {"urls": "STUN:127.0.0.1:9"},
        {"urls": "stuns:127.0.0.1:9"},
        {"urls": ["turns:127.0.0.1:9?transport=udp", "turn:[::1]:9"], "username": "u", "credential": "c"},
        {"urls": "stun:no-such-host.invalid"},
    ],
)
async def test_no_server_of_the_settings_stands_in_the_way_of_an_offer(tmp_path: Path, server: dict[str, Any]):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_ICE_SERVERS=json.dumps([server])) as (http, _),
    ):
        page = Page(http)
        await page.open()
        await page.end()


async def test_a_server_that_does_not_answer_is_waited_for_no_longer_than_the_limit():
    """aioice is asked to wait for so long; it keeps the time itself."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=rtc_ice_servers([IceServer(urls=["stun:127.0.0.1:9"])])))
    connection.createDataChannel("audio")
    assert connection.sctp is not None
    gatherer: Any = connection.sctp.transport.transport.iceGatherer._connection
    waits: list[float] = []

    async def gather(component: int, addresses: list[str], **limits: float) -> list[object]:
        waits.append(limits["timeout"])
        return []

    gatherer.get_component_candidates = gather
    limit_gathering(connection)
    await gatherer.gather_candidates()
    await connection.close()
    assert waits == [GATHERING_TIMEOUT_S]
    assert GATHERING_TIMEOUT_S <= 1.0


async def test_an_answer_goes_out_without_the_candidates_of_a_silent_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ice_gathering, "GATHERING_TIMEOUT_S", 0.05)
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.createDataChannel("audio")
    await page.setLocalDescription(await page.createOffer())
    silent = rtc_ice_servers([IceServer(urls=["stun:127.0.0.1:9"])])
    connection = RTCPeerConnection(RTCConfiguration(iceServers=silent))
    answer = await answer_offer(connection, page.localDescription.sdp)
    assert "typ host" in answer
    assert "typ srflx" not in answer
    await connection.close()
    await page.close()


async def test_a_silent_stun_server_is_a_warning_soon_after_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stun_check, "STUN_TIMEOUT_S", 0.3)
    server = json.dumps([{"urls": "stun:127.0.0.1:9"}])
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_ICE_SERVERS=server) as (http, gateway),
    ):
        assert gateway._asking_stun is not None
        await gateway._asking_stun
        [warning] = (await http.get("/health")).json()["warnings"]
    assert warning.startswith("S2S_ICE_SERVERS: stun:127.0.0.1:9 ")
