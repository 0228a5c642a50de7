"""How the gateway that is measured is started, and what a gateway that does not start says."""

import runpy

import pytest

from bench.harness.gateways import BACKEND, S2S, Gateway
from bench.harness.runner import RunError, measure


def test_our_gateway_is_started_as_make_serve_starts_it(monkeypatch: pytest.MonkeyPatch):
    scripts = BACKEND.parent / "scripts"
    monkeypatch.syspath_prepend(str(scripts))
    started = runpy.run_path(str(scripts / "run.py"))["gateway_command"](8123)
    assert S2S.command(8123, "ws://any")[1:] == started[1:]


async def test_a_gateway_that_does_not_start_says_why():
    program = ["-c", "raise SystemExit('no port is left')"]
    broken = Gateway("broken", "a broken one", "bench.harness.channel_talkers:S2STalker", program)
    with pytest.raises(RunError, match="the gateway ended with code 1; it said: no port is left"):
        await measure(broken, 1, 1.0, lambda what: None)
