"""The walls of the bench: which package knows which, and what it knows of the gateway and of the emulator."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[2]
MAX_FILES = 20
OUTSIDE = {"s2s", "gemini_emulator", "main", "webrtc_handler", "websocket_handler", "gemini_live_client", "tools"}

PACKAGES = {
    "audio": set(),
    "clients": {"audio"},
    "results": {"clients"},
    "netlab": {"clients"},
    "harness": {"clients"},
    "analysis": {"clients", "harness"},
    "browser": {"analysis", "clients"},
    "benchmarks": {"analysis", "audio", "browser", "clients", "harness", "results"},
    "report": {"analysis", "benchmarks", "clients", "results"},
    "first_contact": {"benchmarks", "clients"},
}
"""Package of the bench to those that it may import; each stands below those it knows, so there is no circle."""

EVERYWHERE = {"s2s.wire"}
"""The browser protocol: a client of the gateway speaks it."""

ALSO_KNOWN = {
    "clients/transports.py": {"s2s.transport.aiortc_patches"},  # a talker acknowledges as browsers do
    "harness/channel_talkers.py": {"s2s.transport.aiortc_patches"},
    "clients/voices.py": {"gemini_emulator.speech"},
    "clients/sentences.py": {"gemini_emulator.speech.engine_selection"},
    "clients/emulator_client.py": {"gemini_emulator"},  # the engine that is measured
    "harness/virtual_conversation.py": {"gemini_emulator"},  # its session, its queues and what they wait for
    "benchmarks/patience.py": {"gemini_emulator.settings", "gemini_emulator.speech"},
    "benchmarks/speech.py": {"gemini_emulator.audio.formats", "gemini_emulator.speech"},
    "benchmarks/mind.py": {"gemini_emulator.responder"},
    "benchmarks/company.py": {"gemini_emulator.audio", "gemini_emulator.responder", "gemini_emulator.speech", "tools"},
    "analysis/mind_requests.py": {"gemini_emulator.responder"},
    "analysis/word_errors.py": {"gemini_emulator.audio.speech_text"},
    "benchmarks/code_paths.py": {"s2s"},  # measures the core itself
    "first_contact": {
        "s2s",
        "gemini_live_client",
        "gemini_emulator.cassettes",
    },  # asks the real service as the gateway does
    "results/environment.py": {"s2s.__version__"},
}
"""File or package of the bench to what it may import beside that."""


def imports(path: Path) -> Iterator[str]:
    """Yields `module` and, for a name that is imported from it, `module.name`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_within(name: str, allowed: set[str]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


def test_every_package_of_the_bench_stands_in_the_table():
    folders = {path.parent.name for path in (BACKEND / "bench").glob("*/__init__.py")}
    assert folders == set(PACKAGES)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_of_the_bench_imports_only_what_the_table_allows(package: str):
    for path in (BACKEND / "bench" / package).glob("**/*.py"):
        for name in imports(path):
            top, _, rest = name.partition(".")
            assert top != "experiments", path
            if top == "bench":
                assert rest.split(".")[0] in PACKAGES[package] | {package}, f"{path.name} imports {name}"


def test_the_table_has_no_circle():
    placed: set[str] = set()
    for package, below in PACKAGES.items():
        assert below <= placed, package
        placed.add(package)


def test_the_bench_knows_of_gateway_and_emulator_only_what_is_listed():
    used = set()
    for path in (BACKEND / "bench").glob("**/*.py"):
        place = path.relative_to(BACKEND / "bench").as_posix()
        keys = {key for key in ALSO_KNOWN if place == key or place.startswith(key + "/")}
        allowed = EVERYWHERE.union(*(ALSO_KNOWN[key] for key in keys))
        for name in imports(path):
            if name.split(".")[0] in OUTSIDE:
                assert is_within(name, allowed), f"{place} imports {name}"
                used |= {key for key in keys if is_within(name, ALSO_KNOWN[key])}
    assert used == set(ALSO_KNOWN), "the list names what is not imported any more"


@pytest.mark.parametrize("folder", ["bench", "experiments"])
def test_no_folder_of_code_holds_more_than_twenty_files(folder: str):
    for place in [BACKEND / folder, *(path for path in (BACKEND / folder).rglob("*") if path.is_dir())]:
        assert len(list(place.glob("*.py"))) <= MAX_FILES, place
