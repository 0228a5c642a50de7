"""Read and check a file of Google credentials before google-auth sees it."""

import json
from pathlib import Path
from typing import Any, NoReturn

from s2s.upstream.refusals.token_errors import CredentialsError

MAX_KEY_FILE_BYTES = 256 * 1024
_KINDS = frozenset(
    {
        "service_account",
        "authorized_user",
        "external_account",
        "external_account_authorized_user",
        "impersonated_service_account",
    }
)
_SEE = "See VERTEX_AI_SETUP.md."


def read_credentials_file(path: Path, setting: str) -> dict[str, Any]:
    """Return the file's JSON object, of a type that google-auth knows. Raises CredentialsError."""
    info = _json(_bytes(path, setting), path)
    if not isinstance(info, dict):
        _refuse(path, f"it holds a JSON {_called(info)}, where a key is an object")
    kind = info.get("type")
    if kind in _KINDS:
        key = info.get("private_key")
        # Passed through an environment variable, line ends become two characters each.
        return {**info, "private_key": key.replace("\\n", "\n")} if isinstance(key, str) else info
    if "installed" in info or "web" in info:
        _refuse(path, "it is an OAuth client for signing people in")
    if "private_key" in info and kind is None:
        _refuse(path, 'its "type" is missing')
    raise _not_a_key(
        path, f"its type {kind!r} is not known" if isinstance(kind, str) else 'it has no "type" of a credential'
    )


def sensible_values(info: dict[str, Any]) -> tuple[str, ...]:
    """Return the values that must never be printed, at any depth."""
    found: list[str] = []
    for name, value in info.items():
        if isinstance(value, dict):
            found += sensible_values(value)
        elif isinstance(value, str) and name in ("private_key", "refresh_token", "client_secret", "password"):
            found.append(value)
    return tuple(found)


def _bytes(path: Path, setting: str) -> bytes:
    try:
        if path.is_dir():
            _fail(f"{setting} names a folder ({path}), not the key file in it.")
        with path.open("rb") as file:
            data = file.read(MAX_KEY_FILE_BYTES + 1)
    except FileNotFoundError as fault:
        raise _error(f"{setting} names a file that does not exist: {path}.") from fault
    except (OSError, ValueError) as fault:
        # ValueError: a name with a NUL in it.
        reason = getattr(fault, "strerror", None) or type(fault).__name__
        raise _error(f"{setting}: {path} cannot be read ({reason}).") from fault
    if len(data) > MAX_KEY_FILE_BYTES:
        _refuse(path, "it is far too large for one")
    if not data.strip():
        _refuse(path, "it is empty")
    return data


def _json(data: bytes, path: Path) -> Any:
    if data.lstrip().startswith(b"-----BEGIN"):
        _refuse(path, "it is a private key or certificate alone; Google's console also makes keys of type JSON")
    if data.lstrip().startswith((b"AIza", b"AQ.")):
        _refuse(path, "it is an API key, which belongs in GEMINI_API_KEY")
    try:
        # json detects UTF-8 (also with a byte order mark), UTF-16 and UTF-32.
        return json.loads(data)
    except (ValueError, RecursionError) as fault:
        raise _not_a_key(path, "it is not JSON") from fault


def _called(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return names.get(type(value), "null")


def _not_a_key(path: Path, why: str) -> CredentialsError:
    return _error(f"{path.name} is not a service account key: {why}.")


def _error(text: str) -> CredentialsError:
    return CredentialsError(text, code="key_unreadable", hint=_SEE)


def _refuse(path: Path, why: str) -> NoReturn:
    raise _not_a_key(path, why)


def _fail(text: str) -> NoReturn:
    raise _error(text)
