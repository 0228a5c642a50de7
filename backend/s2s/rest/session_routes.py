"""REST routes of an existing session: interrupt, report, close."""

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Response

from s2s.errors import SessionNotFound
from s2s.rest.dependencies import TheCaller, TheGateway, TheSession, TheSessionId, TheSessionKey, proven_session_id
from s2s.rest.problem_details import documented
from s2s.rest.schemas import InterruptAnswer, Report, SavedReport

router = APIRouter(prefix="/api/session/{session_id}", tags=["session"])


@router.post(
    "/interrupt",
    response_model=InterruptAnswer,
    summary="Interrupt AI speech",
    responses=documented(401, 403, 404, 429),
)
async def interrupt(session: TheSession) -> Any:
    """The same door as the button."""
    outcome = session.interrupt()
    return InterruptAnswer(interrupted=outcome.interrupted, turn=outcome.turn, heard_ms=outcome.heard_ms)


@router.post(
    "/report",
    response_model=SavedReport,
    status_code=201,
    summary="Report a problem with this conversation",
    responses=documented(401, 403, 404, 409, 413, 422, 429, 507),
)
async def report(session_id: TheSessionId, gateway: TheGateway, caller: TheCaller, body: Report) -> Any:
    """Saves what was recorded, with the person's consent; also for a few minutes after the end of the session."""
    return await gateway.report(session_id, body.note, caller)


@router.delete("", status_code=204, summary="Close a session", responses=documented(401, 403, 429))
async def close(session_id: str, gateway: TheGateway, caller: TheCaller, key: TheSessionKey) -> Response:
    """Closes everything; also fine the second time."""
    with suppress(SessionNotFound):
        await gateway.sessions.close(await proven_session_id(session_id, gateway, caller, key))
    return Response(status_code=204)
