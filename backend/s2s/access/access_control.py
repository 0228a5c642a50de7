"""Identify the caller of each request as S2S_AUTH says, and decide whether the caller may do what a route needs."""

from dataclasses import replace
from hashlib import sha256
from hmac import compare_digest
from typing import Any

from s2s.access.bearer_credentials import BearerCredentials
from s2s.access.caller import Caller
from s2s.access.identification import Identification
from s2s.access.join_tokens import JoinTokens
from s2s.access.jwt_verifier import Expected, JwtVerifier, KeySource, SharedSecret
from s2s.access.key_set import KeySet, KeySetError
from s2s.access.key_store import KeyStore
from s2s.access.locality import RequestOrigin, why_not_local
from s2s.access.proxy_identity import HeaderNames, ProxyIdentity
from s2s.access.route_rules import Need
from s2s.errors import AuthRequired, CredentialsRefused, NotGranted, OperatorOnly, S2SError
from s2s.settings import Settings
from s2s.upstream.network.outbound import Network

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

    def __init__(self, settings: Settings, network: Network, *, is_paid: bool, peer_key: str = "") -> None:
        """Read the settings.

        `network`: the way to an identity provider. `is_paid`: calls cost money, as with every service but the local
        engine. `peer_key`: by which other processes of this gateway are recognized.
        """
        self.mode = settings.s2s_auth
        self.is_paid = is_paid
        self.store = KeyStore(settings.keys_file)
        self.join_tokens = JoinTokens(self.store)
        self._trusts_local = settings.s2s_trust_local
        keys = (settings.s2s_operator_key.get_secret_value(), peer_key)
        self._operator_keys = [_digest(key) for key in keys if key]
        self._key_set = _key_set(settings, network)
        verifier = _verifier(settings, self._key_set)
        self._bearer = BearerCredentials(
            self.store,
            self.join_tokens,
            verifier,
            key_kinds=("caller", "server", "operator") if self.mode == "key" else ("server", "operator"),
            operator_groups=settings.s2s_operator_groups,
        )
        names = HeaderNames(
            settings.s2s_proxy_user_header, settings.s2s_proxy_name_header, settings.s2s_proxy_groups_header
        )
        self._proxy = ProxyIdentity(settings.s2s_trusted_proxies, names, verifier, settings.s2s_operator_groups)

    @property
    def is_local_only(self) -> bool:
        """Whether only this machine may make calls, since calls cost money and there is no way to authenticate."""
        return self.mode == "none" and self.is_paid

    @property
    def authenticates(self) -> bool:
        """Whether callers can authenticate."""
        return self.mode in ("key", "jwt", "proxy")

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the operator should be warned of at start."""
        if self.mode == "none-i-know" and self.is_paid:
            return (OPEN_WARNING,)
        if self.mode == "key" and not self.store.current():
            return (
                f"S2S_AUTH=key: {self.store.path} has no keys yet; `python -m s2s.access.keys add NAME` makes one.",
            )
        return ()

    def health_part(self) -> dict[str, Any]:
        """Return the part of GET /health that tells who may call."""
        return {
            "auth": self.mode,
            "code": AuthRequired.code if self.is_local_only else "",
            "message": LOCAL_ONLY if self.is_local_only else "",
        }

    async def login_trouble(self) -> str:
        """Return why no one could log in now; empty if they could, or need not. Asks the identity provider."""
        if self._key_set is None:
            return "there are no keys yet" if self.mode == "key" and not self.store.current() else ""
        try:
            await self._key_set.refresh()
        except KeySetError as fault:
            return str(fault)
        return ""

    async def identify(self, request: RequestOrigin, address: str) -> Identification:
        """Return who sent the request. `address`: the address group that limits count by.

        Credentials that are refused are reported, not raised: they matter only where a route needs some.
        """
        why = why_not_local(request) if self._trusts_local else "S2S_TRUST_LOCAL is off"
        known, fault = Caller(), None
        try:
            known = await self._authenticated(request) or known
        except S2SError as refused:
            fault = refused
        caller = replace(known, address=address, is_local=not why, is_operator=known.is_operator or not why)
        return Identification(caller, fault, why)

    async def _authenticated(self, request: RequestOrigin) -> Caller | None:
        """Return the caller that the credentials prove, None if there are none. Raises S2SError."""
        token = bearer_token(request)
        if token and self._is_operator_key(token):
            return Caller(identity="operator", name="operator", is_operator=True)
        if not self.authenticates:
            return None
        # A proxy may hand on another token beside the headers that say who calls.
        proxied = await self._proxy.caller_of(request) if self.mode == "proxy" else None
        return proxied or (await self._bearer.caller_of(token) if token else None)

    def refusal(self, need: Need, who: Identification) -> S2SError | None:
        """Return why the caller may not use a route with this need; None if the caller may."""
        caller = who.caller
        if need in (Need.NOTHING, Need.SESSION) or caller.is_operator:
            return None
        if need is Need.OPERATOR:
            return who.fault or OperatorOnly("the request is not the operator's")
        if need is Need.SERVER:
            if caller.is_server:
                return None
            if caller.identity:
                return NotGranted("only a server key may issue join tokens")
            return who.fault or CredentialsRefused("the request has no server key")
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
        digest = _digest(token)
        return any(compare_digest(digest, key) for key in self._operator_keys)


def _key_set(settings: Settings, network: Network) -> KeySet | None:
    """Return the keys of an identity provider; None if no settings name one."""
    url = settings.s2s_jwt_jwks_url
    return KeySet(url, network.http_transport) if url and settings.s2s_auth in ("jwt", "proxy") else None


def _verifier(settings: Settings, key_set: KeySet | None) -> JwtVerifier | None:
    """Return the verifier of an identity provider's tokens; None if no settings describe one."""
    secret = settings.s2s_jwt_secret.get_secret_value() if settings.s2s_auth in ("jwt", "proxy") else ""
    source: KeySource | None = SharedSecret(secret) if secret else key_set
    if source is None:
        return None
    expected = Expected(
        settings.jwt_algorithms,
        settings.s2s_jwt_issuer,
        tuple(settings.s2s_jwt_audience),
        settings.s2s_jwt_leeway_s,
    )
    return JwtVerifier(source, expected)


def bearer_token(request: RequestOrigin) -> str:
    """Return the token of `Authorization: Bearer` (RFC 6750); empty if there is none. Raises CredentialsRefused.

    Other schemes are for a proxy in front and are ignored.
    """
    values = request.values("authorization")
    if len(values) > 1:
        raise CredentialsRefused("the request has several Authorization headers")
    if not values:
        return ""
    if len(values[0]) > MAX_CREDENTIALS_CHARS:
        raise CredentialsRefused(f"the token is longer than {MAX_CREDENTIALS_CHARS} characters")
    scheme, _, token = values[0].strip().partition(" ")
    if scheme.lower() != "bearer":
        return ""
    if not token.strip():
        raise CredentialsRefused("the Authorization header holds no token")
    return token.strip()


def _digest(key: str) -> bytes:
    """Return what a key is compared by, so that the comparison's time tells nothing of its length."""
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
