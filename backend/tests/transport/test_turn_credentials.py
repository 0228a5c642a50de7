"""A TURN server's passwords, made here and known there."""

import base64
import hashlib
import json

import pytest

from s2s.settings import IceServer, Settings, SettingsError
from s2s.transport.turn_credentials import LIFETIME_S, credentials, ice_servers

URLS = ["turn:turn.example:3478", "turn:turn.example:3478?transport=tcp", "turns:turn.example:443?transport=tcp"]


def test_the_code_is_the_standards_own():
    # `openssl dgst -sha1 -hmac north -binary` of the user name, in base64: what coturn computes.
    username, password = credentials("north", "alice", 1_700_000_000)
    assert username == "1700000000:alice"
    assert password == "Cd/49soE35ICqcJF/bCTn8Z4OyE="
    assert len(base64.b64decode(password)) == 20


def test_a_page_gets_all_ways_to_the_relay_with_a_password_that_ends_in_an_hour():
    stun = '[{"urls": ["stun:stun.example"]}]'
    fixed = {"S2S_ICE_SERVERS": stun}
    settings = Settings.from_env({**fixed, "S2S_TURN_URLS": ",".join(URLS), "S2S_TURN_SECRET": "north"})
    others, ours = ice_servers(settings, "session", 1_000.7, relay=True)
    assert others.urls == ["stun:stun.example"]
    assert ours.urls == URLS
    # A hash: coturn logs user names, and STUN carries them unencrypted.
    name = hashlib.sha256(b"session").hexdigest()[:16]
    assert ours.username == f"{1_000 + LIFETIME_S}:{name}"
    assert ours.credential == credentials("north", name, 1_000 + LIFETIME_S)[1]
    assert LIFETIME_S == 3_600
    assert ice_servers(Settings.from_env(fixed), "session", 0, relay=True) == [others]


def test_whoever_may_not_use_a_relay_is_told_the_stun_servers_only():
    servers = [
        {"urls": ["stun:stun.example", "turn:turn.example"], "username": "u", "credential": "paid for"},
        {"urls": ["turns:turn.example"], "username": "u", "credential": "paid for"},
    ]
    environ = {"S2S_ICE_SERVERS": json.dumps(servers), "S2S_TURN_URLS": ",".join(URLS), "S2S_TURN_SECRET": "north"}
    [told] = ice_servers(Settings.from_env(environ), "session", 0, relay=False)
    assert told == IceServer(urls=["stun:stun.example"])


def test_the_settings_name_the_relay_and_keep_its_secret_to_themselves():
    settings = Settings.from_env({"S2S_TURN_URLS": ", ".join(URLS), "S2S_TURN_SECRET": "north"})
    assert settings.s2s_turn_urls == URLS
    assert settings.s2s_turn_secret.get_secret_value() == "north"
    assert "north" not in repr(settings)


@pytest.mark.parametrize(
    "environ",
    [
        {"S2S_TURN_URLS": "turn:turn.example"},
        {"S2S_TURN_URLS": "turn.example:3478", "S2S_TURN_SECRET": "north"},
        {"S2S_TURN_URLS": "stun:turn.example:3478", "S2S_TURN_SECRET": "north"},
    ],
)
def test_a_relay_without_secret_or_with_a_wrong_address_is_told(environ: dict[str, str]):
    with pytest.raises(SettingsError, match=r"S2S_TURN_(URLS|SECRET).*env.example"):
        Settings.from_env(environ)
