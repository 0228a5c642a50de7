"""REST route for the operator: who used what on a day."""

import csv
import io
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response

from s2s.limits.usage_journal import UsageRow
from s2s.rest.dependencies import TheGateway
from s2s.rest.problem_details import documented
from s2s.rest.schemas import UsageOut

router = APIRouter(prefix="/api/operator", tags=["operator"])
# What a spreadsheet takes for the beginning of a formula; names come from callers' tokens.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")


@router.get(
    "/usage",
    response_model=UsageOut,
    summary="Who used what on a day",
    responses={
        200: {"content": {"text/csv": {}}, "description": "One row for each account, the dearest first"},
        **documented(401, 403, 422, 503),
    },
)
async def usage(
    gateway: TheGateway,
    day: Annotated[date | None, Query(description="In UTC, such as 2026-12-01; today if left out.")] = None,
    format: Annotated[Literal["json", "csv"], Query(description="A table for programs or for a spreadsheet.")] = "json",
) -> Any:
    """The row `day` holds all of it, each other row one identity, address, group or service, of all processes."""
    rows = await gateway.sessions.budget.rows(day)
    if format == "csv":
        headers = {"Content-Disposition": "attachment; filename=usage.csv", "Cache-Control": "no-store"}
        return Response(as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)
    return {"usage": [row._asdict() for row in rows]}


def as_csv(rows: list[UsageRow]) -> str:
    """Return a table with a head line, in UTF-8 with CRLF (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(UsageRow._fields)
    for row in rows:
        name = f"'{row.name}" if row.name.startswith(_FORMULA_SIGNS) else row.name
        writer.writerow(row._replace(name=name, usd=round(row.usd, 6)))
    return out.getvalue()
