"""A gateway with few file descriptors: offers use up their share, and visitors and running calls do not feel it."""

import os
import sys
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import psutil
import pytest
from aiortc import RTCConfiguration, RTCPeerConnection
from websockets.asyncio.client import connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.access.grant_claims import GrantClaims
from s2s.access.key_store import KeyStore
from tests.access.roles import STRANGER
from tests.calls.serving import kept_alive, serving, until
from tests.page import PATIENCE_S
from tests.processes import no_credentials, running

BACKEND = Path(__file__).resolve().parents[2]
LIMIT = 256
SESSIONS, OFFERS = 60, 3
SETTINGS = {"S2S_CREATES_PER_MINUTE": "0", "S2S_MAX_SESSIONS_PER_ADDRESS": "0"}


async def bare_offer() -> str:
    """An offer that no browser stands behind."""
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    await connection.setLocalDescription(await connection.createOffer())
    sdp = connection.localDescription.sdp
    await connection.close()
    return "\r\n".join(line for line in sdp.splitlines() if not line.startswith("a=candidate:")) + "\r\n"


def bearer(created: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {created['session_key']}"}


async def offers(url: str, addresses: int) -> Counter[tuple[str, int]]:
    """As many sessions and offers as go; from here, or each from one of so many addresses behind a proxy."""
    outcomes: Counter[tuple[str, int]] = Counter()
    sdp = await bare_offer()
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as http:
        for number in range(SESSIONS):
            far = {"X-Forwarded-For": f"198.41.{number % addresses}.4"} if addresses else {}
            created = await http.post("/api/session/create", headers=far)
            outcomes["create", created.status_code] += 1
            if created.status_code != 201:
                continue
            headers = far | bearer(created.json())
            path = f"/api/session/{created.json()['session_id']}/offer"
            for _ in range(OFFERS):
                answer = await http.post(path, json={"sdp": sdp, "type": "offer"}, headers=headers)
                outcomes["offer", answer.status_code] += 1
    return outcomes


@pytest.mark.parametrize("addresses", [0, SESSIONS])
async def test_sixty_sessions_of_three_offers_leave_room_for_visitors_and_calls(tmp_path: Path, addresses: int):
    command = [
        "sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh",
        *(sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "0", "--no-access-log"),
    ]  # fmt: skip
    async with running_emulator() as emulator:
        env = no_credentials(S2S_LOG_DIR=str(tmp_path), S2S_EMULATOR_URL=emulator.base_url, **SETTINGS)
        with running(command, BACKEND, env) as gateway:
            url = next(word for word in gateway.line_with("running on").split() if word.startswith("http"))
            async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as http:
                mine = (await http.post("/api/session/create")).json()
                socket_url = f"{url.replace('http', 'ws', 1)}/api/session/{mine['session_id']}/ws"
                async with connect(socket_url) as call, kept_alive(call):
                    await call.send(wire.encode(wire.Hello(client="test", session_key=mine["session_key"])))
                    await until(call, wire.Upstream, status="live")
                    outcomes = await offers(url, addresses)
                    used = psutil.Process(gateway.process.pid).num_fds()
                    assert outcomes["offer", 200] > 0, outcomes
                    # Of strangers, who wait for no browser, a few sessions are left; this machine's own are bounded
                    # by the budget alone.
                    assert addresses or outcomes["offer", 503] > 0, outcomes
                    assert used < LIMIT - 32
                    # A visitor who comes now, and the call that was there before.
                    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE_S) as visitor:
                        assert (await visitor.get("/api/origin")).status_code == 200
                    await call.send(wire.encode(wire.Ping(ms=7)))
                    await until(call, wire.Pong, ms=7)
            assert "Errno 24" not in "\n".join(gateway.said)
    assert "Errno 24" not in (tmp_path / "error_log.txt").read_text()


async def test_people_who_log_in_behind_one_address_leave_each_other_their_connections(tmp_path: Path):
    """An office: a browser sends no credentials with a WebSocket, and with an offer the call's key in their place."""
    sdp = await bare_offer()
    async with (
        running_emulator() as emulator,
        serving(tmp_path, emulator.base_url, S2S_AUTH="key") as (address, http),
        AsyncExitStack() as pages,
    ):
        store = KeyStore(http.gateway.settings.keys_file)
        for number in range(14):
            key, _ = store.add(f"person {number}", "caller", GrantClaims())
            made = (await http.post("/api/session/create", headers=STRANGER | bearer({"session_key": key}))).json()
            path = f"/api/session/{made['session_id']}"
            offered = await http.post(f"{path}/offer", json={"sdp": sdp, "type": "offer"}, headers=STRANGER)
            assert offered.status_code == 200, (number, offered.text)
            page = await pages.enter_async_context(
                connect(f"ws://{address}{path}/ws", additional_headers=STRANGER, proxy=None)
            )
            await page.send(wire.encode(wire.Hello(client="test", session_key=made["session_key"])))
            await until(page, wire.Ready)


async def test_sockets_without_a_hello_keep_no_neighbour_out(tmp_path: Path):
    """One in the same office holds as many as an address may have, and more."""
    async with (
        running_emulator() as emulator,
        serving(tmp_path, emulator.base_url, S2S_AUTH="none-i-know") as (address, http),
        AsyncExitStack() as sockets,
    ):
        mine = (await http.post("/api/session/create", headers=STRANGER)).json()
        url = f"ws://{address}/api/session/{mine['session_id']}/ws"
        held = [
            await sockets.enter_async_context(connect(url, additional_headers=STRANGER, proxy=None)) for _ in range(14)
        ]
        async with connect(url, additional_headers=STRANGER, proxy=None) as page:
            await page.send(wire.encode(wire.Hello(client="test", session_key=mine["session_key"])))
            await until(page, wire.Ready)
        await held[0].wait_closed()
        assert held[0].close_code == 4429


def test_a_start_raises_the_limit_as_far_as_the_system_allows():
    code = (
        "import resource; from s2s.startup import raise_descriptor_limit as r; "
        "print(r(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    command = ["sh", "-c", 'ulimit -Sn 256; ulimit -Hn 2000; exec "$@"', "sh", sys.executable, "-c", code]
    with running(command, BACKEND, {**os.environ}) as process:
        assert process.rest() == "2000 2000"


async def test_a_limit_that_is_too_low_for_the_calls_is_a_warning(tmp_path: Path):
    command = [
        "sh", "-c", f'ulimit -n {LIMIT}; exec "$@"', "sh",
        *(sys.executable, "-m", "uvicorn", "main:app", "--host", "127.0.0.1", "--port", "0"),
    ]  # fmt: skip
    env = no_credentials(S2S_LOG_DIR=str(tmp_path), S2S_EMULATOR_URL="ws://127.0.0.1:9")
    with running(command, BACKEND, env) as gateway:
        warning = gateway.line_with("The limit of open files")
    assert f"({LIMIT}) suffices for 40 calls, not for 100: raise it to 567 (ulimit -n" in warning
