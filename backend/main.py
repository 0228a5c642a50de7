"""Door 1, REST: the app factory and its lifespan. The routes are in `s2s.rest`."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from builtin_tools.web import go_out_by
from s2s import __version__, logs
from s2s.gateway import Gateway
from s2s.rest import (
    api_docs,
    creation_routes,
    ice_servers,
    images,
    probe,
    problem_details,
    session_routes,
    signalling_routes,
    status_routes,
    usage_routes,
    voice_samples,
)
from s2s.rest.access import forget_route, operator_routes, report_routes, token_route
from s2s.rest.access.guard import AccessGuard
from s2s.rest.access.socket_peer import keep_socket_peers
from s2s.rest.head_timeout import limit_request_heads
from s2s.rest.page import client_files
from s2s.rest.relative_redirects import RelativeRedirects
from s2s.rest.request_guard import RequestGuard
from s2s.rest.security_headers import HardenedApp
from s2s.rest.websocket_limits import limit_websockets
from s2s.session.graceful_shutdown import drain_before_shutdown
from s2s.settings import Settings, SettingsError
from s2s.startup import load_settings, network_of, start_error_text
from tools import ToolRegistry, default_registry


def create_app(settings: Settings, registry: ToolRegistry = default_registry) -> FastAPI:
    """Build the gateway as an ASGI app. Raises SettingsError if files or folders in the settings cannot be used."""
    network = network_of(settings)
    go_out_by(network.http_transport)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        gateway = app.state.gateway = Gateway(settings, registry, network)
        limit_websockets()
        await gateway.start()
        with drain_before_shutdown(gateway.drain):
            yield
        await app.state.probes.close()
        await gateway.stop()

    app = HardenedApp(
        title="S2S",
        version=__version__,
        summary="Speech to speech with Gemini Live, or with the offline engine",
        lifespan=lifespan,
        # `api_docs` serves them without requests to a CDN.
        docs_url=None,
        redoc_url=None,
    )
    limit_request_heads()
    keep_socket_peers()
    logs.shorten_ids_in_server_logs()
    app.state.probes = probe.Probes(settings)
    _add_middleware(app, settings)
    for routes in (
        status_routes,
        creation_routes,
        signalling_routes,
        ice_servers,
        session_routes,
        token_route,
        forget_route,
        operator_routes,
        probe,
        images,
        voice_samples,
        report_routes,
        usage_routes,
    ):
        app.include_router(routes.router)
    api_docs.install(app)
    client_files.install(app, settings.client_dir, settings.s2s_frame_ancestors)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Add the middleware; the one added last sees a request first."""
    problem_details.install(app)
    app.add_middleware(problem_details.BodyLimit)
    app.add_middleware(RelativeRedirects)
    app.add_middleware(AccessGuard)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.s2s_cors_origins,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["Retry-After", "WWW-Authenticate"],
    )
    app.add_middleware(RequestGuard, allowed_hosts=settings.s2s_allowed_hosts, cors_origins=settings.s2s_cors_origins)


try:
    app = create_app(load_settings())
except SettingsError as fault:
    raise SystemExit(start_error_text(fault)) from fault

# What is loaded by now lives as long as the process. A garbage collection that walks over it takes 35 ms and would
# stall the audio of all calls, so it is excluded.
gc.collect()
gc.freeze()
