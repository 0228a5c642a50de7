"""REST routes of the operator's door: the switch for paid calls."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from s2s.gateway import Gateway
from s2s.rest.dependencies import TheGateway
from s2s.rest.problem_details import documented
from s2s.rest.schemas import RequestBody
from s2s.rest.status_routes import Alone

router = APIRouter(prefix="/api/operator", tags=["operator"])


class PaidCallsIn(RequestBody):
    """Whether paid calls are allowed from now on."""

    allowed: bool
    note: Annotated[str, Field(max_length=500, description="Why, for those who look later.")] = ""


class PaidCallsOut(BaseModel):
    """Whether paid calls are allowed."""

    allowed: bool
    since: str
    """When they were switched off, ISO 8601 in UTC; empty if they are allowed."""
    note: str
    ending: int
    """Number of calls that this request ends, each when its answer is finished."""


@router.get(
    "/paid-calls", response_model=PaidCallsOut, summary="Are paid calls allowed?", responses=documented(401, 403)
)
async def paid_calls(gateway: TheGateway) -> Any:
    """The switch is kept beside the logs, over restarts."""
    return _told(gateway, 0)


@router.post(
    "/paid-calls",
    response_model=PaidCallsOut,
    summary="Allow paid calls, or refuse new ones and end those that run",
    responses=documented(401, 403, 413, 422, 507),
)
async def switch(gateway: TheGateway, body: PaidCallsIn, alone: Alone = False) -> Any:
    """Calls that run may finish their answer. The local engine is not affected."""
    ending = await gateway.switch_paid_calls(allowed=body.allowed, note=body.note, alone=alone)
    return _told(gateway, ending)


def _told(gateway: Gateway, ending: int) -> PaidCallsOut:
    off = gateway.paid_calls.read()
    return PaidCallsOut(
        allowed=off is None, since=off.since if off else "", note=off.note if off else "", ending=ending
    )
