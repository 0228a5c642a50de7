"""The README's recipe for a function, pasted as it stands at the end of tools.py: every check stays green."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import REPOSITORY

BACKEND = REPOSITORY / "backend"
TESTS_OF_FUNCTIONS = [
    "tests/tools/test_tools.py",
    "tests/tools/test_builtin_tools.py",
    "tests/tools/test_bounded_work.py::test_every_text_of_a_built_in_function_has_a_length",
    "tests/tools/test_registry.py",
    "tests/upstream/codec/test_setup_message.py",
    "tests/docs/test_readme.py::test_the_function_recipe_runs_as_printed",
]
BRIEF = '''async def my_custom_function(param: str) -> dict:
    """Your function implementation"""
    return {"result": "..."}

# Register with schema
TOOL_SCHEMAS["my_function"] = {
    "name": "my_function",
    "description": "What this function does",
    "parameters": {
        "type": "object",
        "properties": {
            "param": {"type": "string", "description": "Parameter description"}
        },
        "required": ["param"]
    }
}

# Register in default registry
default_registry.register("my_function", my_custom_function, TOOL_SCHEMAS["my_function"])
'''


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backend of somebody who has pasted the recipe: everything is the original but for tools.py."""
    folder = tmp_path_factory.mktemp("builder") / "backend"
    folder.mkdir()
    for path in BACKEND.iterdir():
        if path.name not in ("tools.py", "pyproject.toml", "__pycache__") and not path.name.startswith("."):
            (folder / path.name).symlink_to(path)
    shutil.copy(BACKEND / "pyproject.toml", folder)
    (folder / "tools.py").write_text((BACKEND / "tools.py").read_text("utf-8") + "\n" + recipe(), "utf-8")
    return folder


def recipe() -> str:
    readme = (REPOSITORY / "README.md").read_text("utf-8")
    found = re.search(r"## Function Calling\n.*?```python\n(.*?)```", readme, flags=re.DOTALL)
    assert found
    return found[1]


def run(folder: Path, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        timeout=600, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_recipe_is_the_briefs() -> None:
    assert recipe() == BRIEF


def test_ruff_takes_the_pasted_recipe(backend: Path) -> None:
    assert "All checks passed" in run(backend, "ruff", "check", "--no-cache", "tools.py")
    run(backend, "ruff", "format", "--no-cache", "--check", ".")


def test_mypy_takes_the_pasted_recipe(backend: Path) -> None:
    assert "Success" in run(backend, "mypy", "--follow-imports=silent", "--cache-dir", os.devnull, "tools.py")


def test_the_tests_of_functions_take_the_pasted_recipe(backend: Path) -> None:
    assert " passed" in run(backend, "pytest", "-q", "-p", "no:cacheprovider", *TESTS_OF_FUNCTIONS)
    said = run(backend, "pytest", "-q", "--co", "-p", "no:cacheprovider", TESTS_OF_FUNCTIONS[0])
    assert "test_the_default_registry_begins_with_the_built_in_functions" in said
    called = 'import asyncio, tools; print(asyncio.run(tools.default_registry.call("my_function", {"param": "a"})))'
    shown = subprocess.run([sys.executable, "-c", called], cwd=backend, capture_output=True, text=True, check=True)
    assert "response={'result': '...'}" in shown.stdout
