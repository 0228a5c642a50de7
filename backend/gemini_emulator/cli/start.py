"""`start`: listen and talk."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from gemini_emulator.cli import engine_options, listen_options
from gemini_emulator.cli.console import Commands, add_for_programs, announce, complain, say, stop_signs, until_the_end
from gemini_emulator.protocol.deviations import DEVIATIONS
from gemini_emulator.responder.llm_prompt import Chat
from gemini_emulator.scenarios.parser import Unreadable, load_scenario
from gemini_emulator.scenarios.runner import ScenarioState
from gemini_emulator.scenarios.scenario import Scenario
from gemini_emulator.server.admin import Admin
from gemini_emulator.server.engine_loader import EngineHost
from gemini_emulator.server.server import Server
from gemini_emulator.server.traffic_log import TrafficLog
from gemini_emulator.settings import Pace, Settings, limits_of_the_service

LARGEST_TIME_SCALE = 100_000
MAX_REMEMBERED = 500
"""Connections, and messages of each, that the admin port can show."""


def add(commands: Commands) -> None:
    about = "listen and talk; this is what happens without a command"
    parser = commands.add_parser("start", help=about, description=f"{about.capitalize()}.")
    listen_options.add_options(parser)
    engine_options.add_options(parser)
    _add_behaviour(parser.add_argument_group("how it behaves").add_argument)
    _add_faults(parser.add_argument_group("faults on demand").add_argument)
    add_for_programs(parser)
    parser.set_defaults(run=start)


def _add_behaviour(add: Any) -> None:
    add("--speed", type=float, default=3.5, help="how much faster than real time voice is sent (default %(default)s)")
    add("--lifetime", type=float, metavar="S", help="end each connection after S seconds, with goAway before")
    add("--limits", action="store_true", help="the service's: ten minutes, a session fifteen, with video two")
    add("--go-away", type=float, metavar="S", help="say goAway after S seconds")
    add("--today", type=_day, metavar="DAY", help="the service's day, as 2026-12-14; without it no model retires")
    add("--new-project", action="store_true", help="with --today: a model is lost a month before it retires")
    add("--strict-models", action="store_true", help="refuse a model that the dialled service does not offer")
    add("--require-key", metavar="KEY", help="accept this API key only")
    add("--require-bearer", metavar="TOKEN", help="accept this OAuth token only (Vertex AI path)")
    add("--text-frames", action="store_true", help="send JSON in text frames (the service sends binary ones)")


def _add_faults(add: Any) -> None:
    add("--scenario", metavar="FILE", help="play this scenario: a file, or a name of `scenarios list`")
    add(
        "--deviate",
        action="append",
        default=[],
        metavar="HOW",
        choices=sorted(DEVIATIONS),
        help=f"not be as documented, may be given again: {', '.join(sorted(DEVIATIONS))}",
    )
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


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-12-14") from None


def _scale(text: str) -> float:
    value = float(text)
    if not 0 < value <= LARGEST_TIME_SCALE:
        raise argparse.ArgumentTypeError(f"must be more than 0 and at most {LARGEST_TIME_SCALE:,.0f}")
    return value


def settings_from(options: argparse.Namespace) -> Settings:
    limits = limits_of_the_service() if options.limits else {}
    return Settings(
        **{**limits, **({"lifetime_s": options.lifetime} if options.lifetime is not None else {})},
        pace=Pace(speed=options.speed),
        go_away_s=options.go_away,
        today=options.today,
        new_project=options.new_project,
        deviations=tuple(options.deviate),
        strict_models=options.strict_models,
        text_frames=options.text_frames,
        require_key=options.require_key,
        require_bearer=options.require_bearer,
        time_scale=options.time_scale,
    )


def start(options: argparse.Namespace) -> int:
    return until_the_end(run(options), verbose=options.verbose)


async def run(options: argparse.Namespace) -> int:
    """Until a signal or, if asked, the end of standard input. Returns the exit code."""
    try:
        play = ScenarioState(load_scenario(options.scenario) if options.scenario else Scenario(), options.seed)
    except Unreadable as error:
        complain(str(error))
        return 1
    stop = stop_signs(options)
    news = announce if options.announce else tell
    engine, mind = engine_options.engine_and_mind(options)
    model = engine_options.language_model(options)
    host = EngineHost(engine, news, model)
    mind = Chat(mind) if model else mind
    server = Server(host, mind, settings_from(options), play)
    admin: Admin | None = None
    try:
        await listen_options.listen(options, server.listen, news)
        if options.admin_port is not None:
            admin = Admin(server, TrafficLog(server, most=MAX_REMEMBERED))
            news({"event": "listening_admin", "host": "127.0.0.1", "port": await admin.open_port(options.admin_port)})
    except OSError as error:
        listen_options.cannot_listen(options, error)
        await server.close()
        return 1
    host.start()
    await stop.wait()
    if admin:
        await admin.close()
    await server.close()
    return 0


def tell(line: dict[str, Any]) -> None:
    """The same news for a person."""
    match line:
        case {"event": "listening_admin", "host": host, "port": port}:
            say(f"Admin port: http://{host}:{port}")
        case {"state": "loading", "step": step, "done": done, "of": of}:
            say(f"  loading {done + 1}/{of}: {step}")
        case {"state": "ready", "took_ms": took_ms}:
            say(f"Ready to talk ({took_ms} ms). Ctrl-C ends it.")
        case {"state": "missing", "message": message}:
            complain(message)
        case _:
            listen_options.tell("Gemini Live emulator")(line)
