"""deploy/Caddyfile and deploy/nginx.conf, each with its variant below a path, run with TLS in front of the gateway."""

import asyncio
import json
import ssl
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from s2s import wire
from tests.calls.serving import kept_alive, until
from tests.deploy.proxies import (
    ADDRESS,
    ADDRESS_6,
    HEADER_LIMIT_S,
    HOST,
    PATIENCE_S,
    Certificate,
    Proxy,
    gateway,
    local_engine,
    proxy,
)
from tests.page import Page

CREATES_PER_MINUTE = 6


@pytest.fixture(scope="module")
def open_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """With the local engine, which strangers may use. Yields its address for somebody on the same machine."""
    folder = tmp_path_factory.mktemp("gateway")
    (page := folder / "page").mkdir()
    (page / "index.html").write_text("<title>S2S</title>")
    with local_engine(folder) as engine, gateway(
        folder, S2S_UPSTREAM="emulator", S2S_EMULATOR_URL=engine, S2S_CLIENT_DIR=str(page),
        S2S_CREATES_PER_MINUTE=str(CREATES_PER_MINUTE),
    ) as address:  # fmt: skip
        yield address


@pytest.fixture(scope="module", params=["caddy", "caddy-subpath", "nginx", "nginx-subpath"])
def front(
    request: pytest.FixtureRequest,
    open_gateway: str,
    tmp_path_factory: pytest.TempPathFactory,
    certificate: Certificate,
) -> Iterator[Proxy]:
    with proxy(request.param, tmp_path_factory.mktemp(request.param), certificate) as running:
        yield running


async def test_a_call_by_websocket_passes_and_outlives_a_request_that_trickles(front: Proxy, address: str) -> None:
    async with front.stranger(address) as http:
        session = (await http.post("/api/session/create")).json()
        async with front.socket(session["session_id"], address) as socket, kept_alive(socket):
            await socket.send(hello(session))
            await until(socket, wire.Upstream, status="live")
            assert await seconds_until_cut(front) < PATIENCE_S
            await socket.send(wire.encode(wire.Text(text="hello")))
            _, frames = await until(socket, wire.TurnEnd)
            assert frames
    assert session["session_id"] not in await log_of(front, session["session_id"][:8])


async def log_of(front: Proxy, expected: str) -> str:
    """Return the proxy's log once it holds `expected`: a WebSocket is logged after its end. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while expected not in (logged := front.log.read_text()):  # noqa: ASYNC110  # a file has no event
            await asyncio.sleep(0.05)
    return logged


def hello(session: Any) -> str:
    return json.dumps({"type": "hello", "client": "test", "session_key": session.get("session_key", "")})


async def seconds_until_cut(front: Proxy) -> float:
    """How long the proxy waits for a head that never ends."""
    began = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection(ADDRESS, 443, ssl=front.trust, server_hostname=HOST)
    try:
        writer.write(f"GET {front.path}/health HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode())
        async with asyncio.timeout(PATIENCE_S):
            await reader.read()
    except (ConnectionError, ssl.SSLError):
        pass  # cut without a word
    finally:
        writer.close()
    took_s = asyncio.get_running_loop().time() - began
    assert took_s >= HEADER_LIMIT_S / 2, "cut at once is not a limit of time"
    return took_s


async def test_a_call_by_webrtc_passes_and_its_id_is_in_no_log(front: Proxy, address: str) -> None:
    async with front.stranger(address) as http:
        page = Page(http)
        await page.open()
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
        assert page.frames
        await page.end()
    assert page.session_id not in await log_of(front, f"{front.path}/api/session/{page.session_id[:8]}")


async def test_https_is_demanded_with_hsts_and_large_bodies_are_refused(front: Proxy, address: str) -> None:
    async with front.stranger(address) as http:
        for path in ("/app/", "/health", "/no-such-page"):
            answer = await http.get(path)
            assert answer.headers.get_list("Strict-Transport-Security") == ["max-age=31536000"], path
        answer = await http.post("/api/session/create", content=b" " * 3_000_000)
        assert answer.status_code in (413, 502), "Caddy 2.6 says 502"
        answer = await http.post("/api/session/create", content=b" " * 300_000)
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large"), "the gateway's own words"
    async with front.stranger(ADDRESS_6) as http:
        assert (await http.get("/app/")).status_code == 200, "by IPv6, too"
    plain = await asyncio.to_thread(
        httpx.get, f"http://{ADDRESS}/app/", headers={"Host": HOST}, timeout=PATIENCE_S, trust_env=False
    )
    assert plain.status_code in (301, 308)
    assert plain.headers["Location"] == f"https://{HOST}/app/"


async def test_the_page_is_found_from_where_people_begin(front: Proxy, address: str) -> None:
    async with front.stranger(address, Accept="text/html") as http:
        answer = await http.get("/", follow_redirects=True)
        assert (answer.status_code, answer.url.path) == (200, f"{front.path}/app/")
        assert "<title>S2S</title>" in answer.text
        if front.path:
            bare = await http.get(httpx.URL(front.url))
            assert bare.headers["Location"] in (f"{front.path}/", f"{front.url}/")


async def test_limits_count_the_address_of_the_connection_not_the_one_claimed(front: Proxy, address: str) -> None:
    claims = [{"X-Forwarded-For": f"203.0.113.{n}", "Forwarded": f"for=203.0.113.{n}"} for n in range(1, 30)]
    async with front.stranger(address) as http, front.stranger("198.51.100.5") as neighbour:
        answers = [await http.post("/api/session/create", headers=claim) for claim in claims]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused, "who claims another address each time is counted by the real one"
        other = await neighbour.post("/api/session/create")
        assert other.status_code == 201, other.text
