"""The doctor tries what a call needs, and tells each failure with one remedy. Nothing here leaves this machine."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from websockets.asyncio.server import ServerConnection, serve

import tools
from gemini_emulator.testing import running_emulator
from s2s import logs
from s2s.doctor import machine, service
from s2s.doctor.examination import examine
from s2s.doctor.machine import check_clock
from s2s.doctor.report import Finding, as_json, closing, line, works
from s2s.rest.creation_routes import session_config
from s2s.rest.schemas import CreateSession
from s2s.settings import BACKEND_DIR, Settings
from s2s.transport import stun_check
from s2s.upstream.target.endpoints import choose_target
from tests.calls.test_vertex import service_account, vertex

KEY = "AIzaSy-a-made-up-key-of-39-characters-00"


@pytest.fixture(autouse=True)
def no_log_of_the_doctor() -> Iterator[None]:
    """It silences the logger for good, as a program of its own may."""
    before = list(logs.LOGGER.handlers)
    yield
    logs.LOGGER.handlers[:] = before


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


async def examined(tmp_path: Path, **environ: str) -> list[Finding]:
    environ = {"S2S_LOG_DIR": str(tmp_path), "SERVICE_ACCOUNT_KEY_PATH": str(tmp_path / "none.json"), **environ}
    settings = Settings.from_env(environ)
    registry = tools.builtin_registry()
    config = session_config(CreateSession(), settings, registry)
    begun: list[str] = []
    findings = [finding async for finding in examine(settings, environ, registry, config, begun.append)]
    assert begun
    assert KEY not in json.dumps(as_json(findings))
    for finding in findings:
        assert finding.verdict != "failed" or finding.remedy
    return findings


def of(findings: list[Finding], step: str) -> Finding:
    """The first one of a step, whatever model it is about."""
    found = [finding for finding in findings if finding.step.partition(" with ")[0] == step]
    assert found, f"no {step} in {findings}"
    return found[0]


def developer(url: str) -> dict[str, str]:
    return {"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": url}


@asynccontextmanager
async def fake_google(close: tuple[int, str] | None) -> AsyncIterator[str]:
    """Takes setup, then closes as told, or never says a word."""
    silence = asyncio.Event()

    async def answer(socket: ServerConnection) -> None:
        await socket.recv()
        if close is None:
            await silence.wait()
        else:
            await socket.close(*close)

    async with serve(answer, "127.0.0.1", 0) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        silence.set()


async def test_with_an_emulator_all_of_it_works_and_a_real_handshake_was_held(tmp_path: Path):
    async with running_emulator() as emulator:
        findings = await examined(tmp_path, S2S_EMULATOR_URL=emulator.base_url)
        assert of(findings, "handshake").message.startswith("the setup was accepted in ")
        assert "no audio was sent" in of(findings, "handshake").message
        assert works(findings)


async def test_with_a_key_the_same_steps_are_tried_through_the_developers_api(tmp_path: Path):
    async with running_emulator() as emulator:
        findings = await examined(
            tmp_path, **developer(emulator.base_url), GEMINI_FALLBACK_MODEL="gemini-3.1-flash-live-preview"
        )
    assert works(findings)
    assert of(findings, "API key").verdict == "ok"
    assert [finding.step for finding in findings if finding.step.startswith("handshake")] == [
        "handshake with gemini-3.8-live",
        "handshake with gemini-3.1-flash-live-preview",
    ]


async def test_with_a_key_file_a_token_is_fetched_and_setup_accepted(tmp_path: Path):
    async with service_account(tmp_path) as (key_path, endpoint), running_emulator() as emulator:
        findings = await examined(tmp_path, **vertex(key_path, emulator.base_url))
    assert len(endpoint.claims) == 1
    assert of(findings, "credentials").verdict == "ok"
    assert of(findings, "handshake").verdict == "ok"


def test_a_model_that_is_about_to_retire_is_a_warning(tmp_path: Path):
    key_path = tmp_path / "key.json"
    key_path.write_text("{}")
    named = {"GCP_PROJECT_ID": "p", "GEMINI_MODEL": "gemini-live-2.5-flash-native-audio"}
    choice = choose_target(Settings.from_env({"SERVICE_ACCOUNT_KEY_PATH": str(key_path), **named}))
    _, *warnings = service.check_upstream(choice, date(2026, 11, 30))
    assert any("retire" in said.message and "gemini-3.8-live" in said.message for said in warnings)
    assert not any("retire" in said.message for said in service.check_upstream(choice, date(2026, 6, 1)))


async def test_a_refused_key_is_told_with_its_remedy(tmp_path: Path):
    async with fake_google((1007, "API key not valid. Please pass a valid API key.")) as url:
        findings = await examined(tmp_path, **developer(url))
    assert not works(findings)
    assert "rejected the API key" in of(findings, "handshake").message
    assert "GEMINI_API_KEY" in of(findings, "handshake").remedy


async def test_an_unknown_model_is_told_with_its_remedy(tmp_path: Path):
    words = "models/gemini-9-live is not found for API version v1beta, or is not supported for bidiGenerateContent."
    async with fake_google((1008, words)) as url:
        findings = await examined(tmp_path, **developer(url))
    assert of(findings, "handshake").verdict == "failed"
    assert words[:-1] in of(findings, "handshake").message, "all that the service said"
    assert "GEMINI_MODEL" in of(findings, "handshake").remedy


async def test_a_model_that_has_gone_is_a_warning_where_its_successor_answers(tmp_path: Path):
    async def answer(socket: ServerConnection) -> None:
        if "gemini-3.8-live" in str(await socket.recv()):
            await socket.send('{"setupComplete": {}}')
            await socket.wait_closed()
        else:
            await socket.close(1008, "models/x is not found for API version v1beta, or is not supported for bidi")

    async with serve(answer, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        findings = await examined(
            tmp_path, **developer(url), GEMINI_MODEL="gemini-2.5-flash-native-audio-preview-12-2025"
        )
    gone, successor = (finding for finding in findings if finding.step.startswith("handshake"))
    assert (gone.verdict, successor.verdict) == ("warning", "ok")
    assert "Calls go on with gemini-3.8-live." in gone.message
    assert works(findings)


@pytest.mark.parametrize(
    "wrong",
    [
        {"GEMINI_MODEL": "gemini-3.8-liv"},
        {"GEMINI_MODEL": "gemini-3.5-transcribe-live"},
        {"S2S_THINKING_LEVEL": "LOW"},
    ],
)
@pytest.mark.parametrize("backend", ["developer", "emulator"])
async def test_a_setting_that_no_call_can_take_is_named_in_the_remedy(
    tmp_path: Path, wrong: dict[str, str], backend: str
):
    key = {"GEMINI_API_KEY": KEY} if backend == "developer" else {}
    last = (await examined(tmp_path, S2S_UPSTREAM=backend, **key, **wrong))[-1]
    assert (last.step, last.verdict) == ("voice service", "failed")
    assert last.remedy == f"Correct {next(iter(wrong))} in backend/.env."


@pytest.mark.parametrize(("gone", "verdicts"), [("-12-2025", ["warning", "ok"]), ("-latest", ["ok", "warning"])])
async def test_the_fallback_model_answers_before_a_successor(tmp_path: Path, gone: str, verdicts: list[str]):
    async def answer(socket: ServerConnection) -> None:
        setup = str(await socket.recv())
        if gone in setup:
            await socket.close(1008, "models/x is not found for API version v1beta, or is not supported for bidi")
            return
        assert "gemini-3.8-live" not in setup, "calls go on with what is configured"
        await socket.send('{"setupComplete": {}}')
        await socket.wait_closed()

    first, fallback = "gemini-2.5-flash-native-audio-preview-12-2025", "gemini-2.5-flash-native-audio-latest"
    async with serve(answer, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        findings = await examined(tmp_path, **developer(url), GEMINI_MODEL=first, GEMINI_FALLBACK_MODEL=fallback)
    shaken = [finding for finding in findings if finding.step.startswith("handshake")]
    assert [finding.verdict for finding in shaken] == verdicts
    for finding in shaken:
        if finding.verdict == "warning":
            assert (f"GEMINI_MODEL={fallback}" if gone in first else "GEMINI_FALLBACK_MODEL") in finding.remedy


async def test_a_service_that_says_nothing_does_not_hold_the_doctor_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(service, "HANDSHAKE_TIMEOUT_S", 0.3)
    async with fake_google(None) as url:
        findings = await examined(tmp_path, **developer(url))
    assert "within" in of(findings, "handshake").message


async def test_an_address_where_nothing_listens_is_told(tmp_path: Path):
    async with fake_google(None) as url:
        pass
    found = of(await examined(tmp_path, **developer(url)), "handshake")
    assert found.message.startswith("the service cannot be reached (ConnectionRefusedError")
    assert "GOOGLE_GEMINI_BASE_URL" in found.remedy


async def test_a_host_that_dns_does_not_know_ends_the_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def unknown(host: str) -> list[str]:
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr(machine, "resolve_host", unknown)
    findings = await examined(tmp_path, **developer("wss://live.example.org"))
    assert of(findings, "DNS").message == "live.example.org is not known (Name or service not known)"
    assert not any(finding.step == "handshake" for finding in findings)


async def test_a_proxy_that_wants_a_password_is_told_without_the_one_that_it_got(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    proxy = f"http://me:wrong-password@127.0.0.1:{server.sockets[0].getsockname()[1]}"
    for name in ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, proxy)
    async with server:
        findings = await examined(tmp_path, **developer("wss://live.example.org"), HTTP_PROXY=proxy, HTTPS_PROXY=proxy)
    assert of(findings, "proxy").verdict == "ok"
    assert "407" in of(findings, "handshake").message
    assert "HTTPS_PROXY" in of(findings, "handshake").remedy
    assert "wrong-password" not in json.dumps(as_json(findings))


async def test_upstream_asked_for_without_its_credentials_is_told(tmp_path: Path):
    findings = await examined(tmp_path, S2S_UPSTREAM="developer")
    assert "GEMINI_API_KEY" in of(findings, "credentials").message
    assert not works(findings)


async def test_a_stun_server_that_does_not_answer_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stun_check, "STUN_TIMEOUT_S", 0.3)
    async with running_emulator() as emulator:
        findings = await examined(
            tmp_path, S2S_EMULATOR_URL=emulator.base_url, S2S_ICE_SERVERS='[{"urls": "stun:127.0.0.1:9"}]'
        )
    assert of(findings, "STUN").verdict == "warning"
    assert works(findings)


@pytest.mark.parametrize(
    ("off_s", "key_file", "verdict", "said"),
    [
        (5, True, "ok", "right"),
        (-120, True, "warning", "120 s behind"),
        (3_600, True, "failed", "3,600 s ahead of the service's own, so its token service refuses the key file"),
        (3_600, False, "failed", "3,600 s ahead of the service's own"),
    ],
)
def test_the_clock_is_compared_with_the_services(off_s: int, key_file: bool, verdict: str, said: str):
    now = datetime(2026, 11, 30, 21, 0, tzinfo=UTC)
    theirs = format_datetime(now - timedelta(seconds=off_s), usegmt=True)
    finding = check_clock(theirs, now, key_file=key_file)
    assert (finding.verdict, said in finding.message) == (verdict, True)


@pytest.mark.parametrize("header", [None, "", "yesterday"])
def test_a_service_that_tells_no_time_is_no_failure(header: str | None):
    assert check_clock(header, datetime.now(UTC), key_file=True).verdict == "skipped"


async def test_ports_are_tried_and_a_number_that_is_none_is_told(tmp_path: Path):
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    taken = server.sockets[0].getsockname()[1]
    async with server:
        gateway, page = await machine.check_ports({"S2S_PORT": str(taken), "S2S_CLIENT_PORT": "many"})
    assert (gateway.verdict, page.verdict) == ("warning", "failed")
    assert f"S2S_PORT={taken + 1}" in gateway.remedy


@pytest.mark.parametrize(
    ("key", "verdict"),
    [
        (KEY, "ok"),
        ("AQ.Ab8RN6-made-up-made-up-made-up", "ok"),
        ("sk-made-up", "warning"),
    ],
)
def test_the_form_of_a_key_is_looked_at_and_the_key_not_shown(key: str, verdict: str):
    chosen = choose_target(Settings.from_env({"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": key}))
    finding = service.check_api_key(chosen, "GEMINI_API_KEY")
    assert finding.verdict == verdict
    assert key not in finding.message + finding.remedy


def test_a_failure_stands_with_its_remedy_and_the_last_line_counts():
    failed = Finding("DNS", "failed", "no answer", "Check the network.")
    doubt = Finding("settings", "warning", "odd")
    assert line(failed) == "✗ DNS: no answer\n    -> Check the network."
    assert closing([failed, doubt]) == "1 thing does not work, marked ✗. (1 to look at, marked !)"
    assert closing([doubt]) == "Everything that a call needs works (1 to look at, marked !)."


def environment(**environ: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("S2S_", "GEMINI_", "GOOGLE_"))}
    return {**kept, "SERVICE_ACCOUNT_KEY_PATH": "no-such-key.json", **environ}


def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "s2s.doctor", *arguments],
        cwd=BACKEND_DIR,
        env=environment(**environ),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_wrong_settings_are_told_one_by_one_and_nothing_else_is_tried(tmp_path: Path):
    done = run(S2S_LOG_DIR=str(tmp_path), S2S_RECORDER="maybe", S2S_MAX_SESSIONS="0")
    assert done.returncode == 1
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert "✗ settings: S2S_RECORDER=maybe: it must be on or off." in lines
    assert "✗ settings: S2S_MAX_SESSIONS=0: it must be a whole number from 1 to 10,000." in lines
    assert lines[-1] == "2 things do not work, marked ✗."


# Also where the tests run in the background, which ignores Ctrl-C and hands that down.
HEARING_CTRL_C = (
    "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "runpy.run_module('s2s.doctor', run_name='__main__')"
)


def test_ctrl_c_ends_it_without_a_traceback(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        env = environment(S2S_LOG_DIR=str(tmp_path), S2S_EMULATOR_URL=url)
        command = [sys.executable, "-u", "-c", HEARING_CTRL_C]
        with subprocess.Popen(command, cwd=BACKEND_DIR, env=env, stdout=-1, stderr=subprocess.STDOUT, text=True) as run:
            assert run.stdout is not None
            for line in run.stdout:
                if "voice service" in line:
                    break
            run.send_signal(signal.SIGINT)
            assert run.stdout.read().splitlines()[-1] == "Stopped."
    assert run.returncode == 130


def test_the_local_engine_is_started_tried_and_ended_and_json_is_all_that_is_printed(tmp_path: Path):
    done = run("--json", S2S_LOG_DIR=str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    said = json.loads(done.stdout)
    assert said["ok"] is True
    found = {finding["step"]: finding for finding in said["findings"]}
    assert found["handshake with gemini-3.8-live"]["verdict"] == "ok"
    assert "local engine" in found["voice service"]["message"]
    assert found["engine"]["message"].startswith("hears and speaks")
