"""Every role at every route: who may not use it is refused, and who may is not."""

from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from gemini_emulator.testing import running_emulator
from s2s.access.grant_claims import GrantClaims
from s2s.access.key_store import KeyStore
from s2s.access.route_rules import RULES, Need, Rule
from tests.access.roles import KEY, STRANGER, bearer
from tests.calls.serving import serving

ROLES = ("anonymous", "caller", "other caller", "server", "operator", "local")
ALLOWED = {
    Need.NOTHING: set(ROLES),
    Need.CALLER: {"caller", "other caller", "server", "operator", "local"},
    # The caller whose session it is; an operator may end every call.
    Need.SESSION: {"caller", "operator", "local"},
    Need.SERVER: {"server", "operator", "local"},
    Need.OPERATOR: {"operator", "local"},
}
REFUSALS = {"credentials_refused", "operator_only", "not_granted", "session_key_required", "session_key_wrong"}
BODIES = {"/api/token": {"identity": "anna"}}
"""What other routes answer to an empty body shows that they would answer."""


class Stage:
    """A gateway with S2S_AUTH=key, and the credentials of each role."""

    def __init__(self, http: httpx.AsyncClient, store: KeyStore) -> None:
        self.http = http
        self.keys = {
            "caller": store.add("caller", "caller", GrantClaims())[0],
            "other caller": store.add("other", "caller", GrantClaims())[0],
            "server": store.add("server", "server", GrantClaims())[0],
            "operator": KEY,
        }

    def headers(self, role: str) -> dict[str, str]:
        if role in self.keys:
            return bearer(self.keys[role])
        return {} if role == "local" else STRANGER

    async def session(self, role: str) -> tuple[str, str]:
        """Id and key of a new session."""
        created = (await self.http.post("/api/session/create", headers=self.headers(role), json={})).json()
        return created["session_id"], created["session_key"]

    async def ask(self, rule: Rule, role: str) -> httpx.Response:
        path, headers = rule.path.replace("{file:path}", "x").replace("{name}", "Puck"), self.headers(role)
        if rule.need is Need.SESSION:
            session_id, key = await self.session("caller")
            path = path.replace("{session_id}", session_id)
            if role == "caller":
                headers = bearer(key)
            elif role == "other caller":
                headers = bearer((await self.session("other caller"))[1])
        body = BODIES.get(rule.path, {}) if rule.method == "POST" else None
        return await self.http.request(rule.method, path, headers=headers, json=body)


@pytest.mark.parametrize("role", ROLES)
async def test_each_role_gets_what_its_rules_allow_and_nothing_else(tmp_path: Path, role: str):
    store = KeyStore(tmp_path / "auth-keys.json")
    settings = {
        "S2S_AUTH": "key",
        "S2S_OPERATOR_KEY": KEY,
        "S2S_CREATES_PER_MINUTE": "0",
        "S2S_MAX_SESSIONS_PER_ADDRESS": "0",
    }
    wrong = []
    async with (
        running_emulator() as emulator,
        serving(tmp_path, emulator.base_url, **settings) as (address, _),
        # Not the client of other stories, which adds the session's key by itself.
        httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as http,
    ):
        stage = Stage(http, store)
        for rule in (one for one in RULES if one.method != "WEBSOCKET"):
            answer = await stage.ask(rule, role)
            code = answer.json().get("code") if "json" in answer.headers.get("content-type", "") else ""
            is_refused = answer.status_code in (401, 403) and code in REFUSALS
            if is_refused is (role in ALLOWED[rule.need]) or answer.status_code == 500:
                wrong.append(f"{role}: {rule.method} {rule.path} answers {answer.status_code} {code}")
    assert not wrong


@pytest.mark.parametrize("role", ["anonymous", "local"])
async def test_websockets_open_for_everybody_since_hello_brings_the_key(tmp_path: Path, role: str):
    settings = {"S2S_AUTH": "key", "S2S_OPERATOR_KEY": KEY}
    rules = [rule for rule in RULES if rule.method == "WEBSOCKET"]
    assert {rule.need for rule in rules} <= {Need.NOTHING, Need.SESSION}
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url, **settings) as (address, http):
        stage = Stage(http, KeyStore(tmp_path / "auth-keys.json"))
        for rule in rules:
            session_id, _ = await stage.session("caller")
            path = rule.path.replace("{session_id}", session_id)
            async with connect(f"ws://{address}{path}", additional_headers=stage.headers(role)):
                pass
