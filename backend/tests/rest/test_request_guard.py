"""Foreign host names and foreign pages are refused before anything reads their requests."""

from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from gemini_emulator.testing import running_emulator
from s2s.settings import Settings, SettingsError
from tests.calls.serving import serving
from tests.key_ring import hello
from tests.page import running_gateway

NOBODY = "ws://127.0.0.1:9"
HOSTS = "voice.example.org, *.lab.example.org"


async def status_of(
    tmp_path: Path, headers: dict[str, str], path: str = "/api/options", **environ: str
) -> tuple[int, dict]:
    async with running_gateway(tmp_path, NOBODY, **environ) as (http, _):
        answer = await http.get(path, headers=headers)
    return answer.status_code, answer.json()


@pytest.mark.parametrize(
    "host",
    [
        "localhost", "localhost:8000", "LOCALHOST.", "s2s.localhost:3000", "127.0.0.1", "192.168.1.7:8000", "[::1]",
        "[::1]:8000", "[fe80::1%eth0]:80", "voice.example.org", "VOICE.example.org:443", "a.b.lab.example.org",
        "shop.example",
    ],
)  # fmt: skip
async def test_local_names_addresses_and_configured_names_pass(tmp_path: Path, host: str):
    settings = {"S2S_ALLOWED_HOSTS": HOSTS, "S2S_CORS_ORIGINS": "https://shop.example"}
    assert (await status_of(tmp_path, {"Host": host}, **settings))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example", "lab.example.org",
        "evillab.example.org", "voice.example.org.evil.example", "localhost:8000@evil.example", "127.0.0.1:80:80",
        "[::1", "a b", "1.2.3.4.5",
    ],
)  # fmt: skip
async def test_a_foreign_host_is_refused_and_the_setting_is_named(tmp_path: Path, host: str):
    status, problem = await status_of(tmp_path, {"Host": host}, S2S_ALLOWED_HOSTS=HOSTS)
    assert (status, problem["code"]) == (403, "host_not_allowed")
    assert "S2S_ALLOWED_HOSTS" in problem["hint"]


async def test_a_health_probe_may_use_any_name(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
    ):
        assert (await http.get("/health", headers={"Host": "pod-7.cluster"})).status_code == 200


async def test_any_host_passes_where_the_setting_says_so(tmp_path: Path):
    assert (await status_of(tmp_path, {"Host": "evil.example"}, S2S_ALLOWED_HOSTS="*"))[0] == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:9999", "http://[::1", "file://"])
async def test_a_foreign_page_creates_no_session(tmp_path: Path, origin: str):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        answer = await http.post("/api/session/create", headers={"Host": "127.0.0.1:8000", "Origin": origin})
        created = (await http.get("/health")).json()["sessions"]["created"]
    assert (answer.status_code, answer.json()["code"], created) == (403, "origin_not_allowed", 0)
    assert "S2S_CORS_ORIGINS" in answer.json()["hint"]


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("127.0.0.1:8000", "http://localhost:3000"),
        ("voice.example.org", "https://voice.example.org"),
        ("voice.example.org:443", "https://voice.example.org"),
        # A proxy that does not pass the host on.
        ("127.0.0.1:8000", "https://voice.example.org"),
        ("192.168.1.7:8000", "http://192.168.1.7:8000"),
    ],
)
async def test_its_own_page_and_listed_pages_create_sessions(tmp_path: Path, host: str, origin: str):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_ALLOWED_HOSTS=HOSTS) as (http, _),
    ):
        answer = await http.post("/api/session/create", headers={"Host": host, "Origin": origin})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    ("host", "origin"),
    [("127.0.0.1", "https://evil.example"), ("evil.example", None), ("evil.example", "http://evil.example")],
)
async def test_a_foreign_page_opens_no_websocket(tmp_path: Path, host: str, origin: str | None):
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        port = int(address.rpartition(":")[2])
        for path in (f"/api/session/{session_id}/ws", "/api/probe/ws"):
            with pytest.raises(InvalidStatus) as refusal:
                async with connect(f"ws://{host}:{port}{path}", origin=origin, host="127.0.0.1", port=port):
                    pass
            assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("hosts", ["https://voice.example.org", "voice.example.org:443", "a b", "*.*", "/"])
def test_a_host_that_can_never_match_is_refused_at_start(hosts: str):
    with pytest.raises(SettingsError, match="S2S_ALLOWED_HOSTS"):
        Settings.from_env({"S2S_ALLOWED_HOSTS": hosts})


# --- ids in logs ---


async def test_neither_a_full_session_id_nor_its_key_is_in_a_log_or_under_errors(tmp_path: Path, caplog):
    caplog.set_level("DEBUG", "s2s")
    caplog.set_level("INFO", "uvicorn.access")
    caplog.set_level("INFO", "uvicorn.error")
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        await http.post(f"/api/session/{session_id}/interrupt")
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            await socket.send(hello(http, session_id))
            await socket.recv()
        errors = (await http.get("/errors")).text
        await http.delete(f"/api/session/{session_id}")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")]
    assert session_id not in errors
    assert not any(session_id in line for line in lines)
    key = http.auth.keys[session_id]
    assert not any(key in str(vars(record)) for record in caplog.records)
    assert not any(key in path.read_text() for path in tmp_path.glob("*.txt"))


# --- posts that no browser asks leave for ---


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403, "origin_not_allowed"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "origin_not_allowed"),
        ({"Sec-Fetch-Site": "cross-site", "Content-Type": "application/json"}, 403, "origin_not_allowed"),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}, 403, "origin_not_allowed"),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, 403, "origin_not_allowed"),
        ({"Content-Type": "text/plain"}, 415, "json_required"),
        ({"Content-Type": "Application/X-WWW-Form-Urlencoded; charset=utf-8"}, 415, "json_required"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415, "json_required"),
    ],
)
async def test_a_post_that_any_page_can_make_its_visitor_send_is_refused(
    tmp_path: Path, headers: dict[str, str], status: int, code: str
):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        for path in ("/api/session/create", "/api/probe/offer", f"/api/session/{session_id}/interrupt"):
            answer = await http.post(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (status, code), path
        assert gateway.sessions.created == 1


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b""),
        ({"Content-Type": "application/json"}, b"{}"),
        ({"Content-Type": "application/json"}, b'{"voice": "Kore"}'),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost"}, b""),
        ({"Sec-Fetch-Site": "same-origin"}, b""),
        ({"Sec-Fetch-Site": "none"}, b""),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:3000"}, b""),
    ],
)
async def test_programs_and_pages_of_its_own_create_sessions_as_ever(
    tmp_path: Path, headers: dict[str, str], body: bytes
):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        answer = await http.post("/api/session/create", headers=headers, content=body)
    assert answer.status_code == 201, answer.text


# --- reads that cost ---


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
@pytest.mark.parametrize("path", ["/api/voices/Kore/sample", "/api/options"])
async def test_a_picture_on_any_page_makes_its_visitor_read_nothing_that_costs(
    tmp_path: Path, path: str, headers: dict[str, str]
):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        answer = await http.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
        assert gateway.upstream.open_sockets == 0


async def test_pages_may_ask_from_everywhere_whether_they_are_accepted(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        asked = await http.get(
            "/api/origin", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        )
        own = await http.get("/api/options", headers={"Sec-Fetch-Site": "same-origin"})
    assert asked.json()["accepted"] is False
    assert own.status_code == 200
