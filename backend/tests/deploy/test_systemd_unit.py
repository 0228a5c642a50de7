"""deploy/s2s.service is a unit that systemd understands, in a sandbox that it rates as safe."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from s2s.settings import Settings
from tests.deploy.proxies import sample

MAX_EXPOSURE = 15
"""Of 100, by `systemd-analyze security`: below 20 it says OK. A service without a sandbox has 96."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with the programs and files of this machine."""
    file = tmp_path / "s2s.service"
    start = "ExecStart=/opt/s2s/backend/.venv/bin/python"
    file.write_text(sample("s2s.service", **{start: f"ExecStart={sys.executable}"}))
    return file


def analyze(*words: str) -> subprocess.CompletedProcess[str]:
    command = ["systemd-analyze", *words]
    env = os.environ | {"SYSTEMD_COLORS": "0"}
    return subprocess.run(command, capture_output=True, text=True, env=env, check=False, timeout=60)


def test_systemd_understands_every_line(unit: Path) -> None:
    done = analyze("verify", "--man=no", "--recursive-errors=no", str(unit))
    assert (done.returncode, done.stderr) == (0, "")


def test_the_verification_would_notice_a_misspelt_line(unit: Path) -> None:
    unit.write_text(unit.read_text().replace("DynamicUser=", "DynamicUsers="))
    assert "DynamicUsers" in analyze("verify", "--man=no", "--recursive-errors=no", str(unit)).stderr


def test_the_sandbox_is_rated_as_safe(unit: Path) -> None:
    done = analyze("security", "--offline=true", "--no-pager", f"--threshold={MAX_EXPOSURE}", str(unit))
    assert done.returncode == 0, done.stdout


def test_the_settings_in_the_unit_are_settings_of_the_gateway(unit: Path) -> None:
    texts = [line.removeprefix("#") for line in unit.read_text().splitlines()]
    lines = [line for line in texts if line.startswith("Environment=")]
    names = {pair.split("=")[0] for line in lines for pair in line.removeprefix("Environment=").split()}
    assert names - {"PYTHONDONTWRITEBYTECODE"} <= {name.upper() for name in Settings.model_fields}
    assert "SERVICE_ACCOUNT_KEY_PATH" in names
