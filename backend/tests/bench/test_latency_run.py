"""`make bench` for real: a gateway, its local engine, a headless talker, one human recording."""

import json
import subprocess
import sys
from pathlib import Path

from bench.benchmarks.latency import CLIP
from tests.processes import REPOSITORY, no_credentials


def test_one_answer_is_heard_and_its_parts_add_up(tmp_path: Path) -> None:
    report_path = tmp_path / "report.json"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "latency", "--turns", "2", "--clip", str(CLIP), "--json", str(report_path)],
        cwd=REPOSITORY / "backend", env=no_credentials(S2S_LOG_DIR=str(tmp_path)),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "| end of speech to first sound at the ear |" in done.stdout
    report = json.loads(report_path.read_text())["results"]
    assert report["upstream"]["backend"] == "emulator"
    assert "forward ten meters" in " ".join(report["heard_as"]).lower()
    parts = report["parts"]
    # The engine may know from the words that the person is done before the last sound has faded.
    assert all(values["p50"] >= -1 for part, values in parts.items() if part != "upstream_ms")
    assert parts["total_ms"]["min"] > 0
