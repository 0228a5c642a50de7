"""Door 1, REST: status, health, errors, and the life of a session."""

import gc
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any, get_args

from fastapi import Depends, FastAPI, Query, Request, Response, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse, RedirectResponse

from builtin_tools.web import go_out_by
from s2s import __version__, folder_checks, logs, wire
from s2s.configuration import env_file
from s2s.core.effects import HistoryTurn
from s2s.core.history import ConversationHistory
from s2s.errors import CallTooSoon, SessionNotFound, UnknownTool
from s2s.gateway import Gateway, price_for
from s2s.limits.rate_limit import address_group
from s2s.rest import api_docs, images, probe, problem_details, voice_samples
from s2s.rest.head_timeout import cut_slow_heads
from s2s.rest.problem_details import documented
from s2s.rest.relative_redirects import RelativeRedirects
from s2s.rest.request_guard import RequestGuard
from s2s.rest.schemas import (
    Answer,
    AudioOut,
    Candidate,
    CreatedSession,
    CreateSession,
    ErrorsOut,
    IceServerOut,
    InterruptAnswer,
    Offer,
    Options,
    OriginAnswer,
    Report,
    SavedReport,
    Status,
    UpstreamOut,
    UpstreamStatus,
    plain,
)
from s2s.rest.static_client import ClientFiles
from s2s.rest.websocket_limits import limit_websockets
from s2s.session.graceful_shutdown import polite_stop
from s2s.session.session import Session
from s2s.settings import BACKEND_DIR, Settings, SettingsError
from s2s.transport.ice_candidates import Told
from s2s.transport.turn_credentials import ice_servers
from s2s.upstream.codec.setup_message import DEFAULT_INSTRUCTION, SessionConfig
from s2s.upstream.models.model_capabilities import Voice
from s2s.upstream.network.outbound import Network
from s2s.upstream.network.system_proxies import system_proxies
from tools import ToolRegistry, default_registry
from webrtc_handler import BrowserPeer
from websocket_handler import BrowserSocket


def gateway_of(request: Request) -> Gateway:
    """The gateway of this app."""
    gateway: Gateway = request.app.state.gateway
    return gateway


def session_of(session_id: str, request: Request) -> Session:
    """Raises SessionNotFound."""
    return gateway_of(request).hub.find(session_id)


ENGINE_PREFIX = "GEMINI_EMULATOR_"
ENV_FILE = BACKEND_DIR / ".env"
NO_SUCH_SESSION = 4404
"""Close code of a WebSocket for a session that does not exist."""
TOO_SOON = 4429
"""Close code of a WebSocket for a session that had too many of them in a short time."""
CANNOT_TAKE_CALLS: dict[int | str, dict[str, Any]] = {503: {"description": "No call can be taken now; same report"}}
Alone = Annotated[bool, Query(description="Of several gateway processes behind one address: only the one asked.")]
TheGateway = Annotated[Gateway, Depends(gateway_of)]
TheSession = Annotated[Session, Depends(session_of)]


def session_config(body: CreateSession, settings: Settings, registry: ToolRegistry) -> SessionConfig:
    """Raises UnknownTool."""
    unknown = set(body.tools or ()) - set(registry.names())
    if unknown:
        raise UnknownTool(f"not registered: {', '.join(sorted(unknown))}")
    return SessionConfig(
        voice=body.voice or settings.s2s_voice,
        language=body.language or settings.s2s_language or None,
        system_instruction=body.system_instruction or settings.s2s_system_instruction or DEFAULT_INSTRUCTION,
        tools=registry.declarations(body.tools),
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


def network_of(settings: Settings) -> Network:
    """The way out, after everything that the settings name was tried. Raises SettingsError with all that cannot be
    used."""
    faults = [SettingsError.of(sentences)] if (sentences := folder_checks.unusable(settings)) else []
    network = None
    try:
        network = Network(settings)
    except SettingsError as fault:
        faults.append(fault)
    try:
        price_for("", settings)
    except SettingsError as fault:
        faults.append(fault)
    if len(faults) == 1:
        raise faults[0]
    if network is None or faults:
        raise SettingsError.of([mistake for fault in faults for mistake in fault.mistakes])
    return network


def create_app(settings: Settings, registry: ToolRegistry = default_registry) -> FastAPI:
    """The gateway as an ASGI app. Raises SettingsError for settings that name what cannot be read."""
    network = network_of(settings)
    go_out_by(network.http_transport)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        gateway = app.state.gateway = Gateway(settings, registry, network)
        gateway.setting_warnings += registry.doubts
        await gateway.start()
        with polite_stop(gateway.drain):
            yield
        await app.state.probes.close()
        await gateway.stop()

    app = FastAPI(
        title="S2S",
        version=__version__,
        summary="Speech to speech with Gemini Live, or with the offline engine",
        lifespan=lifespan,
        # Ours are served from this machine.
        docs_url=None,
        redoc_url=None,
    )
    cut_slow_heads()
    limit_websockets()
    logs.shorten_ids_in_server_logs()
    app.state.probes = probe.Probes(settings)
    problem_details.install(app)
    app.add_middleware(problem_details.BodyLimit)
    app.add_middleware(RelativeRedirects)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.s2s_cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Content-Type"],
        expose_headers=["Retry-After"],
    )
    app.add_middleware(RequestGuard, allowed_hosts=settings.s2s_allowed_hosts, cors_origins=settings.s2s_cors_origins)
    _status_routes(app, settings)
    _creation_routes(app, settings, registry)
    _signalling_routes(app, settings)
    _session_routes(app)
    _socket_route(app)
    api_docs.install(app)
    app.include_router(probe.router)
    app.include_router(images.router)
    app.include_router(voice_samples.router)
    if (settings.client_dir / "index.html").is_file():

        @app.get("/app", include_in_schema=False)
        async def to_client() -> RedirectResponse:
            """Relative, so that it also leads to the client below a proxy's path (/voice/app)."""
            return RedirectResponse("app/")

        app.mount("/app", ClientFiles(settings.client_dir, settings.s2s_frame_ancestors), name="client")
    return app


def _status_routes(app: FastAPI, settings: Settings) -> None:
    @app.get("/", response_model=Status, tags=["status"], summary="Status")
    async def status(request: Request, gateway: TheGateway) -> Any:
        """Name, version, chosen upstream and why. A browser is led to the client, if this gateway serves it."""
        has_client = any(getattr(route, "name", "") == "client" for route in request.app.routes)
        if has_client and "text/html" in request.headers.get("accept", ""):
            return RedirectResponse("app/")
        links = {"docs": "/docs", "health": "/health", "errors": "/errors"}
        if has_client:
            links["client"] = "/app/"
        choice = gateway.choice
        upstream = UpstreamStatus(
            backend=choice.backend, model=choice.model, why=choice.why, talking_to=choice.talking_to
        )
        return Status(name="S2S gateway", version=__version__, upstream=upstream, links=links)

    @app.get(
        "/health",
        tags=["status"],
        summary="Health with metrics",
        responses={503: {"description": "No call can be taken now; same report"}, **documented(422)},
    )
    async def health(gateway: TheGateway, alone: Alone = False) -> JSONResponse:
        able, report = await gateway.health(alone=alone)
        return JSONResponse(report, 200 if able else 503)

    @app.get(
        "/api/origin", response_model=OriginAnswer, tags=["status"], summary="May pages from here use this gateway?"
    )
    async def origin(request: Request, response: Response) -> Any:
        """Every page may read this answer: to one that is not accepted a browser shows no other, nor why."""
        asking, accepted = request.headers.get("origin"), settings.s2s_cors_origins
        response.headers["Access-Control-Allow-Origin"] = "*"
        return OriginAnswer(accepted=asking is None or "*" in accepted or asking in accepted)

    @app.get(
        "/errors",
        response_model=ErrorsOut,
        tags=["status"],
        summary="Recent errors, newest first",
        responses=documented(422),
    )
    async def errors(gateway: TheGateway, limit: Annotated[int, Query(ge=1, le=500)] = 50, alone: Alone = False) -> Any:
        return {"errors": await gateway.newest_errors(limit, alone=alone)}


def _creation_routes(app: FastAPI, settings: Settings, registry: ToolRegistry) -> None:
    registry.result_chars = settings.s2s_tool_result_chars

    @app.get("/api/options", response_model=Options, tags=["session"], summary="Voices and functions to choose from")
    async def options(gateway: TheGateway) -> Any:
        """For a settings page; what is left out at creation is the gateway's own choice."""
        one_voice = gateway.voices.one_voice
        return {"voices": list(get_args(Voice)), "one_voice": one_voice, "tools": registry.declarations()}

    @app.post(
        "/api/session/create",
        response_model=CreatedSession,
        status_code=201,
        tags=["session"],
        summary="Create a session",
        responses=documented(413, 422, 429, 502, 503),
    )
    async def create(request: Request, gateway: TheGateway, body: CreateSession | None = None) -> Any:
        """The browser connects within `expires_in_s`, else the session is gone."""
        gateway.must_take_calls()
        config = session_config(body or CreateSession(), settings, registry)
        # Behind a proxy uvicorn puts the caller's address here, if FORWARDED_ALLOW_IPS trusts that proxy.
        session = gateway.hub.create(config, address_group(request.client.host) if request.client else "")
        # The person is still being asked for the microphone: meanwhile the model is called.
        session.open_upstream()
        servers = ice_servers(settings, session.id, time.time())
        return CreatedSession(
            session_id=session.id,
            ice_servers=[IceServerOut(**server.model_dump()) for server in servers],
            audio=AudioOut(),
            upstream=UpstreamOut(backend=gateway.choice.backend, model=gateway.choice.model),
            expires_in_s=settings.s2s_session_expires_s,
            history_turns=len(ConversationHistory(config.history).history()),
        )


def _signalling_routes(app: FastAPI, settings: Settings) -> None:
    @app.post(
        "/api/session/{session_id}/offer",
        response_model=Answer,
        tags=["session"],
        summary="Process an SDP offer",
        responses=documented(404, 413, 422, 429),
    )
    async def offer(session: TheSession, gateway: TheGateway, body: Offer) -> Any:
        """A second offer replaces the peer connection and keeps the session."""
        gateway.hub.pace(session.id)
        session.open_upstream()
        peer = BrowserPeer(session, settings.s2s_ice_servers)
        with session.trickle.answer():
            sdp = await peer.answer(body.sdp)
            await session.expect(peer)
            while told := session.trickle.next_of(body.sdp):
                await peer.add_candidate(told)
        return Answer(sdp=sdp)

    @app.post(
        "/api/session/{session_id}/ice",
        status_code=204,
        tags=["session"],
        summary="Add an ICE candidate",
        responses=documented(404, 413, 422),
    )
    async def ice(session: TheSession, body: Candidate) -> Response:
        """Null or empty ends the candidates. One that is early is kept for its offer, one that is late is ignored."""
        peer = next((browser for browser in reversed(session.opening) if isinstance(browser, BrowserPeer)), None)
        told = Told(body.candidate, body.sdpMid, body.sdpMLineIndex)
        if peer is None or session.trickle.answering:
            session.trickle.keep(told)
        else:
            await peer.add_candidate(told)
        return Response(status_code=204)


def _session_routes(app: FastAPI) -> None:
    @app.post(
        "/api/session/{session_id}/interrupt",
        response_model=InterruptAnswer,
        tags=["session"],
        summary="Interrupt AI speech",
        responses=documented(404),
    )
    async def interrupt(session: TheSession) -> Any:
        """The same door as the button."""
        outcome = session.interrupt()
        return InterruptAnswer(interrupted=outcome.interrupted, turn=outcome.turn, heard_ms=outcome.heard_ms)

    @app.post(
        "/api/session/{session_id}/report",
        response_model=SavedReport,
        status_code=201,
        tags=["session"],
        summary="Report a problem with this conversation",
        responses=documented(404, 409, 413, 422, 429, 507),
    )
    async def report(session_id: str, gateway: TheGateway, body: Report) -> Any:
        """Saves what was recorded, with the person's consent; also for a few minutes after the end of the session."""
        return await gateway.report(session_id, body.note)

    @app.delete("/api/session/{session_id}", status_code=204, tags=["session"], summary="Close a session")
    async def close(session_id: str, gateway: TheGateway) -> Response:
        """Closes everything; also fine the second time."""
        await gateway.hub.close(session_id)
        return Response(status_code=204)


def _socket_route(app: FastAPI) -> None:
    @app.websocket("/api/session/{session_id}/ws")
    async def socket(websocket: WebSocket, session_id: str) -> None:
        gateway: Gateway = websocket.app.state.gateway
        try:
            gateway.hub.pace(session_id)
            session = gateway.hub.find(session_id)
        except (SessionNotFound, CallTooSoon) as fault:
            await websocket.accept()
            notice = wire.Notice(level="error", code=fault.code, message=fault.title, hint=fault.hint)
            await websocket.send_text(wire.encode(notice))
            await websocket.close(NO_SUCH_SESSION if isinstance(fault, SessionNotFound) else TOO_SOON, fault.code)
            return
        session.open_upstream()
        browser = BrowserSocket(session, websocket)
        await session.expect(browser)
        await browser.run()


def environment(file: env_file.EnvFile | None = None) -> Mapping[str, str]:
    """The process environment over backend/.env."""
    values = (file or env_file.read(ENV_FILE)).values
    for name, value in values.items():
        if name.startswith(ENGINE_PREFIX) and value:
            # For the local engine, a child process, which reads these itself.
            os.environ.setdefault(name, value)
    known = {**values, **os.environ}
    return {**system_proxies(known), **known}


def load_settings() -> Settings:
    """Raises SettingsError with everything that is wrong with the environment and with backend/.env."""
    file = env_file.read(ENV_FILE)
    return Settings.from_env(
        environment(file), mistakes=file.mistakes, warnings=file.warnings, outside_file=frozenset(os.environ)
    )


def all_mistakes(fault: SettingsError) -> SettingsError:
    """With what is wrong with the files and folders that the other settings name: nobody corrects them one by one."""
    if fault.others is not None:
        try:
            network_of(fault.others)
        except SettingsError as more:
            return SettingsError.of([*fault.mistakes, *more.mistakes], in_file=fault.in_file)
    return fault


try:
    app = create_app(load_settings())
except SettingsError as found:
    fault = all_mistakes(found)
    raise SystemExit(f"S2S cannot start: {logs.scrub(str(fault))}") from fault

# What is loaded now stays: a garbage collection that walks over it takes 35 ms, in the middle of everybody's voice.
gc.collect()
gc.freeze()
