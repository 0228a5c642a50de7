"""What folders with real sockets share: the loop that `uvicorn[standard]` gives the gateway, and two fixtures.

Their conftest.py imports it.
"""

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime, tzinfo

import pytest

from s2s.limits import budget
from s2s.session import browser_input


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Read by pytest-asyncio."""
    if sys.platform == "win32":
        return {"asyncio": asyncio.new_event_loop}
    import uvloop

    return {"uvloop": uvloop.new_event_loop}


@pytest.fixture(autouse=True)
def pages_may_be_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages of these stories send no pings: on a busy machine one would be let go in mid-story."""
    monkeypatch.setattr(browser_input, "BROWSER_TIMEOUT_S", 600.0)


class Noon(datetime):
    """No day ends in mid-story."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Noon":
        return cls(2026, 11, 23, 12, tzinfo=tz)


@pytest.fixture(autouse=True)
def it_is_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """For what a day has cost."""
    monkeypatch.setattr(budget, "datetime", Noon)
