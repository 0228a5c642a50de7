"""`python -m s2s.phone prepare|end`: asked by scripts/phone.py before the gateway starts and after it has ended."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from s2s.access.key_store import StoreError
from s2s.phone.certificate import certificate_for
from s2s.phone.lan_address import NoAddress, lan_address
from s2s.phone.pairing import pair, qr_code, revoke_all


def main(words: Sequence[str] | None = None) -> int:
    """Run the command; one sentence on standard error if it fails. Return the exit code."""
    wanted = _parser().parse_args(words)
    try:
        if wanted.command == "end":
            revoke_all(wanted.keys)
        else:
            print(json.dumps(prepare(wanted.host, wanted.port, wanted.kept, wanted.keys)))
    except (NoAddress, StoreError, OSError) as fault:
        print(str(fault), file=sys.stderr)
        return 1
    return 0


def prepare(host: str, port: int, kept: Path, keys: Path) -> dict[str, object]:
    """Return where to listen and with what. `host`: S2S_HOST; `kept`: the certificate's folder; `keys`: the run's."""
    address = lan_address(host)
    origin = f"https://{f'[{address}]' if ':' in address else address}:{port}"
    certificate = certificate_for(address, kept)
    pairing = pair(origin, keys)
    return {
        "host": address,
        "origin": origin,
        "certificate": str(certificate.certificate),
        "private_key": str(certificate.key),
        "fingerprint": certificate.fingerprint,
        "link": pairing.link,
        "qr": qr_code(pairing.link),
        "operator_key": pairing.operator_key,
        "settings": {
            "S2S_AUTH": "key",
            "S2S_AUTH_KEYS_FILE": str(pairing.keys_file),
            # Also a program of this computer needs the key: nothing is gained by looking like one.
            "S2S_TRUST_LOCAL": "off",
        },
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m s2s.phone", description="For make phone.")
    commands = parser.add_subparsers(dest="command", required=True)
    begin = commands.add_parser("prepare", help="make keys and a certificate, and print what to start, as JSON")
    begin.add_argument("--host", default="", help="an address of this computer; else the one of its network")
    begin.add_argument("--port", type=int, required=True)
    begin.add_argument("--kept", type=Path, required=True, help="folder of the certificate")
    for command in (begin, commands.add_parser("end", help="revoke the keys of a run")):
        command.add_argument("--keys", type=Path, required=True, help="folder of the run's keys")
    return parser


if __name__ == "__main__":
    sys.exit(main())
