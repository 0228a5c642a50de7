"""No answer leaves without the security headers, whatever it is and whoever made it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gemini_emulator.testing import running_emulator
from main import create_app
from s2s.rest.security_headers import DEFAULTS
from s2s.settings import Settings
from tests.calls.serving import serving
from tests.page import running_gateway

ODD_REQUESTS = [
    ("GET", "/nowhere", 404),
    ("PUT", "/health", 405),
    ("GET", "/errors?limit=none", 422),
    ("GET", "/redoc", 307),
    ("GET", "/docs", 200),
    ("GET", "/docs/assets/swagger-ui.css", 200),
    ("GET", "/app/index.html", 200),
    ("GET", "/app/nowhere", 404),
    ("POST", "/api/session/none/interrupt", 404),
    ("OPTIONS", "/api/session/create", 405),
]
LACKING = {"x-content-type-options", "referrer-policy", "content-security-policy", "cross-origin-opener-policy",
           "cross-origin-resource-policy", "permissions-policy"}  # fmt: skip


def missing(answer: httpx.Response) -> set[str]:
    return LACKING - {name.lower() for name in answer.headers}


@pytest.fixture
def client_folder(tmp_path: Path) -> str:
    (folder := tmp_path / "client").mkdir()
    (folder / "index.html").write_text("page")
    return str(folder)


def test_the_list_of_headers_is_whole() -> None:
    assert {name.lower() for name in DEFAULTS} == LACKING


async def test_every_route_and_every_refusal_has_them(tmp_path: Path, client_folder: str) -> None:
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_CLIENT_DIR=client_folder) as (http, _),
    ):
        routes = (await http.get("/openapi.json")).json()["paths"]
        for path, methods in routes.items():
            for method in methods:
                if (method, path) == ("get", "/api/voices/{name}/sample"):
                    continue  # It takes a whole turn of the model; the refusal below comes the same way.
                answer = await http.request(method, path.replace("{session_id}", "none"))
                assert not missing(answer), (method, path)
        for method, path, status in ODD_REQUESTS:
            answer = await http.request(method, path)
            assert (answer.status_code, missing(answer)) == (status, set()), (method, path)
        assert not missing(await http.get("/api/voices/nobody/sample"))
        assert not missing(await http.get("/", headers={"Host": "evil.example"}))
        assert not missing(await http.post("/api/session/create", headers={"Origin": "https://evil.example"}))
        too_large = await http.post("/api/session/create", content=b" " * 300_000)
        assert (too_large.status_code, missing(too_large)) == (413, set())


async def test_an_unexpected_fault_has_them_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        monkeypatch.setattr(gateway, "health", None)
        answer = await http.get("/health")
    assert (answer.status_code, missing(answer)) == (500, set())


async def test_a_refused_websocket_has_them(tmp_path: Path) -> None:
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, _):
        with pytest.raises(InvalidStatus) as refused:
            await connect(f"ws://{address}/api/probe/ws", origin="https://evil.example")
    assert refused.value.response.headers["X-Content-Type-Options"] == "nosniff"


async def test_pages_and_documents_keep_their_own_policies(tmp_path: Path, client_folder: str) -> None:
    async with running_gateway(tmp_path, "ws://127.0.0.1:9", S2S_CLIENT_DIR=client_folder) as (http, _):
        page, docs, data = [(await http.get(path)).headers for path in ("/app/", "/docs", "/api/origin")]
    assert "script-src 'self'" in page["content-security-policy"]
    assert "microphone=(self)" in page["permissions-policy"]
    assert page["cross-origin-resource-policy"] == "cross-origin"
    assert "'sha256-" in docs["content-security-policy"]
    assert data["content-security-policy"].startswith("default-src 'none'")
    assert data["cross-origin-resource-policy"] == "same-origin"


@asynccontextmanager
async def over(scheme: str, host: str, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings.from_env({"S2S_LOG_DIR": str(tmp_path), "S2S_ALLOWED_HOSTS": "*"}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://{host}") as http:
        yield http


@pytest.mark.parametrize(
    ("scheme", "host", "strict"),
    [
        ("https", "voice.example.org", True),
        ("https", "voice.example.org:8443", True),
        ("http", "voice.example.org", False),
        ("https", "localhost:8443", False),
        ("https", "s2s.localhost", False),
        ("https", "127.0.0.1", False),
        ("https", "[::1]:8443", False),
    ],
)
async def test_only_https_under_a_public_name_is_pinned(scheme: str, host: str, strict: bool, tmp_path: Path) -> None:
    async with over(scheme, host, tmp_path) as http:
        answer = await http.get("/nowhere")
    assert ("strict-transport-security" in answer.headers) is strict
