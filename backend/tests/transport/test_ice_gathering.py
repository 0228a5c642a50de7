"""Offers are answered whatever STUN and TURN servers the settings name, and soon even when none of them answers."""

import json
from pathlib import Path
from typing import Any

import pytest
from aiortc import RTCConfiguration, RTCPeerConnection

from gemini_emulator.testing import running_emulator
from s2s.configuration.ice_servers import IceServer
from s2s.errors import BadOffer
from s2s.settings import Settings, SettingsError
from s2s.transport import ice_gathering, stun_check
from s2s.transport.ice_gathering import GATHERING_TIMEOUT_S, IceOptions, address_warnings, limit_gathering
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
    options = IceOptions([IceServer(urls=["stun:127.0.0.1:9"])])
    connection = options.new_connection()
    connection.createDataChannel("audio")
    assert connection.sctp is not None
    gatherer: Any = connection.sctp.transport.transport.iceGatherer._connection
    waits: list[float] = []

    async def gather(component: int, addresses: list[str], **limits: float) -> list[object]:
        waits.append(limits["timeout"])
        return []

    gatherer.get_component_candidates = gather
    limit_gathering(connection, options)
    await gatherer.gather_candidates()
    await connection.close()
    assert waits == [GATHERING_TIMEOUT_S]
    assert GATHERING_TIMEOUT_S <= 1.0


async def test_an_answer_goes_out_without_the_candidates_of_a_silent_server(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ice_gathering, "GATHERING_TIMEOUT_S", 0.05)
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.createDataChannel("audio")
    await page.setLocalDescription(await page.createOffer())
    options = IceOptions([IceServer(urls=["stun:127.0.0.1:9"])])
    connection = options.new_connection()
    answer = await answer_offer(connection, page.localDescription.sdp, options, options.remote_candidates(""))
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


# --- own addresses ---

OURS = ["192.0.2.2", "172.17.0.1", "10.9.0.3", "2001:db8::7"]


@pytest.mark.parametrize(
    ("wanted", "used"),
    [
        ("", OURS),
        ("192.0.2.2", ["192.0.2.2"]),
        ("10.0.0.0/8, [2001:db8::7]", ["10.9.0.3", "2001:db8::7"]),
        ("10.9.0.77/8", ["10.9.0.3"]),
        ("198.51.100.1", []),
    ],
)
def test_only_the_addresses_that_the_setting_names_are_used(wanted: str, used: list[str]):
    settings = Settings.from_env({"S2S_ICE_ADDRESSES": wanted})
    assert ice_gathering.ice_options(settings).own_addresses(OURS) == used


@pytest.mark.parametrize("wanted", ["eth0", "10.0.0.0/99", "192.0.2.2:5000", "gateway.example.org"])
def test_what_is_no_address_is_refused_at_start(wanted: str):
    with pytest.raises(SettingsError, match=r"S2S_ICE_ADDRESSES.*10\.0\.0\.0/8"):
        Settings.from_env({"S2S_ICE_ADDRESSES": wanted})


def test_an_address_that_this_machine_does_not_have_is_a_warning(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ice_gathering, "get_host_addresses", lambda **_: OURS)
    assert address_warnings(IceOptions(addresses=["10.0.0.0/8"])) == []
    [warning] = address_warnings(IceOptions(addresses=["10.0.0.0/8", "198.51.100.1"]))
    assert warning == "S2S_ICE_ADDRESSES: no network interface of this machine has 198.51.100.1."
    [warning] = address_warnings(IceOptions(addresses=["198.51.100.1"]))
    assert warning.endswith("Calls go over the WebSocket only.")


async def test_an_answer_names_only_the_addresses_of_the_setting():
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.createDataChannel("audio")
    await page.setLocalDescription(await page.createOffer())
    offer = page.localDescription.sdp
    everything = IceOptions()
    connection = everything.new_connection()
    named = candidates(await answer_offer(connection, offer, everything, everything.remote_candidates("")))
    await connection.close()
    for wanted in ([named[0]], ["198.51.100.1"]):
        options = IceOptions(addresses=wanted)
        connection = options.new_connection()
        answer = await answer_offer(connection, offer, options, options.remote_candidates(""))
        assert candidates(answer) == [name for name in named if name in wanted]
        await connection.close()
    await page.close()


def candidates(sdp: str) -> list[str]:
    """The addresses in it."""
    return [line.split()[4] for line in sdp.splitlines() if line.startswith("a=candidate:")]


# --- sockets ---


async def test_an_offer_whose_media_want_sockets_of_their_own_is_refused():
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.createDataChannel("audio")
    page.addTransceiver("audio")
    await page.setLocalDescription(await page.createOffer())
    bundled = page.localDescription.sdp
    apart = "\r\n".join(line for line in bundled.splitlines() if not line.startswith("a=group:BUNDLE")) + "\r\n"
    options = IceOptions()
    connection = options.new_connection()
    assert "m=application" in await answer_offer(connection, bundled, options, options.remote_candidates(""))
    await connection.close()
    connection = options.new_connection()
    with pytest.raises(BadOffer, match="bundle"):
        await answer_offer(connection, apart, options, options.remote_candidates(""))
    assert connection.connectionState == "closed"
    await page.close()
