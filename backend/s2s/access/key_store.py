"""Static keys: made once, kept as a hash in one file, read again whenever the file changes."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from pathlib import Path
from typing import Literal

import msgspec

from s2s.access.grant_claims import GrantClaims
from s2s.logs import LOGGER

MAX_FILE_BYTES = 4_000_000
KEY_PREFIX = "s2s_"
"""What every key begins with, so that scanners for leaked secrets find it."""
SECRET_BYTES = 32
ID_BYTES = 6
Kind = Literal["caller", "server", "operator"]


class StoreError(Exception):
    """The file of keys cannot be read or written; the message names it."""


class StoredKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """One key. Only its hash is kept: 256 random bits need no slow hash."""

    id: str
    name: str
    hash: str
    """SHA-256 of the whole key, in hexadecimal."""
    kind: Kind = "caller"
    grants: GrantClaims = GrantClaims()
    created: str = ""
    """ISO 8601, UTC."""


class _File(msgspec.Struct):
    version: Literal[1] = 1
    keys: list[StoredKey] = []


class KeyStore:
    """The keys of one file. A missing file holds none."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: tuple[int, ...] | None = None
        self._keys: dict[str, StoredKey] = {}

    def find(self, key: str) -> StoredKey | None:
        """Return the entry of a key, compared in constant time; None if it is unknown or revoked."""
        stored = self.current().get(id_of(key))
        digest = _hash(key)
        # Without an entry the comparison takes as long.
        return stored if compare_digest(stored.hash if stored else "0" * len(digest), digest) else None

    def by_id(self, key_id: str) -> StoredKey | None:
        """Return an entry that was not revoked."""
        return self.current().get(key_id)

    def current(self) -> dict[str, StoredKey]:
        """Return all keys by id, read again if the file changed. One that cannot be read leaves the last ones valid."""
        seen = _stamp(self.path)
        if seen != self._seen:
            self._seen = seen
            try:
                self._keys = {key.id: key for key in _read(self.path).keys}
            except StoreError as fault:
                LOGGER.error("%s; the keys read before stay valid", fault, extra={"code": "keys_file"})
        return self._keys

    def read_all(self) -> list[StoredKey]:
        """Return all keys, oldest first. Raises StoreError."""
        return _read(self.path).keys

    def add(self, name: str, kind: Kind, grants: GrantClaims) -> tuple[str, StoredKey]:
        """Make a key; return it, which is the only time that it can be seen, and its entry. Raises StoreError."""
        key_id = secrets.token_hex(ID_BYTES)
        key = f"{KEY_PREFIX}{key_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
        stored = StoredKey(key_id, name, _hash(key), kind, grants, datetime.now(UTC).isoformat(timespec="seconds"))
        with _exclusive(self.path):
            file = _read(self.path)
            file.keys.append(stored)
            _write(self.path, file)
        return key, stored

    def revoke(self, key_id: str) -> StoredKey | None:
        """Remove a key; return its entry, None if there is none. Raises StoreError."""
        with _exclusive(self.path):
            file = _read(self.path)
            found = next((key for key in file.keys if key.id == key_id), None)
            if found is not None:
                file.keys.remove(found)
                _write(self.path, file)
        return found


def is_key(text: str) -> bool:
    """Whether this has the form of a static key."""
    return text.startswith(KEY_PREFIX)


def id_of(key: str) -> str:
    """Return the id in a key; empty if it has another form."""
    return key.removeprefix(KEY_PREFIX).partition("_")[0] if is_key(key) else ""


def _hash(key: str) -> str:
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _stamp(path: Path) -> tuple[int, ...] | None:
    """Return what changes with the file; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _read(path: Path) -> _File:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return _File()
    except OSError as fault:
        raise StoreError(f"{path} cannot be read ({fault.strerror or type(fault).__name__})") from fault
    if len(data) > MAX_FILE_BYTES:
        raise StoreError(f"{path} is larger than {MAX_FILE_BYTES // 1_000_000} MB")
    try:
        return msgspec.json.decode(data, type=_File)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise StoreError(f"{path} is no file of keys: {fault}") from fault


def _write(path: Path, file: _File) -> None:
    """Replace the file at once, for its owner alone."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as out:
            out.write(msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n")
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    except OSError as fault:
        raise StoreError(f"{path} cannot be written ({fault.strerror or type(fault).__name__})") from fault


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    """Let one command at a time change the file."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(lock, os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        raise StoreError(f"another command changes {path}; if none runs, delete {lock}") from None
    except OSError as fault:
        raise StoreError(f"{path} cannot be written ({fault.strerror or type(fault).__name__})") from fault
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
