"""Runs tests against one mutant after the other: `runner.py SCOPE TESTS`, both JSON lists, in the backend of any tree.

A program of its own, so that it finds the modules of the tree it runs in. It first runs the tests once to see how long
each takes and which functions it calls. Then each line of standard input is a mutant as JSON, and each line of output
what became of it. A mutant is tried in a child of this process, which has imported everything but the tree's own
modules.
"""

import importlib
import importlib.machinery
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from hypothesis import Phase, settings

ROOT = Path.cwd()
MEMORY_BYTES = 6 << 30
MAIN = ("__main__", "__mp_main__")
"""The names of this program."""
SPARE_S = 10.0
"""Of CPU for a test, beside five times what it takes without a fault. Whoever fails may use it up."""
# Asserts stay as they are: pytest would load modules that it rewrites itself, and the mutant would not be seen.
OPTIONS = (
    "-x", "-q", "--no-header", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "--hypothesis-seed=0",
    "--assert=plain",
)  # fmt: skip

Items = dict[str, dict[str, Any]]


class _Plugin:
    """What both runs do: no example is shrunk or kept, and nothing is said."""

    @pytest.hookimpl
    def pytest_collection(self) -> None:
        """After tests/conftest.py has loaded its profile, before a test module takes it over."""
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutants", settings.default, phases=phases, database=None)
        settings.load_profile("mutants")


class Baseline(_Plugin):
    """Measures each test and notes the functions of the scope that it calls."""

    def __init__(self, scope: list[str]) -> None:
        self._files = {str(ROOT / file): file for file in scope}
        self.items: Items = {}
        self.failed: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Note what one test takes and calls."""
        called: set[str] = set()
        seen: set[CodeType] = set()

        def trace(frame: FrameType, event: str, argument: object) -> None:
            code = frame.f_code
            if code not in seen:
                seen.add(code)
                if code.co_filename in self._files:
                    called.add(f"{self._files[code.co_filename]}:{code.co_firstlineno}")

        began = time.process_time()
        sys.settrace(trace)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.items[item.nodeid] = {"seconds": time.process_time() - began, "calls": sorted(called)}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note who fails without a fault."""
        if report.failed or report.skipped:
            self.failed.append(report.nodeid)


class Trial(_Plugin):
    """Runs chosen tests in a chosen order, each for so long only."""

    def __init__(self, chosen: dict[str, float]) -> None:
        self._chosen = chosen
        self.killer = ""
        self.passed = 0

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """The chosen ones, in their order."""
        order = {name: place for place, name in enumerate(self._chosen)}
        items[:] = sorted((item for item in items if item.nodeid in order), key=lambda item: order[item.nodeid])

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """A test that does not end is ended, and the child with it."""
        signal.setitimer(signal.ITIMER_PROF, 5 * self._chosen[item.nodeid] + SPARE_S)
        return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the first that fails."""
        if report.failed and not self.killer:
            self.killer = report.nodeid
        self.passed += report.passed and report.when == "call"


def in_child(work: Callable[[], object]) -> Any:
    """What `work` returns in a child of this process; a text where a signal ended it."""
    read, write = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.close(read)
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        with suppress(BaseException):
            found = work()
            with open(write, "w", encoding="utf-8") as pipe:
                json.dump(found, pipe)
        os._exit(0)
    os.close(write)
    with open(read, encoding="utf-8") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if text:
        return json.loads(text)
    return signal.Signals(os.WTERMSIG(status)).name if os.WIFSIGNALED(status) else "ended early"


def measure(scope: list[str], tests: list[str]) -> dict[str, Any]:
    """One run without a fault."""
    baseline = Baseline(scope)
    code = pytest.main([*OPTIONS[1:], *tests], plugins=[baseline])
    modules = [
        name for name, module in sys.modules.items() if "site-packages" in (getattr(module, "__file__", "") or "")
    ]
    return {"code": int(code), "items": baseline.items, "failed": baseline.failed, "modules": modules}


def try_out(file: str, source: str, chosen: dict[str, float]) -> dict[str, Any]:
    """What the chosen tests say of the tree with `source` instead of `file`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    path, loaded = str(ROOT / file), []
    get_code = importlib.machinery.SourceFileLoader.get_code

    def mutated(loader: importlib.machinery.SourceFileLoader, name: str) -> CodeType | None:
        if os.path.abspath(loader.path) == path:
            loaded.append(name)
            return compile(source, path, "exec", dont_inherit=True)
        return get_code(loader, name)

    importlib.machinery.SourceFileLoader.get_code = mutated  # type: ignore[assignment, method-assign]  # in this child only
    trial = Trial(chosen)
    files = dict.fromkeys(name.partition("::")[0] for name in chosen)
    code = pytest.main([*OPTIONS, *files], plugins=[trial])
    return {"code": int(code), "killer": trial.killer, "passed": trial.passed, "loaded": bool(loaded)}


def own_module(module: ModuleType) -> bool:
    """Whether it is one of the tree, and not installed below it."""
    file = str(getattr(module, "__file__", "") or "")
    return file.startswith(f"{ROOT}{os.sep}") and "site-packages" not in file


def choose(items: Items, file: str, first_line: int) -> dict[str, float]:
    """The tests to try with their time, the quick ones first: those that call the function, or else all of them."""
    function = f"{file}:{first_line}"
    names = [name for name, item in items.items() if not first_line or function in item["calls"]]
    far = {name: not any(call.startswith(f"{file}:") for call in items[name]["calls"]) for name in names}
    names.sort(key=lambda name: (far[name], items[name]["seconds"]))
    return {name: items[name]["seconds"] for name in names}


def main() -> None:
    """Speak the protocol."""
    scope, tests = (json.loads(argument) for argument in sys.argv[1:3])
    sys.path.insert(0, str(ROOT))
    baseline = in_child(lambda: measure(scope, tests))
    if isinstance(baseline, str):
        sys.exit(f"the tests without a fault: {baseline}")
    if baseline["code"] not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        sys.exit(f"these tests cannot be run: {' '.join(tests)}")
    items: Items = {name: item for name, item in baseline["items"].items() if name not in baseline["failed"]}
    items = {name: item for name, item in items.items() if item["calls"]}
    for name in baseline["modules"]:
        if not name.startswith(("__", "_virtualenv", "__editable__")):
            with suppress(Exception):
                importlib.import_module(name)
    if mine := [name for name, module in sys.modules.items() if own_module(module) and name not in MAIN]:
        sys.exit(f"imported too early: {mine}")
    print(json.dumps({"tests": len(items), "left_out": baseline["failed"]}), flush=True)
    for line in sys.stdin:
        mutant = json.loads(line)
        chosen = choose(items, mutant["file"], mutant["first_line"])
        began = time.monotonic()
        found: Any = {"code": 0, "killer": "", "passed": 0, "loaded": True}
        if chosen:
            task = (mutant["file"], mutant["source"], chosen)
            found = in_child(lambda task=task: try_out(*task))  # type: ignore[misc]  # a lambda's default has no type
        if isinstance(found, str):
            found = {"code": 1, "killer": found, "passed": 0, "loaded": True}
        if not found["code"] and found["passed"] != len(chosen):
            sys.exit(f"{found['passed']} tests of {len(chosen)} ran")
        if not found["loaded"]:
            sys.exit(f"{mutant['file']} was not imported, or by another way")
        verdict = "killed" if found["code"] else "survived" if chosen else "not called"
        answer = {"verdict": verdict, "killer": found["killer"] or ("import" if found["code"] else "")}
        answer |= {"tests": len(chosen), "seconds": round(time.monotonic() - began, 1)}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
