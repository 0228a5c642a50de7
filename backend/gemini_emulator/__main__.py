"""`python -m gemini_emulator`: Gemini Live on your own machine."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

from gemini_emulator.engine import Engine, LanguageModel
from gemini_emulator.engine.tone import Tone, ToneEngine, ToneMind
from gemini_emulator.host import EngineHost
from gemini_emulator.mind import Chat, Companion, Parrot
from gemini_emulator.mind.memory import Mind
from gemini_emulator.server import Server
from gemini_emulator.settings import Settings
from gemini_emulator.speaking import Pace
from gemini_emulator.tls import certificate, home

DEFAULT_PORT = 8090
DEFAULT_TLS_PORT = 8443


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m gemini_emulator",
        description="A Gemini Live server that needs no key: it hears, speaks and calls your functions, offline.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    add("--port", type=int, default=DEFAULT_PORT, help="port for ws:// (0: any free one; default %(default)s)")
    add("--tls", action="store_true", help="also listen for wss://, as the official SDK needs")
    add("--tls-port", type=int, default=DEFAULT_TLS_PORT, help="port for wss:// (default %(default)s)")
    add("--engine", choices=["speech", "tone"], default="speech", help="tone: no models, answers are a tone")
    add("--parrot", action="store_true", help="repeat what is heard instead of answering")
    add("--speed", type=float, default=3.5, help="how much faster than real time voice is sent (default %(default)s)")
    add("--lifetime", type=float, metavar="S", help="end each connection after S seconds, with goAway before")
    add("--go-away", type=float, metavar="S", help="say goAway after S seconds")
    add("--strict-models", action="store_true", help="refuse a model that the dialled service does not offer")
    add("--require-key", metavar="KEY", help="accept this API key only")
    add("--require-bearer", metavar="TOKEN", help="accept this OAuth token only (Vertex AI path)")
    add("--text-frames", action="store_true", help="send JSON in text frames (the service sends binary ones)")
    add("--announce", action="store_true", help="for programs: print one JSON object a line on stdout")
    add("--exit-on-stdin-eof", action="store_true", help="for programs: end when standard input closes")
    add("--verbose", action="store_true", help="log every connection to standard error")
    return parser


def settings_from(options: argparse.Namespace) -> Settings:
    return Settings(
        pace=Pace(speed=options.speed),
        lifetime_s=options.lifetime,
        go_away_s=options.go_away,
        strict_models=options.strict_models,
        text_frames=options.text_frames,
        require_key=options.require_key,
        require_bearer=options.require_bearer,
    )


def language_model() -> LanguageModel | None:
    """The endpoint that the environment names. Half a name is told, and the emulator answers by itself."""
    if not any(os.environ.get(name, "").strip() for name in ("GEMINI_EMULATOR_LLM_URL", "GEMINI_EMULATOR_LLM_MODEL")):
        return None
    from gemini_emulator.engine.llm import ChatCompletions, Endpoint, Misconfigured

    try:
        endpoint = Endpoint.from_env(os.environ)
    except Misconfigured as error:
        print(f"{error} The emulator answers by itself.", file=sys.stderr)
        return None
    return ChatCompletions(endpoint) if endpoint else None


def engine_and_mind(options: argparse.Namespace) -> tuple[Engine, Mind]:
    if options.engine == "tone":
        return ToneEngine(Tone()), ToneMind(Tone())
    from gemini_emulator.engine.speech import SpeechEngine

    return SpeechEngine(), Parrot() if options.parrot else Companion()


async def run(options: argparse.Namespace) -> int:
    """Until a signal or, if asked, the end of standard input. Returns the exit code."""
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.exit_on_stdin_eof:
        _stop_on_stdin_eof(stop)
    news = _announce if options.announce else _tell
    engine, mind = engine_and_mind(options)
    model = None if options.parrot else language_model()
    host = EngineHost(engine, news, model)
    mind = Chat(mind) if model else mind
    server = Server(host, mind, settings_from(options))
    try:
        port = await server.listen(options.host, options.port)
        news({"event": "listening", "host": options.host, "port": port})
        if options.tls:
            await _listen_tls(server, options, news)
    except OSError as error:
        print(f"Cannot listen on {options.host}: {error.strerror or error}. Try another --port.", file=sys.stderr)
        await server.close()
        return 1
    host.start()
    await stop.wait()
    await server.close()
    return 0


async def _listen_tls(server: Server, options: argparse.Namespace, news: Callable[[dict[str, Any]], None]) -> None:
    pair = certificate(home())
    port = await server.listen(options.host, options.tls_port, pair.context())
    news({"event": "listening_tls", "host": options.host, "port": port, "certificate": str(pair.certificate)})


def _announce(line: dict[str, Any]) -> None:
    print(json.dumps(line), flush=True)


def _tell(line: dict[str, Any]) -> None:
    """The same news for a person."""
    match line:
        case {"event": "listening", "host": host, "port": port}:
            print(f"Gemini Live emulator: ws://{host}:{port}", flush=True)
        case {"event": "listening_tls", "host": host, "port": port, "certificate": path}:
            print(f"For the official SDK:\n  export GOOGLE_GEMINI_BASE_URL=https://{host}:{port}")
            print(f"  export GOOGLE_VERTEX_BASE_URL=https://{host}:{port}\n  export SSL_CERT_FILE={path}")
            print("  export NO_PROXY=127.0.0.1,localhost", flush=True)
        case {"state": "loading", "step": step, "done": done, "of": of}:
            print(f"  loading {done + 1}/{of}: {step}", flush=True)
        case {"state": "ready", "took_ms": took_ms}:
            print(f"Ready to talk ({took_ms} ms). Ctrl-C ends it.", flush=True)
        case {"state": "missing", "message": message}:
            print(message, file=sys.stderr, flush=True)


def _stop_on_signals(stop: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()
    for name in ("SIGINT", "SIGTERM"):
        try:
            loop.add_signal_handler(getattr(signal, name), stop.set)
        except NotImplementedError:
            # Windows has no loop signal handlers.
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))


def _stop_on_stdin_eof(stop: asyncio.Event) -> None:
    """A thread, because a pipe from the parent may be of any kind on any system."""
    loop = asyncio.get_running_loop()

    def wait_for_end() -> None:
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait_for_end, name="stdin", daemon=True).start()


def main() -> int:
    options = arguments().parse_args()
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    code = asyncio.run(run(options))
    sys.stdout.flush()
    sys.stderr.flush()
    # A recogniser in the middle of a sentence must not hold the exit.
    os._exit(code)


if __name__ == "__main__":
    main()
