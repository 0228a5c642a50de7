"""Public keys of an identity provider (JWKS, RFC 7517): fetched when needed, kept, and fetched again for a new key."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
import jwt
import msgspec

from s2s.logs import LOGGER

MAX_BYTES = 256 * 1024
MAX_KEYS = 100
FETCH_TIMEOUT_S = 5.0
FRESH_S = 600.0
"""How long keys are used without a look at whether they were withdrawn."""
STALE_S = 24 * 3600.0
"""How long they are used while the provider does not answer."""
MIN_INTERVAL_S = 10.0
"""Between two fetches, so that tokens with made-up key ids make no load."""


_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_RSA = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"})
"""What an RSA key that names no algorithm may be used for."""


class KeySetError(Exception):
    """The keys could not be fetched; the message says why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """One public key of a key set."""

    id: str | None
    algorithms: frozenset[str]
    key: Any = field(repr=False)
    """As PyJWT takes it."""


class _KeyList(msgspec.Struct):
    keys: list[dict[str, object]]


class KeySet:
    """The keys at one address, by their ids."""

    def __init__(
        self,
        url: str,
        open_transport: Callable[[], httpx.AsyncBaseTransport],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`open_transport` is called for each fetch; `clock` counts seconds."""
        self._url = url
        self._open_transport = open_transport
        self._clock = clock
        self._keys: list[SigningKey] = []
        self._fetched_at = float("-inf")
        self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()
        self._fault = ""
        """Why the newest attempt failed."""

    async def key_for(self, key_id: str | None, algorithm: str) -> Any:
        """Return the key that a token names, for this algorithm; None if there is none.

        A token without key id fits if there is one key for its algorithm. Raises KeySetError.
        """
        if self._age_s > FRESH_S:
            await self.refresh()
        found = self._find(key_id, algorithm)
        if found is None and self._clock() - self._tried_at > MIN_INTERVAL_S:
            # The provider may have a new key.
            await self.refresh()
            found = self._find(key_id, algorithm)
        return found

    @property
    def _age_s(self) -> float:
        return self._clock() - self._fetched_at

    def _find(self, key_id: str | None, algorithm: str) -> Any:
        fitting = [key for key in self._keys if algorithm in key.algorithms]
        if key_id is not None:
            return next((key.key for key in fitting if key.id == key_id), None)
        return fitting[0].key if len(fitting) == 1 else None

    async def refresh(self) -> None:
        """Fetch the keys, once for all who wait. Keep the old ones for a day if that fails. Raises KeySetError."""
        asked_at = self._clock()
        async with self._fetching:
            if self._tried_at < asked_at and self._clock() - self._tried_at > MIN_INTERVAL_S:
                await self._try_fetch()
        if not self._keys or self._age_s > STALE_S:
            raise KeySetError(self._fault)

    async def _try_fetch(self) -> None:
        self._tried_at = self._clock()
        try:
            self._keys = await self._fetch()
            self._fetched_at = self._clock()
        except KeySetError as fault:
            self._fault = str(fault)
            LOGGER.warning("%s", fault, extra={"code": "jwks_unreachable"})

    async def _fetch(self) -> list[SigningKey]:
        try:
            async with (
                asyncio.timeout(FETCH_TIMEOUT_S),
                httpx.AsyncClient(transport=self._open_transport(), follow_redirects=False, trust_env=False) as http,
                http.stream("GET", self._url, headers={"Accept": "application/json"}) as answer,
            ):
                if answer.status_code != 200:
                    raise KeySetError(f"S2S_JWT_JWKS_URL answers HTTP {answer.status_code}")
                data = bytearray()
                async for part in answer.aiter_bytes():
                    data += part
                    if len(data) > MAX_BYTES:
                        raise KeySetError(f"S2S_JWT_JWKS_URL answers more than {MAX_BYTES // 1024} kB")
        except TimeoutError as fault:
            raise KeySetError(f"S2S_JWT_JWKS_URL does not answer within {FETCH_TIMEOUT_S:g} s") from fault
        except httpx.HTTPError as fault:
            raise KeySetError(f"S2S_JWT_JWKS_URL cannot be reached ({type(fault).__name__})") from fault
        return read_keys(bytes(data))


def read_keys(data: bytes) -> list[SigningKey]:
    """Read the public signing keys of a key set; leave out those that are secret, for encryption or of an unknown kind.

    Raises KeySetError.
    """
    try:
        listed = msgspec.json.decode(data, type=_KeyList).keys
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise KeySetError(f"S2S_JWT_JWKS_URL holds no key set: {fault}") from fault
    if len(listed) > MAX_KEYS:
        raise KeySetError(f"S2S_JWT_JWKS_URL holds more than {MAX_KEYS} keys")
    keys = [key for entry in listed if (key := _read_key(entry)) is not None]
    if not keys:
        raise KeySetError("S2S_JWT_JWKS_URL holds no key that signs")
    return keys


def _read_key(entry: dict[str, object]) -> SigningKey | None:
    # A symmetric key in public would make everybody an issuer.
    if entry.get("kty") == "oct" or entry.get("use", "sig") != "sig":
        return None
    key_id, named = entry.get("kid"), entry.get("alg")
    public = {name: value for name, value in entry.items() if name not in _PRIVATE}
    try:
        read = jwt.PyJWK(public)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError) as fault:
        LOGGER.debug("a key of S2S_JWT_JWKS_URL is left out (%s)", type(fault).__name__)
        return None
    algorithms = _RSA if entry["kty"] == "RSA" and named is None else frozenset({read.algorithm_name})
    return SigningKey(key_id if isinstance(key_id, str) else None, algorithms, read.key)
