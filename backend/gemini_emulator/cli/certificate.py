"""`certificate`: the self-signed certificate for wss://, and what an SDK needs to be told."""

from __future__ import annotations

import argparse

from gemini_emulator.cli.console import PROGRAM, Commands, complain, say
from gemini_emulator.server.tls import certificate, home

DEFAULT_TLS_PORT = 8443


def add(commands: Commands) -> None:
    about = "make or show the certificate for wss:// and what to export"
    commands.add_parser("certificate", help=about, description=f"{about.capitalize()}.").set_defaults(run=show)


def show(options: argparse.Namespace) -> int:
    try:
        pair = certificate(home())
    except OSError as error:
        complain(f"Cannot keep a certificate in {home()}: {error.strerror}. Set GEMINI_EMULATOR_HOME.")
        return 1
    say(f"{exports('127.0.0.1', DEFAULT_TLS_PORT, str(pair.certificate))}\nThen: {PROGRAM} start --tls")
    return 0


def exports(host: str, port: int, path: str) -> str:
    """What to type so that the official SDK comes here."""
    return (
        f"For the official SDK:\n  export GOOGLE_GEMINI_BASE_URL=https://{host}:{port}\n"
        f"  export GOOGLE_VERTEX_BASE_URL=https://{host}:{port}\n  export SSL_CERT_FILE={path}\n"
        "  export NO_PROXY=127.0.0.1,localhost"
    )
