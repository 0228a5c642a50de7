"""S2S_AUTH=proxy: identity headers are believed from the proxies that the settings name, and from nobody else."""

from pathlib import Path

import pytest
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from s2s.access.jwt_verifier import Expected, JwtVerifier
from s2s.access.key_set import KeySet
from s2s.access.locality import RequestOrigin
from s2s.access.proxy_identity import HeaderNames, ProxyIdentity
from s2s.errors import CredentialsRefused
from s2s.rest.access.socket_peer import keep_socket_peers, socket_peer
from tests.access.issuer import AUDIENCE, ISSUER, JWKS_URL, Issuer, KeySetServer
from tests.access.roles import STRANGER, answering_gateway

NAMES = HeaderNames("x-forwarded-user", "x-forwarded-preferred-username", "x-forwarded-groups")
PROXIES = ProxyIdentity(["10.0.0.0/24", "2001:db8::5/128"], NAMES, None, ["admins"])


def asked(*headers: tuple[str, str], peer: str | None = "10.0.0.7") -> RequestOrigin:
    return RequestOrigin(peer=peer, client="203.0.113.9", headers=headers)


@pytest.mark.parametrize("peer", ["10.0.0.7", "::ffff:10.0.0.7", "2001:db8::5"])
async def test_a_trusted_proxy_says_who_calls(peer: str):
    caller = await PROXIES.caller_of(
        asked(
            ("x-forwarded-user", "4711"),
            ("x-forwarded-preferred-username", "J\xc3\xbcrgen"),
            ("x-forwarded-groups", "staff, admins,"),
            peer=peer,
        )
    )
    assert caller is not None
    assert (caller.identity, caller.name, caller.groups) == ("proxy:4711", "Jürgen", ("staff", "admins"))
    assert caller.is_operator


@pytest.mark.parametrize("peer", ["10.0.1.7", "203.0.113.9", "127.0.0.1", "2001:db8::6", "testclient", "", None])
async def test_nobody_else_is_believed(peer: str | None):
    with pytest.raises(CredentialsRefused, match="S2S_TRUSTED_PROXIES"):
        await PROXIES.caller_of(asked(("x-forwarded-user", "root"), peer=peer))


@pytest.mark.parametrize(
    "headers",
    [
        [("x-forwarded-user", "root"), ("x-forwarded-user", "alice")],
        [("x-forwarded-user", "alice"), ("x-forwarded-groups", "a"), ("x-forwarded-groups", "admins")],
        [("x-forwarded-user", "a" * 300)],
        [("x-forwarded-user", "a\x00b")],
        [("x-forwarded-user", "alice"), ("x-forwarded-groups", "g," * 6_000)],
        [("x-forwarded-user", "alice"), ("x-forwarded-groups", ",".join(map(str, range(60))))],
    ],
)
async def test_identity_headers_that_are_ambiguous_or_odd_are_refused(headers: list):
    with pytest.raises(CredentialsRefused):
        await PROXIES.caller_of(asked(*headers))


async def test_without_an_identity_the_request_is_anonymous():
    assert await PROXIES.caller_of(asked()) is None
    assert await PROXIES.caller_of(asked(("x-forwarded-user", " "))) is None
    # A name that differs in spelling is another header.
    assert await PROXIES.caller_of(asked(("x_forwarded_user", "root"))) is None


@pytest.mark.parametrize("header", ["cf-access-jwt-assertion", "x-goog-iap-jwt-assertion"])
async def test_a_signed_assertion_counts_whoever_brings_it_and_plain_headers_do_not(header: str):
    issuer = Issuer()
    server = KeySetServer(issuer)
    tokens = JwtVerifier(KeySet(JWKS_URL, lambda: server), Expected(("ES256",), ISSUER, (AUDIENCE,)))
    signed = ProxyIdentity([], NAMES, tokens)
    caller = await signed.caller_of(asked((header, issuer.token(email="a@example.org")), peer="203.0.113.9"))
    assert caller is not None
    assert (caller.identity, caller.name) == ("proxy:alice", "a@example.org")
    assert await signed.caller_of(asked(("x-forwarded-user", "root"))) is None
    for wrong in (issuer.token(aud="another"), Issuer().token(), "x"):
        with pytest.raises(CredentialsRefused):
            await signed.caller_of(asked((header, wrong)))


async def test_the_socket_decides_and_not_what_uvicorn_makes_of_it():
    """FORWARDED_ALLOW_IPS=* lets everybody choose the client's address."""
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["client"][0], socket_peer(scope)))

    keep_socket_peers()
    scope = {"type": "http", "client": ("203.0.113.9", 1), "headers": [(b"x-forwarded-for", b"127.0.0.1")]}
    await ProxyHeadersMiddleware(app, "*")(scope, None, None)
    assert seen == [("127.0.0.1", "203.0.113.9")]


async def test_a_gateway_behind_a_proxy_knows_its_callers(tmp_path: Path):
    settings = {"S2S_AUTH": "proxy", "S2S_TRUSTED_PROXIES": "127.0.0.1", "S2S_OPERATOR_GROUPS": "admins"}
    async with answering_gateway(tmp_path, **settings) as (http, gateway):
        missing = await http.post("/api/session/create", headers=STRANGER)
        right = await http.post("/api/session/create", headers={**STRANGER, "X-Forwarded-User": "alice"})
        errors = await http.get(
            "/errors", headers={**STRANGER, "X-Forwarded-User": "a", "X-Forwarded-Groups": "admins"}
        )
        caller = gateway.sessions._entries[right.json()["session_id"]].caller
    assert [answer.status_code for answer in (missing, right, errors)] == [401, 201, 200]
    assert (caller.identity, caller.is_local) == ("proxy:alice", False)


async def test_a_gateway_believes_no_identity_from_another_address(tmp_path: Path):
    settings = {"S2S_AUTH": "proxy", "S2S_TRUSTED_PROXIES": "10.0.0.5"}
    async with answering_gateway(tmp_path, **settings) as (http, _):
        refused = await http.post("/api/session/create", headers={**STRANGER, "X-Forwarded-User": "alice"})
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_refused")
