"""The first screen tells people whom they will talk to and where their voice goes."""

from pathlib import Path

import pytest

from s2s.rest.creation_routes import upstream_offered
from s2s.settings import Settings
from s2s.upstream.target.endpoints import choose_target
from tests.page import running_gateway

KEY = {"S2S_UPSTREAM": "developer", "GEMINI_API_KEY": "k"}


@pytest.mark.parametrize(
    ("environ", "backend", "on_this_machine"),
    [
        ({}, "emulator", True),
        ({"S2S_EMULATOR_URL": "ws://[::1]:9090"}, "emulator", True),
        ({"S2S_EMULATOR_URL": "ws://localhost:9090"}, "emulator", True),
        ({"S2S_EMULATOR_URL": "ws://192.0.2.7:9090"}, "emulator", False),
        (KEY, "developer", False),
        # A proxy on this machine passes it on.
        ({**KEY, "GOOGLE_GEMINI_BASE_URL": "ws://127.0.0.1:9"}, "developer", False),
    ],
)
def test_only_a_local_engine_near_the_gateway_is_on_its_machine(
    environ: dict[str, str], backend: str, on_this_machine: bool
):
    offered = upstream_offered(choose_target(Settings.from_env({"SERVICE_ACCOUNT_KEY_PATH": "none", **environ})))
    assert (offered.backend, offered.on_this_machine) == (backend, on_this_machine)
    assert offered.model


async def test_the_options_say_who_would_answer(tmp_path: Path):
    async with running_gateway(tmp_path, "ws://127.0.0.1:9") as (http, _):
        offered = (await http.get("/api/options")).json()["upstream"]
    assert offered == {"backend": "emulator", "model": "gemini-3.8-live", "on_this_machine": True}
