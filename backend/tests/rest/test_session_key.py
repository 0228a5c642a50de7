"""Every REST request about a call shows the call's key, or is the operator's."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from gemini_emulator.testing import running_emulator
from s2s.gateway import Gateway
from s2s.limits.rate_limit import Rate
from s2s.session import session_keys
from tests.page import running_gateway

PREFIX = "/api/session/{session_id}"
BODIES = {"/offer": {"sdp": "v=0", "type": "offer"}, "/ice": {"candidate": None}, "/report": {"consent": True}}
THIEF = "198.51.100.7"


@asynccontextmanager
async def caller(http: httpx.AsyncClient, address: str = THIEF) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who holds no key; elsewhere on the internet, if nothing else is said."""
    assert isinstance(http._transport, httpx.ASGITransport)
    transport = httpx.ASGITransport(http._transport.app, client=(address, 4711), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as someone:
        yield someone


def routes(http: httpx.AsyncClient) -> Iterator[tuple[str, str]]:
    """Method and path of each route about one session, as the OpenAPI document lists them."""
    assert isinstance(http._transport, httpx.ASGITransport)
    for path, methods in http._transport.app.openapi()["paths"].items():
        if path.startswith(PREFIX):
            for method, operation in methods.items():
                assert operation["security"] == [{"session_key": []}], f"{method} {path} asks for no key"
                yield method.upper(), path.removeprefix(PREFIX)


async def ask(http: httpx.AsyncClient, route: tuple[str, str], session_id: str, key: str | None) -> httpx.Response:
    method, path = route
    url = PREFIX.format(session_id=session_id) + path
    headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
    if path == "/image":
        headers["Content-Type"] = "image/jpeg"
        return await http.request(method, url, content=b"\xff\xd8\xff\xe0" + bytes(99), headers=headers)
    return await http.request(method, url, json=BODIES.get(path), headers=headers)


async def created(http: httpx.AsyncClient) -> tuple[str, str]:
    answer = (await http.post("/api/session/create")).json()
    return answer["session_id"], answer["session_key"]


async def test_each_route_refuses_who_has_only_the_id_and_the_call_is_as_it_was(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        session_id, key = await created(http)
        session = gateway.sessions.find(session_id)
        assert len(list(routes(http))) >= 6
        async with caller(http) as thief:
            for route in routes(http):
                bare = await ask(thief, route, session_id, None)
                assert (bare.status_code, bare.json()["code"]) == (401, "session_key_required"), route
                assert bare.headers["WWW-Authenticate"] == 'Bearer realm="session"'
                assert "Reload the page" in bare.json()["hint"]
                wrong = await ask(thief, route, session_id, "x" * 43)
                assert (wrong.status_code, wrong.json()["code"]) == (403, "session_key_wrong"), route
            assert gateway.sessions.all_sessions() == [session]
            assert not session.pending_browsers
            assert session.image_rate.next_at == float("-inf")
            assert not session.trickle.pop_for("")
            # The same person on another network is not a stranger.
            roaming = await ask(thief, ("POST", "/interrupt"), session_id, key)
            assert roaming.status_code == 200
            assert (await ask(thief, ("DELETE", ""), session_id, key)).status_code == 204


@pytest.mark.parametrize("path", ["/offer", "/ice", "/interrupt", "/image", "/report"])
@pytest.mark.parametrize("key", [None, "x" * 43])
async def test_of_who_has_no_key_not_a_byte_of_a_body_is_read(tmp_path: Path, path: str, key: str | None):
    """Else each of thousands of connections could make the gateway keep 256 kB for half a minute."""
    is_read = False

    async def body() -> AsyncIterator[bytes]:
        nonlocal is_read
        is_read = True
        yield bytes(1_000)

    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id, _ = await created(http)
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        async with caller(http) as thief:
            url = PREFIX.format(session_id=session_id) + path
            refused = await thief.post(url, content=body(), headers=headers)
            unknown = await thief.post(url.replace(session_id, "0" * 32), content=body(), headers=headers)
    assert (refused.status_code, unknown.status_code) == (403 if key else 401, 404)
    assert not is_read


@pytest.mark.parametrize("header", ["", "Bearer", "Basic {key}", "Bearer  {key} x", "{key}", "Bearer {key}é"])
async def test_a_header_that_is_not_the_key_as_bearer_opens_nothing(tmp_path: Path, header: str):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id, key = await created(http)
        async with caller(http) as thief:
            headers = {"Authorization": header.format(key=key).encode("latin-1")}
            answer = await thief.post(f"/api/session/{session_id}/interrupt", headers=headers)
        assert answer.status_code in {401, 403}


async def test_offers_of_a_thief_do_not_use_up_what_the_page_may_send(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    # On a busy machine the requests take longer than the next one is due.
    monkeypatch.setattr(session_keys, "WRONG_KEYS", Rate(60, 0.001))
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id, key = await created(http)
        async with caller(http) as thief:
            codes = [(await ask(thief, ("POST", "/offer"), session_id, "x" * 43)).status_code for _ in range(70)]
            assert codes == [403] * 60 + [429] * 10
            # The right key passes, even from the thief's own address.
            for someone in (thief, http):
                answer = await ask(someone, ("POST", "/offer"), session_id, key)
                assert answer.json()["code"] == "bad_offer"


async def test_a_session_that_does_not_exist_is_told_as_ever(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        caller(http) as thief,
    ):
        for route in routes(http):
            for key in (None, "x" * 43):
                answer = await ask(thief, route, "f" * 32, key)
                assert answer.status_code == (204 if route[0] == "DELETE" else 404), route


async def test_at_the_desk_everything_answers_without_a_key(tmp_path: Path):
    """A local request is the operator's: as README has it for curl."""
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        session_id, _ = await created(http)
        async with caller(http, "127.0.0.1") as desk:
            answers = {route: await ask(desk, route, session_id, None) for route in routes(http) if route[0] == "POST"}
            assert not [route for route, answer in answers.items() if answer.status_code in {401, 403}]
            assert answers["POST", "/interrupt"].json() == {"interrupted": False, "turn": 0, "heard_ms": 0}
            assert (await ask(desk, ("DELETE", ""), session_id, None)).status_code == 204
            assert (await ask(desk, ("POST", "/interrupt"), session_id, None)).status_code == 404


async def test_a_recording_is_as_private_after_the_call_as_in_it(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        session_id, key = await created(http)
        await http.delete(f"/api/session/{session_id}")
        async with caller(http) as thief:
            report = ("POST", "/report")
            assert (await ask(thief, report, session_id, None)).status_code == 401
            assert (await ask(thief, report, session_id, "x" * 43)).status_code == 403
            assert not gateway.settings.report_dir.exists()
            assert (await ask(thief, report, session_id, key)).status_code == 201
            gateway.sessions._kept_recordings.drop_recording(session_id)
            assert (await ask(thief, report, session_id, key)).status_code == 404
        assert not _kept_keys(gateway)


async def test_a_call_that_is_not_recorded_leaves_no_key_behind(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_RECORDER="off") as (http, gateway),
    ):
        session_id, _ = await created(http)
        assert len(_kept_keys(gateway)) == 1
        await http.delete(f"/api/session/{session_id}")
        assert not _kept_keys(gateway)


async def test_of_many_recordings_the_oldest_goes_with_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("s2s.session.kept_recordings.MAX_KEPT_RECORDINGS", 2)
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        ended = [(await created(http))[0] for _ in range(3)]
        for session_id in ended:
            await http.delete(f"/api/session/{session_id}")
        assert set(_kept_keys(gateway)) == set(ended[1:])


async def test_pages_of_other_sites_may_send_the_key(tmp_path: Path):
    page = "https://www.shop.example"
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_CORS_ORIGINS=page) as (http, _),
    ):
        asked = {
            "Origin": page,
            "Access-Control-Request-Method": "DELETE",
            "Access-Control-Request-Headers": "authorization",
        }
        answer = await http.options("/api/session/x", headers=asked)
    assert answer.status_code == 200
    assert "authorization" in re.split(r",\s*", answer.headers["Access-Control-Allow-Headers"].lower())


def _kept_keys(gateway: Gateway) -> dict[str, bytes]:
    return gateway.sessions.keys._hashes
