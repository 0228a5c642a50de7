"""POST /api/token: a site's server gets join tokens for its visitors, and what a token does not grant is refused."""

import stat
from pathlib import Path

import jwt
import pytest

from s2s.access.grant_claims import GrantClaims
from s2s.access.join_tokens import AUDIENCE, TOKEN_TYPE, JoinTokens
from s2s.access.key_store import KeyStore
from s2s.errors import CredentialsRefused
from tests.access.roles import STRANGER, answering_gateway, bearer


async def test_a_visitor_calls_with_a_token_of_the_sites_server(tmp_path: Path):
    store = KeyStore(tmp_path / "auth-keys.json")
    server, stored = store.add("shop", "server", GrantClaims(minutes=30, voices=["Kore", "Puck"]))
    asked = {"identity": "anna", "name": "Anna", "groups": ["shop"], "grants": {"voices": ["Kore"], "minutes": 5}}
    async with answering_gateway(tmp_path, S2S_AUTH="key") as (http, gateway):
        issued = await http.post("/api/token", headers=bearer(server), json=asked)
        token = issued.json()["token"]
        created = await http.post("/api/session/create", headers=bearer(token))
        entry = gateway.sessions._entries[created.json()["session_id"]]
        more = await http.post("/api/token", headers=bearer(token), json=asked)
        store.revoke(stored.id)
        revoked = await http.post("/api/session/create", headers=bearer(token))
    assert issued.status_code == 201
    assert issued.json()["expires_in_s"] == 600
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["iss"], claims["aud"], claims["sub"], claims["name"]) == (stored.id, AUDIENCE, "anna", "Anna")
    assert claims["exp"] - claims["nbf"] == 600
    assert len(claims["jti"]) == 32
    assert jwt.get_unverified_header(token)["typ"] == TOKEN_TYPE
    assert created.status_code == 201
    assert (entry.caller.identity, entry.caller.groups) == (f"join:{stored.id}:anna", ("shop",))
    assert entry.supervisor._limits.session_s == 300
    assert (more.status_code, more.json()["code"]) == (403, "not_granted")
    assert (revoked.status_code, revoked.json()["code"]) == (401, "credentials_refused")


async def test_no_server_key_hands_on_more_than_it_has(tmp_path: Path):
    store = KeyStore(tmp_path / "auth-keys.json")
    server, _ = store.add("shop", "server", GrantClaims(minutes=30, instruction=False))
    caller, _ = store.add("kiosk", "caller", GrantClaims())
    async with answering_gateway(tmp_path, S2S_AUTH="key") as (http, _):
        refused = [
            await http.post("/api/token", headers=bearer(server), json={"identity": "anna", "grants": grants})
            for grants in ({"minutes": 31}, {"instruction": True}, {"priority": 1})
        ]
        misspelt = await http.post(
            "/api/token", headers=bearer(server), json={"identity": "a", "grants": {"minuets": 1}}
        )
        others = [await http.post("/api/token", headers=h, json={"identity": "a"}) for h in (STRANGER, bearer(caller))]
        desk = await http.post("/api/token", json={"identity": "me", "grants": {"priority": 100}})
        inherited = await http.post("/api/token", headers=bearer(server), json={"identity": "anna"})
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(403, "not_granted")}
    assert misspelt.status_code == 422
    assert [answer.status_code for answer in others] == [401, 403]
    assert desk.status_code == 201
    granted = jwt.decode(inherited.json()["token"], options={"verify_signature": False})["s2s"]
    assert granted == {"minutes": 30.0, "instruction": False}


@pytest.mark.parametrize(
    ("wish", "status", "code"),
    [
        ({"voice": "Kore", "tools": ["get_weather"]}, 201, None),
        ({}, 201, None),
        ({"voice": "Puck"}, 403, "not_granted"),
        ({"tools": ["get_weather", "search"]}, 403, "not_granted"),
        ({"system_instruction": "Be somebody else."}, 403, "not_granted"),
    ],
)
async def test_what_a_key_does_not_grant_is_refused_at_create(
    tmp_path: Path, wish: dict, status: int, code: str | None
):
    grants = GrantClaims(voices=["Kore"], tools=["get_weather"], instruction=False)
    key, _ = KeyStore(tmp_path / "auth-keys.json").add("kiosk", "caller", grants)
    async with answering_gateway(tmp_path, S2S_AUTH="key") as (http, gateway):
        answer = await http.post("/api/session/create", headers=bearer(key), json=wish)
        sample = await http.get("/api/voices/Puck/sample", headers=bearer(key))
        configs = [session.config for session in gateway.sessions.all_sessions()]
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert (sample.status_code, sample.json()["code"]) == (403, "not_granted")
    assert all(config.voice == "Kore" for config in configs)
    assert all([tool["name"] for tool in config.tools] == ["get_weather"] for config in configs)


async def test_where_nobody_logs_in_tokens_are_not_issued(tmp_path: Path):
    async with answering_gateway(tmp_path) as (http, _):
        refused = await http.post("/api/token", json={"identity": "anna"})
    assert (refused.status_code, refused.json()["code"]) == (503, "tokens_unavailable")


def test_all_processes_and_the_next_start_use_one_secret(tmp_path: Path):
    store = KeyStore(tmp_path / "auth-keys.json")
    first, second = JoinTokens(store), JoinTokens(KeyStore(store.path))
    token = first.issue("operator", "anna", "Anna", GrantClaims(), 60)
    assert second.redeem(token).identity == "join:operator:anna"
    assert first.redeem(second.issue("operator", "bob", "Bob", GrantClaims(), 60)).name == "Bob"
    secret = tmp_path / "auth-keys.secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [secret.name]


def test_a_join_token_that_was_forged_expired_or_never_issued_is_refused(tmp_path: Path):
    tokens = JoinTokens(KeyStore(tmp_path / "auth-keys.json"))
    made_up = jwt.encode({"sub": "a", "aud": AUDIENCE, "iss": "operator", "exp": 2**40}, "x" * 40, "HS256")
    with pytest.raises(CredentialsRefused, match="no join token"):
        tokens.redeem(made_up)
    tokens.issue("operator", "anna", "Anna", GrantClaims(), 60)
    old = JoinTokens(tokens._store, clock=lambda: 1_000.0).issue("operator", "anna", "Anna", GrantClaims(), 60)
    foreign = tokens.issue("0123456789ab", "anna", "Anna", GrantClaims(), 60)
    for wrong in (made_up, old, foreign, "a.b.c"):
        with pytest.raises(CredentialsRefused):
            tokens.redeem(wrong)
