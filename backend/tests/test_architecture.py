"""The walls: pure rooms do no input or output, and the emulator and the gateway know nothing of each other."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[1]
PURE = [
    "core/watchdog/response_monitor",
    "core/context_notes",
    "core/audio",
    "core/interruption",
    "limits/circuit_breaker",
    "core/tools/tool_calls",
    "upstream/models/model_capabilities",
    "upstream/refusals/classifier",
    "configuration/addresses",
    "configuration/choices",
    "configuration/ice_servers",
    "configuration/names",
    "configuration/plain_values",
    "configuration/secrets",
    "configuration/wording",
    "core/conversation",
    "core/session_core",
    "core/deadlines",
    "doctor/report",
    "core/effects",
    "upstream/target/endpoints",
    "core/tools/tool_execution",
    "errors",
    "core/phase",
    "upstream/codec/gemini_codec",
    "core/transcript_alignment",
    "limits/session_limits",
    "core/link/upstream_link",
    "core/history",
    "upstream/connection/unacked_messages",
    "core/prompt_echo",
    "core/watchdog/timeouts",
    "core/user_speech",
    "core/images",
    "core/playout",
    "upstream/connection/keepalive",
    "core/watchdog/silence_detector",
    "redaction",
    "core/watchdog/repetition_detector",
    "rest/schemas",
    "upstream/codec/setup_message",
    "core/model_speech",
    "cluster/health_merge",
    "tools/arguments",
    "tools/calling",
    "tools/openapi_writer",
    "tools/results",
    "tools/schema_flattener",
    "tools/schema_merging",
    "tools/schema_normalizer",
    "tools/schema_reader",
    "tools/schema_words",
    "tools/shortening",
    "tools/signatures",
    "metrics",
    "core/turn_machine",
    "unicode_text",
    "core/link/upstream_buffer",
    "upstream/models/model_candidates",
    "upstream/refusals/close_codes",
    "upstream/refusals/diagnosis",
    "upstream/target/default_credentials",
    "upstream/target/model_choice",
    "upstream/models/model_table",
    "configuration/proxies",
    "upstream/codec/error_text",
    "upstream/refusals/refusal_table",
    "upstream/credentials/token_refresh",
    "upstream/refusals/token_errors",
    "limits/usage_estimate",
    "upstream/codec/tolerant_reader",
    "upstream/codec/audio_format",
    "limits/usage",
    "core/events",
    "core/watchdog/watchdog",
    "wire/__init__",
    "wire/audio_frame",
    "wire/messages",
    "core/observer",
    "core/prompts",
    "cluster/routing",
]
IMPURE = {
    "asyncio",
    "time",
    "os",
    "logging",
    "random",
    "socket",
    "threading",
    "aiortc",
    "websockets",
    "fastapi",
    "httpx",
}
DOORS = {"main", "webrtc_handler", "websocket_handler", "gemini_live_client", "tools"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_read_no_clock_and_open_no_socket(room: str):
    assert not {name.split(".")[0] for name in imports(BACKEND / "s2s" / f"{room}.py")} & (IMPURE | DOORS)


@pytest.mark.parametrize("room", PURE)
def test_pure_rooms_know_only_pure_rooms(room: str):
    imported = imports(BACKEND / "s2s" / f"{room}.py")
    ours = {name.removeprefix("s2s.").replace(".", "/") for name in imported if name.startswith("s2s.")}
    packages = {room.rpartition("/")[0] for room in PURE}
    assert ours <= {*PURE, *packages, "settings"}


def test_the_emulator_imports_nothing_of_the_gateway():
    for path in (BACKEND / "gemini_emulator").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & (DOORS | {"s2s", "builtin_tools"}), path.name


def test_the_gateway_imports_nothing_of_the_emulator():
    for path in [*(BACKEND / "s2s").rglob("*.py"), *(BACKEND / f"{door}.py" for door in DOORS)]:
        assert "gemini_emulator" not in {name.split(".")[0] for name in imports(path)}, path.name


def test_sessions_know_ports_not_doors():
    for room in ("session", "manager", "ports", "browser_input"):
        assert not {name.split(".")[0] for name in imports(BACKEND / "s2s" / "session" / f"{room}.py")} & DOORS


def test_only_settings_and_main_read_the_environment():
    for path in (BACKEND / "s2s").rglob("*.py"):
        assert "os.environ" not in path.read_text(), path.name
        assert "getenv" not in path.read_text(), path.name


def test_the_developers_page_names_rooms_that_exist_and_every_package():
    rows = [line for line in (BACKEND.parent / "CLAUDE.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    for row in rows:
        where = BACKEND
        for name in re.findall(r"`([\w./-]+(?:\.py|/))`", row.split("|")[1]):
            path = BACKEND.parent / name if name.startswith(("backend/", "frontend/")) else where / name
            assert path.exists() or next((BACKEND.parent / "frontend/s2s-client/src").glob(name), None), name
            where = path.parent if name.startswith("backend/") else where
    named = " ".join(row.split("|")[1] for row in rows)
    for package in ("s2s", "gemini_emulator", "bench", "fuzz"):
        assert f"`backend/{package}/" in named
