"""S2S_AUTH=key: keys are made once, kept as hashes, and looked up in the file that they are in now."""

import json
import stat
from pathlib import Path

import pytest

from s2s.access.grant_claims import ClaimError, GrantClaims, read_grants, what_exceeds
from s2s.access.key_store import KeyStore, StoreError
from s2s.access.keys import main
from s2s.settings import Settings
from tests.access.roles import STRANGER, answering_gateway, bearer


def test_a_key_is_kept_as_a_hash_in_a_file_for_its_owner_alone(tmp_path: Path):
    store = KeyStore(tmp_path / "keys.json")
    key, stored = store.add("kiosk", "caller", GrantClaims(minutes=5))
    text = store.path.read_text()
    assert key not in text
    assert key.rpartition("_")[2] not in text
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert store.find(key) == stored
    assert stored.grants.minutes == 5


def test_a_key_that_is_wrong_or_of_another_form_is_found_nowhere(tmp_path: Path):
    store = KeyStore(tmp_path / "keys.json")
    key, stored = store.add("kiosk", "caller", GrantClaims())
    for wrong in (
        "",
        "s2s_",
        f"s2s_{stored.id}_",
        key[:-1],
        f"{key}x",
        key.upper(),
        key.replace("s2s_", ""),
        "s2s_\ud800",
    ):
        assert store.find(wrong) is None


def test_a_running_gateway_notices_new_and_revoked_keys(tmp_path: Path):
    running, command = KeyStore(tmp_path / "keys.json"), KeyStore(tmp_path / "keys.json")
    old, first = command.add("old", "caller", GrantClaims())
    assert running.find(old)
    new, _ = command.add("new", "caller", GrantClaims())
    assert running.find(new)
    assert running.find(old)
    assert command.revoke(first.id) == first
    assert running.find(old) is None
    assert running.find(new)
    assert command.revoke(first.id) is None


def test_a_file_that_cannot_be_read_leaves_the_last_keys_valid(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    store = KeyStore(tmp_path / "keys.json")
    key, _ = store.add("kiosk", "caller", GrantClaims())
    assert store.find(key)
    store.path.write_text('{"keys": [')
    assert store.find(key)
    assert "keys.json" in caplog.text
    with pytest.raises(StoreError):
        store.add("other", "caller", GrantClaims())
    store.path.unlink()
    assert store.find(key) is None


def test_two_commands_do_not_overwrite_each_other(tmp_path: Path):
    store = KeyStore(tmp_path / "keys.json")
    (tmp_path / "keys.json.lock").touch()
    with pytest.raises(StoreError, match="another command"):
        store.add("kiosk", "caller", GrantClaims())
    (tmp_path / "keys.json.lock").unlink()
    store.add("kiosk", "caller", GrantClaims())
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    "claim",
    [
        {"minuets": 5}, {"minutes": 0}, {"minutes": float("inf")}, {"usd": -1}, {"usd": float("nan")}, {"tokens": 1.5},
        {"voices": "Puck"}, {"voices": [""]}, {"voices": ["x" * 300]}, {"tools": ["t"] * 100}, {"priority": 101},
        {"instruction": "no"}, [], "all", None, 7,
    ],
)  # fmt: skip
def test_a_grant_that_is_misspelt_or_of_another_form_grants_nothing(claim: object):
    with pytest.raises(ClaimError):
        read_grants(claim)


@pytest.mark.parametrize(
    ("asked", "own", "beyond"),
    [
        ({}, {}, ""),
        ({"minutes": 5, "voices": ["Kore"]}, {"minutes": 5, "voices": ["Kore", "Puck"]}, ""),
        ({"minutes": 6}, {"minutes": 5}, "minutes"),
        ({}, {"minutes": 5}, "minutes"),
        ({"voices": ["Kore", "Zephyr"]}, {"voices": ["Kore"]}, "voices"),
        ({}, {"tools": []}, "tools"),
        ({"usd": 2.0}, {"usd": 1.0}, "usd"),
        ({"tokens": 0}, {"tokens": 0}, ""),
        ({}, {"instruction": False}, "instruction"),
        ({"priority": 1}, {}, "priority"),
        ({"operator": True}, {}, "operator"),
    ],
)
def test_nobody_hands_on_more_than_they_have(asked: dict, own: dict, beyond: str):
    assert what_exceeds(read_grants(asked), read_grants(own)) == beyond


def test_the_command_makes_lists_and_revokes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys):
    settings = Settings.from_env({"S2S_AUTH_KEYS_FILE": str(tmp_path / "keys.json")})
    monkeypatch.setattr("s2s.access.keys.load_settings", lambda: settings)
    assert main(["add", "shop", "--server", "--minutes", "30", "--voices", "Kore, Puck", "--group", "shops"]) == 0
    key = capsys.readouterr().out.strip()
    stored = KeyStore(settings.keys_file).find(key)
    assert stored is not None
    assert (stored.kind, stored.grants) == (
        "server",
        GrantClaims(voices=["Kore", "Puck"], minutes=30, groups=["shops"]),
    )
    assert main(["list"]) == 0
    shown = capsys.readouterr().out
    assert stored.id in shown
    assert "minutes=30" in shown
    assert key not in shown
    assert main(["revoke", stored.id]) == 0
    assert main(["revoke", stored.id]) == 1
    assert main(["add", "x", "--minutes", "-1"]) == 1
    assert json.loads(settings.keys_file.read_text())["keys"] == []


async def test_only_who_has_a_key_may_call(tmp_path: Path):
    store = KeyStore(tmp_path / "auth-keys.json")
    key, stored = store.add("kiosk", "caller", GrantClaims())
    operator, _ = store.add("me", "operator", GrantClaims())
    async with answering_gateway(tmp_path, S2S_AUTH="key") as (http, gateway):
        missing = await http.post("/api/session/create", headers=STRANGER)
        wrong = await http.post("/api/session/create", headers=bearer(f"{key}x"))
        right = await http.post("/api/session/create", headers=bearer(key))
        desk = await http.post("/api/session/create")
        options = [(await http.get("/api/options", headers=h)).json() for h in (STRANGER, bearer(key))]
        errors = [await http.get("/errors", headers=bearer(one)) for one in (key, operator)]
        session = gateway.sessions.find(right.json()["session_id"])
        caller = gateway.sessions._entries[session.id].caller
        store.revoke(stored.id)
        revoked = await http.post("/api/session/create", headers=bearer(key))
    assert [answer.status_code for answer in (missing, wrong, right, desk, revoked)] == [401, 401, 201, 201, 401]
    assert missing.json()["code"] == "credentials_refused"
    assert "no credentials" in missing.json()["detail"]
    assert missing.headers["WWW-Authenticate"] == "Bearer"
    assert (caller.identity, caller.name, caller.is_local) == (f"key:{stored.id}", "kiosk", False)
    assert [(one["auth"], one["may_call"]) for one in options] == [("key", False), ("key", True)]
    assert [answer.status_code for answer in errors] == [403, 200]
