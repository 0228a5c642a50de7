"""S2S_AUTH=jwt: tokens of an identity provider, and everything that is wrong with other ones."""

import base64
import hmac
import json
import time
from pathlib import Path

import jwt
import pytest

from s2s.access.jwt_verifier import Expected, JwtVerifier, SharedSecret, caller_from
from s2s.access.key_set import FRESH_S, MAX_BYTES, MIN_INTERVAL_S, STALE_S, KeySet, KeySetError, read_keys
from s2s.errors import CredentialsRefused, LoginUnavailable
from s2s.settings import Settings, SettingsError
from tests.access.issuer import AUDIENCE, ISSUER, JWKS_URL, Issuer, KeySetServer
from tests.access.roles import STRANGER, answering_gateway

EXPECTED = Expected(("RS256", "ES256", "PS256", "EdDSA"), ISSUER, (AUDIENCE,), 30)
SECRET = "a secret of more than sixty-four bytes, as HS512 would like to have it, too"


class Clock:
    """Seconds that only the test moves."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def verifier(*issuers: Issuer) -> JwtVerifier:
    server = KeySetServer(*issuers)
    return JwtVerifier(KeySet(JWKS_URL, lambda: server), EXPECTED)


def b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("kind", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_a_token_of_the_provider_tells_who_calls(kind: str):
    issuer = Issuer(kind)
    token = issuer.token(name="Alice", groups=["staff"], s2s={"minutes": 5, "groups": ["pilot"]})
    caller = caller_from(await verifier(issuer).claims_of(token), "jwt", ["admins"])
    assert (caller.identity, caller.name, caller.groups) == ("jwt:alice", "Alice", ("staff", "pilot"))
    assert caller.grants.session_minutes == 5
    assert not caller.is_operator


async def test_a_group_or_a_claim_makes_an_operator():
    issuer = Issuer()
    for claims in ({"groups": ["admins"]}, {"groups": "admins"}, {"s2s": {"operator": True}}):
        assert caller_from(await verifier(issuer).claims_of(issuer.token(**claims)), "jwt", ["admins"]).is_operator


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp"),
        ({"sub": None}, "sub"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"iss": None}, "iss"),
        ({"aud": "another-service"}, "audience"),
        ({"aud": None}, "aud"),
        ({"nbf": 2**40}, "not valid"),
        ({"sub": 7}, "not valid"),
        ({"exp": "soon"}, "not valid"),
    ],
)
async def test_a_token_for_another_time_place_or_purpose_is_refused(claims: dict, why: str):
    issuer = Issuer()
    with pytest.raises(CredentialsRefused, match=why):
        await verifier(issuer).claims_of(issuer.token(**claims))


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": ""}, {"sub": "x" * 300}, {"sub": "a\nb"}, {"groups": 7}, {"groups": ["x"] * 60}, {"groups": [7]},
        {"s2s": {"minuets": 5}}, {"s2s": 7}, {"s2s": None}, {"name": 7},
    ],
)  # fmt: skip
def test_claims_that_cannot_be_read_are_refused(claims: dict):
    with pytest.raises(CredentialsRefused, match="genuine"):
        caller_from({"sub": "alice", **claims}, "jwt")


async def test_clocks_may_differ_by_the_leeway():
    issuer = Issuer()
    assert await verifier(issuer).claims_of(issuer.token(exp=time.time() - 20))
    with pytest.raises(CredentialsRefused):
        await verifier(issuer).claims_of(issuer.token(exp=time.time() - 40))


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused():
    """The confusion of algorithms: RFC 8725, section 2.1."""
    issuer = Issuer("RS256")
    head, body = b64({"alg": "HS256", "typ": "JWT", "kid": "k1"}), issuer.token().split(".")[1]
    secrets = (json.dumps(issuer.public()).encode(), issuer.public()["n"].encode())
    for secret in secrets:
        mac = base64.urlsafe_b64encode(hmac.digest(secret, f"{head}.{body}".encode(), "sha256")).rstrip(b"=").decode()
        with pytest.raises(CredentialsRefused, match="algorithm"):
            await verifier(issuer).claims_of(f"{head}.{body}.{mac}")


@pytest.mark.parametrize("name", ["none", "None", "NONE", "HS256", "", None, 7, ["ES256"]])
async def test_a_token_chooses_no_algorithm_of_its_own(name: object):
    issuer = Issuer()
    body = issuer.token().split(".")[1]
    with pytest.raises(CredentialsRefused):
        await verifier(issuer).claims_of(f"{b64({'alg': name, 'kid': 'k1'})}.{body}.")


async def test_a_token_of_another_key_or_a_changed_one_is_refused():
    ours, theirs = Issuer(), Issuer()
    with pytest.raises(CredentialsRefused):
        await verifier(ours).claims_of(theirs.token())
    with pytest.raises(CredentialsRefused, match="does not publish"):
        await verifier(ours).claims_of(Issuer(key_id="k2").token())
    head, body, mac = ours.token().split(".")
    claims = jwt.decode(ours.token(), options={"verify_signature": False})
    for forged in (
        f"{head}.{b64({**claims, 'sub': 'root'})}.{mac}",
        f"{head}.{body}.",
        f"{head}.{body}.{mac[:-4]}AAAA",
    ):
        with pytest.raises(CredentialsRefused):
            await verifier(ours).claims_of(forged)


@pytest.mark.parametrize(
    "token", ["", ".", "..", "eyJ..", "eyJhbGciOiJFUzI1NiJ9", "é.é.é", "a.b.c", "[]." * 3, "e" * 9_000, "{}.{}.{}"]
)
async def test_what_is_no_token_is_refused_without_a_look_at_the_keys(token: str):
    server = KeySetServer(Issuer())
    with pytest.raises(CredentialsRefused):
        await JwtVerifier(KeySet(JWKS_URL, lambda: server), EXPECTED).claims_of(token)
    assert server.asked == 0


@pytest.mark.parametrize("headers", [{"kid": 7}, {"kid": "x" * 300}, {"crit": ["b64"], "b64": False}])
async def test_an_odd_header_is_refused(headers: dict):
    issuer = Issuer()
    body = issuer.token().split(".")[1]
    with pytest.raises(CredentialsRefused):
        await verifier(issuer).claims_of(f"{b64({'alg': 'ES256', 'kid': 'k1', **headers})}.{body}.AAAA")


async def test_keys_are_fetched_once_and_again_for_a_new_one():
    clock, old, new = Clock(), Issuer(key_id="old"), Issuer(key_id="new")
    server = KeySetServer(old)
    tokens = JwtVerifier(KeySet(JWKS_URL, lambda: server, clock), EXPECTED)
    for _ in range(3):
        await tokens.claims_of(old.token())
    assert server.asked == 1
    server.entries = [old.public(), new.public()]
    clock.now += MIN_INTERVAL_S + 1
    await tokens.claims_of(new.token())
    assert server.asked == 2
    # The provider withdraws the old one.
    server.entries = [new.public()]
    clock.now += FRESH_S + 1
    with pytest.raises(CredentialsRefused):
        await tokens.claims_of(old.token())


async def test_made_up_key_ids_make_no_load_at_the_provider():
    clock, issuer = Clock(), Issuer()
    server = KeySetServer(issuer)
    tokens = JwtVerifier(KeySet(JWKS_URL, lambda: server, clock), EXPECTED)
    for number in range(50):
        clock.now += 0.1
        with pytest.raises(CredentialsRefused):
            await tokens.claims_of(
                Issuer(key_id=f"made-up-{number}").token() if number < 3 else issuer.token(headers={"kid": "z"})
            )
    assert server.asked == 1


async def test_a_provider_that_is_away_leaves_its_keys_valid_for_a_day():
    clock, issuer = Clock(), Issuer()
    server = KeySetServer(issuer)
    tokens = JwtVerifier(KeySet(JWKS_URL, lambda: server, clock), EXPECTED)
    server.status = 0
    for _ in range(3):
        # Those who come right after the first one are told the same, and wait for nothing.
        with pytest.raises(LoginUnavailable):
            await tokens.claims_of(issuer.token())
    assert server.asked == 1
    server.status, clock.now = 200, clock.now + MIN_INTERVAL_S + 1
    await tokens.claims_of(issuer.token())
    server.status, clock.now = 503, clock.now + STALE_S - 10
    await tokens.claims_of(issuer.token())
    clock.now += MIN_INTERVAL_S + 11
    for _ in range(2):
        with pytest.raises(LoginUnavailable):
            await tokens.claims_of(issuer.token())


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b'{"keys":[]}', b'{"keys":[{}]}', b'{"keys":7}', b"x" * (MAX_BYTES + 1)]
)
async def test_an_answer_that_is_no_key_set_is_told_as_such(body: bytes):
    server = KeySetServer()
    server.body = body
    with pytest.raises(KeySetError, match="S2S_JWT_JWKS_URL"):
        await KeySet(JWKS_URL, lambda: server).key_for("k1", "ES256")


def test_secret_and_foreign_keys_of_a_key_set_are_left_out():
    issuer = Issuer("RS256")
    secret = {"kty": "oct", "k": b64("x" * 40), "kid": "k1", "alg": "HS256"}
    encryption, odd = issuer.public(use="enc"), issuer.public(kty="what")
    confused = issuer.public(alg="HS256")
    kept = read_keys(json.dumps({"keys": [secret, encryption, odd, confused, issuer.public(alg=None)]}).encode())
    assert [sorted(key.algorithms)[0] for key in kept] == ["PS256"]
    with pytest.raises(KeySetError):
        read_keys(json.dumps({"keys": [secret]}).encode())
    with pytest.raises(KeySetError):
        read_keys(json.dumps({"keys": [issuer.public()] * 101}).encode())


async def test_a_token_without_key_id_fits_where_there_is_one_key():
    one, other = Issuer(), Issuer(key_id="k2")
    token = jwt.encode({"iss": ISSUER, "aud": AUDIENCE, "sub": "a", "exp": time.time() + 9}, one.key, "ES256")
    assert (await verifier(one).claims_of(token))["sub"] == "a"
    with pytest.raises(CredentialsRefused):
        await verifier(one, other).claims_of(token)


async def test_a_shared_secret_signs_for_small_sites():
    tokens = JwtVerifier(SharedSecret(SECRET), Expected(("HS256",)))
    token = jwt.encode({"sub": "bob", "exp": time.time() + 60}, SECRET, "HS256")
    assert (await tokens.claims_of(token))["sub"] == "bob"
    for wrong in (SECRET + "x", "y" * 40):
        with pytest.raises(CredentialsRefused):
            await tokens.claims_of(jwt.encode({"sub": "bob", "exp": time.time() + 60}, wrong, "HS256"))
    with pytest.raises(CredentialsRefused, match="algorithm"):
        await tokens.claims_of(jwt.encode({"sub": "bob", "exp": time.time() + 60}, SECRET, "HS512"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"S2S_AUTH": "jwt"},
        {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": "short"},
        {"S2S_AUTH": "jwt", "S2S_JWT_JWKS_URL": JWKS_URL},
        {"S2S_AUTH": "jwt", "S2S_JWT_JWKS_URL": JWKS_URL, "S2S_JWT_ISSUER": ISSUER},
        {"S2S_AUTH": "jwt", "S2S_JWT_JWKS_URL": "http://login.example.org/keys"},
        {"S2S_AUTH": "jwt", "S2S_JWT_JWKS_URL": "https://u:p@login.example.org/keys"},
        {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": SECRET, "S2S_JWT_JWKS_URL": JWKS_URL},
        {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": SECRET, "S2S_JWT_ALGORITHMS": "HS256, RS256"},
        {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": SECRET, "S2S_JWT_ALGORITHMS": "none"},
        {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": SECRET, "S2S_JWT_ALGORITHMS": "HS25"},
        {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": SECRET, "S2S_JWT_LEEWAY_S": "1000"},
        {"S2S_AUTH": "proxy"},
        {"S2S_AUTH": "proxy", "S2S_TRUSTED_PROXIES": "*"},
        {"S2S_AUTH": "proxy", "S2S_TRUSTED_PROXIES": "0.0.0.0/0"},
        {"S2S_AUTH": "proxy", "S2S_TRUSTED_PROXIES": "proxy.example.org"},
        {"S2S_AUTH": "proxy", "S2S_TRUSTED_PROXIES": "10.0.0.5", "S2S_PROXY_USER_HEADER": "X_User"},
        {"S2S_AUTH": "passwords"},
        {"S2S_OPERATOR_KEY": "short"},
        {"S2S_OPERATOR_KEY": "with spaces in it, and long enough"},
    ],
)
def test_settings_that_would_let_strangers_in_end_the_start(wrong: dict[str, str]):
    with pytest.raises(SettingsError) as fault:
        Settings.from_env(wrong)
    assert next(iter(wrong)) in str(fault.value) or list(wrong)[-1] in str(fault.value)
    assert SECRET not in str(fault.value)


async def test_only_a_token_of_the_configured_issuer_makes_a_call(tmp_path: Path):
    def signed(**claims: object) -> dict[str, str]:
        told = {"sub": "bob", "exp": time.time() + 60, **claims}
        return {**STRANGER, "Authorization": f"Bearer {jwt.encode(told, SECRET, 'HS256')}"}

    settings = {"S2S_AUTH": "jwt", "S2S_JWT_SECRET": SECRET, "S2S_OPERATOR_GROUPS": "admins"}
    async with answering_gateway(tmp_path, **settings) as (http, gateway):
        missing = await http.post("/api/session/create", headers=STRANGER)
        wrong = await http.post("/api/session/create", headers=signed(exp=1))
        right = await http.post("/api/session/create", headers=signed())
        errors = [await http.get("/errors", headers=signed(groups=groups)) for groups in ([], ["admins"])]
        caller = gateway.sessions._entries[right.json()["session_id"]].caller
    assert [answer.status_code for answer in (missing, wrong, right)] == [401, 401, 201]
    assert "expired" in wrong.json()["detail"]
    assert caller.identity == "jwt:bob"
    assert [answer.status_code for answer in errors] == [403, 200]
