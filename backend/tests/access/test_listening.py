"""Commands that know where they listen do not open a paid service on which strangers would only be refused."""

import subprocess
import sys
from pathlib import Path

import pytest

from s2s.access.listening import why_not_listen
from s2s.settings import Settings

PAID = {"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": "AIza" + "x" * 35}
SCRIPTS = Path(__file__).resolve().parents[3] / "scripts"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.0.1"])
def test_on_this_machine_anything_may_be_served(host: str):
    assert why_not_listen(host, Settings.from_env(PAID)) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "fd00::2", "voice.example.org", ""])
def test_elsewhere_a_paid_service_needs_a_login(host: str):
    reason = why_not_listen(host, Settings.from_env(PAID))
    assert "S2S_AUTH" in reason
    assert f"S2S_HOST={host} " in reason
    for auth in ({"S2S_AUTH": "key"}, {"S2S_AUTH": "none-i-know"}):
        assert why_not_listen(host, Settings.from_env({**PAID, **auth})) == ""
    assert why_not_listen(host, Settings.from_env({"S2S_UPSTREAM": "emulator"})) == ""


@pytest.mark.parametrize(
    ("host", "auth", "says"),
    [("0.0.0.0", "none", "S2S_AUTH"), ("0.0.0.0", "key", "0.0.0.0"), ("", "none", "127.0.0.1")],
)
def test_make_serve_asks_before_it_starts(host: str, auth: str, says: str):
    """As make serve does it: without our packages in its own Python."""
    code = "import setup, run; setup.guarded(lambda: print(run.listening_host()))"
    environ = {"PATH": "", "S2S_HOST": host, "S2S_AUTH": auth, **PAID}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=SCRIPTS, env=environ, capture_output=True, text=True, check=False
    )
    assert says in done.stdout + done.stderr
    assert (done.stdout == "0.0.0.0\n") is (auth == "key")
