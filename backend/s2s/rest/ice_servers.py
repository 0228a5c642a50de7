"""Which ICE servers a page gets, and a route that renews the relay's credentials for a call."""

import time
from typing import Any

from fastapi import APIRouter

from s2s.access.caller import Caller
from s2s.gateway import Gateway
from s2s.rest.dependencies import TheGateway, TheSession
from s2s.rest.problem_details import documented
from s2s.rest.schemas import IceServerOut, IceServersOut
from s2s.transport.turn_credentials import LIFETIME_S, ice_servers

router = APIRouter(prefix="/api/session/{session_id}", tags=["session"])


def page_servers(gateway: Gateway, caller: Caller, name: str, valid_s: int = LIFETIME_S) -> list[IceServerOut]:
    """Return the ICE servers for a caller's page; `name` is what the relay's user name is derived from.

    Where calls cost money, a relay is only for those who are known: anyone with its password can
    send through it, and a stranger's call has the WebSocket.
    """
    relay = caller.is_trusted or not gateway.access.is_paid
    servers = ice_servers(gateway.settings, name, time.time(), valid_s, relay=relay)
    return [IceServerOut(**server.model_dump()) for server in servers]


@router.get(
    "/ice-servers",
    response_model=IceServersOut,
    summary="ICE servers for another connection of this session",
    responses=documented(401, 403, 404, 429),
)
async def renew(session: TheSession, gateway: TheGateway) -> Any:
    """For a page that reconnects: the credentials that it got at creation are valid for an hour."""
    return IceServersOut(ice_servers=page_servers(gateway, gateway.sessions.caller_of(session.id), session.id))
