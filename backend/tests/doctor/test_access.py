"""`make doctor` says who may call, and whether the login service answers."""

from pathlib import Path

import pytest

from s2s.access.access_control import AccessControl
from s2s.access.grant_claims import GrantClaims
from s2s.access.key_store import KeyStore
from s2s.doctor.service import check_access
from s2s.settings import Settings
from s2s.upstream.network.outbound import Network
from tests.access.issuer import AUDIENCE, ISSUER, Issuer, KeySetServer

TOKENS = {"S2S_AUTH": "jwt", "S2S_JWT_ISSUER": ISSUER, "S2S_JWT_AUDIENCE": AUDIENCE, "S2S_JWT_JWKS_URL": f"{ISSUER}/k"}


def access(tmp_path: Path, *, is_paid: bool = True, **environ: str) -> AccessControl:
    settings = Settings.from_env({"S2S_LOG_DIR": str(tmp_path), **environ})
    return AccessControl(settings, Network(settings), is_paid=is_paid)


@pytest.mark.parametrize(
    ("auth", "is_paid", "verdict", "says"),
    [
        ("none", True, "ok", "this machine; for others"),
        ("none", False, "ok", "everyone"),
        ("none-i-know", True, "warning", "everyone"),
        ("none-i-know", False, "ok", "everyone"),
        ("key", True, "warning", "no keys yet"),
    ],
)
async def test_the_doctor_says_who_may_call(tmp_path: Path, auth: str, is_paid: bool, verdict: str, says: str):
    found = await check_access(access(tmp_path, is_paid=is_paid, S2S_AUTH=auth))
    assert (found.step, found.verdict) == ("who may call", verdict)
    assert says in found.message


async def test_a_gateway_with_keys_is_in_order(tmp_path: Path):
    KeyStore(tmp_path / "auth-keys.json").add("kiosk", "caller", GrantClaims())
    found = await check_access(access(tmp_path, S2S_AUTH="key"))
    assert (found.verdict, found.remedy) == ("ok", "")


async def test_the_login_service_is_asked_for_its_keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    server = KeySetServer(Issuer())
    monkeypatch.setattr(Network, "http_transport", lambda _: server)
    assert (await check_access(access(tmp_path, **TOKENS))).verdict == "ok"
    assert server.asked == 1
    server.status = 404
    found = await check_access(access(tmp_path, **TOKENS))
    assert (found.verdict, "HTTP 404" in found.message, "S2S_CA_FILE" in found.remedy) == ("warning", True, True)
