"""REST route: a spoken sample of each voice."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from s2s.access.granted import granted_voice
from s2s.rest.dependencies import TheCaller, TheGateway
from s2s.rest.problem_details import documented
from s2s.upstream.models.model_capabilities import Voice

router = APIRouter(prefix="/api/voices", tags=["session"])


@router.get(
    "/{name}/sample",
    response_class=Response,
    summary="Hear a voice",
    responses={
        200: {"content": {"audio/wav": {}}, "description": "PCM16 mono 24 kHz, at most 10 s"},
        **documented(401, 403, 422, 429, 502, 503),
    },
)
async def sample(
    gateway: TheGateway, caller: TheCaller, name: Annotated[Voice, Path(description="One of the service's 30 voices.")]
) -> Any:
    """A sentence in that voice, by whatever answers the calls. It is made at the first request and then kept."""
    gateway.check_accepts_calls()
    granted_voice(name, name, caller.grants)
    headers = {"Cache-Control": "private, max-age=3600"}
    return Response(await gateway.voices.sample_for(name, caller), media_type="audio/wav", headers=headers)
