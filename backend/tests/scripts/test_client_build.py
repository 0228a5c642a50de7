"""`make serve` builds the page when it has to: real scripts, with a builder in vite's place that takes no time."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import SCRIPTS

CLIENT = SCRIPTS.parent / "frontend/s2s-client"
VITE = """
import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
const part = process.argv.at(-1);
appendFileSync("built", `${part}\\n`);
if (part === "build") {
  rmSync("dist", { recursive: true, force: true });
  mkdirSync("dist");
  writeFileSync("dist/index.html", "page ".repeat(200));
} else {
  if (existsSync("break")) process.exit(9);
  writeFileSync(`dist/${part}.js`, "speak();".repeat(200));
}
"""
WHOLE = ["build", "element", "client"]


@pytest.fixture
def client(tmp_path: Path) -> Path:
    """A client's folder, with what a build needs and nothing else."""
    (tmp_path / "scripts").mkdir()
    for name in ("build.js", "buildRecord.js", "compress.js"):
        shutil.copy(CLIENT / "scripts" / name, tmp_path / "scripts")
    for path, text in {
        "package.json": '{"type": "module"}',
        "src/App.tsx": "the page",
        "src/App.test.tsx": "its test",
        "node_modules/typescript/bin/tsc": "",
        "node_modules/vite/package.json": '{"type": "module", "exports": {".": "./index.js"}}',
        "node_modules/vite/index.js": "export const loadEnv = () => ({ URL: process.env.REACT_APP_API_URL });",
        "node_modules/vite/bin/vite.js": VITE,
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def serve(client: Path) -> "subprocess.CompletedProcess[str]":
    """What `make serve` does before it starts the gateway."""
    script = (
        f"import shutil, sys, setup, serve; serve.CLIENT = setup.Path({str(client)!r}); "
        "sys.exit(setup.guarded(lambda: serve.build_client(shutil.which('node'))))"
    )
    return subprocess.run(
        [sys.executable, "-c", script], cwd=SCRIPTS, capture_output=True, text=True, check=False, timeout=60
    )


def built(client: Path) -> list[str]:
    """Which parts were built since this was asked last."""
    done = serve(client)
    assert done.returncode == 0, done.stderr
    log = client / "built"
    parts = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    assert done.stdout == ("  building the page ... done\n" if parts else "") or "done in" in done.stdout
    return parts


def test_it_is_built_once_with_compressed_forms(client: Path) -> None:
    assert built(client) == WHOLE
    files = {path.name for path in (client / "dist").iterdir()}
    for name in ("index.html", "element.js", "client.js"):
        assert {name, f"{name}.br", f"{name}.gz"} <= files
    assert built(client) == []


def test_a_build_that_was_broken_off_between_page_and_element_is_repaired(client: Path) -> None:
    (client / "break").touch()
    done = serve(client)
    assert done.returncode == 1
    assert "Setting up stopped at 'building the page' (exit code 1)" in done.stderr
    assert (client / "dist/index.html").exists()
    (client / "break").unlink()
    (client / "built").unlink()
    assert built(client) == WHOLE
    assert (client / "dist/element.js").exists()
    assert built(client) == []


def test_a_changed_source_is_built_and_one_that_was_only_touched_is_not(client: Path) -> None:
    built(client)
    os.utime(client / "src/App.tsx", (2_000_000_000, 2_000_000_000))
    (client / "src/App.test.tsx").write_text("another test")
    assert built(client) == []
    (client / "src/App.tsx").write_text("the page, changed")
    os.utime(client / "src/App.tsx", (1_000_000_000, 1_000_000_000))
    assert built(client) == WHOLE
    (client / "src/New.tsx").write_text("")
    assert built(client) == WHOLE


@pytest.mark.parametrize("name", ["index.html", "client.js", "element.js.br"])
def test_a_build_that_has_lost_a_file_or_a_part_of_one_is_repaired(name: str, client: Path) -> None:
    built(client)
    (client / "dist" / name).write_bytes((client / "dist" / name).read_bytes()[:-1])
    assert built(client) == WHOLE
    (client / "dist" / name).unlink()
    assert built(client) == WHOLE


def test_a_page_that_was_built_for_another_gateway_is_built_for_this_one(client: Path) -> None:
    elsewhere = os.environ | {"REACT_APP_API_URL": "http://localhost:8000"}
    subprocess.run(["node", "scripts/build.js"], cwd=client, env=elsewhere, check=True, timeout=60)
    (client / "built").unlink()
    assert built(client) == WHOLE
