"""A random secret in a file that several processes share: the first one makes it."""

import os
import secrets
from pathlib import Path

SECRET_BYTES = 48


def read_secret(path: Path) -> str:
    """Return the secret in a file; empty if there is none. Raises OSError."""
    try:
        return path.read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return ""


def read_or_make_secret(path: Path) -> str:
    """Return the secret in a file, made for its owner alone if there is none. Raises OSError."""
    if secret := read_secret(path):
        return secret
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(SECRET_BYTES))
    try:
        # Unlike a rename, a link never replaces what another process has made in between.
        os.link(fresh, path)
    except FileExistsError:
        return read_secret(path)
    finally:
        fresh.unlink()
    return read_secret(path)
