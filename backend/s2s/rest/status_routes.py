"""REST routes: status, health, recent errors, and the origin check."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from s2s import __version__
from s2s.rest.dependencies import TheCaller, TheGateway
from s2s.rest.problem_details import documented
from s2s.rest.schemas import ErrorsOut, Liveness, OriginAnswer, Readiness, Status, UpstreamStatus

Alone = Annotated[bool, Query(description="Of several gateway processes behind one address: only the one asked.")]
router = APIRouter(tags=["status"])


@router.get("/", response_model=Status, summary="Status")
async def status(request: Request, gateway: TheGateway) -> Any:
    """Name, version, chosen upstream and why. A browser is led to the client, if this gateway serves it."""
    has_client = any(getattr(route, "name", "") == "client" for route in request.app.routes)
    if has_client and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("app/")
    links = {"docs": "/docs", "health": "/health", "errors": "/errors"}
    if has_client:
        links["client"] = "/app/"
    choice = gateway.choice
    upstream = UpstreamStatus(backend=choice.backend, model=choice.model, why=choice.why, talking_to=choice.talking_to)
    return Status(name="S2S gateway", version=__version__, upstream=upstream, links=links)


@router.get("/livez", response_model=Liveness, summary="Does the process answer?")
async def livez() -> Any:
    """For supervisors: a process that does not answer this should be restarted."""
    return Liveness()


@router.get(
    "/readyz",
    response_model=Readiness,
    summary="Can calls be taken?",
    responses={503: {"model": Readiness, "description": "No call can be taken now"}},
)
async def readyz(gateway: TheGateway, response: Response) -> Any:
    """For load balancers."""
    able, report = await gateway.health(alone=True)
    response.status_code = 200 if able else 503
    return Readiness(status=report["status"])


@router.get(
    "/health",
    summary="Health with metrics",
    responses={503: {"description": "No call can be taken now; same report"}, **documented(422)},
)
async def health(gateway: TheGateway, caller: TheCaller, alone: Alone = False) -> JSONResponse:
    """The operator gets all of it, everybody else the status and who may call."""
    able, report = await gateway.health(alone=alone)
    if not caller.is_operator:
        report = {"status": report["status"], "access": report["access"]}
    return JSONResponse(report, 200 if able else 503)


@router.get("/api/origin", response_model=OriginAnswer, summary="May pages from here use this gateway?")
async def origin(request: Request, response: Response, gateway: TheGateway) -> Any:
    """Every page may read this answer: to one that is not accepted a browser shows no other, nor why."""
    asking, accepted = request.headers.get("origin"), gateway.settings.s2s_cors_origins
    response.headers["Access-Control-Allow-Origin"] = "*"
    return OriginAnswer(accepted=asking is None or "*" in accepted or asking in accepted)


@router.get(
    "/errors",
    response_model=ErrorsOut,
    summary="Recent errors, newest first",
    responses=documented(401, 403, 422),
)
async def errors(gateway: TheGateway, limit: Annotated[int, Query(ge=1, le=500)] = 50, alone: Alone = False) -> Any:
    return {"errors": await gateway.newest_errors(limit, alone=alone)}
