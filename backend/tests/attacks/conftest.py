"""One gateway with a paid upstream for all attacks of a file."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.attacks.target import Target, attacked


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    """Of the gateway, and knobs of its upstream as `emulator`; files with others define their own."""
    return {}


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory, settings: dict[str, Any]) -> Iterator[Target]:
    with attacked(tmp_path_factory.mktemp("gateway"), **settings) as target:
        yield target
