"""The walls: which package may import which, what is pure, and that the emulator and the gateway share nothing."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

BACKEND = Path(__file__).resolve().parents[1]
DOORS = ("main", "webrtc_handler", "websocket_handler", "gemini_live_client", "tools")
GATEWAY = ("s2s", "builtin_tools", *DOORS)

MAY_IMPORT = {
    # ground
    "s2s.errors": "",
    "s2s.unicode_text": "",
    "s2s.redaction": "",
    "s2s.private_files": "",
    "s2s.log_files": "s2s.private_files",
    "s2s.logs": "s2s.log_files s2s.private_files s2s.redaction",
    "s2s.configuration": "s2s.upstream.models",
    "s2s.settings": "s2s.configuration",
    "s2s.folder_checks": "s2s.private_files s2s.settings",
    "s2s.startup": "s2s.configuration s2s.folder_checks s2s.limits s2s.logs s2s.settings s2s.upstream.network",
    # pure: one call, and what it is spoken in
    "s2s.wire": "",
    "s2s.upstream.refusals": "s2s.wire",
    "s2s.upstream.models": "s2s.wire s2s.upstream.refusals",
    "s2s.core": "s2s.wire s2s.unicode_text s2s.upstream.models s2s.upstream.refusals",
    "s2s.tools": "builtin_tools s2s.unicode_text",
    "s2s.upstream.codec": "s2s.core s2s.tools s2s.wire s2s.upstream.models",
    "s2s.upstream.target": "s2s.configuration s2s.settings s2s.wire s2s.upstream.models",
    "s2s.access": "s2s.errors s2s.logs s2s.settings s2s.startup s2s.upstream.network s2s.upstream.target",
    "s2s.latency_stats": "s2s.core s2s.wire",
    "s2s.limits": "s2s.core s2s.errors s2s.logs s2s.private_files s2s.wire s2s.upstream.codec s2s.upstream.models "
    "s2s.upstream.refusals",
    # to the model
    "s2s.upstream.network": "s2s.configuration s2s.settings s2s.upstream.refusals",
    "s2s.upstream.credentials": "s2s.logs s2s.settings s2s.upstream.network s2s.upstream.refusals s2s.upstream.target",
    "s2s.upstream.connection": "s2s.core s2s.logs s2s.wire s2s.upstream.codec s2s.upstream.credentials "
    "s2s.upstream.refusals",
    "gemini_live_client": "s2s.core s2s.logs s2s.settings s2s.upstream.codec s2s.upstream.connection "
    "s2s.upstream.credentials s2s.upstream.models s2s.upstream.network s2s.upstream.refusals s2s.upstream.target",
    # to the browser
    "s2s.transport": "s2s.configuration s2s.errors s2s.limits s2s.settings s2s.transport.aiortc_patches s2s.wire",
    "s2s.transport.aiortc_patches": "s2s.logs",
    "webrtc_handler": "s2s.errors s2s.logs s2s.session s2s.transport s2s.transport.aiortc_patches s2s.wire",
    "websocket_handler": "s2s.logs s2s.session s2s.transport s2s.wire",
    # sessions
    "s2s.recording": "s2s.core s2s.errors s2s.logs s2s.private_files s2s.tools s2s.upstream.codec "
    "s2s.upstream.models s2s.upstream.target",
    "s2s.replay": "s2s.recording",
    "s2s.cluster": "s2s.configuration s2s.limits s2s.logs s2s.private_files s2s.settings s2s.startup "
    "s2s.upstream.target",
    "s2s.session": "s2s.access s2s.cluster s2s.core s2s.errors s2s.limits s2s.logs s2s.latency_stats s2s.recording "
    "s2s.tools s2s.transport s2s.wire s2s.upstream.codec s2s.upstream.models "
    "s2s.upstream.refusals s2s.upstream.target",
    "s2s.rest": "s2s.access s2s.cluster webrtc_handler websocket_handler s2s.core s2s.errors s2s.gateway s2s.limits "
    "s2s.logs s2s.recording s2s.session s2s.settings s2s.tools s2s.transport s2s.transport.aiortc_patches s2s.wire "
    "s2s.upstream.codec s2s.upstream.models s2s.upstream.target",
    # functions
    "builtin_tools": "",
    "tools": "builtin_tools s2s.tools",
    # put together
    "s2s.gateway": "gemini_live_client s2s.access s2s.cluster s2s.errors s2s.folder_checks s2s.limits s2s.logs "
    "s2s.recording s2s.session s2s.settings s2s.startup s2s.tools s2s.transport s2s.transport.aiortc_patches s2s.wire "
    "s2s.upstream.codec s2s.upstream.connection s2s.upstream.credentials "
    "s2s.upstream.models s2s.upstream.network s2s.upstream.target",
    "s2s.doctor": "gemini_live_client s2s.access s2s.configuration s2s.core s2s.folder_checks s2s.gateway s2s.logs "
    "s2s.rest s2s.settings s2s.startup s2s.tools s2s.transport s2s.upstream.codec "
    "s2s.upstream.connection s2s.upstream.credentials s2s.upstream.network "
    "s2s.upstream.refusals s2s.upstream.target",
    "s2s.phone": "s2s.access s2s.private_files",
    "s2s.codegen": "s2s.core s2s.wire",
    "main": "builtin_tools tools s2s.gateway s2s.logs s2s.rest s2s.session s2s.settings s2s.startup",
}
"""Package, or module between the packages -> what of the gateway it may import. The longest name that fits decides.

`s2s.core` is one package: its folders sort files, no wall stands between them. Everybody may import `s2s` itself, which
holds the version.
"""

PURE = {
    "s2s.configuration",
    "s2s.core",
    "s2s.errors",
    "s2s.limits",
    "s2s.latency_stats",
    "s2s.redaction",
    "s2s.settings",
    "s2s.tools",
    "s2s.unicode_text",
    "s2s.upstream.codec",
    "s2s.upstream.models",
    "s2s.upstream.refusals",
    "s2s.upstream.target",
    "s2s.wire",
}
SHELL_OF_PURE_PACKAGES = {
    "s2s.limits.paid_calls",
    "s2s.configuration.env_file",
    "s2s.limits.budget",
    "s2s.limits.usage_journal",
    "s2s.tools.registry",
    "s2s.tools.threads",
}
PURE_IN_SHELL_PACKAGES = {
    "s2s.access.caller",
    "s2s.access.grant_claims",
    "s2s.access.granted",
    "s2s.access.identification",
    "s2s.access.locality",
    "s2s.access.route_rules",
    "s2s.cluster.health_merge",
    "s2s.cluster.routing",
    "s2s.doctor.report",
    "s2s.rest.page.accept_encoding",
    "s2s.rest.schemas",
    "s2s.session.caller_limits",
    "s2s.transport.mic_reorder",
    "s2s.transport.remote_candidates",
    "s2s.transport.send_queue",
    "s2s.transport.turn_credentials",
    "s2s.upstream.connection.keepalive",
    "s2s.upstream.connection.unacked_messages",
    "s2s.upstream.credentials.token_refresh",
}
IMPURE = {
    "aioice",
    "aiortc",
    "asyncio",
    "av",
    "fastapi",
    "google",
    "httpx",
    "logging",
    "os",
    "random",
    "requests",
    "secrets",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "starlette",
    "subprocess",
    "tempfile",
    "threading",
    "time",
    "uvicorn",
    "websockets",
}
"""No clock, no task, no socket, no file, no log, no chance."""

MAX_FILES = 20
MAX_NAME_CHARS = 80


def name_of(path: Path) -> str:
    """Of a module, dotted."""
    return ".".join(path.relative_to(BACKEND).with_suffix("").parts).removesuffix(".__init__")


@cache
def modules(*roots: str) -> dict[str, Path]:
    found = [path for root in roots for path in [BACKEND / f"{root}.py", *(BACKEND / root).rglob("*.py")]]
    return {name_of(path): path for path in found if path.exists()}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Dotted names; `from package import module` is the module."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                yield whole if whole in modules(*GATEWAY) else node.module


def package_of(module: str) -> str:
    """The row of the table for a module of the gateway; empty for `s2s` itself and for what is not ours."""
    fitting = [name for name in MAY_IMPORT if module == name or module.startswith(f"{name}.")]
    return max(fitting, key=len, default="")


def arrows() -> Iterator[tuple[str, str, str]]:
    """Package, package that it imports, and the module that does it."""
    for module, path in modules(*GATEWAY).items():
        for imported in imports(path):
            source, target = package_of(module), package_of(imported)
            if source and target and source != target:
                yield source, target, module


def pure_modules() -> list[str]:
    packages = [module for module in modules(*GATEWAY) if package_of(module) in PURE]
    return sorted({*packages, *PURE_IN_SHELL_PACKAGES} - SHELL_OF_PURE_PACKAGES)


def test_every_module_of_the_gateway_belongs_to_a_package_of_the_table():
    homeless = {module for module in modules(*GATEWAY) if not package_of(module)}
    assert homeless == {"s2s", "s2s.upstream"}


def test_packages_import_only_what_the_table_allows():
    beyond = {arrow for arrow in arrows() if arrow[1] not in MAY_IMPORT[arrow[0]].split()}
    assert not beyond


def test_the_table_allows_nothing_that_nobody_imports():
    used = {arrow[:2] for arrow in arrows()}
    assert {(one, two) for one, allowed in MAY_IMPORT.items() for two in allowed.split()} <= used


def test_no_circle_goes_through_packages():
    left = {name: set(allowed.split()) for name, allowed in MAY_IMPORT.items()}
    while free := {name for name, allowed in left.items() if not allowed & left.keys()}:
        left = {name: allowed for name, allowed in left.items() if name not in free}
    assert not left


def test_no_circle_goes_through_files():
    ours = modules(*GATEWAY)
    left = {name: {one for one in imports(path) if one in ours} - {name} for name, path in ours.items()}
    while free := {name for name, needed in left.items() if not needed & left.keys()}:
        left = {name: needed for name, needed in left.items() if name not in free}
    assert not left


@pytest.mark.parametrize("module", pure_modules())
def test_pure_modules_read_no_clock_and_open_no_socket(module: str):
    assert not {name.split(".")[0] for name in imports(modules(*GATEWAY)[module])} & IMPURE


@pytest.mark.parametrize("module", pure_modules())
def test_pure_modules_know_only_pure_modules(module: str):
    ours = {name for name in imports(modules(*GATEWAY)[module]) if name in modules(*GATEWAY)}
    assert ours <= set(pure_modules())


def test_the_emulator_imports_nothing_of_the_gateway():
    for path in (BACKEND / "gemini_emulator").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & set(GATEWAY), path.name


def test_the_gateway_imports_nothing_of_the_emulator_or_the_bench():
    for path in modules(*GATEWAY).values():
        assert not {name.split(".")[0] for name in imports(path)} & {"gemini_emulator", "bench", "tests"}, path.name


def test_only_the_start_reads_the_environment():
    readers = {module for module, path in modules(*GATEWAY).items() if "os.environ" in path.read_text("utf-8")}
    assert readers == {"s2s.startup"}
    assert not [module for module, path in modules(*GATEWAY).items() if "getenv" in path.read_text("utf-8")]


def test_no_folder_holds_more_than_twenty_files_of_code():
    folders = {path.parent for path in BACKEND.rglob("*.py") if not any(part[0] == "." for part in path.parts[1:])}
    crowded = {str(folder.relative_to(BACKEND)) for folder in folders if len(list(folder.glob("*.py"))) > MAX_FILES}
    assert not crowded


def test_the_names_of_tests_are_sentences_of_at_most_eighty_characters():
    trees = [ast.walk(ast.parse(path.read_text("utf-8"))) for path in (BACKEND / "tests").rglob("*.py")]
    names = [node.name for tree in trees for node in tree if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert not [name for name in names if len(name) > MAX_NAME_CHARS]


def test_the_developers_page_names_rooms_that_exist_and_every_package():
    rows = [line for line in (BACKEND.parent / "CLAUDE.md").read_text("utf-8").splitlines() if line.startswith("| `")]
    for row in rows:
        where = BACKEND
        for name in re.findall(r"`([\w./-]+(?:\.py|/))`", row.split("|")[1]):
            path = BACKEND.parent / name if name.startswith(("backend/", "frontend/")) else where / name
            assert path.exists() or next((BACKEND.parent / "frontend/s2s-client/src").glob(name), None), name
            where = path.parent if name.startswith("backend/") else where
    named = " ".join(row.split("|")[1] for row in rows)
    for package in ("s2s", "gemini_emulator", "bench", "fuzz"):
        assert f"`backend/{package}/" in named
