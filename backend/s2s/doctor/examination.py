"""Run the steps in order; skip those whose premise failed."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime

from s2s import logs
from s2s.doctor import machine, service
from s2s.doctor.report import Finding
from s2s.gateway import Gateway
from s2s.settings import Settings
from s2s.tools.registry import ToolRegistry
from s2s.upstream.codec.setup_message import SessionConfig


async def examine(
    settings: Settings,
    environ: Mapping[str, str],
    tools: ToolRegistry,
    config: SessionConfig,
    begin: Callable[[str], None],
) -> AsyncIterator[Finding]:
    """Run the steps and yield their findings.

    `begin` is called with the name of each step. `environ`: backend/.env, overridden by the process environment.
    """
    begin("settings")
    for finding in (*machine.check_settings(settings), *machine.check_folders(settings)):
        yield finding
    begin("ports")
    for finding in await machine.check_ports(environ):
        yield finding
    gateway = _unlogged_gateway(settings, tools)
    for finding in service.check_upstream(gateway.choice, datetime.now(UTC).date()):
        yield finding
    begin("who may call")
    yield await service.check_access(gateway.access)
    if gateway.fault:
        yield service.explain_no_call(gateway.choice, gateway.fault)
        return
    try:
        async for finding in _reach(gateway, settings, config, begin):
            yield finding
    finally:
        if gateway.engine is not None:
            await gateway.engine.stop()
    if settings.s2s_ice_servers:
        begin("STUN server")
        for finding in await machine.check_stun_server(settings):
            yield finding


async def _reach(
    gateway: Gateway, settings: Settings, config: SessionConfig, begin: Callable[[str], None]
) -> AsyncIterator[Finding]:
    """Check the path to the service. A failure is yielded last, since nothing after it could work."""
    choice = gateway.choice
    if gateway.engine is not None:
        for finding in service.check_engine_packages():
            yield finding
        begin("local engine: it starts and loads its models")
        found = [await service.check_local_engine(gateway)]
    elif choice.backend == "emulator":
        found = []
    else:
        begin("the way to the voice service")
        found = await service.check_network_path(choice, gateway.network)
        if choice.backend == "developer":
            found.append(
                service.check_api_key(choice, "GEMINI_API_KEY" if settings.gemini_api_key else "GOOGLE_API_KEY")
            )
        elif all(finding.verdict != "failed" or finding.step == "clock" for finding in found):
            begin("an access token")
            found.append(await service.check_access_token(gateway))
    for finding in found:
        yield finding
    if any(finding.verdict == "failed" and finding.step != "clock" for finding in found):
        return
    begin("a handshake with setup, without audio: it costs nothing")
    async for finding in service.check_handshakes(gateway, config):
        yield finding


def _unlogged_gateway(settings: Settings, tools: ToolRegistry) -> Gateway:
    """Build a gateway as for calls, but without log output, which would only repeat the findings."""
    gateway = Gateway(settings, tools)
    logs.stop()
    logs.LOGGER.addHandler(logging.NullHandler())
    return gateway
