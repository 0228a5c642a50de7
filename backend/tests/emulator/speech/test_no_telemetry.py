"""The offline engine asks no third party: what it hears and speaks with collects nothing about the machine."""

import os
import subprocess
import sys
from pathlib import Path

LOAD = "from gemini_emulator.speech.vad import VoiceDetector; VoiceDetector()"


def test_loading_the_voice_detector_leaves_no_trace_in_the_users_cache(tmp_path: Path) -> None:
    inherited = {name: value for name, value in os.environ.items() if name != "ORT_DISABLE_TELEMETRY"}
    # A build server is spared: onnxruntime looks for their variables.
    for name in ("CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "JENKINS_URL"):
        inherited.pop(name, None)
    env = inherited | {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    subprocess.run([sys.executable, "-c", LOAD], env=env, check=True, timeout=120)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
