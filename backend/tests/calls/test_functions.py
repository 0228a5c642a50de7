"""Functions of all kinds in real calls: none costs the call, each is answered, and the log says why one failed."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from gemini_emulator.responder.conversation_state import Call
from gemini_emulator.testing import Emulator, running_emulator
from s2s import wire
from tests.calls.test_vertex import service_account, vertex
from tests.page import Page, open_page, running_gateway
from tools import ToolFailure, ToolRegistry

ROWS = [{"i": number, "text": f"row {number} of the table"} for number in range(2_000)]
NODE = {"type": "object", "properties": {"name": {"type": "string"}, "inner": {"$ref": "#/$defs/Node"}}}
ODD = {
    "type": "object",
    "properties": {
        "n": {"type": "integer", "enum": [60, 1440]},
        "any": True,
        "list": {"type": "array", "items": True},
        "flag": {"enum": [True, None]},
        "node": {"$ref": "#/$defs/Node"},
    },
    "$defs": {"Node": NODE},
}


def answers() -> ToolRegistry:
    mine = ToolRegistry()

    async def half_a_character() -> dict[str, Any]:
        return {"summary": "A \ud83d B", "files": [os.fsdecode(b"caf\xe9.txt")]}

    async def not_a_number() -> dict[str, Any]:
        return {"value": float("nan"), (1, 2): {3}}

    async def many_rows() -> dict[str, Any]:
        return {"rows": ROWS}

    async def refused() -> dict[str, Any]:
        raise ToolFailure("Half \ud83d.", hint="\udce9")

    async def broken() -> dict[str, Any]:
        return {"status": {}["order \ud83d"]}

    for function in (half_a_character, not_a_number, many_rows, refused, broken):
        mine.register(function.__name__, function, {"description": "d"})
    return mine


async def answer_of(emulator: Emulator, page: Page, name: str) -> dict[str, Any]:
    """What upstream got for a call of this function."""
    emulator.call_tool(name)
    call = await page.told_of(wire.ToolCall, name=name)
    await page.told_of(wire.ToolResult, id=call.id)

    def found() -> list[dict[str, Any]]:
        batches = [m["toolResponse"]["functionResponses"] for m in emulator.received if "toolResponse" in m]
        return [response["response"] for batch in batches for response in batch if response["id"] == call.id]

    await emulator.wait_for(lambda: bool(found()))
    return found()[0]


@pytest.mark.parametrize("recorder", ["on", "off"])
async def test_every_answer_arrives_and_the_log_says_why_a_call_failed(tmp_path: Path, recorder: str) -> None:
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, answers(), S2S_RECORDER=recorder) as (http, _),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        half = await answer_of(emulator, page, "half_a_character")
        assert half == {"summary": "A \ufffd B", "files": ["caf\ufffd.txt"]}
        assert await answer_of(emulator, page, "not_a_number") == {"value": "NaN", "(1, 2)": [3]}
        rows = await answer_of(emulator, page, "many_rows")
        assert rows["rows"] == ROWS[: len(rows["rows"])]
        assert rows["shown"] == f"{len(rows['rows']):,} of 2,000 rows"
        assert (await answer_of(emulator, page, "refused"))["error"] == "Half \ufffd."
        assert "did not work" in (await answer_of(emulator, page, "broken"))["error"]
        errors = (await http.get("/errors")).json()
        lines = errors["errors"] if isinstance(errors, dict) else errors
        said = {line["message"]: line for line in lines if line["code"].startswith("tool_")}
    crash = next(line for message, line in said.items() if message.startswith("function broken failed: KeyError:"))
    assert page.session_id.startswith(crash["session"])
    assert crash["session"]
    assert any(message.startswith("function refused failed: Half") for message in said)
    assert any("many_rows: the result is longer than 32000" in message for message in said)


async def test_the_size_of_results_is_a_setting(tmp_path: Path) -> None:
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, answers(), S2S_TOOL_RESULT_CHARS="1000") as (http, _),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        assert len((await answer_of(emulator, page, "many_rows"))["rows"]) < 20


async def test_odd_schemas_make_a_call_on_vertex_and_on_the_developer_api(tmp_path: Path) -> None:
    got: list[dict[str, Any]] = []

    async def odd(**found: Any) -> dict[str, Any]:
        got.append(found)
        return {"result": "done"}

    mine = ToolRegistry()
    mine.register("odd", odd, {"description": "Takes odd arguments.", "parameters": ODD})
    async with service_account(tmp_path) as (key_path, _), running_emulator() as emulator:
        for environ in (
            vertex(key_path, emulator.base_url),
            {"GEMINI_API_KEY": "made-up-key", "GOOGLE_GEMINI_BASE_URL": emulator.base_url, "S2S_UPSTREAM": "developer"},
        ):
            async with running_gateway(tmp_path, "", mine, **environ) as (http, _), open_page(http) as page:
                await page.told_of(wire.Upstream, status="live")
                emulator.call_tool("odd", {"n": "60", "flag": "true", "node": {"name": "a", "inner": '{"name": "b"}'}})
                await page.told_of(wire.ToolResult, ok=True, summary="done")
    node = {"name": "a", "inner": {"name": "b"}}
    assert got == [{"n": 60, "flag": True, "node": node}] * 2


@pytest.mark.parametrize(
    ("backend", "model"),
    [
        ("developer", "gemini-2.5-flash-native-audio-latest"),
        ("developer", "gemini-3.1-flash-live-preview"),
        ("developer", "gemini-3.8-live"),
        ("vertex", "gemini-live-2.5-flash-native-audio"),
    ],
)
async def test_wherever_a_turn_ends_around_a_call_the_page_thinks_until_the_answer(
    tmp_path: Path, backend: str, model: str
) -> None:
    mine = ToolRegistry()

    async def slow() -> dict[str, Any]:
        await asyncio.sleep(0.3)
        return {"result": "done"}

    mine.register("slow", slow, {"name": "slow", "description": "Takes its time."})
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(calls=(Call("slow"),), reply_s=0.6, reply_text="It is done") as emulator,
    ):
        environ = (
            vertex(key_path, emulator.base_url)
            if backend == "vertex"
            else {"GEMINI_API_KEY": "made-up-key", "GOOGLE_GEMINI_BASE_URL": emulator.base_url}
        )
        environ["GEMINI_MODEL"] = model
        async with running_gateway(tmp_path, "", mine, **environ) as (http, _), open_page(http) as page:
            page.say(wire.Text(text="Please do it."))
            call = await page.told_of(wire.ToolCall, name="slow")
            await page.until(lambda: any(end.voice_ms for end in page.of(wire.TurnEnd)))
            since = page.told.index(call)
            spoken = next(end for end in page.of(wire.TurnEnd) if end.voice_ms)
            phases = [told.phase for told in page.told[since:] if isinstance(told, wire.State)]
            assert "listening" not in phases[: phases.index("speaking")]
            said = [piece.text for piece in page.of(wire.ModelTranscript) if piece.turn == spoken.turn]
            assert "".join(said).strip() == "It is done"
            assert spoken.voice_ms == 600
            assert [result.ok for result in page.of(wire.ToolResult)] == [True]
            await page.told_of(wire.Usage)
            usage = page.of(wire.Usage)[-1]
            assert usage.total_tokens == usage.prompt_tokens + usage.response_tokens
