"""Where transcripts are switched off, a whole call leaves none of its words on the disk or under /errors."""

from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.core.events import UnreadableMessage
from tests.page import open_page, running_gateway


@pytest.mark.parametrize("transcripts", ["true", "false"])
async def test_the_words_of_a_call_are_logged_only_where_that_is_wanted(tmp_path: Path, transcripts: str):
    folder = tmp_path / "logs"
    environ = {"S2S_LOG_DIR": str(folder), "S2S_LOG_TRANSCRIPTS": transcripts}
    async with (
        running_emulator(reply_s=0.1) as emulator,
        running_gateway(tmp_path, emulator.base_url, **environ) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="my word is rhubarb"))
        await page.told_of(wire.TurnEnd)
        emulator.call_tool("calculate", {"expression": "rhubarb"})
        await page.told_of(wire.ToolResult)
        session = gateway.sessions.find(page.session_id)
        session.feed(UnreadableMessage("unreadable message", "no JSON: 'rhubarb"))
        errors = (await http.get("/errors")).text
    written = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    assert ("conversation_log.txt" in written) is (transcripts == "true")
    assert (b"rhubarb" in b"".join(written.values())) is (transcripts == "true")
    assert ("rhubarb" in errors) is (transcripts == "true")
    assert "The service sent something odd: unreadable message (" in errors
    assert "function calculate failed" in errors
