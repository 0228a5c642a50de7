"""Keys for one run of `make phone`, in a file that no other gateway reads."""

from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import segno

from s2s.access.grant_claims import GrantClaims
from s2s.access.key_store import KeyStore

KEYS_FILE = "keys.json"


@dataclass(frozen=True, slots=True)
class Pairing:
    """What opens a gateway for this run."""

    link: str
    """For the phone. Its fragment, which is sent to no server, holds the key."""
    operator_key: str
    """For the script that started the gateway."""
    keys_file: Path


def pair(origin: str, folder: Path) -> Pairing:
    """Make both keys. `origin`: of the page, as https://192.168.1.7:8443. Raises StoreError."""
    store = KeyStore(folder / KEYS_FILE)
    phone, _ = store.add("a phone (make phone)", "caller", GrantClaims())
    operator, _ = store.add("make phone itself", "operator", GrantClaims())
    return Pairing(f"{origin}/app/#key={phone}", operator, store.path)


def revoke_all(folder: Path) -> int:
    """End every key of the run; return how many there were. Raises StoreError."""
    store = KeyStore(folder / KEYS_FILE)
    return len([store.revoke(key.id) for key in store.read_all()])


def qr_code(text: str) -> str:
    """Return a QR code for a terminal, two rows of it in each line."""
    out = StringIO()
    segno.make(text, error="l", micro=False).terminal(out, border=2, compact=True)
    return out.getvalue()
