"""`make sbom` and `make licences` list everything that the lock files name, with the tools that they bring."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

from tests.processes import REPOSITORY

BACKEND, CLIENT = REPOSITORY / "backend", REPOSITORY / "frontend/s2s-client"
SHIPPED = ("idb", "lucide-react", "react", "react-dom", "scheduler", "webm-muxer")
"""What is in the built page."""


def make(target: str) -> str:
    """Run it in the repository; return what it printed."""
    done = subprocess.run(
        ["make", "--silent", target], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=500
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def test_the_bill_of_materials_has_every_locked_package_with_its_hashes() -> None:
    make("sbom")
    gateway, client = (read(REPOSITORY / f"build/sbom/{name}.cdx.json") for name in ("gateway", "client"))
    assert {gateway["bomFormat"], client["bomFormat"]} == {"CycloneDX"}
    locked = re.findall(r"^([a-z0-9-]+)==([^\s;]+)", (BACKEND / "requirements.lock").read_text(), re.MULTILINE)
    assert len(locked) > 50
    listed = {(part["name"], part["version"]) for part in gateway["components"]}
    assert listed == set(locked)
    assert all(part["externalReferences"][0]["hashes"] for part in gateway["components"])
    packages = read(CLIENT / "package-lock.json")["packages"]
    wanted = {(at.rpartition("node_modules/")[2], one["version"]) for at, one in packages.items() if at}
    listed = {(part["name"], part["version"]) for part in client["components"]}
    # npm leaves out what another operating system needs.
    assert listed <= wanted
    assert set(SHIPPED) <= {name for name, _ in listed}


def test_licence_texts_of_everything_that_is_handed_on_are_collected() -> None:
    make("licences")
    folder = REPOSITORY / "build/licences"
    page = (folder / "client-page.txt").read_text("utf-8")
    for name in SHIPPED:
        assert re.search(rf"^## {name} - \S+ \((MIT|ISC)\)\n\n.*copyright", page, re.MULTILINE | re.DOTALL | re.I), name
    assert "Silero Team" in (folder / "client-silero-vad.txt").read_text("utf-8")
    assert (folder / "client-s2s.txt").read_text() == (REPOSITORY / "LICENSE").read_text()
    gateway = (folder / "gateway.md").read_text("utf-8")
    for name in ("aiortc", "av", "fastapi", "uvicorn", "websockets"):
        assert f"\n## {name} " in gateway
