"""The load bench runs and reports what it found: a real gateway, talkers and upstream in processes of their own."""

import json
import subprocess
import sys
from pathlib import Path

BACKEND = Path(__file__).resolve().parents[2]


def test_two_talkers_are_measured_and_the_report_names_the_machine(tmp_path: Path):
    report = tmp_path / "load.json"
    # A busy machine may make the step unhealthy; then it is played again, and the figures stand all the same.
    command = [sys.executable, "-m", "bench", "load", "--sessions", "2", "--seconds", "5", "--json", str(report)]
    run = subprocess.run(command, cwd=BACKEND, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    found = json.loads(report.read_text())
    assert found["machine"]["cpu"]
    [point] = found["results"]["points"]
    assert point["n"] == 2
    assert point["cpu_ms_per_session_s"] > 0
    assert point["up_p50_ms"] > 0
    assert point["down_p50_ms"] > 0
    assert "| 2 |" in run.stdout
