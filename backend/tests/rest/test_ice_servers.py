"""Who is told a relay's password, and how a page that reconnects gets a new one."""

import json
import time
from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s.access.caller import LOCAL_CALLER, Caller
from s2s.rest.ice_servers import page_servers
from s2s.transport import turn_credentials
from tests.page import running_gateway

NOBODY = "ws://127.0.0.1:9"
SERVERS = {
    "S2S_ICE_SERVERS": json.dumps(
        [{"urls": "stun:stun.example"}, {"urls": "turn:paid.example", "username": "u", "credential": "c"}]
    ),
    "S2S_TURN_URLS": "turn:turn.example:3478",
    "S2S_TURN_SECRET": "a secret",
}
PAID = {"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": "AIzaSyFAKE-FAKE-FAKE-FAKE-FAKE-FAKE-FAKE", **SERVERS}
STRANGER = Caller(address="198.41.0.4")
STUN, RELAYS = "stun:stun.example", ["turn:paid.example", "turn:turn.example:3478"]


@pytest.mark.parametrize(
    ("caller", "relays"),
    [
        (STRANGER, []),
        (Caller(address="192.168.1.7", groups=("staff",)), []),
        (Caller(address="198.41.0.4", identity="jwt:alice"), RELAYS),
        (Caller(address="198.41.0.4", is_operator=True), RELAYS),
        (LOCAL_CALLER, RELAYS),
    ],
)
async def test_where_calls_cost_money_only_who_is_known_gets_a_relay(tmp_path: Path, caller: Caller, relays: list[str]):
    async with running_gateway(tmp_path, NOBODY, **PAID, GOOGLE_GEMINI_BASE_URL=NOBODY) as (_, gateway):
        told = page_servers(gateway, caller, "session")
    assert [url for server in told for url in server.urls] == [STUN, *relays]


async def test_where_calls_are_free_everybody_gets_a_relay(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY, **SERVERS) as (_, gateway):
        told = page_servers(gateway, STRANGER, "session")
    assert [url for server in told for url in server.urls] == [STUN, *RELAYS]


async def test_a_page_that_reconnects_gets_a_password_for_another_hour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url, **SERVERS) as (http, _):
        created = (await http.post("/api/session/create")).json()
        later = time.time() + 3_000
        monkeypatch.setattr("s2s.rest.ice_servers.time.time", lambda: later)
        answer = await http.get(f"/api/session/{created['session_id']}/ice-servers")
        gone = await http.get("/api/session/gone/ice-servers")
    first, again = created["ice_servers"][-1], answer.json()["ice_servers"][-1]
    ends, name = again["username"].split(":")
    assert first["username"].endswith(f":{name}")
    assert created["session_id"] not in name
    assert int(ends) == int(later) + turn_credentials.LIFETIME_S
    assert again["credential"] == turn_credentials.credentials("a secret", name, int(ends))[1]
    assert (gone.status_code, gone.json()["code"]) == (404, "session_not_found")


async def test_an_address_that_asks_for_servers_again_and_again_has_to_wait(tmp_path: Path):
    async with running_gateway(tmp_path, NOBODY, **SERVERS) as (http, _):
        statuses = {(await http.get("/api/probe")).status_code for _ in range(40)}
    assert statuses == {200, 429}
