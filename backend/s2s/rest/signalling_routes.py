"""Signalling routes: WebRTC offer and candidates, or one WebSocket."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Response, WebSocket

from s2s import wire
from s2s.errors import ClientError, SessionNotFound
from s2s.rest.dependencies import TheCaller, TheGateway, TheSession
from s2s.rest.problem_details import documented
from s2s.rest.schemas import Answer, Candidate, Offer
from s2s.transport.ice_candidates import CandidateInit
from webrtc_handler import BrowserPeer
from websocket_handler import BrowserSocket

NO_SUCH_SESSION = 4404
"""Close code of a WebSocket for a session that does not exist."""
TOO_SOON = 4429
"""Close code of a WebSocket from an address that has as many transports as it may."""
router = APIRouter(prefix="/api/session/{session_id}", tags=["session"])


@router.post(
    "/offer",
    response_model=Answer,
    summary="Process an SDP offer",
    responses=documented(401, 403, 404, 413, 422, 429, 503),
)
async def offer(session: TheSession, gateway: TheGateway, caller: TheCaller, body: Offer) -> Any:
    """A second offer replaces the peer connection and keeps the session."""
    gateway.sessions.check_transport_rate(session.id)
    # The session's key is proven, so that it counts for who made the call, as the call itself does.
    owner = gateway.sessions.caller_of(session.id).account
    give_back = gateway.transports.lease(owner, gateway.ice.count_sockets(), is_local=caller.is_local)
    session.expect_browser()
    check_key = partial(gateway.sessions.check_key, session.id, address=caller.address)
    peer = BrowserPeer(session, gateway.ice, caller.address, check_key, on_closed=give_back)
    with session.trickle.while_answering():
        sdp = await peer.answer_offer(body.sdp)
        await session.add_pending_browser(peer)
        while told := session.trickle.pop_for(body.sdp):
            await peer.add_candidate(told)
    return Answer(sdp=sdp)


@router.post(
    "/ice",
    status_code=204,
    summary="Add an ICE candidate",
    responses=documented(401, 403, 404, 413, 422, 429),
)
async def ice(session: TheSession, body: Candidate) -> Response:
    """Null or empty ends the candidates. One that is early is kept for its offer, one that is late is ignored."""
    peer = next((browser for browser in reversed(session.pending_browsers) if isinstance(browser, BrowserPeer)), None)
    told = CandidateInit(body.candidate, body.sdpMid, body.sdpMLineIndex)
    if peer is None or session.trickle.is_answering:
        session.trickle.push(told)
    else:
        await peer.add_candidate(told)
    return Response(status_code=204)


@router.websocket("/ws")
async def socket(websocket: WebSocket, session_id: str, gateway: TheGateway, caller: TheCaller) -> None:
    """Anybody may open it; what it can do begins with a `hello` that has the session's key."""

    def check_key(key: str) -> None:
        gateway.sessions.check_key(session_id, key, address=caller.address, is_new_transport=True)
        lease.charge_to(gateway.sessions.caller_of(session_id).account)

    try:
        session = gateway.sessions.find(session_id)
        browser = BrowserSocket(session, websocket, check_key)
        lease = gateway.transports.transport(caller.account, 1, is_local=caller.is_local, make_room=browser.make_room)
    except ClientError as fault:
        await websocket.accept()
        notice = wire.Notice(level="error", code=fault.code, message=fault.title, hint=fault.hint)
        await websocket.send_text(wire.encode(notice))
        await websocket.close(NO_SUCH_SESSION if isinstance(fault, SessionNotFound) else TOO_SOON, fault.code)
        return
    try:
        await browser.run()
    finally:
        lease.close()
