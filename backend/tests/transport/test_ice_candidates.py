"""Candidates that overtake their offer, or come when their connection has given way: kept or ignored, never refused."""

import asyncio
from pathlib import Path

import httpx
from aiortc import RTCPeerConnection, RTCSessionDescription

import webrtc_handler
from gemini_emulator.testing import running_emulator
from s2s.gateway import Gateway
from s2s.transport.ice_candidates import CandidateInit, CandidateQueue
from s2s.transport.sdp import MAX_CANDIDATES
from tests.page import PATIENCE_S, open_page, running_gateway
from webrtc_handler import BrowserPeer

BEHIND_NAT = {"S2S_ICE_SERVERS": '[{"urls": "stuns:127.0.0.1:9"}]', "S2S_ICE_REMOTE": "any"}
"""A server that aiortc reads and never asks. Without one no candidate of a page is used."""
CANDIDATE = "candidate:1 1 udp 2113937151 192.0.2.9 {port} typ host ufrag {ufrag}"


async def offer_of(connection: RTCPeerConnection) -> tuple[str, str]:
    """A browser's first offer, which has no candidates yet; and its fragment."""
    connection.createDataChannel("audio", maxRetransmits=0)
    await connection.setLocalDescription(await connection.createOffer())
    lines = connection.localDescription.sdp.splitlines()
    fragment = next(line.partition(":")[2] for line in lines if line.startswith("a=ice-ufrag:"))
    kept = [line for line in lines if not line.startswith(("a=candidate:", "a=end-of-candidates"))]
    return "\r\n".join(kept) + "\r\n", fragment


def ports_known(gateway: Gateway, session_id: str) -> list[int]:
    """Of the candidates that the gateway's newest connection has been told."""
    peer = gateway.sessions.find(session_id).pending_browsers[-1]
    assert isinstance(peer, BrowserPeer)
    assert peer._connection.sctp is not None
    return [candidate.port for candidate in peer._connection.sctp.transport.transport.getRemoteCandidates()]


async def told(http: httpx.AsyncClient, session_id: str, candidate: str | None) -> int:
    body = {"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0}
    return (await http.post(f"/api/session/{session_id}/ice", json=body)).status_code


async def test_candidates_before_their_offer_or_during_its_answer_are_kept_for_it(tmp_path: Path, monkeypatch):
    answers, begun, may_end = BrowserPeer.answer_offer, asyncio.Event(), asyncio.Event()

    async def answer_slowly(self: BrowserPeer, sdp: str) -> str:
        begun.set()
        await may_end.wait()
        return await answers(self, sdp)

    monkeypatch.setattr(BrowserPeer, "answer_offer", answer_slowly)
    connection = RTCPeerConnection()
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, **BEHIND_NAT) as (http, gateway),
    ):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        sdp, ufrag = await offer_of(connection)
        early = [CANDIDATE.format(port=5001, ufrag=ufrag), CANDIDATE.format(port=5002, ufrag="another"), None]
        assert [await told(http, session_id, candidate) for candidate in early] == [204] * 3
        offered = asyncio.create_task(http.post(f"/api/session/{session_id}/offer", json={"sdp": sdp, "type": "offer"}))
        await begun.wait()
        for candidate in (CANDIDATE.format(port=5003, ufrag=ufrag), None):
            assert await told(http, session_id, candidate) == 204
        may_end.set()
        assert (await offered).status_code == 200
        assert ports_known(gateway, session_id) == [5001, 5003]
        # Nobody's end was taken for its own.
        assert await told(http, session_id, CANDIDATE.format(port=5004, ufrag=ufrag)) == 204
        assert ports_known(gateway, session_id) == [5001, 5003, 5004]
    await connection.close()


async def test_a_candidate_whose_connection_has_gone_is_ignored_without_a_complaint(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, **BEHIND_NAT) as (http, gateway),
        open_page(http) as page,
    ):
        session = gateway.sessions.find(page.session_id)
        await page.vanish()
        async with asyncio.timeout(PATIENCE_S):
            await session.browser_gone.wait()
        assert not session.pending_browsers
        for candidate in (CANDIDATE.format(port=5001, ufrag="gone"), None):
            assert await told(http, page.session_id, candidate) == 204
        await page.connect()
        assert 5001 not in ports_known(gateway, page.session_id)


async def test_a_page_with_hidden_addresses_connects_though_its_candidates_end_early(
    tmp_path: Path,
):
    """Before it may use the microphone a browser names itself by a name that only its own network can resolve."""
    connection, connected = RTCPeerConnection(), asyncio.Event()

    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        sdp, _ = await offer_of(connection)
        answer = (await http.post(f"/api/session/{session_id}/offer", json={"sdp": sdp, "type": "offer"})).json()
        for candidate in ("candidate:1 1 udp 1 hidden.local 5 typ host", None):
            assert await told(http, session_id, candidate) == 204

        def changed() -> None:
            if connection.connectionState == "connected":
                connected.set()

        connection.on("connectionstatechange", changed)
        await connection.setRemoteDescription(RTCSessionDescription(**answer))
        async with asyncio.timeout(PATIENCE_S):
            await connected.wait()
    await connection.close()


async def test_a_gateway_that_pages_reach_directly_is_told_no_candidate(tmp_path: Path):
    connection = RTCPeerConnection()
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        sdp, ufrag = await offer_of(connection)
        named = sdp + "a=candidate:1 1 udp 2113937151 11.22.33.44 5000 typ host\r\n"
        answer = await http.post(f"/api/session/{session_id}/offer", json={"sdp": named, "type": "offer"})
        assert answer.status_code == 200
        assert await told(http, session_id, CANDIDATE.format(port=5001, ufrag=ufrag)) == 204
        assert ports_known(gateway, session_id) == []
    await connection.close()


def test_only_as_many_are_kept_as_an_offer_may_have_and_the_newest():
    trickle = CandidateQueue()
    for port in range(1, 3 * MAX_CANDIDATES):
        trickle.push(CandidateInit(CANDIDATE.format(port=port, ufrag="a"), "0", 0))
    kept = []
    while (one := trickle.pop_for("a=ice-ufrag:a\r\n")) is not None:
        kept.append(one)
    assert len(kept) == MAX_CANDIDATES
    assert f" {3 * MAX_CANDIDATES - 1} " in kept[-1].candidate


async def test_a_connection_that_never_comes_about_is_let_go_in_the_end(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(webrtc_handler, "ICE_TIMEOUT_S", 0.0)
    connection = RTCPeerConnection()
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        sdp, _ = await offer_of(connection)
        await http.post(f"/api/session/{session_id}/offer", json={"sdp": sdp, "type": "offer"})
        session = gateway.sessions.find(session_id)
        (peer,), gone = session.pending_browsers, asyncio.Event()
        peer._input._on_gone = gone.set
        assert await told(http, session_id, None) == 204
        async with asyncio.timeout(PATIENCE_S):
            await gone.wait()
        assert not session.pending_browsers
        await peer.close()
    await connection.close()
