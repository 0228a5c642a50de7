"""REST: every answer is documented, every error is a problem with a stable code and a hint."""

import asyncio
import gc
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest
import schemathesis
from google.genai import types
from hypothesis import HealthCheck, given, settings
from pydantic import ValidationError
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance, unsupported_method

from gemini_emulator.testing import running_emulator
from main import create_app
from s2s import __version__
from s2s.rest.problem_details import BodyLimit
from s2s.rest.schemas import CreateSession
from s2s.settings import Settings
from s2s.upstream.codec.setup_message import DETECTION
from tests.calls.serving import server_of
from tests.page import open_page, running_gateway

OPERATOR_KEY = "an-operator-key-of-32-characters"
CANDIDATE = "candidate:1 1 udp 2113937151 192.0.2.9 50000 typ host"


async def test_the_status_says_what_was_chosen_and_why(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        status = (await http.get("/")).json()
    assert status["name"] == "S2S gateway"
    assert status["version"] == __version__
    assert status["upstream"]["backend"] == "emulator"
    assert status["upstream"]["talking_to"] == "local engine (no credentials found)"
    assert status["links"]["docs"] == "/docs"


async def test_health_has_the_numbers_an_operator_asks_for(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        answer = await http.get("/health")
    report = answer.json()
    assert answer.status_code == 200
    assert report["status"] == "ok"
    assert report["sessions"] == {"active": 0, "max": 100, "created": 0, "refused": 0}
    assert report["upstream"]["reachable"] is True
    assert report["errors_last_hour"] == 0
    assert report["uptime_s"] >= 0


async def test_health_is_503_when_nobody_can_be_called(tmp_path: Path):
    async with running_gateway(tmp_path, "ws://127.0.0.1:9") as (http, _):
        answer = await http.get("/health")
    assert answer.status_code == 503
    assert answer.json()["upstream"]["reachable"] is False


async def test_wrong_settings_are_told_in_words_and_no_session_is_made(tmp_path: Path):
    async with running_gateway(tmp_path, S2S_UPSTREAM="vertex") as (http, _):
        health = await http.get("/health")
        refused = await http.post("/api/session/create")
    assert health.status_code == 503
    assert "none.json does not exist" in health.json()["upstream"]["fault"]
    assert health.json()["upstream"]["region"] == "us-central1"
    assert refused.status_code == 502
    assert refused.json()["code"] == "upstream_refused"


async def test_a_new_session_has_what_a_page_needs(tmp_path: Path):
    servers = '[{"urls": ["turn:turn.example:3478"], "username": "u", "credential": "c"}]'
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_ICE_SERVERS=servers) as (http, _),
    ):
        first, second = [(await http.post("/api/session/create")).json() for _ in range(2)]
    assert len(bytes.fromhex(first["session_id"])) == 16
    assert first["session_id"] != second["session_id"]
    assert first["ice_servers"] == [{"urls": ["turn:turn.example:3478"], "username": "u", "credential": "c"}]
    assert first["audio"] == {"input_rate": 16000, "output_rate": 24000, "frame_ms": 20}
    assert first["upstream"] == {"backend": "emulator", "model": "gemini-3.8-live"}
    assert first["expires_in_s"] == 60


async def test_the_choices_of_a_session_reach_the_model(tmp_path: Path):
    wishes = {
        "voice": "Kore",
        "language": "en-US",
        "system_instruction": "Be brief.",
        "tools": ["get_current_time"],
        "output_transcription": False,
        "turn_taking": "manual",
    }
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http, **wishes),
    ):
        await emulator.wait_for(lambda: bool(emulator.received))
        setup = emulator.received[0]["setup"]
    speech = setup["generationConfig"]["speechConfig"]
    assert speech == {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}, "languageCode": "en-US"}
    assert setup["systemInstruction"]["parts"] == [{"text": "Be brief."}]
    assert [f["name"] for f in setup["tools"][0]["functionDeclarations"]] == ["get_current_time"]
    assert "outputAudioTranscription" not in setup
    assert setup["realtimeInputConfig"]["automaticActivityDetection"] == {"disabled": True}


async def test_how_easily_the_person_is_noticed_reaches_the_model(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http, sensitivity="high"),
    ):
        await emulator.wait_for(lambda: bool(emulator.received))
        detection = emulator.received[0]["setup"]["realtimeInputConfig"]["automaticActivityDetection"]
        refused = await http.post("/api/session/create", json={"sensitivity": "extreme"})
    assert detection == {"disabled": False, **DETECTION["high"]}
    # Google's own SDK knows every field and value.
    judged = types.AutomaticActivityDetection.model_validate(detection)
    assert judged.start_of_speech_sensitivity is types.StartSensitivity.START_SENSITIVITY_HIGH
    assert judged.end_of_speech_sensitivity is types.EndSensitivity.END_SENSITIVITY_LOW
    assert judged.prefix_padding_ms == 40
    assert refused.status_code == 422


async def test_a_full_gateway_says_when_to_come_back(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="1") as (http, _),
    ):
        assert (await http.post("/api/session/create")).status_code == 201
        refused = await http.post("/api/session/create")
        health = await http.get("/health")
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "5"
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_sessions"
    assert health.status_code == 503
    assert health.json()["sessions"]["refused"] == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/api/session/{unknown}/offer", {"sdp": "v=0", "type": "offer"}, 404, "session_not_found"),
        ("POST", "/api/session/{unknown}/ice", {"candidate": None}, 404, "session_not_found"),
        ("POST", "/api/session/{unknown}/interrupt", None, 404, "session_not_found"),
        ("POST", "/api/session/{id}/offer", {"sdp": "nonsense", "type": "offer"}, 422, "bad_offer"),
        ("POST", "/api/session/{id}/offer", {"sdp": "v=0\r\ns=-\r\nt=0 0\r\n", "type": "offer"}, 422, "bad_offer"),
        ("POST", "/api/session/{id}/offer", {"sdp": "v=0", "type": "answer"}, 422, "invalid_request"),
        ("POST", "/api/session/{id}/ice", {"candidate": "nonsense", "sdpMid": "0"}, 422, "bad_candidate"),
        ("POST", "/api/session/create", {"voice": "Nobody"}, 422, "invalid_request"),
        ("POST", "/api/session/create", {"colour": "red"}, 422, "invalid_request"),
        ("POST", "/api/session/create", {"language": "!"}, 422, "invalid_request"),
        ("POST", "/api/session/create", {"tools": ["fly"]}, 422, "unknown_tool"),
        ("POST", "/api/session/create", {"system_instruction": "x" * 300_000}, 413, "body_too_large"),
        ("POST", "/api/forget", {"calls": ["x" * 33_000]}, 413, "body_too_large"),
        ("GET", "/errors?limit=0", None, 422, "invalid_request"),
        ("GET", "/nowhere", None, 404, "not_found"),
        ("PUT", "/health", None, 405, "method_not_allowed"),
    ],
)
async def test_each_error_is_a_problem_with_a_code_and_a_hint(
    tmp_path: Path, method: str, path: str, body: dict | None, status: int, code: str
):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        url = path.replace("{id}", session_id).replace("{unknown}", "f" * 32)
        answer = await http.request(method, url, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["title"]
    assert problem["detail"]
    assert problem["hint"]


async def test_a_body_with_thousands_of_unknown_members_is_one_error(tmp_path: Path):
    body = {str(number): 1 for number in range(20_000)}
    with pytest.raises(ValidationError) as found:
        CreateSession.model_validate(body)
    assert found.value.error_count() == 1
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        for path, count in (("/api/session/create", 20_000), ("/api/forget", 2_000)):
            answer = await http.post(path, json=dict(list(body.items())[:count]))
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
            assert f"{count} members" in answer.json()["detail"]


async def test_a_body_that_comes_a_byte_a_minute_is_cut_with_a_problem(tmp_path: Path):
    names = ("Host: localhost", "Content-Type: application/json", "Content-Length: 99")
    head = "\r\n".join(("POST /api/session/create HTTP/1.1", *names, "", "{"))
    async with running_emulator() as emulator:
        server = server_of(tmp_path, emulator.base_url)
        limit = next(layer for layer in server.config.app.user_middleware if layer.cls is BodyLimit)
        limit.kwargs["within_s"] = 0.2
        running = asyncio.create_task(server.serve())
        await server.listening.wait()
        async with asyncio.timeout(30):
            reader, writer = await asyncio.open_connection(*server.address.split(":"))
            writer.write(head.encode())
            # Until the gateway hangs up: it must, because the rest of the body may still come.
            status, _, rest = (await reader.read()).decode().partition("\r\n")
            writer.close()
            server.should_exit = True
            await running
    assert status == "HTTP/1.1 408 Request Timeout"
    problem = json.loads(rest.partition("\r\n\r\n")[2])
    assert (problem["code"], problem["status"]) == ("body_too_slow", 408)
    assert problem["hint"]


async def test_candidates_may_trickle_and_end(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        url = f"/api/session/{page.session_id}/ice"
        for candidate in (CANDIDATE, "candidate:1 1 udp 1 x.local 5 typ host", "", None):
            answer = await http.post(url, json={"candidate": candidate, "sdpMid": "0", "sdpMLineIndex": 0})
            assert answer.status_code == 204
        broken = await http.post(url, json={"candidate": "candidate:oops", "sdpMid": "0"})
        assert broken.json()["code"] == "bad_candidate"


async def test_local_pages_may_call_and_strangers_may_not_unless_allowed(tmp_path: Path):
    async def allowed(origin: str, **environ: str) -> str | None:
        async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url, **environ) as (http, _):
            return (await http.get("/", headers={"Origin": origin})).headers.get("access-control-allow-origin")

    assert await allowed("http://localhost:3000") == "http://localhost:3000"
    assert await allowed("https://evil.example") is None
    assert await allowed("https://a.example", S2S_CORS_ORIGINS="https://a.example") == "https://a.example"
    assert await allowed("https://any.example", S2S_CORS_ORIGINS="*") == "*"


@pytest.mark.parametrize(
    ("origin", "origins", "accepted"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://b.example", "https://a.example", False),
        ("https://b.example", "*", True),
        ("", "https://a.example", True),
    ],
)
async def test_a_page_that_is_not_accepted_may_read_that_and_nothing_else(
    tmp_path: Path, origin: str, origins: str, accepted: bool
):
    headers = {"Origin": origin} if origin else {}
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_CORS_ORIGINS=origins) as (http, _),
    ):
        said = await http.get("/api/origin", headers=headers)
        health = await http.get("/health", headers=headers)
    assert said.json() == {"accepted": accepted, "setting": "S2S_CORS_ORIGINS"}
    assert said.headers["access-control-allow-origin"] in {"*", origin}
    assert ("access-control-allow-origin" in health.headers) is (accepted and bool(origin))


async def test_a_browser_is_led_to_the_client_and_a_program_gets_the_status(tmp_path: Path):
    client = tmp_path / "dist"
    client.mkdir()
    (client / "index.html").write_text("<title>S2S</title>")
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_CLIENT_DIR=str(client)) as (http, _),
    ):
        browser = await http.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
        program = await http.get("/")
        page = await http.get("/app/")
    assert (browser.status_code, browser.headers["location"]) == (307, "app/")
    assert program.json()["links"]["client"] == "/app/"
    assert "<title>S2S</title>" in page.text


async def test_an_unexpected_fault_is_a_problem_too_and_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):

        def broken(*_: object) -> None:
            raise RuntimeError("a bug")

        monkeypatch.setattr(gateway.sessions, "create", broken)
        answer = await http.post("/api/session/create")
        listed = (await http.get("/errors")).json()["errors"]
    assert answer.status_code == 500
    assert answer.json()["code"] == "internal"
    assert "a bug" not in answer.text
    assert listed[0]["code"] == "internal"


@pytest.fixture
def quiet_collector() -> Iterator[None]:
    """CPython 3.11 fails in `compile` when the collector runs code that compiles too (gh-106905)."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class _NeverUpgrades(BaseHTTPRequestHandler):
    """Health finds it there; a dial waits."""

    protocol_version = "HTTP/1.1"
    over = Event()

    def do_GET(self) -> None:
        if self.path == "/":
            self.send_error(404)
        else:
            self.over.wait()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing worth telling."""


@pytest.mark.usefixtures("quiet_collector")
def test_what_the_openapi_page_promises_is_what_is_answered(tmp_path: Path):
    """Every operation, with generated calls. The upstream only has to answer: no generated offer is readable."""
    upstream = ThreadingHTTPServer(("127.0.0.1", 0), _NeverUpgrades)
    Thread(target=upstream.serve_forever, daemon=True).start()
    environ = {
        "S2S_LOG_DIR": str(tmp_path),
        "S2S_EMULATOR_URL": f"ws://127.0.0.1:{upstream.server_port}",
        "S2S_MAX_SESSIONS": "10000",
        "S2S_MAX_SESSIONS_PER_ADDRESS": "0",
        "S2S_CREATES_PER_MINUTE": "0",
        "S2S_OPERATOR_KEY": OPERATOR_KEY,
        "S2S_ALLOWED_HOSTS": "testserver",
        "SERVICE_ACCOUNT_KEY_PATH": str(tmp_path / "none.json"),
    }
    app = create_app(Settings.from_env(environ))
    operator = {"Authorization": f"Bearer {OPERATOR_KEY}"}
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=operator)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert {operation.label for operation in operations} >= {"GET /health", "POST /api/session/create"}
    # A voice sample waits for an upstream that answers, join tokens need S2S_AUTH; both have stories of their own.
    apart = {"GET /api/voices/{name}/sample", "POST /api/token"}
    for operation in (one for one in operations if one.label not in apart):

        @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def calls(case: schemathesis.Case) -> None:
            # 405 is answered by the router for every path: one problem for all, not repeated on each page. A name
            # of a tool that nobody registered, or SDP that is none, fits the schema and is refused all the same. A
            # session that does not exist has no key that could be missing; test_session_key has those that do.
            excluded = [unsupported_method, positive_data_acceptance, ignored_auth]
            case.call_and_validate(headers=operator, excluded_checks=excluded)

        calls()
    _NeverUpgrades.over.set()
    upstream.shutdown()
    upstream.server_close()


async def test_a_settings_page_learns_which_voices_and_functions_there_are(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        options = (await http.get("/api/options")).json()
    assert len(options["voices"]) == 30
    assert "get_weather" in {tool["name"] for tool in options["tools"]}
    assert all(tool["description"] for tool in options["tools"])
