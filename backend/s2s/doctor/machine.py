"""Check this machine: settings, folders, ports, DNS, clock, STUN servers."""

import asyncio
import email.utils
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx

from s2s import folder_checks
from s2s.configuration import wording
from s2s.configuration.env_file import EnvFile
from s2s.doctor.report import Finding
from s2s.settings import Settings
from s2s.transport.ice_gathering import GATHERING_TIMEOUT_S
from s2s.transport.stun_check import explain_silence, resolve_host, stun_url

PORTS = (("S2S_PORT", 8000, "gateway"), ("S2S_CLIENT_PORT", 3000, "page"))
ANSWER_TIMEOUT_S = 3.0
CLOCK_WARNING_S = 60.0
CLOCK_FAILURE_S = 300.0
"""Google's token service accepts an assertion whose times are off by a few minutes, and refuses one beyond that."""


def check_settings_file(file: EnvFile, path: Path) -> Finding:
    """Check backend/.env; values are not shown."""
    if not path.exists():
        return Finding("settings file", "ok", "there is no backend/.env, so each setting has its default")
    named = sorted(name for name, value in file.values.items() if value)
    return Finding("settings file", "ok", f"backend/.env sets {', '.join(map(wording.shown, named)) or 'nothing'}")


def check_settings(settings: Settings) -> Iterator[Finding]:
    """Report settings that are valid but probably not intended."""
    for warning in settings.warnings:
        yield Finding("settings", "warning", warning)
    if not settings.warnings:
        yield Finding("settings", "ok", "all of them can be used")


def check_functions(names: Sequence[str], doubts: Sequence[str]) -> Iterator[Finding]:
    """Report the functions that the model may call, and what about them is probably not intended."""
    for doubt in doubts:
        yield Finding("functions", "warning", doubt, "Correct its registration in backend/tools.py.")
    if not doubts:
        yield Finding("functions", "ok", ", ".join(names) or "none")


def check_folders(settings: Settings) -> Iterator[Finding]:
    """Check the folders for logs and reports, and the built client."""
    yield Finding("folders", "ok", f"logs can be written to {settings.journal_dir}")
    for doubt in folder_checks.doubtful(settings):
        yield Finding("folders", "warning", doubt)
    if (settings.client_dir / "index.html").is_file():
        yield Finding("page", "ok", f"built, served under /app/ from {settings.client_dir}")
    elif not settings.s2s_client_dir:
        yield Finding("page", "skipped", "not built yet: `make run` needs no built page, `make serve` builds it")


async def check_ports(environ: Mapping[str, str]) -> list[Finding]:
    """Check the ports on which `make run` listens."""
    return [await _port(environ.get(name) or str(default), name, what) for name, default, what in PORTS]


async def _port(text: str, name: str, what: str) -> Finding:
    step = f"port of the {what}"
    if not text.isdigit() or not 0 < int(text) < 65536:
        said = f"{name}={wording.shown(text)} is no port number"
        return Finding(step, "failed", said, f"Set {name} to a number from 1 to 65535.")
    number = int(text)
    if not await _listens(number):
        return Finding(step, "ok", f"{number} is free")
    if await _is_gateway(number):
        return Finding(step, "ok", f"{number} is used by a gateway of S2S that runs already")
    other = number + 1 if number < 65535 else number - 1
    said = f"{number} is used by another program (or by S2S itself, if it runs)"
    return Finding(step, "warning", said, f"Stop that program, or start with {name}={other}.")


async def _listens(port: int) -> bool:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _is_gateway(port: int) -> bool:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=ANSWER_TIMEOUT_S) as http:
            answer = await http.get(f"http://127.0.0.1:{port}/", headers={"Accept": "application/json"})
        return isinstance(said := answer.json(), dict) and said.get("name") == "S2S gateway"
    except (httpx.HTTPError, json.JSONDecodeError, UnicodeDecodeError):
        return False


async def check_dns(host: str) -> Finding:
    """Check whether this machine can resolve the service's host name."""
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S * 2):
            addresses = await resolve_host(host)
    except TimeoutError:
        said = f"no answer about {host} within {ANSWER_TIMEOUT_S * 2:.0f} s"
    except OSError as fault:
        said = f"{host} is not known ({fault.strerror or type(fault).__name__})"
    else:
        return Finding("DNS", "ok", f"{host} is {addresses[0]}" + (" and others" if len(addresses) > 1 else ""))
    remedy = "Check the network connection and the name servers; behind a company proxy, set HTTPS_PROXY."
    return Finding("DNS", "failed", said, remedy)


def check_clock(date_header: str | None, now: datetime, *, key_file: bool) -> Finding:
    """Compare this machine's clock with the service's Date header. `now` is timezone-aware."""
    try:
        theirs = email.utils.parsedate_to_datetime(date_header or "")
    except ValueError:
        return Finding("clock", "skipped", "not compared: the service told no time")
    off_s = (now - (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC))).total_seconds()
    if abs(off_s) < CLOCK_WARNING_S:
        return Finding("clock", "ok", "right by the service's own")
    said = f"{abs(off_s):,.0f} s {'ahead of' if off_s > 0 else 'behind'} the service's own"
    if key_file and abs(off_s) >= CLOCK_FAILURE_S:
        said += ", so its token service refuses the key file"
    remedy = "Switch on the automatic setting of date and time (on Linux: timedatectl set-ntp true)."
    return Finding("clock", "failed" if abs(off_s) >= CLOCK_FAILURE_S else "warning", said, remedy)


async def check_stun_server(settings: Settings) -> list[Finding]:
    """Check the STUN server that the gateway uses in each call, if there is one."""
    url = stun_url(settings.s2s_ice_servers)
    if url is None:
        return []
    if (silence := await explain_silence(url)) is None:
        return [Finding("STUN", "ok", f"{url} answers")]
    wait = f"a call may wait up to {GATHERING_TIMEOUT_S:g} s for it"
    remedy = f"Check the address and the firewall, or take it out of S2S_ICE_SERVERS: {wait}."
    return [Finding("STUN", "warning", silence, remedy)]
