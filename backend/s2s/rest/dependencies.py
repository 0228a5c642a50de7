"""Dependencies of routes: the gateway of the app, and the session in the path."""

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

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


def session_of(session_id: str, gateway: TheGateway) -> Session:
    """Return the session in the path. Raises SessionNotFound."""
    return gateway.sessions.find(session_id)


TheSession = Annotated[Session, Depends(session_of)]
