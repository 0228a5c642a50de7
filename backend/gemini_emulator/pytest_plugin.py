"""Fixtures for other people's tests. They need pytest and nothing else of it: no event loop, no plugin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gemini_emulator.background import LiveEmulator

MARK = "gemini_live(engine, **knobs): how the gemini_live fixture behaves, see gemini_emulator.testing.running_emulator"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARK)


@pytest.fixture
def gemini_live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveEmulator]:
    """A Gemini Live server on free ports of this machine, for one test.

    `@pytest.mark.gemini_live(engine="speech", scenario="outage")` says how it behaves.
    """
    mark = request.node.get_closest_marker("gemini_live")
    knobs = {"tls_folder": tmp_path_factory.getbasetemp() / "gemini-live"} | (mark.kwargs if mark else {})
    with LiveEmulator(*(mark.args if mark else ()), **knobs) as emulator:
        yield emulator


@pytest.fixture
def gemini_live_environment(gemini_live: LiveEmulator, monkeypatch: pytest.MonkeyPatch) -> LiveEmulator:
    """The same, and the environment says so: the official SDK of this process and its children comes here."""
    for name, value in gemini_live.environment.items():
        monkeypatch.setenv(name, value)
    return gemini_live
