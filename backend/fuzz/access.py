"""Who calls: headers that say where a request comes from, tokens, their claims, key sets, and a proxy's headers.

None of them may raise anything but a refusal, and no bytes may pass for a caller.
"""

import json

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from s2s.access.access_control import bearer_token
from s2s.access.caller import Caller
from s2s.access.join_tokens import is_join_token
from s2s.access.jwt_verifier import Expected, caller_from, decode, unverified_header
from s2s.access.key_set import KeySetError, read_keys
from s2s.access.key_store import id_of
from s2s.access.locality import RequestOrigin, why_not_local
from s2s.access.proxy_identity import HeaderNames, ProxyIdentity
from s2s.access.route_rules import need_of
from s2s.errors import CredentialsRefused

_KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
_PUBLIC = jwt.get_algorithm_by_name("EdDSA").to_jwk(_KEY.public_key(), as_dict=True)
_SECRET = "a secret of more than thirty-two bytes"
_CLAIMS = {"iss": "https://login.example.org", "aud": "s2s", "sub": "anna", "exp": 2**40, "groups": ["staff"]}
_GRANTS = {"voices": ["Kore"], "tools": ["search"], "minutes": 5, "tokens": 9, "usd": 1.5, "groups": ["pilot"]}
_EXPECTED = Expected(("EdDSA",), "https://login.example.org", ("s2s",), 30)
_SYMMETRIC = Expected(("HS256",), "https://login.example.org", ("s2s",), 30)
_VALID = (jwt.encode(_CLAIMS, _KEY, "EdDSA", headers={"kid": "k1"}), jwt.encode(_CLAIMS, _SECRET, "HS256"))
_PROXY = ProxyIdentity(
    ["10.0.0.0/8"], HeaderNames("x-forwarded-user", "x-name", "x-forwarded-groups"), None, ["admins"]
)


def _headers(data: bytes) -> list[tuple[str, str]]:
    """Read a header a line, as a server hands them on: latin-1, no line breaks."""
    lines = [line.partition(b":") for line in data.replace(b"\r", b"").split(b"\n")]
    return [(name.decode("latin-1").strip().lower(), value.decode("latin-1").strip()) for name, _, value in lines]


def origin(data: bytes) -> None:
    """Headers that say where a request comes from: with one foreign address more, no request is local."""
    headers = _headers(data)
    why_not_local(RequestOrigin("127.0.0.1", "127.0.0.1", headers))
    for foreign in (("x-forwarded-for", "203.0.113.9"), ("forwarded", 'for="[2001:db8::1]"'), ("host", "evil.example")):
        assert why_not_local(RequestOrigin("127.0.0.1", "127.0.0.1", [*headers, foreign]))
    # A proxy may append to what is there instead.
    for name, value in headers:
        for appended in (f"{value}, for=203.0.113.9", f'{value},for="[2001:db8::1]:80";by="x"'):
            desk = [("host", "localhost"), (name, appended)]
            assert name != "forwarded" or why_not_local(RequestOrigin("127.0.0.1", "127.0.0.1", desk))
    need_of("GET", data.decode("latin-1"))


def token(data: bytes) -> None:
    """A token of any kind: nothing but the two that were signed is genuine."""
    text = data.decode("latin-1")
    try:
        sent = bearer_token(RequestOrigin("10.0.0.1", "10.0.0.1", [("authorization", text)]))
    except CredentialsRefused:
        sent = ""
    for one in {sent, text}:
        id_of(one)
        is_join_token(one)
        for key, expected in ((_KEY.public_key(), _EXPECTED), (_SECRET, _SYMMETRIC)):
            try:
                unverified_header(one)
                claims = decode(one, key, expected)
            except CredentialsRefused:
                continue
            assert claims == _CLAIMS, "a forged token"


def claims(data: bytes) -> None:
    """The claims of a genuine token: a caller, or a refusal."""
    try:
        read = json.loads(data)
    except (ValueError, RecursionError):
        return
    if not isinstance(read, dict):
        return
    try:
        caller = caller_from(read, "jwt", ["admins"])
    except CredentialsRefused:
        return
    assert isinstance(caller, Caller)
    assert caller.identity.isprintable()
    assert len(caller.identity) < 300
    assert len(caller.groups) <= 100


def key_set(data: bytes) -> None:
    """A provider's key set: public keys that sign, or a refusal."""
    try:
        keys = read_keys(data)
    except KeySetError:
        return
    assert not any(name.startswith("HS") or name == "none" for key in keys for name in key.algorithms)


def proxy_identity(data: bytes) -> None:
    """A proxy's identity headers: a stranger who sends them is never believed."""
    for peer in ("10.0.0.7", "203.0.113.9"):
        caller = None
        try:
            # Without a verifier it awaits nothing, so that one step ends it.
            _PROXY.caller_of(RequestOrigin(peer, peer, _headers(data))).send(None)
        except StopIteration as done:
            caller = done.value
        except CredentialsRefused:
            continue
        assert caller is None or peer == "10.0.0.7"


ORIGIN_SEEDS = [
    b"host: localhost:8000\nx-forwarded-for: 127.0.0.1, ::1\norigin: http://localhost:3000",
    b'host: [::1]:8000\nforwarded: for="[::1]:80";host=localhost;proto=https, for=127.0.0.1\nx-real-ip: 127.0.0.1',
    b'forwarded: x="a\\"b", for=127.0.0.1\nvia: 1.1 caddy\nhost: 127.0.0.1',
]
TOKEN_SEEDS = [
    *(one.encode() for one in _VALID),
    *(f"Bearer {one}".encode() for one in _VALID),
    b"Bearer s2s_0123456789ab_" + b"x" * 43,
    b"bEaReR  \t",
    jwt.encode(_CLAIMS, _SECRET, "HS256", headers={"typ": "s2s-join+jwt", "kid": "k1"}).encode(),
]
CLAIMS_SEEDS = [json.dumps({**_CLAIMS, "name": "Anna", "s2s": _GRANTS}).encode(), b'{"sub":"a","groups":"staff"}']
KEY_SET_SEEDS = [
    json.dumps(
        {"keys": [{**_PUBLIC, "kid": "k1", "use": "sig"}, {"kty": "oct", "k": "AAAA", "alg": "HS256"}]}
    ).encode(),
    b'{"keys":[{"kty":"RSA","n":"sXchDaQebHnPiGvyDOAT4saGEUetSyo9MKLOoWFsueri","e":"AQAB","alg":"RS256","kid":"r"}]}',
    b'{"keys":[{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",'
    b'"y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}]}',
]
PROXY_SEEDS = [
    b"x-forwarded-user: anna\nx-name: J\xc3\xbcrgen\nx-forwarded-groups: staff, admins",
    b"x-forwarded-user: a\nx-forwarded-user: b",
]
