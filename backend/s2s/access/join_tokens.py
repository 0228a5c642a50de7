"""Join tokens: a site's server gets one for each visitor, as with LiveKit, and the page makes its call with it.

They are JSON Web Tokens of a separate kind (`typ`, RFC 8725, section 3.11), signed with a secret that no other
token is verified with. A token whose server key was revoked is refused.
"""

import secrets
import time
from collections.abc import Callable

import jwt
import msgspec

from s2s.access.caller import Caller
from s2s.access.grant_claims import GrantClaims
from s2s.access.jwt_verifier import Expected, caller_from, decode, looks_like_jwt, unverified_header
from s2s.access.key_store import KeyStore
from s2s.access.secret_file import read_or_make_secret, read_secret
from s2s.errors import CredentialsRefused, S2SError, TokensUnavailable

TOKEN_TYPE = "s2s-join+jwt"
AUDIENCE = "s2s"
OPERATOR_ISSUER = "operator"
"""Issuer of tokens that a local request, or the operator, asked for."""
ALGORITHM = "HS256"
DEFAULT_TTL_S = 600
MAX_TTL_S = 24 * 3600
LEEWAY_S = 10.0
_EXPECTED = Expected((ALGORITHM,), audience=(AUDIENCE,), leeway_s=LEEWAY_S)


class JoinTokens:
    """Issues join tokens and recognizes them."""

    def __init__(self, store: KeyStore, clock: Callable[[], float] = time.time) -> None:
        """The secret is kept beside the file of keys, made when the first token is asked for."""
        self._store = store
        self._path = store.path.with_name(f"{store.path.stem}.secret")
        self._clock = clock
        self._secret = ""

    def issue(self, issuer: str, subject: str, name: str, grants: GrantClaims, ttl_s: int) -> str:
        """Return a token for one visitor. `issuer`: id of the server key. Raises TokensUnavailable."""
        now = int(self._clock())
        claims = {
            "iss": issuer,
            "aud": AUDIENCE,
            "sub": subject,
            "name": name,
            "iat": now,
            "nbf": now,
            "exp": now + ttl_s,
            "jti": secrets.token_hex(16),
            "s2s": msgspec.to_builtins(grants),
        }
        return jwt.encode(claims, self._made_secret(), ALGORITHM, headers={"typ": TOKEN_TYPE})

    def redeem(self, token: str) -> Caller:
        """Return whom a join token is for. Raises CredentialsRefused."""
        secret = self._known_secret()
        if not secret:
            raise CredentialsRefused("no join token was issued here")
        claims = decode(token, secret, _EXPECTED)
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or not self._is_valid_issuer(issuer):
            raise CredentialsRefused("the server key that issued the token was revoked")
        # Two sites may both have a visitor named anna.
        return caller_from(claims, f"join:{issuer}")

    def _is_valid_issuer(self, issuer: str) -> bool:
        key = self._store.by_id(issuer)
        return issuer == OPERATOR_ISSUER or (key is not None and key.kind != "caller")

    def _known_secret(self) -> str:
        """Return the secret; empty if no token was ever issued. Raises TokensUnavailable."""
        try:
            self._secret = self._secret or read_secret(self._path)
        except OSError as fault:
            raise TokensUnavailable(f"{self._path.name} cannot be read ({fault.strerror})") from fault
        return self._secret

    def _made_secret(self) -> str:
        """Return the secret, made if it does not exist. Raises TokensUnavailable."""
        try:
            self._secret = self._secret or read_or_make_secret(self._path)
        except OSError as fault:
            raise TokensUnavailable(f"{self._path.name} cannot be read or written ({fault.strerror})") from fault
        return self._secret


def is_join_token(token: str) -> bool:
    """Whether a token says that it is a join token; that proves nothing yet."""
    try:
        return looks_like_jwt(token) and unverified_header(token).get("typ") == TOKEN_TYPE
    except S2SError:
        return False
