"""`python -m s2s.access.keys add|list|revoke`: make, list and revoke the keys of S2S_AUTH=key.

A running gateway notices at once. To change a key without an interruption: add a new one, use it, revoke the old one.
"""

import argparse
import sys
from collections.abc import Sequence

from s2s.access.grant_claims import ClaimError, GrantClaims, read_grants
from s2s.access.key_store import KeyStore, Kind, StoredKey, StoreError
from s2s.settings import SettingsError
from s2s.startup import load_settings, start_error_text


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; one sentence on standard error if it fails. Return the exit code."""
    wanted = _parser().parse_args(words)
    try:
        store = KeyStore(load_settings().keys_file)
    except SettingsError as fault:
        sys.stderr.write(f"{start_error_text(fault)}\n")
        return 1
    try:
        if wanted.command == "add":
            return _add(store, wanted)
        return _revoke(store, wanted.id) if wanted.command == "revoke" else _list(store)
    except (StoreError, ClaimError) as fault:
        sys.stderr.write(f"{fault}.\n")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m s2s.access.keys", description="Keys of S2S_AUTH=key.")
    commands = parser.add_subparsers(dest="command", required=True)
    add = commands.add_parser("add", help="make a key and print it, once")
    add.add_argument("name", help="who or what it is for")
    kind = add.add_mutually_exclusive_group()
    kind.add_argument("--server", action="store_true", help="for a site's own server: it may issue join tokens")
    kind.add_argument("--operator", action="store_true", help="for whoever runs the gateway")
    add.add_argument("--group", action="append", default=[], help="for limits of groups; may be repeated")
    add.add_argument("--voices", help="names, separated by commas; else all")
    add.add_argument("--tools", help="names of functions, separated by commas; else all")
    add.add_argument("--minutes", type=float, help="longest call")
    add.add_argument("--tokens", type=int, help="tokens a day")
    add.add_argument("--usd", type=float, help="US dollars a day")
    add.add_argument("--no-instruction", action="store_true", help="no system instruction of their own")
    add.add_argument("--priority", type=int, default=0, help="0 to 100: goes before others when all lines are busy")
    commands.add_parser("list", help="show all keys without their secrets")
    revoke = commands.add_parser("revoke", help="no call can begin with this key any more; running ones go on")
    revoke.add_argument("id", help="as `list` shows it")
    return parser


def _add(store: KeyStore, wanted: argparse.Namespace) -> int:
    kind: Kind = "server" if wanted.server else "operator" if wanted.operator else "caller"
    given = {
        "voices": _names(wanted.voices),
        "tools": _names(wanted.tools),
        "minutes": wanted.minutes,
        "tokens": wanted.tokens,
        "usd": wanted.usd,
        "instruction": not wanted.no_instruction,
        "priority": wanted.priority,
        "groups": wanted.group,
    }
    key, stored = store.add(wanted.name, kind, read_grants(given))
    sys.stderr.write(f"{stored.kind} key {stored.id} for {stored.name}, kept as a hash in {store.path}; shown once:\n")
    sys.stdout.write(f"{key}\n")
    return 0


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",") if name.strip()]


def _list(store: KeyStore) -> int:
    keys = store.read_all()
    if not keys:
        sys.stderr.write(f"no keys in {store.path}\n")
    for key in keys:
        sys.stdout.write(f"{key.id}  {key.kind:8}  {key.created[:10]}  {key.name}{_described(key)}\n")
    return 0


def _described(key: StoredKey) -> str:
    """Return the grants that are not the default."""
    defaults = GrantClaims()
    given = {name: getattr(key.grants, name) for name in GrantClaims.__struct_fields__}
    words = [f"{name}={value}" for name, value in given.items() if value != getattr(defaults, name)]
    return f"  ({', '.join(words)})" if words else ""


def _revoke(store: KeyStore, key_id: str) -> int:
    revoked = store.revoke(key_id)
    if revoked is None:
        sys.stderr.write(f"there is no key {key_id} in {store.path}\n")
        return 1
    sys.stderr.write(f"revoked {revoked.id} ({revoked.name})\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
