"""Dependencies of routes: the gateway of the app, and the session in the path."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.requests import HTTPConnection
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from s2s.access.caller import Caller
from s2s.access.identification import Identification
from s2s.gateway import Gateway
from s2s.session.session import Session


def gateway_of(connection: HTTPConnection) -> Gateway:
    """Return the gateway of this app, for REST calls and WebSockets."""
    gateway: Gateway = connection.app.state.gateway
    return gateway


TheGateway = Annotated[Gateway, Depends(gateway_of)]


def caller_of(connection: HTTPConnection) -> Caller:
    """Return who sent this request, as `AccessGuard` found out."""
    return who_of(connection).caller


TheCaller = Annotated[Caller, Depends(caller_of)]


def who_of(connection: HTTPConnection) -> Identification:
    """Return who sent this request, and why credentials were not accepted."""
    who: Identification = connection.state.who
    return who


TheIdentification = Annotated[Identification, Depends(who_of)]


_BEARER = HTTPBearer(
    auto_error=False, scheme_name="session_key", description="The `session_key` of POST /api/session/create."
)


async def session_key_of(sent: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]) -> str:
    """Return the session key of a request (RFC 6750, section 2.1); empty if there is none."""
    return "" if sent is None else sent.credentials


TheSessionKey = Annotated[str, Depends(session_key_of)]


async def proven_session_id(session_id: str, gateway: TheGateway, caller: TheCaller, key: TheSessionKey) -> str:
    """Return the session id in the path of a request that may use it.

    The operator needs no key: at the desk everything answers to curl, and an operator may end every call. Raises
    SessionNotFound, SessionKeyRequired, SessionKeyWrong, RateLimited.
    """
    if not caller.is_operator:
        gateway.sessions.keys.check_key(session_id, key, caller.address)
    return session_id


TheSessionId = Annotated[str, Depends(proven_session_id)]


async def session_of(session_id: TheSessionId, gateway: TheGateway) -> Session:
    """Return the session in the path of a request that may use it. Raises as `proven_session_id`."""
    return gateway.sessions.find(session_id)


TheSession = Annotated[Session, Depends(session_of)]
