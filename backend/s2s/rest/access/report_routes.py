"""REST routes for the operator: the reports that users handed in."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response

from s2s.recording.report_inbox import ReportInbox
from s2s.rest.dependencies import TheGateway
from s2s.rest.problem_details import documented
from s2s.rest.schemas import ReportsOut

router = APIRouter(prefix="/api/operator/reports", tags=["operator"])
ReportName = Annotated[str, Path(description="A name from the list.", max_length=100)]


def _inbox_of(gateway: TheGateway) -> ReportInbox:
    return ReportInbox(gateway.settings.report_dir)


TheInbox = Annotated[ReportInbox, Depends(_inbox_of)]


@router.get("", response_model=ReportsOut, summary="Reports of problems, newest first", responses=documented(401, 403))
async def reports(inbox: TheInbox) -> Any:
    """The newest 1,000."""
    return {"reports": await asyncio.to_thread(inbox.entries)}


@router.get(
    "/{name}",
    response_class=Response,
    summary="Read a report",
    responses={
        200: {"content": {"application/gzip": {}}, "description": "A recording for `python -m s2s.replay`"},
        **documented(401, 403, 404, 422),
    },
)
async def read(inbox: TheInbox, name: ReportName) -> Response:
    """What was read may be deleted when new reports need the room."""
    data = await asyncio.to_thread(inbox.read, name)
    headers = {"Content-Disposition": f"attachment; filename={name}", "Cache-Control": "no-store"}
    return Response(data, media_type="application/gzip", headers=headers)


@router.delete("/{name}", status_code=204, summary="Delete a report", responses=documented(401, 403, 404, 422))
async def delete(inbox: TheInbox, name: ReportName) -> Response:
    await asyncio.to_thread(inbox.delete, name)
    return Response(status_code=204)
