"""The emulator's walls: which package may import which, and which of them are pure."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "gemini_emulator"
MAY_IMPORT = {
    "audio": "",
    "protocol": "",
    "cassettes": "",
    "scenarios": "protocol",
    "responder": "audio",
    "session": "audio protocol responder scenarios",
    "speech": "audio responder session",
    "server": "protocol responder scenarios session speech",
    "cli": "cassettes protocol responder scenarios server speech",
}
"""Packages. Any may import `settings`, which imports none."""
PURE = {"audio", "protocol", "scenarios", "responder", "session"}
PURE_CASSETTES = {"blobs.py", "format.py", "matching.py", "player.py", "scrubbing.py", "upstreams.py"}
IMPURE = {
    "asyncio", "logging", "onnxruntime", "os", "random", "socket", "ssl", "subprocess", "tempfile", "threading", "time",
    "websockets",
}  # fmt: skip


def files(package: str) -> list[Path]:
    return sorted((PACKAGE / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """Dotted names; `from gemini_emulator import name` is the module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "gemini_emulator":
            yield from (f"gemini_emulator.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def imported_packages(package: str) -> set[str]:
    ours = [name.split(".")[1:] for path in files(package) for name in imports(path) if "gemini_emulator." in name]
    return {parts[0] for parts in ours if parts} - {package, "settings"}


def test_every_package_has_its_row():
    assert {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").exists()} == MAY_IMPORT.keys()


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_what_the_table_says(package: str):
    assert imported_packages(package) == set(MAY_IMPORT[package].split())


def test_no_cycle_goes_through_packages():
    left = {name: set(allowed.split()) for name, allowed in MAY_IMPORT.items()}
    while free := {name for name, allowed in left.items() if not allowed & left.keys()}:
        left = {name: allowed for name, allowed in left.items() if name not in free}
    assert not left


def test_no_cycle_goes_through_files():
    known = {".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    known = {name.removesuffix(".__init__"): path for name, path in known.items()}
    left = {name: {one for one in imports(path) if one in known} - {name} for name, path in known.items()}
    while free := {name for name, needed in left.items() if not needed & left.keys()}:
        left = {name: needed for name, needed in left.items() if name not in free}
    assert not left


@pytest.mark.parametrize(
    "path",
    [path for package in sorted(PURE) for path in files(package)]
    + [path for path in files("cassettes") if path.name in PURE_CASSETTES],
    ids=lambda path: f"{path.parent.name}/{path.name}",
)
def test_a_pure_module_reads_no_clock_and_does_no_io(path: Path):
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE
