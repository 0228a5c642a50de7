"""Verify JSON Web Tokens (RFC 7519) as RFC 8725 advises: pinned algorithms, issuer and audience, bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import jwt

from s2s.access.caller import Caller, Grants
from s2s.access.grant_claims import ClaimError, GrantClaims, group_names, plain_text, read_grants
from s2s.access.key_set import KeySetError
from s2s.errors import CredentialsRefused, LoginUnavailable
from s2s.logs import LOGGER

MAX_TOKEN_CHARS = 8_192
MAX_KEY_ID_CHARS = 200
_NAME_CLAIMS = ("name", "preferred_username", "email")


class KeySource(Protocol):
    """Where the key of a token is found."""

    async def key_for(self, key_id: str | None, algorithm: str) -> Any:
        """Return the key; None if there is none. Raises KeySetError."""


class SharedSecret:
    """A secret that the issuer knows too."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    async def key_for(self, key_id: str | None, algorithm: str) -> str:
        """Return the secret for every token."""
        return self._secret


@dataclass(frozen=True, slots=True)
class Expected:
    """What a token must say."""

    algorithms: tuple[str, ...]
    issuer: str = ""
    audience: tuple[str, ...] = ()
    leeway_s: float = 0.0


class JwtVerifier:
    """Verifies tokens of one issuer."""

    def __init__(self, keys: KeySource, expected: Expected) -> None:
        self._keys = keys
        self._expected = expected

    async def claims_of(self, token: str) -> dict[str, Any]:
        """Return the claims of a valid token. Raises CredentialsRefused, LoginUnavailable."""
        expected = self._expected
        header = unverified_header(token)
        # PyJWT checks it again; here, so that no key is looked for.
        if header["alg"] not in expected.algorithms:
            raise CredentialsRefused(f"the token's algorithm is not one of {', '.join(expected.algorithms)}")
        try:
            key = await self._keys.key_for(_key_id(header), header["alg"])
        except KeySetError as fault:
            LOGGER.error("%s", fault, extra={"code": LoginUnavailable.code})
            raise LoginUnavailable("the keys of the identity provider could not be fetched") from fault
        if key is None:
            raise CredentialsRefused("the token was signed with a key that the identity provider does not publish")
        return decode(token, key, expected)


def decode(token: str, key: Any, expected: Expected) -> dict[str, Any]:
    """Return the claims of a token that is signed with `key`. Raises CredentialsRefused."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=list(expected.algorithms),
            issuer=expected.issuer or None,
            audience=list(expected.audience) or None,
            leeway=expected.leeway_s,
            options={"require": ["exp", "sub"], "verify_aud": bool(expected.audience)},
        )
    except jwt.ExpiredSignatureError:
        raise CredentialsRefused("the token has expired") from None
    except jwt.InvalidAudienceError:
        raise CredentialsRefused("the token is for another audience") from None
    except jwt.InvalidIssuerError:
        raise CredentialsRefused("the token has another issuer") from None
    except jwt.ImmatureSignatureError:
        raise CredentialsRefused("the token is not valid yet") from None
    except jwt.MissingRequiredClaimError as fault:
        raise CredentialsRefused(f"the token lacks the claim {fault.claim}") from None
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError):
        # What else PyJWT says may repeat parts of the token.
        raise CredentialsRefused("the token is not valid") from None
    return claims


def unverified_header(token: str) -> dict[str, Any]:
    """Return the header of a token, for the choice of a key and nothing else. Raises CredentialsRefused."""
    if len(token) > MAX_TOKEN_CHARS:
        raise CredentialsRefused(f"the token is longer than {MAX_TOKEN_CHARS} characters")
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError):
        raise CredentialsRefused("the token is no JSON Web Token") from None
    if not isinstance(header.get("alg"), str) or "crit" in header:
        raise CredentialsRefused("the token's header names no algorithm, or extensions that are not understood")
    return header


def looks_like_jwt(text: str) -> bool:
    """Whether this has three parts and the beginning of a JSON object in base64."""
    return text.startswith("eyJ") and text.count(".") == 2


def _key_id(header: dict[str, Any]) -> str | None:
    key_id = header.get("kid")
    if key_id is not None and (not isinstance(key_id, str) or len(key_id) > MAX_KEY_ID_CHARS):
        raise CredentialsRefused("the token's key id is no short text")
    return key_id


def caller_from(claims: dict[str, Any], source: str, operator_groups: Sequence[str] = ()) -> Caller:
    """Return the caller that verified claims describe. `source`: what their identity begins with, such as "jwt".

    Raises CredentialsRefused.
    """
    try:
        subject = plain_text(claims.get("sub"), "sub")
        granted = read_grants(claims["s2s"]) if "s2s" in claims else GrantClaims()
        groups = group_names(claims["groups"]) if "groups" in claims else ()
        name = next((plain_text(claims[one], one) for one in _NAME_CLAIMS if claims.get(one)), subject)
    except ClaimError as fault:
        raise CredentialsRefused(f"the token is genuine, but {fault}") from None
    groups = tuple(dict.fromkeys((*groups, *granted.groups)))
    is_operator = granted.operator or bool(set(groups) & set(operator_groups))
    grants: Grants = granted.to_grants()
    return Caller(identity=f"{source}:{subject}", name=name, groups=groups, grants=grants, is_operator=is_operator)
