"""REST routes: delete what belongs to a caller or to calls whose key the caller has; or what an operator names."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from s2s.rest.dependencies import TheCaller, TheGateway
from s2s.rest.problem_details import documented
from s2s.rest.schemas import RequestBody
from s2s.rest.status_routes import Alone
from s2s.session.session_keys import MAX_KEY_CHARS

MAX_CALLS = 100
MAX_IDENTITY_CHARS = 512
router = APIRouter(prefix="/api", tags=["access"])


class CallKey(RequestBody):
    """Name and secret of a call, as its creation answered them."""

    session_id: Annotated[str, Field(min_length=1, max_length=64)]
    session_key: Annotated[str, Field(min_length=1, max_length=MAX_KEY_CHARS)]


class ForgetRequest(RequestBody):
    """The calls that the sender has had. Keys that are not right delete nothing."""

    calls: Annotated[list[CallKey], Field(max_length=MAX_CALLS)] = []  # noqa: RUF012  # pydantic copies it


class Forgotten(BaseModel):
    """What was deleted, and what was not."""

    reports: int
    """Saved reports that were deleted."""
    recordings: int
    """Recordings in memory that were dropped, of running calls and of those that ended lately."""
    stays: list[str]
    """What stays, why and for how long, as sentences for people."""


@router.post(
    "/forget",
    response_model=Forgotten,
    summary="Delete what belongs to me",
    responses=documented(413, 422, 429, 503),
)
async def forget(gateway: TheGateway, caller: TheCaller, body: ForgetRequest) -> Any:
    """Deletes reports and recordings of the given calls, and of every call of the caller's identity, if the request
    has credentials. Works without a login: the key of a call is enough for what was kept of it."""
    keys = {call.session_id: call.session_key for call in body.calls}
    return await gateway.forget(keys, caller)


class OperatorForgetRequest(ForgetRequest):
    """Whose recordings to drop: those of an identity, and of calls."""

    identity: Annotated[str, Field(max_length=MAX_IDENTITY_CHARS)] = ""
    """As in the table of what was spent, such as `jwt:anna`; empty for none."""


class ForgottenRecordings(BaseModel):
    """What was dropped."""

    recordings: int
    all_answered: bool
    """Whether every process of the server was reached."""


@router.post(
    "/operator/forget",
    response_model=ForgottenRecordings,
    summary="Drop recordings of a person or of calls",
    responses=documented(401, 403, 413, 422),
)
async def forget_for_person(gateway: TheGateway, body: OperatorForgetRequest, alone: Alone = False) -> Any:
    """Drops the recordings in memory. Saved reports have routes of their own."""
    keys = {call.session_id: call.session_key for call in body.calls}
    recordings, all_answered = await gateway.forget_recordings(keys, body.identity, alone=alone)
    return ForgottenRecordings(recordings=recordings, all_answered=all_answered)
