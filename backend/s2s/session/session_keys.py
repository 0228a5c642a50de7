"""Keys of sessions: issued with the session, kept as hashes, demanded by everything that concerns the call later."""

import asyncio
import hashlib
import hmac
import secrets

from s2s.errors import RateLimited, SessionKeyRequired, SessionKeyWrong, SessionNotFound
from s2s.limits.rate_limit import WRONG_KEYS, PerKeyRateLimiter

KEY_BYTES = 32
MAX_KEY_CHARS = 128
"""An issued key has 43 characters; a longer text is not even hashed."""


class SessionKeys:
    """The key of every running session, and of ended ones whose recording is kept.

    A session's id is its public name: it is in paths, logs and reports. Its key is its secret, with 256 bits. Only the
    SHA-256 hash is kept: a key of that size needs neither salt nor a slow hash.
    """

    def __init__(self) -> None:
        self._hashes: dict[str, bytes] = {}
        self._wrong_keys = PerKeyRateLimiter(WRONG_KEYS)

    def issue_key(self, session_id: str) -> str:
        """Return the key of a new session. It cannot be read again."""
        key = secrets.token_urlsafe(KEY_BYTES)
        self._hashes[session_id] = hash_of_key(key)
        return key

    def is_key_of(self, session_id: str, key: str) -> bool:
        """Return whether this is the key of the session; False for a session that is not known."""
        known = self._hashes.get(session_id)
        return known is not None and len(key) <= MAX_KEY_CHARS and hmac.compare_digest(hash_of_key(key), known)

    def hash_of(self, session_id: str) -> bytes:
        """Return the hash of the session's key, by which what is saved of the session is found; empty if it is not
        known."""
        return self._hashes.get(session_id, b"")

    def check_key(self, session_id: str, key: str, address: str) -> None:
        """Compare a key in constant time.

        Raises SessionNotFound, SessionKeyRequired (empty), SessionKeyWrong, or RateLimited for an address that had too
        many of both. The right key is never held back: guesses must not lock the owner out of the call.
        """
        if session_id not in self._hashes:
            raise SessionNotFound("no session has this id")
        if key and self.is_key_of(session_id, key):
            return
        if wait_s := self._wrong_keys.retry_after_s(address, asyncio.get_running_loop().time()):
            raise RateLimited("too many requests without the right session_key", wait_s)
        if key:
            raise SessionKeyWrong("the session_key is not that of this session")
        raise SessionKeyRequired("the request carries no session_key")

    def forget_key(self, session_id: str) -> None:
        """Forget the key of a session of which nothing is kept. Idempotent."""
        self._hashes.pop(session_id, None)


def hash_of_key(key: str) -> bytes:
    """Return the SHA-256 hash of a session key."""
    return hashlib.sha256(key.encode(errors="replace")).digest()
