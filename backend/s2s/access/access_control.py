"""Identify the caller of each request as S2S_AUTH says, and decide whether the caller may do what a route needs."""

from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from s2s.access.caller import Caller
from s2s.access.identification import Identification
from s2s.access.locality import RequestOrigin, why_not_local
from s2s.access.route_rules import Need
from s2s.errors import AuthRequired, CredentialsRefused, OperatorOnly, S2SError
from s2s.settings import Settings

MAX_CREDENTIALS_CHARS = 8_192
"""Of an Authorization header. Longer ones are refused before anything parses them."""
OPEN_WARNING = (
    "S2S_AUTH=none-i-know: everybody who can reach this gateway may make calls on a paid service, without a login."
)
LOCAL_ONLY = (
    "S2S_AUTH=none and a paid service: only this machine can make calls. For others set S2S_AUTH=key, jwt or proxy; "
    "docs/access.md compares them."
)


class AccessControl:
    """Who may use one gateway."""

    def __init__(self, settings: Settings, *, is_paid: bool) -> None:
        """`is_paid`: calls cost money, as with every service but the local engine."""
        self.mode = settings.s2s_auth
        self.is_paid = is_paid
        self._trusts_local = settings.s2s_trust_local
        self._operator_key = _digest(settings.s2s_operator_key.get_secret_value())

    @property
    def is_local_only(self) -> bool:
        """Whether only this machine may make calls, since calls cost money and there is no way to authenticate."""
        return self.mode == "none" and self.is_paid

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the operator should be warned of at start."""
        return (OPEN_WARNING,) if self.mode == "none-i-know" and self.is_paid else ()

    def health_part(self) -> dict[str, Any]:
        """Return the part of GET /health that tells who may call."""
        return {
            "auth": self.mode,
            "code": AuthRequired.code if self.is_local_only else "",
            "message": LOCAL_ONLY if self.is_local_only else "",
        }

    async def identify(self, request: RequestOrigin, address: str) -> Identification:
        """Return who sent the request. `address`: the address group that limits count by. Never raises."""
        why = why_not_local(request) if self._trusts_local else "S2S_TRUST_LOCAL is off"
        caller = Caller(address=address, is_local=not why, is_operator=not why)
        token, fault = bearer_token(request)
        if token and self._is_operator_key(token):
            return Identification(replace(caller, is_operator=True, name="operator"), why_not_local=why)
        return Identification(caller, fault, why)

    def refusal(self, need: Need, who: Identification) -> S2SError | None:
        """Return why the caller may not use a route with this need; None if the caller may."""
        caller = who.caller
        if need in (Need.NOTHING, Need.SESSION) or caller.is_operator:
            return None
        if need is Need.OPERATOR:
            return who.fault or OperatorOnly("the request is not the operator's")
        return self._refusal_of_calls(who)

    def may_call(self, who: Identification) -> bool:
        """Whether the caller may create a session."""
        return self.refusal(Need.CALLER, who) is None

    def _refusal_of_calls(self, who: Identification) -> S2SError | None:
        if self.mode == "none":
            if not self.is_paid:
                return None
            return AuthRequired(f"only this machine may make paid calls, and {who.why_not_local}")
        if self.mode == "none-i-know" or who.caller.identity:
            return None
        return who.fault or CredentialsRefused("the request has no credentials")

    def _is_operator_key(self, token: str) -> bool:
        return self._operator_key is not None and compare_digest(_digest(token) or b"", self._operator_key)


def bearer_token(request: RequestOrigin) -> tuple[str, S2SError | None]:
    """Return the token of `Authorization: Bearer` (RFC 6750), empty if there is none, and the fault of an unusable one.

    Other schemes belong to a proxy in front and are ignored.
    """
    values = request.values("authorization")
    if len(values) > 1:
        return "", CredentialsRefused("the request has several Authorization headers")
    if not values:
        return "", None
    if len(values[0]) > MAX_CREDENTIALS_CHARS:
        return "", CredentialsRefused(f"the token is longer than {MAX_CREDENTIALS_CHARS} characters")
    scheme, _, token = values[0].strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer":
        return "", None
    return (token, None) if token else ("", CredentialsRefused("the Authorization header holds no token"))


def _digest(key: str) -> bytes | None:
    """Return what a key is compared by, so that the comparison's time tells nothing of its length; None: no key."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest() if key else None
