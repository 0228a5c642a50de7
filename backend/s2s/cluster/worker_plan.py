"""`python -m s2s.cluster.worker_plan`: what a start of several gateway processes needs to know, as JSON.

The program that starts them runs without our packages and does not read backend/.env. For a proxy of your own,
`--config` prints the configuration alone.
"""

import argparse
import sys

import msgspec

from s2s.cluster.routing import ProxyError, nginx_config
from s2s.configuration.engine_environment import engine_part
from s2s.settings import Settings, SettingsError
from s2s.startup import environment, load_settings, network_of, start_error_text
from s2s.upstream.target.endpoints import choose_target


def plan(settings: Settings, environ: dict[str, str], config: str) -> dict[str, object]:
    """Return the plan. `environ`: process environment merged with backend/.env; `config`: the proxy's configuration."""
    choice = choose_target(settings)
    return {
        "config": config,
        "own_engine": choice.backend == "emulator" and not choice.base_url and not choice.fault,
        "engine_environment": engine_part(environ),
        "max_sessions": settings.s2s_max_sessions,
    }


def main() -> int:
    """Write the plan to standard output, or one sentence to standard error on failure. Return the exit code."""
    try:
        settings = load_settings()
        network_of(settings)
    except SettingsError as fault:
        sys.stderr.write(f"{start_error_text(fault)}\n")
        return 1
    parser = argparse.ArgumentParser(prog="python -m s2s.cluster.worker_plan", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="of the one address (8000)")
    parser.add_argument("--host", default="127.0.0.1", help="of the one address (127.0.0.1)")
    parser.add_argument("--worker", type=int, action="append", required=True, help="a process's port; once for each")
    parser.add_argument("--config", action="store_true", help="print the proxy's configuration alone")
    wanted = parser.parse_args()
    environ = dict(environment())
    trusted = environ.get("FORWARDED_ALLOW_IPS") or "127.0.0.1"
    try:
        config = nginx_config(wanted.port, wanted.worker, host=wanted.host, trusted=trusted)
    except ProxyError as wrong:
        sys.stderr.write(f"S2S cannot start: {wrong}\n")
        return 1
    if wanted.config:
        sys.stdout.write(config)
        return 0
    sys.stdout.buffer.write(msgspec.json.encode(plan(settings, environ, config)) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
