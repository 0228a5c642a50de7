"""Two gateway processes behind one address, each on its own loopback port: they count, tell and refuse as one."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx

from gemini_emulator.testing import running_emulator
from s2s.logs import LOGGER
from tests.calls.serving import ListeningServer, server_of
from tests.key_ring import KeyRing
from tests.page import running_gateway


@asynccontextmanager
async def two(tmp_path: Path, emulator_url: str, **environ: str) -> AsyncIterator[tuple[httpx.AsyncClient, ...]]:
    """A REST client for each, and the means to stop the second one."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    urls = [f"http://127.0.0.1:{door.getsockname()[1]}" for door in doors]
    known = {"S2S_WORKER_URLS": ",".join(urls), "S2S_WORKER_DIR": str(tmp_path), **environ}
    servers: list[tuple[ListeningServer, asyncio.Task[None]]] = []
    for number, door in enumerate(doors, 1):
        server = server_of(tmp_path, emulator_url, S2S_WORKER=str(number), **known)
        servers.append((server, asyncio.create_task(server.serve(sockets=[door]))))
        await server.listening.wait()
    async with AsyncExitStack() as stack:
        pages = [httpx.AsyncClient(base_url=url, timeout=30, auth=KeyRing()) for url in urls]
        yield tuple([await stack.enter_async_context(page) for page in pages])
    for server, running in servers:
        server.should_exit = True
        await running


async def test_two_processes_share_one_limit_and_what_the_other_takes_is_not_refused(
    tmp_path: Path,
):
    async with (
        running_emulator() as emulator,
        two(tmp_path, emulator.base_url, S2S_MAX_SESSIONS="3", S2S_CREATES_PER_MINUTE="4") as (first, second),
    ):
        mine = [(await first.post("/api/session/create")).json()["session_id"] for _ in range(2)]
        handed_on = await first.post("/api/session/create")
        half = (await second.get("/health")).json()
        other = (await second.post("/api/session/create")).json()["session_id"]
        refused = await second.post("/api/session/create")
        whole = await first.get("/health")
        LOGGER.warning("something odd", extra={"code": "odd"})
        errors = (await first.get("/errors")).json()["errors"]
        await first.delete(f"/api/session/{mine[0]}")
        again = await first.post("/api/session/create")
        await second.delete(f"/api/session/{other}")
        hurried = await second.post("/api/session/create")
        alone = (await second.get("/health?alone=true")).json()
    assert [session[:2] for session in (*mine, other)] == ["1-", "1-", "2-"]
    assert handed_on.status_code == refused.status_code == 503
    assert half["status"] == "ok"
    assert half["sessions"] == {"active": 2, "max": 3, "created": 2, "refused": 0}
    assert whole.status_code == 503
    assert whole.json()["sessions"] == {"active": 3, "max": 3, "created": 3, "refused": 1}
    assert [(part["worker"], part["sessions"]["max"]) for part in whole.json()["workers"]] == [(1, 2), (2, 1)]
    assert "odd" in {line["code"] for line in errors}
    assert again.status_code == 201
    assert hurried.json()["code"] == "too_many_requests", "four a minute, wherever"
    assert "workers" not in alone


async def test_an_address_has_its_share_over_both_and_neither_knows_the_other_ones_session(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        two(tmp_path, emulator.base_url, S2S_MAX_SESSIONS_PER_ADDRESS="1") as (first, second),
    ):
        session = (await second.post("/api/session/create")).json()["session_id"]
        refused = await first.post("/api/session/create")
        await second.delete(f"/api/session/{session}")
        taken = await first.post("/api/session/create")
        stranger = await first.post(f"/api/session/{session}/interrupt")
    assert refused.json()["code"] == "too_many_sessions_from_address"
    assert taken.status_code == 201
    assert stranger.json()["code"] == "session_not_found"


async def test_the_process_that_holds_a_session_checks_its_key(tmp_path: Path):
    async with running_emulator() as emulator, two(tmp_path, emulator.base_url) as (first, second):
        created = (await second.post("/api/session/create")).json()
        url = f"/api/session/{created['session_id']}/interrupt"
        # Not from this machine: there it would be the operator.
        bare = {"X-Forwarded-For": "198.51.100.7"}
        keyed = {**bare, "Authorization": f"Bearer {created['session_key']}"}
        async with httpx.AsyncClient(base_url=second.base_url, timeout=30) as stranger:
            answers = [(await stranger.post(url, headers=headers)).status_code for headers in (bare, keyed)]
        elsewhere = (await first.post(url, headers=keyed)).status_code
    assert answers == [401, 200]
    assert elsewhere == 404


async def test_what_belongs_to_me_is_deleted_in_every_process_that_answers(tmp_path: Path):
    async with running_emulator() as emulator, two(tmp_path, emulator.base_url) as (first, second):
        created = [(await http.post("/api/session/create")).json() for http in (first, second, second)]
        calls = [{name: one[name] for name in ("session_id", "session_key")} for one in created]
        wrong = {**calls[2], "session_key": calls[1]["session_key"]}
        forgotten = (await first.post("/api/forget", json={"calls": [*calls[:2], wrong]})).json()
        by_operator = (await first.post("/api/operator/forget", json={"calls": calls})).json()
    assert forgotten["recordings"] == 2
    assert not any("did not answer" in sentence for sentence in forgotten["stays"])
    assert by_operator == {"recordings": 1, "all_answered": True}


async def test_a_process_that_does_not_answer_is_told_to_who_has_all_deleted(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        gone = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    async with running_emulator() as emulator:
        known = {"S2S_WORKER": "1", "S2S_WORKER_URLS": f"http://127.0.0.1:1,{gone}", "S2S_WORKER_DIR": str(tmp_path)}
        async with running_gateway(tmp_path, emulator.base_url, **known) as (http, _):
            forgotten = (await http.post("/api/forget", json={})).json()
    assert any("did not answer" in sentence for sentence in forgotten["stays"])
