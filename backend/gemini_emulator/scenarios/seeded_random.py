"""Chance that can be repeated: the same key gives the same numbers and ids, on every machine."""

from __future__ import annotations

import hashlib
import uuid


class SeededRandom:
    """A separate, repeatable stream of random numbers for each key."""

    def __init__(self, *key: object) -> None:
        self._key = repr(key).encode()
        self._thrown = 0

    def number(self) -> float:
        """At least 0, less than 1."""
        return int.from_bytes(self._throw()[:6], "big") / 2**48

    def id(self) -> str:
        """Looks like the service's session ids and handles."""
        return str(uuid.UUID(bytes=self._throw()[:16], version=4))

    def _throw(self) -> bytes:
        self._thrown += 1
        return hashlib.blake2b(self._key + self._thrown.to_bytes(8, "big"), digest_size=16).digest()
