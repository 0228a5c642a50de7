"""The load bench runs and reports what it found, with a real gateway and the emulator in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]


def test_two_talkers_are_measured_and_the_report_names_the_machine(tmp_path: Path):
    report = tmp_path / "load.json"
    command = [sys.executable, "-m", "bench", "load", "--sessions", "2", "--seconds", "8", "--json", str(report)]
    run = subprocess.run(command, cwd=BACKEND, capture_output=True, text=True, timeout=90, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(report.read_text())
    assert found["machine"]["cpu"]
    [step] = found["steps"]
    assert step["sessions"] == 2
    assert step["answers"] >= 1
    assert step["cpu_ms_per_session_s"] > 0
    assert "| 2" in run.stdout
