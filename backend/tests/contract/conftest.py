"""What several contract tests stand on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gemini_emulator.cassettes.format import Cassette, load
from gemini_emulator.testing import Emulator, running_emulator
from tests.contract.recorded import FILES
from tests.contract.sdk_calls import point_there


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def cassette(request: pytest.FixtureRequest) -> Cassette:
    return load(request.param)


@pytest.fixture
async def tone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Emulator]:
    knobs: dict[str, Any] = {
        "require_key": "right",
        "require_bearer": "ya29.right",
        "reply_s": 0.4,
        "playout_share": 0.0,
    }
    async with running_emulator(engine="tone", tls_folder=tmp_path, **knobs) as emulator:
        point_there(emulator, monkeypatch)
        yield emulator
