"""REST routes: options of a session, and creating one."""

from typing import Any, get_args
from urllib.parse import urlsplit

from fastapi import APIRouter

from s2s.access.caller import Grants
from s2s.access.granted import check_instruction, granted_tools, granted_voice
from s2s.access.locality import is_local_host
from s2s.core.effects import HistoryTurn
from s2s.core.history import ConversationHistory
from s2s.errors import UnknownTool
from s2s.rest.dependencies import TheCaller, TheGateway, TheIdentification
from s2s.rest.ice_servers import page_servers
from s2s.rest.problem_details import documented
from s2s.rest.schemas import (
    AudioOut,
    CreatedSession,
    CreateSession,
    Options,
    UpstreamOffered,
    UpstreamOut,
    plain,
)
from s2s.settings import Settings
from s2s.tools.registry import ToolRegistry
from s2s.upstream.codec.setup_message import DEFAULT_INSTRUCTION, SessionConfig
from s2s.upstream.models.model_capabilities import Voice
from s2s.upstream.target.endpoints import UpstreamTarget

EVERYTHING = Grants()
router = APIRouter(prefix="/api", tags=["session"])


@router.get("/options", response_model=Options, summary="Who answers; voices and functions to choose from")
async def options(gateway: TheGateway, who: TheIdentification) -> Any:
    """For the first screen and a settings page; what is left out at creation is the gateway's own choice."""
    access = gateway.access
    return {
        "upstream": upstream_offered(gateway.choice),
        "voices": list(get_args(Voice)),
        "one_voice": gateway.voices.one_voice,
        "tools": gateway.tools.declarations(),
        "auth": "none" if access.mode == "none-i-know" else access.mode,
        "may_call": access.may_call(who),
        "login_url": gateway.settings.s2s_login_url,
    }


def upstream_offered(choice: UpstreamTarget) -> UpstreamOffered:
    """Describe who would answer. An emulator without an address is the gateway's own process."""
    is_near = not choice.base_url or is_local_host(urlsplit(choice.base_url).netloc)
    return UpstreamOffered(
        backend=choice.backend, model=choice.model, on_this_machine=choice.backend == "emulator" and is_near
    )


@router.post(
    "/session/create",
    response_model=CreatedSession,
    status_code=201,
    summary="Create a session",
    responses=documented(401, 403, 413, 422, 429, 502, 503),
)
async def create(gateway: TheGateway, caller: TheCaller, body: CreateSession | None = None) -> Any:
    """The browser connects within `expires_in_s`, else the session is gone."""
    gateway.check_accepts_calls()
    config = session_config(body or CreateSession(), gateway.settings, gateway.tools, caller.grants)
    session, session_key = await gateway.sessions.create(config, caller)
    # The user is still asked for the microphone.
    session.expect_browser()
    return CreatedSession(
        session_id=session.id,
        session_key=session_key,
        ice_servers=page_servers(gateway, caller, session.id),
        audio=AudioOut(),
        upstream=UpstreamOut(backend=gateway.choice.backend, model=gateway.choice.model),
        expires_in_s=gateway.settings.s2s_session_expires_s,
        history_turns=len(ConversationHistory(config.history).history()),
    )


def session_config(
    body: CreateSession, settings: Settings, registry: ToolRegistry, grants: Grants = EVERYTHING
) -> SessionConfig:
    """Build the configuration of a session from a request and the settings. Raises UnknownTool, NotGranted."""
    unknown = set(body.tools or ()) - set(registry.names())
    if unknown:
        raise UnknownTool(f"not registered: {', '.join(sorted(unknown))}")
    check_instruction(body.system_instruction, grants)
    return SessionConfig(
        voice=granted_voice(body.voice, settings.s2s_voice, grants),
        language=body.language or settings.s2s_language or None,
        system_instruction=body.system_instruction or settings.s2s_system_instruction or DEFAULT_INSTRUCTION,
        tools=registry.declarations(granted_tools(body.tools, registry.names(), grants)),
        input_transcription=body.input_transcription,
        output_transcription=body.output_transcription,
        manual_activity=body.turn_taking == "manual",
        sensitivity=body.sensitivity,
        silence_duration_ms=settings.s2s_silence_duration_ms,
        thinking_level=settings.s2s_thinking_level or None,
        compression_trigger_tokens=settings.s2s_compression_trigger_tokens,
        compression_target_tokens=settings.compression_target_tokens,
        history=tuple(HistoryTurn(said.role, text) for said in body.history if (text := plain(said.text))),
    )
