"""Recognize what comes as `Authorization: Bearer`: static keys, join tokens, and tokens of an identity provider."""

from collections.abc import Collection

from s2s.access.caller import Caller
from s2s.access.join_tokens import JoinTokens, is_join_token
from s2s.access.jwt_verifier import JwtVerifier, caller_from, looks_like_jwt
from s2s.access.key_store import KeyStore, Kind, StoredKey, is_key
from s2s.errors import CredentialsRefused


class BearerCredentials:
    """Every kind of token that a gateway accepts in one mode of S2S_AUTH."""

    def __init__(
        self,
        store: KeyStore,
        join_tokens: JoinTokens,
        verifier: JwtVerifier | None,
        *,
        key_kinds: Collection[Kind],
        operator_groups: Collection[str],
    ) -> None:
        """`verifier`: for tokens of an identity provider, None if there is none. `key_kinds`: of static keys."""
        self._store = store
        self._join_tokens = join_tokens
        self._verifier = verifier
        self._key_kinds = key_kinds
        self._operator_groups = tuple(operator_groups)

    async def caller_of(self, token: str) -> Caller:
        """Return whom a token belongs to. Raises CredentialsRefused, LoginUnavailable, TokensUnavailable."""
        if is_key(token):
            return self._caller_of_key(token)
        if not looks_like_jwt(token):
            raise CredentialsRefused("the token is of no known kind")
        if is_join_token(token):
            return self._join_tokens.redeem(token)
        if self._verifier is None:
            raise CredentialsRefused("tokens of an identity provider are not accepted here")
        return caller_from(await self._verifier.claims_of(token), "jwt", self._operator_groups)

    def _caller_of_key(self, token: str) -> Caller:
        key = self._store.find(token)
        if key is None or key.kind not in self._key_kinds:
            raise CredentialsRefused("the key is unknown or was revoked")
        return caller_of_key(key, self._operator_groups)


def caller_of_key(key: StoredKey, operator_groups: Collection[str]) -> Caller:
    """Return the caller of a static key."""
    groups = tuple(dict.fromkeys(key.grants.groups))
    return Caller(
        identity=f"key:{key.id}",
        name=key.name,
        groups=groups,
        grants=key.grants.to_grants(),
        is_operator=key.kind == "operator" or bool(set(groups) & set(operator_groups)),
        is_server=key.kind == "server",
    )
