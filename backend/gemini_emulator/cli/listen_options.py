"""The options that say where a command listens, and what it tells about that."""

from __future__ import annotations

import argparse
import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from gemini_emulator.cli.certificate import DEFAULT_TLS_PORT, exports
from gemini_emulator.cli.console import News, complain, say
from gemini_emulator.server.tls import certificate, home

DEFAULT_PORT = 8090
Listen = Callable[[str, int, ssl.SSLContext | None], Awaitable[int]]


def add_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("where it listens").add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=DEFAULT_PORT, help="port for ws:// (0: any free one; default %(default)s)")
    about = "also listen for wss://, as the official SDK needs (default, but not with --announce)"
    add("--tls", action=argparse.BooleanOptionalAction, help=about)
    add("--tls-port", type=int, default=DEFAULT_TLS_PORT, help="port for wss:// (default %(default)s)")


async def listen(options: argparse.Namespace, listen_on: Listen, news: News) -> None:
    """On the plain port and on the one for wss://. Raises OSError, but not for a wss:// that was not requested."""
    port = await listen_on(options.host, options.port, None)
    news({"event": "listening", "host": options.host, "port": port})
    if options.tls or (options.tls is None and not options.announce):
        pair = certificate(home())
        try:
            port = await listen_on(options.host, options.tls_port, pair.context())
        except OSError as error:
            if options.tls:
                raise
            why = error.strerror or error
            complain(
                f"No wss://, which the official SDK needs: port {options.tls_port}: {why}. Try another --tls-port."
            )
            return
        news({"event": "listening_tls", "host": options.host, "port": port, "certificate": str(pair.certificate)})


def tell(what: str) -> News:
    """The news of `listen` for a person; `what` is the name of the thing that listens."""

    def to_person(line: dict[str, Any]) -> None:
        match line:
            case {"event": "listening", "host": host, "port": port}:
                say(f"{what}: ws://{host}:{port}")
            case {"event": "listening_tls", "host": host, "port": port, "certificate": path}:
                say(exports(host, port, path))

    return to_person


def cannot_listen(options: argparse.Namespace, error: OSError) -> None:
    ports = "--port or --tls-port" if options.tls else "--port"
    complain(f"Cannot listen on {options.host}: {error.strerror or error}. Try another {ports}.")
