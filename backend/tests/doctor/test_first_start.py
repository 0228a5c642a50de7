"""`uvicorn main:app` with wrong settings: one line and an exit code, never a traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s2s import folder_checks, startup
from s2s.configuration import env_file
from s2s.doctor import machine
from s2s.settings import BACKEND_DIR, Settings, SettingsError
from tests.page import running_gateway
from tools import builtin_registry


def start(tmp_path: Path, **environ: str) -> tuple[int, list[str]]:
    """The exit code and the lines of a start that is expected to end by itself."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("S2S_", "GEMINI_", "GOOGLE_"))}
    command = [sys.executable, "-m", "uvicorn", "main:app", "--port", "0"]
    done = subprocess.run(
        command,
        cwd=BACKEND_DIR,
        env={**kept, "S2S_LOG_DIR": str(tmp_path), "SERVICE_ACCOUNT_KEY_PATH": "no-such-key.json", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=120,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout.splitlines()


def test_a_wrong_value_ends_the_start_with_one_line(tmp_path: Path):
    code, lines = start(tmp_path, S2S_RECORDER="maybe")
    assert code == 1
    assert lines == [
        "S2S cannot start: S2S_RECORDER=maybe: it must be on or off. Correct it in the environment, which overrules "
        "backend/.env; see backend/.env.example."
    ]


def test_wrong_values_files_and_folders_are_told_together(tmp_path: Path):
    (tmp_path / "logs").write_text("")
    environ = {
        "S2S_RECORDER": "maybe",
        "S2S_LOG_DIR": str(tmp_path / "logs"),
        "S2S_CA_FILE": str(tmp_path / "none.pem"),
        "S2S_PRICES_FILE": str(tmp_path / "none.json"),
    }
    code, lines = start(tmp_path, **environ)
    assert code == 1
    assert lines[0].startswith("S2S cannot start: 4 settings are wrong.")
    assert {line.split("=")[0].split(":")[0].strip() for line in lines[1:]} == set(environ)


def test_a_log_folder_that_is_a_file_ends_the_start_with_one_line(tmp_path: Path):
    (tmp_path / "logs").write_text("")
    code, [line] = start(tmp_path, S2S_LOG_DIR=str(tmp_path / "logs"))
    assert code == 1
    assert line.startswith(f"S2S cannot start: S2S_LOG_DIR: the folder {tmp_path / 'logs'} is no folder")


def test_a_log_folder_that_takes_no_files_is_one_sentence():
    said = folder_checks.unusable(Settings.from_env({"S2S_LOG_DIR": "/proc/no-such-folder"}))
    assert len(said) == 1
    assert said[0].startswith("S2S_LOG_DIR: the folder /proc/no-such-folder cannot be written to (")


def test_a_log_file_that_is_in_the_way_is_one_sentence(tmp_path: Path):
    (tmp_path / "error_log.txt").mkdir()
    [said] = folder_checks.unusable(Settings.from_env({"S2S_LOG_DIR": str(tmp_path)}))
    assert said.startswith(f"S2S_LOG_DIR: the file {tmp_path / 'error_log.txt'} cannot be written to")


def test_a_folder_of_the_workers_that_takes_no_files_is_one_sentence(tmp_path: Path):
    settings = Settings.from_env(
        {"S2S_LOG_DIR": str(tmp_path), "S2S_WORKER": "1", "S2S_WORKER_URLS": "http://a", "S2S_WORKER_DIR": "/proc/none"}
    )
    assert folder_checks.unusable(settings)[0].startswith("S2S_WORKER_DIR: the folder /proc/none cannot be written to")


def test_folders_are_made_where_they_are_missing(tmp_path: Path):
    settings = Settings.from_env({"S2S_LOG_DIR": str(tmp_path / "a/b"), "S2S_REPORT_DIR": str(tmp_path / "c")})
    assert (folder_checks.unusable(settings), folder_checks.doubtful(settings)) == ((), ())
    assert (tmp_path / "a/b").is_dir()
    assert (tmp_path / "c").is_dir()


async def test_what_is_only_doubtful_is_a_warning_in_the_log_and_in_health(tmp_path: Path):
    (tmp_path / "reports").write_text("")
    environ = {
        "S2S_REPORT_DIR": str(tmp_path / "reports"),
        "S2S_CLIENT_DIR": str(tmp_path / "not-built"),
        "S2S_VOICE": "Alexa",
        "S2S_MAX_SESSION": "5",
    }
    async with running_gateway(tmp_path, **environ) as (http, gateway):
        warnings = (await http.get("/health")).json()["warnings"]
        logged = [line.message for line in gateway.errors.newest(20)]
    for setting in ("S2S_REPORT_DIR", "S2S_VOICE", "S2S_MAX_SESSION", "S2S_CLIENT_DIR"):
        assert len([said for said in warnings if said.startswith(setting)]) == 1
    assert set(warnings) <= set(logged)


async def test_a_doubtful_registration_is_a_warning_in_the_log_and_in_health(tmp_path: Path):
    async def order_status(order_number: int) -> dict[str, str]:
        return {"order": str(order_number)}

    registry = builtin_registry()
    schema = {"description": "d", "parameters": {"type": "object", "properties": {"order_number": {"type": "integer"}}}}
    registry.register("order_status", order_status, schema)
    async with running_gateway(tmp_path, registry=registry) as (http, gateway):
        assert (await http.get("/health")).json()["warnings"] == list(registry.doubts)
        assert set(registry.doubts) < {line.message for line in gateway.errors.newest(20)}
    [finding] = machine.check_functions(registry.names(), registry.doubts)
    assert (finding.verdict, finding.message) == ("warning", registry.doubts[0])


def test_the_file_and_the_settings_in_it_are_told_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / ".env"
    path.write_bytes("S2S_VOICE=Kore\nS2S_MAX_SESSION=5\n".encode("utf-16"))
    monkeypatch.setattr(startup, "ENV_FILE", path)
    settings = startup.load_settings()
    assert settings.s2s_voice == "Kore"
    assert "did you mean S2S_MAX_SESSIONS?" in settings.warnings[0]

    path.write_text('GEMINI_API_KEY="AIzaSecretSecretSecretSecret\n')
    monkeypatch.setenv("S2S_RECORDER", "maybe")
    with pytest.raises(SettingsError) as caught:
        startup.load_settings()
    assert "line 1: GEMINI_API_KEY: the quote is not closed" in str(caught.value)
    assert "S2S_RECORDER=maybe" in str(caught.value)
    assert "AIza" not in str(caught.value)


def test_the_engines_own_settings_reach_it_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("GEMINI_EMULATOR_EAR", raising=False)
    startup.environment(env_file.EnvFile({"GEMINI_EMULATOR_EAR": "whisper"}))
    assert os.environ["GEMINI_EMULATOR_EAR"] == "whisper"
    monkeypatch.delenv("GEMINI_EMULATOR_EAR")
