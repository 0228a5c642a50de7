"""Whatever a gateway writes is for its owner alone, and its child process gets nothing that it does not need."""

import asyncio
import os
import queue
import runpy
import sqlite3
import stat
import sys
from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.cluster.shared_counters import FILE, SharedCounters
from s2s.cluster.worker_plan import plan
from s2s.configuration.engine_environment import engine_part
from s2s.private_files import make_private_folder, open_private, write_private
from s2s.settings import BACKEND_DIR, Settings
from s2s.upstream.connection import emulator_process
from s2s.upstream.connection.emulator_process import EmulatorProcess
from tests.page import open_page, running_gateway


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_all_files_of_a_gateway_that_was_used_are_for_its_owner_alone(tmp_path: Path):
    folder, shared = tmp_path / "logs", tmp_path / "workers"
    environ = {
        "S2S_LOG_DIR": str(folder), "S2S_WORKER": "1", "S2S_WORKER_URLS": "http://127.0.0.1:9",
        "S2S_WORKER_DIR": str(shared), "S2S_CREATES_PER_MINUTE": "100",
    }  # fmt: skip
    previous = os.umask(0o000)
    try:
        async with (
            running_emulator(reply_s=0.1) as emulator,
            running_gateway(tmp_path, emulator.base_url, **environ) as (http, _),
            open_page(http) as page,
        ):
            page.say(wire.Text(text="good morning"))
            await page.told_of(wire.TurnEnd)
            await http.get("/", headers={"Host": "evil.example"})
            saved = await http.post(f"/api/session/{page.session_id}/report", json={"consent": True})
            assert saved.status_code == 201
    finally:
        os.umask(previous)
    files = {path.name: mode_of(path) for path in tmp_path.rglob("*") if path.is_file()}
    folders = [mode_of(path) for path in (folder, folder / "reports", folder / "worker-1", shared)]
    assert {"error_log.txt", "conversation_log.txt", FILE, saved.json()["name"]} <= files.keys()
    assert {name: mode for name, mode in files.items() if mode != 0o600} == {}
    assert folders == [0o700] * len(folders)


def test_a_folder_that_exists_keeps_its_mode_and_a_device_too(tmp_path: Path):
    tmp_path.chmod(0o755)
    make_private_folder(tmp_path)
    assert mode_of(tmp_path) == 0o755
    before = mode_of(Path(os.devnull))
    os.close(open_private(os.devnull, os.O_WRONLY))
    assert mode_of(Path(os.devnull)) == before


def test_a_file_of_an_earlier_version_is_closed_to_others(tmp_path: Path):
    path = tmp_path / "usage.json"
    path.write_bytes(b"something long")
    path.chmod(0o664)
    write_private(path, b"new")
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o600)


def test_the_counts_of_several_processes_hold_no_session_id(tmp_path: Path):
    counters = SharedCounters(tmp_path, 1)
    assert counters.add_session("1-0123456789abcdef", "192.0.2.1", 1)
    database = sqlite3.connect(tmp_path / FILE)
    [(kept, *_)] = database.execute("SELECT * FROM places").fetchall()
    database.close()
    assert kept != "1-0123456789abcdef"
    assert len(kept) == 64
    counters.remove_session("1-0123456789abcdef")
    assert counters.count_sessions() == 0
    counters.close()


# --- the local engine's process ---

SECRETS = {
    "GEMINI_API_KEY": "AIza", "GOOGLE_API_KEY": "AIza", "S2S_TURN_SECRET": "s", "S2S_OPERATOR_KEY": "s",
    "GOOGLE_APPLICATION_CREDENTIALS": "/key.json", "SERVICE_ACCOUNT_KEY_PATH": "/key.json",
    "AWS_SECRET_ACCESS_KEY": "s",
    "HTTPS_PROXY": "http://u:p@h:1", "HF_TOKEN": "s", "PYTHON_KEYRING_PASSWORD": "s", "S2S_JWT_SECRET": "s",
}  # fmt: skip
NEEDED = {
    "PATH": "/bin", "HOME": "/root", "LANG": "C", "LC_ALL": "C", "TZ": "UTC", "GEMINI_EMULATOR_EAR": "whisper",
    "GEMINI_EMULATOR_LLM_KEY": "its own", "PYTHONPATH": "x", "XDG_DATA_HOME": "/d", "OMP_NUM_THREADS": "1",
}  # fmt: skip


def test_the_engine_gets_what_it_needs_and_no_secret_of_the_gateway():
    assert engine_part(SECRETS | NEEDED) == NEEDED


def test_a_proxy_goes_along_where_the_engine_asks_a_language_model():
    model = {"GEMINI_EMULATOR_LLM_URL": "https://llm.example/v1"}
    assert engine_part(SECRETS | NEEDED | model) == NEEDED | model | {"HTTPS_PROXY": SECRETS["HTTPS_PROXY"]}


async def test_the_process_itself_has_no_more(monkeypatch: pytest.MonkeyPatch):
    tell = "print(json.dumps({'event': 'engine', 'state': 'missing', 'message': str(dict(os.environ))}), flush=True)"
    program = f"import json, os, sys; {tell}; sys.stdin.read()"
    monkeypatch.setattr(emulator_process, "COMMAND", (sys.executable, "-c", program))
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-not-for-children")
    states: asyncio.Queue[emulator_process.EngineState] = asyncio.Queue()
    engine = EmulatorProcess(engine_part(os.environ), states.put_nowait)
    engine.start()
    async with asyncio.timeout(30):
        while (state := await states.get()).state != "missing":
            pass
    await engine.stop()
    assert "'PATH'" in state.message
    assert "AIza-not-for-children" not in state.message


def test_an_engine_that_several_gateways_share_gets_no_more():
    found = plan(Settings.from_env({}), SECRETS | NEEDED, "")["engine_environment"]
    assert found == NEEDED


def test_a_service_of_its_own_environment_inherits_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("S2S_RUN_DIR", str(tmp_path / "run"))
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-not-for-children")
    scripts = runpy.run_path(str(BACKEND_DIR.parent / "scripts" / "run.py"))
    told: queue.SimpleQueue[object] = queue.SimpleQueue()
    command = [sys.executable, "-c", "import os; print(dict(os.environ))"]
    scripts["Service"]("engine", command, tmp_path, "", {"PATH": os.environ["PATH"]}, told, inherits=False)
    told.get(timeout=60)
    log = tmp_path / "run" / "engine.log"
    assert "'PATH'" in log.read_text()
    assert "AIza-not-for-children" not in log.read_text()
    assert (mode_of(log), mode_of(log.parent)) == (0o600, 0o700)
