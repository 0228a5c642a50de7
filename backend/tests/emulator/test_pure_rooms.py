"""The conversation machine and the mind do no input or output; only the shell does."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "gemini_emulator"
SHELL = {
    "__main__.py", "admin.py", "clock.py", "host.py", "plug.py", "server.py", "testing.py", "tls.py", "witness.py",
    "background.py", "connection.py", "pytest_plugin.py",
}  # fmt: skip
CASSETTES = [PACKAGE / "cassettes" / f"{name}.py" for name in ("blobs", "matching", "player", "scrub", "upstreams")]
PURE = sorted(
    path for path in [*PACKAGE.glob("*.py"), *(PACKAGE / "mind").glob("*.py"), *CASSETTES] if path.name not in SHELL
)  # fmt: skip
IMPURE = {"asyncio", "time", "os", "logging", "random", "socket", "ssl", "threading", "websockets", "onnxruntime"}
SHELL_ROOMS = {f"gemini_emulator.{name.removesuffix('.py')}" for name in SHELL} | {"gemini_emulator.speech.engine"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("path", PURE, ids=lambda path: path.name)
def test_a_pure_room_reads_no_clock_and_knows_no_shell(path: Path):
    names = set(imports(path))
    assert not {name.split(".")[0] for name in names} & IMPURE
    assert not {name for name in names if any(name.startswith(room) for room in SHELL_ROOMS)}


def test_the_rooms_are_found():
    assert {"live.py", "model.py", "listening.py", "companion.py"} <= {path.name for path in PURE}


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_no_room_is_too_long(path: Path):
    assert len(path.read_text("utf-8").splitlines()) <= 350
