"""Conversations in the shape of recordings of the real service, through a whole session: page, gateway, service.

Every millisecond of voice, every word, every count and every call arrives, whatever else the service sends.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from s2s import wire
from tests.calls.test_vertex import service_account, vertex
from tests.contract.played_service import FILES, PlayedService, play, played_service
from tests.page import Page, open_page, running_gateway
from tools import ToolRegistry

FRAME_MS = 20
DEPTHS_M = {"Como": 410, "Garda": 346}


def functions() -> ToolRegistry:
    registry = ToolRegistry()

    async def depth(lake: str) -> dict[str, Any]:
        return {"metres": DEPTHS_M[lake]}

    async def slow_depth(lake: str) -> dict[str, Any]:
        await asyncio.sleep(0.3)
        return {"metres": DEPTHS_M[lake]}

    schema = {"type": "object", "properties": {"lake": {"type": "string"}}, "required": ["lake"]}
    registry.register("depth", depth, {"name": "depth", "description": "How deep a lake is", "parameters": schema})
    registry.register(
        "slow_depth", slow_depth, {"name": "slow_depth", "description": "How deep a lake is", "parameters": schema},
        blocking=False, scheduling="INTERRUPT",
    )  # fmt: skip
    return registry


@asynccontextmanager
async def call(story: dict[str, Any], tmp_path: Path) -> AsyncIterator[tuple[PlayedService, Page]]:
    """A page in a call whose upstream plays the story."""
    async with played_service(story) as service, service_account(tmp_path) as (key_path, _):
        environ = (
            vertex(key_path, service.url)
            if story["backend"] == "vertex"
            else {"GEMINI_API_KEY": "made-up-key-of-a-story", "GOOGLE_GEMINI_BASE_URL": service.url}
        )
        environ["GEMINI_MODEL"] = story["model"]
        options = {"history": story["history"]} if "history" in story else {}
        async with (
            running_gateway(tmp_path, registry=functions(), **environ) as (http, _gateway),
            open_page(http, **options) as page,
        ):
            yield service, page


@pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
async def test_everything_that_the_recorded_service_sends_arrives(
    path: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    story = json.loads(path.read_text("utf-8"))
    async with call(story, tmp_path) as (service, page):
        await play(story, service, page)
        expect = story["expect"]
        _voice(page, expect)
        _words(page, expect)
        _calls(page, service, expect)
        if "usage" in expect:
            await page.until(lambda: bool(page.of(wire.Usage)))
            usage = page.of(wire.Usage)[-1]
            assert [usage.prompt_tokens, usage.response_tokens, usage.total_tokens] == expect["usage"]
        _sockets(service, expect)
        assert [notice.message for notice in page.of(wire.Notice) if notice.level != "info"] == []
    assert not [record for record in caplog.records if "odd" in record.getMessage().lower()]


def _voice(page: Page, expect: dict[str, Any]) -> None:
    ends = {end.turn: end.voice_ms for end in page.of(wire.TurnEnd)}
    for turn, ms in expect.get("voice_ms", {}).items():
        assert ends[int(turn)] == ms
        assert 0 <= _heard_ms(page, int(turn)) - ms < FRAME_MS
    last = page.frames[-1].turn
    if "last_voice_ms" in expect:
        assert ends[last] == expect["last_voice_ms"]
        assert 0 <= _heard_ms(page, last) - expect["last_voice_ms"] < FRAME_MS
    if "total_voice_ms" in expect:
        assert sum(ends.values()) == expect["total_voice_ms"]
    assert [flush.turn for flush in page.of(wire.Flush)] == expect.get("flushed", [])


def _heard_ms(page: Page, turn: int) -> int:
    return sum(FRAME_MS for frame in page.frames if frame.turn == turn)


def _words(page: Page, expect: dict[str, Any]) -> None:
    pieces = page.of(wire.ModelTranscript)
    if "said" in expect:
        assert "".join(piece.text for piece in pieces).strip() == expect["said"]
    if "said_last" in expect:
        last = page.frames[-1].turn
        assert "".join(piece.text for piece in pieces if piece.turn == last).strip() == expect["said_last"]
    spoken: dict[int, str] = {said.id: said.text for said in page.of(wire.UserTranscript)}
    for words in expect.get("heard", []):
        assert words in [text.strip() for text in spoken.values()]


def _calls(page: Page, service: PlayedService, expect: dict[str, Any]) -> None:
    calls = page.of(wire.ToolCall)
    assert [[called.name, called.args] for called in calls] == expect.get("calls", [])
    assert sorted(result.id for result in page.of(wire.ToolResult) if result.ok) == sorted(c.id for c in calls)
    answers = [
        (answer["id"], answer["response"]["metres"])
        for socket in service.sockets
        for message in socket.received
        if "toolResponse" in message
        for answer in message["toolResponse"]["functionResponses"]
    ]
    assert sorted(answers) == sorted((called.id, DEPTHS_M[called.args["lake"]]) for called in calls)


def _sockets(service: PlayedService, expect: dict[str, Any]) -> None:
    if "sockets" in expect:
        assert len(service.sockets) == expect["sockets"]
    if "max_sockets" in expect:
        assert len(service.sockets) <= expect["max_sockets"]
    if "resumed_with" in expect:
        assert service.sockets[-1].setup["sessionResumption"]["handle"] == expect["resumed_with"]
    if "seeded" in expect:
        [first] = [message["clientContent"] for message in service.sockets[0].received if "clientContent" in message]
        assert [[turn["role"], turn["parts"][0]["text"]] for turn in first["turns"]] == expect["seeded"]
        assert service.sockets[0].setup["historyConfig"] == {"initialHistoryInClientContent": True}
