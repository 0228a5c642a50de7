"""Take the identity that an authenticating proxy hands on: oauth2-proxy, Cloudflare Access, Google's IAP, Authelia.

Plain headers are believed from the proxies in S2S_TRUSTED_PROXIES only, by the peer of the socket, since anybody can
write them. Where the proxy signs what it says and S2S_JWT_* tells how to verify it, only the signed form counts, and it
does not matter who brings it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network

from s2s.access.caller import Caller
from s2s.access.grant_claims import ClaimError, group_names, plain_text
from s2s.access.jwt_verifier import JwtVerifier, caller_from
from s2s.access.locality import RequestOrigin
from s2s.errors import CredentialsRefused

ASSERTION_HEADERS = ("cf-access-jwt-assertion", "x-goog-iap-jwt-assertion")
"""In which Cloudflare Access and Google's IAP send their signed assertion. oauth2-proxy sends it as a Bearer token."""
MAX_GROUPS_CHARS = 10_000


@dataclass(frozen=True, slots=True)
class HeaderNames:
    """Which headers hold what, in lower case; empty: none does."""

    user: str
    name: str = ""
    groups: str = ""


class ProxyIdentity:
    """Reads the identity headers of trusted proxies."""

    def __init__(
        self,
        proxies: Iterable[str],
        names: HeaderNames,
        verifier: JwtVerifier | None,
        operator_groups: Iterable[str] = (),
    ) -> None:
        """`proxies`: addresses and networks. `verifier`: for signed assertions, None to believe plain headers."""
        self._networks = tuple(ip_network(proxy) for proxy in proxies)
        self._names = names
        self._verifier = verifier
        self._operator_groups = tuple(operator_groups)

    async def caller_of(self, request: RequestOrigin) -> Caller | None:
        """Return whom the proxy has authenticated; None if it says nothing.

        Raises CredentialsRefused, LoginUnavailable.
        """
        if self._verifier is not None:
            assertion = next((value for name in ASSERTION_HEADERS if (value := _only_value(request, name))), "")
            if not assertion:
                return None
            return caller_from(await self._verifier.claims_of(assertion), "proxy", self._operator_groups)
        user = _only_value(request, self._names.user)
        if not user:
            return None
        if not self._is_trusted(request.peer):
            raise CredentialsRefused("identity headers came from an address that S2S_TRUSTED_PROXIES does not name")
        return self._described(request, user)

    def _described(self, request: RequestOrigin, user: str) -> Caller:
        listed = _only_value(request, self._names.groups)
        try:
            if len(listed) > MAX_GROUPS_CHARS:
                raise ClaimError("its groups are too long")
            user = plain_text(user, self._names.user)
            name = plain_text(_only_value(request, self._names.name) or user, self._names.name)
            groups = group_names([one.strip() for one in listed.split(",") if one.strip()], self._names.groups)
        except ClaimError as fault:
            raise CredentialsRefused(f"the proxy's identity cannot be used: {fault}") from None
        is_operator = bool(set(groups) & set(self._operator_groups))
        return Caller(identity=f"proxy:{user}", name=name, groups=groups, is_operator=is_operator)

    def _is_trusted(self, peer: str | None) -> bool:
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)


def _only_value(request: RequestOrigin, name: str) -> str:
    """Return the value of a header, empty if it is missing. Raises CredentialsRefused if there are several: one of them
    may be the caller's own."""
    values = request.values(name) if name else []
    if len(values) > 1:
        raise CredentialsRefused(f"the request has several headers {name}")
    try:
        # Browsers and proxies send names of people as UTF-8.
        return values[0].encode("latin-1").decode().strip() if values else ""
    except UnicodeDecodeError:
        return values[0].strip()
