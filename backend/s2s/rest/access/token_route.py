"""REST route: join tokens, with which visitors of a site make their calls."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, Field

from s2s.access.caller import Caller
from s2s.access.grant_claims import GrantClaims, read_grants, what_exceeds
from s2s.access.join_tokens import DEFAULT_TTL_S, MAX_TTL_S, OPERATOR_ISSUER
from s2s.errors import NotGranted, TokensUnavailable
from s2s.rest.dependencies import TheCaller, TheGateway
from s2s.rest.problem_details import documented
from s2s.rest.schemas import RequestBody
from s2s.upstream.models.model_capabilities import Voice

router = APIRouter(prefix="/api", tags=["access"])
ShortText = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f-\x9f]+$")]


class GrantsIn(RequestBody):
    """What the visitor may use; what is left out is as the server key says."""

    voices: Annotated[list[Voice] | None, Field(max_length=64)] = None
    tools: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]] | None, Field(max_length=64)] = None
    minutes: Annotated[float | None, Field(gt=0, le=1_000_000, description="Longest call.")] = None
    tokens: Annotated[int | None, Field(ge=0, le=10**12, description="Of a day.")] = None
    usd: Annotated[float | None, Field(ge=0, le=1_000_000, description="Of a day.")] = None
    instruction: Annotated[bool | None, Field(description="Whether the page may send a system instruction.")] = None
    priority: Annotated[int | None, Field(ge=0, le=100)] = None


class TokenRequest(RequestBody):
    """Whom the token is for."""

    identity: Annotated[ShortText, Field(description="Stable name of the visitor; limits count by it.")]
    name: Annotated[ShortText | None, Field(description="For people to read.")] = None
    groups: Annotated[list[ShortText], Field(max_length=50)] = []  # noqa: RUF012  # pydantic copies it
    ttl_s: Annotated[int, Field(ge=10, le=MAX_TTL_S, description="Seconds in which a call must begin.")] = DEFAULT_TTL_S
    grants: GrantsIn = GrantsIn()


class TokenOut(BaseModel):
    """A join token."""

    token: str
    expires_in_s: int


@router.post(
    "/token",
    response_model=TokenOut,
    status_code=201,
    summary="Issue a join token",
    responses=documented(401, 403, 413, 422, 503),
)
async def issue(gateway: TheGateway, caller: TheCaller, body: TokenRequest) -> Any:
    """For a site's own server, with its server key as Bearer token. The visitor's page sends the token as Bearer token
    when it creates a session; a call that has begun goes on when the token expires."""
    access = gateway.access
    if not access.authenticates:
        raise TokensUnavailable("S2S_AUTH is none, so no login is needed or looked at")
    key = access.store.by_id(caller.identity.removeprefix("key:")) if caller.is_server else None
    own = key.grants if key is not None else GrantClaims(priority=100)
    grants = _inherited(body, own)
    if beyond := what_exceeds(grants, own):
        raise NotGranted(f"the server key itself does not have the grant {beyond}")
    token = access.join_tokens.issue(_issuer(caller), body.identity, body.name or body.identity, grants, body.ttl_s)
    return TokenOut(token=token, expires_in_s=body.ttl_s)


def _issuer(caller: Caller) -> str:
    return caller.identity.removeprefix("key:") if caller.identity.startswith("key:") else OPERATOR_ISSUER


def _inherited(body: TokenRequest, own: GrantClaims) -> GrantClaims:
    """Return the grants that are asked for; those left out are the server key's own, but for its priority."""
    asked = body.grants.model_dump(exclude_none=True)
    for name in ("voices", "tools", "minutes", "tokens", "usd", "instruction"):
        asked.setdefault(name, getattr(own, name))
    return read_grants({**asked, "groups": body.groups})
