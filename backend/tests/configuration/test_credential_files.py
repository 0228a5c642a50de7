"""Secrets in files, as systemd's LoadCredential and containers hand them over."""

from pathlib import Path

import pytest

from s2s import startup
from s2s.configuration import credential_files
from s2s.settings import SettingsError

KEY = "AIza" + "x" * 35


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that systemd names to a service; no backend/.env."""
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setattr(startup, "ENV_FILE", tmp_path / "none.env")
    monkeypatch.setenv("SERVICE_ACCOUNT_KEY_PATH", str(tmp_path / "none.json"))
    return tmp_path


def test_a_secret_is_taken_from_the_file_of_its_name(folder: Path) -> None:
    (folder / "GEMINI_API_KEY").write_text(f"{KEY}\n")
    (folder / "S2S_TURN_SECRET").write_text("only us")
    settings = startup.load_settings()
    assert settings.api_key == KEY
    assert settings.s2s_turn_secret.get_secret_value() == "only us"
    assert KEY in settings.secrets, "it is redacted wherever it would be printed"


def test_a_file_wins_over_the_environment_and_the_env_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "GEMINI_API_KEY").write_text(KEY)
    (folder / "none.env").write_text("GEMINI_API_KEY=from-the-file\n")
    monkeypatch.setenv("GEMINI_API_KEY", "")
    assert startup.load_settings().api_key == KEY


def test_what_is_no_secret_is_not_looked_for_there(folder: Path) -> None:
    (folder / "S2S_VOICE").write_text("Kore")
    assert startup.load_settings().s2s_voice == "Puck"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b" \n", "is empty"),
        (b"\xff\xfe\xfa", "is no text in UTF-8"),
        (b"x" * 64_001, "is larger than 64 kB"),
    ],
)
def test_a_file_that_cannot_be_used_ends_the_start_with_its_name(folder: Path, content: bytes, sentence: str) -> None:
    (folder / "GEMINI_API_KEY").write_bytes(content)
    with pytest.raises(SettingsError, match=f"GEMINI_API_KEY: its file in {folder} {sentence}"):
        startup.load_settings()


def test_a_folder_in_its_place_is_a_mistake_without_its_content(folder: Path) -> None:
    (folder / "GEMINI_API_KEY").mkdir()
    found = credential_files.read(folder, ["GEMINI_API_KEY", "S2S_TURN_SECRET"])
    assert found.values == {}
    assert found.mistakes == (f"GEMINI_API_KEY: its file in {folder} cannot be read (Is a directory)",)
