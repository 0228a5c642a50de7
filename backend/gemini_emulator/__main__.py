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
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

from gemini_emulator.actions import NAMES
from gemini_emulator.admin import Admin
from gemini_emulator.closes import CLOSES
from gemini_emulator.director import Play
from gemini_emulator.engine import Engine, LanguageModel
from gemini_emulator.engine.tone import Tone, ToneEngine, ToneMind
from gemini_emulator.host import EngineHost
from gemini_emulator.mind import Chat, Companion, Parrot
from gemini_emulator.mind.memory import Mind
from gemini_emulator.reading import Unreadable, built_in, load_scenario, read_scenario
from gemini_emulator.scenario import Scenario
from gemini_emulator.server import Server
from gemini_emulator.settings import Settings
from gemini_emulator.speaking import Pace
from gemini_emulator.tls import certificate, home
from gemini_emulator.witness import Witness

DEFAULT_PORT = 8090
DEFAULT_TLS_PORT = 8443
PROGRAM = "gemini-live-emulator"
LARGEST_TIME_SCALE = 100_000
MOST_REMEMBERED = 500
"""Connections, and messages of each, that the admin port can show."""


def arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="A Gemini Live server that needs no key: it hears, speaks and calls your functions, offline.",
        epilog=f"Without a command: start. Its options: {PROGRAM} start --help",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_start(commands.add_parser("start", help="listen and talk; this is what happens without a command"))
    commands.add_parser("certificate", help="make or show the certificate for wss:// and what to export")
    scenarios = commands.add_parser("scenarios", help="faults on demand").add_subparsers(
        dest="scenarios_command", required=True, metavar="COMMAND"
    )
    scenarios.add_parser("list", help="the scenarios that come along, and every action")
    show = scenarios.add_parser("show", help="print one that comes along, to begin your own from")
    show.add_argument("name")
    check = scenarios.add_parser("check", help="read scenario files and tell what is wrong with them")
    check.add_argument("file", nargs="+", help="a file, or the name of one that comes along")
    return parser


def _add_start(parser: argparse.ArgumentParser) -> None:
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
    add("--scenario", metavar="FILE", help="play this scenario: a file, or a name of `scenarios list`")
    add("--seed", type=int, metavar="N", help="the same seed gives the same ids and the same chance")
    add(
        "--time-scale", type=_scale, default=1.0, metavar="X", help="limits and scenarios run X times faster, voice not"
    )
    add(
        "--admin-port",
        type=int,
        metavar="PORT",
        help="on this machine: see connections, order faults (0: any free one)",
    )
    add("--strict-models", action="store_true", help="refuse a model that the dialled service does not offer")
    add("--require-key", metavar="KEY", help="accept this API key only")
    add("--require-bearer", metavar="TOKEN", help="accept this OAuth token only (Vertex AI path)")
    add("--text-frames", action="store_true", help="send JSON in text frames (the service sends binary ones)")
    add("--announce", action="store_true", help="for programs: print one JSON object a line on stdout")
    add("--exit-on-stdin-eof", action="store_true", help="for programs: end when standard input closes")
    add("--verbose", action="store_true", help="log every connection to standard error")


def _scale(text: str) -> float:
    value = float(text)
    if not 0 < value <= LARGEST_TIME_SCALE:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most {LARGEST_TIME_SCALE:,.0f}")
    return value


def settings_from(options: argparse.Namespace) -> Settings:
    return Settings(
        pace=Pace(speed=options.speed),
        lifetime_s=options.lifetime,
        go_away_s=options.go_away,
        strict_models=options.strict_models,
        text_frames=options.text_frames,
        require_key=options.require_key,
        require_bearer=options.require_bearer,
        time_scale=options.time_scale,
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
    try:
        play = Play(load_scenario(options.scenario) if options.scenario else Scenario(), options.seed)
    except Unreadable as error:
        print(error, file=sys.stderr)
        return 1
    stop = asyncio.Event()
    _stop_on_signals(stop)
    if options.exit_on_stdin_eof:
        _stop_on_stdin_eof(stop)
    news = _announce if options.announce else _tell
    engine, mind = engine_and_mind(options)
    model = None if options.parrot else language_model()
    host = EngineHost(engine, news, model)
    mind = Chat(mind) if model else mind
    server = Server(host, mind, settings_from(options), play)
    admin: Admin | None = None
    try:
        port = await server.listen(options.host, options.port)
        news({"event": "listening", "host": options.host, "port": port})
        if options.tls:
            await _listen_tls(server, options, news)
        if options.admin_port is not None:
            admin = Admin(server, Witness(server, most=MOST_REMEMBERED))
            news({"event": "listening_admin", "host": "127.0.0.1", "port": await admin.listen(options.admin_port)})
    except OSError as error:
        print(f"Cannot listen on {options.host}: {error.strerror or error}. Try another --port.", file=sys.stderr)
        await server.close()
        return 1
    host.start()
    await stop.wait()
    if admin:
        await admin.close()
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
            print(_exports(host, port, path), flush=True)
        case {"event": "listening_admin", "host": host, "port": port}:
            print(f"Admin port: http://{host}:{port}", flush=True)
        case {"state": "loading", "step": step, "done": done, "of": of}:
            print(f"  loading {done + 1}/{of}: {step}", flush=True)
        case {"state": "ready", "took_ms": took_ms}:
            print(f"Ready to talk ({took_ms} ms). Ctrl-C ends it.", flush=True)
        case {"state": "missing", "message": message}:
            print(message, file=sys.stderr, flush=True)


def _exports(host: str, port: int, path: str) -> str:
    return (
        f"For the official SDK:\n  export GOOGLE_GEMINI_BASE_URL=https://{host}:{port}\n"
        f"  export GOOGLE_VERTEX_BASE_URL=https://{host}:{port}\n  export SSL_CERT_FILE={path}\n"
        "  export NO_PROXY=127.0.0.1,localhost"
    )


def show_certificate() -> int:
    try:
        pair = certificate(home())
    except OSError as error:
        print(f"Cannot keep a certificate in {home()}: {error.strerror}. Set GEMINI_EMULATOR_HOME.", file=sys.stderr)
        return 1
    print(f"{_exports('127.0.0.1', DEFAULT_TLS_PORT, str(pair.certificate))}\nThen: {PROGRAM} start --tls")
    return 0


def list_scenarios() -> int:
    print("Scenarios, for --scenario NAME:")
    for name, text in built_in().items():
        print(f"  {name:<22} {read_scenario(text, name).about}")
    print("\nActions, for `do:` in a scenario and for the admin port:")
    for name, kind in NAMES.items():
        options = ", ".join(field.name for field in fields(kind))
        print(f"  {name:<22} {' '.join((kind.__doc__ or '').split())}{f' ({options})' if options else ''}")
    print(f"\nCloses, for `close: NAME`:\n  {', '.join(CLOSES)}")
    return 0


def show_scenario(name: str) -> int:
    text = built_in().get(name)
    if text is None:
        print(f"There is no scenario called {name}. Known: {', '.join(built_in())}.", file=sys.stderr)
        return 1
    print(text, end="")
    return 0


def check_scenarios(names: Sequence[str]) -> int:
    wrong = 0
    for name in names:
        try:
            steps = len(load_scenario(name).steps)
        except Unreadable as error:
            print(error, file=sys.stderr)
            wrong = 1
        else:
            print(f"{name}: good, {steps} step{'s' * (steps != 1)}.")
    return wrong


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


def main(argv: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if argv is None else argv)
    if not given or (given[0].startswith("-") and given[0] not in ("-h", "--help")):
        given = ["start", *given]
    options = arguments().parse_args(given)
    match options.command, getattr(options, "scenarios_command", ""):
        case "certificate", _:
            return show_certificate()
        case "scenarios", "list":
            return list_scenarios()
        case "scenarios", "show":
            return show_scenario(options.name)
        case "scenarios", "check":
            return check_scenarios(options.file)
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    code = asyncio.run(run(options))
    sys.stdout.flush()
    sys.stderr.flush()
    # A recogniser in the middle of a sentence must not hold the exit.
    os._exit(code)


if __name__ == "__main__":
    sys.exit(main())
