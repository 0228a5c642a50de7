"""Report a problem: with the person's consent the recording is saved, and a replay says the same, byte for byte."""

import asyncio
import gzip
import json
import sys
from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.recording import replay
from s2s.recording.replay import NotARecording, summary
from tests.page import Page, open_page, running_gateway


def recording(folder: Path, name: str) -> list[list]:
    """The lines of a saved report."""
    return [json.loads(line) for line in gzip.decompress((folder / name).read_bytes()).splitlines()]


async def an_eventful_call(page: Page, emulator) -> None:
    """Speech, an answer, a barge-in, the button, a function, a lost socket, typed words."""
    await page.speak(0.6, then_quiet=1.0)
    await page.until(lambda: len(page.frames) >= 15)
    await page.speak(0.6)
    await page.told_of(wire.Flush, turn=1)
    await page.speak(0.0, then_quiet=1.0)
    await page.until(lambda: page.frames[-1].turn == 2)
    page.say(wire.Interrupt(turn=2))
    await page.told_of(wire.Flush, turn=2)
    page.say(wire.Played(turn=2, ms=40))
    # Or the stop would reach the model after its call, and call that off.
    await emulator.wait_for(lambda: {"clientContent": {"turnComplete": False}} in emulator.received)
    emulator.call_tool("get_current_time", {})
    await page.told_of(wire.ToolResult)
    emulator.drop()
    await page.told_of(wire.Upstream, status="reconnecting")
    live_again = len(page.of(wire.Upstream))
    await page.until(lambda: page.of(wire.Upstream)[-1].status == "live" and len(page.of(wire.Upstream)) > live_again)
    page.say(wire.Text(text="and then?"))
    await page.until(lambda: page.frames[-1].turn >= 3)


@pytest.mark.parametrize("audio", ["off", "on"])
async def test_a_recorded_call_is_replayed_to_the_same_effects(tmp_path: Path, audio: str):
    environ = {"S2S_RECORDER_AUDIO": audio, "S2S_RECORDER_MB": "50"}
    async with (
        # Longer than any machine is busy: an answer that is complete needs no stop.
        running_emulator(reply_s=30.0) as emulator,
        running_gateway(tmp_path, emulator.base_url, **environ) as (http, gateway),
        open_page(http) as page,
    ):
        await an_eventful_call(page, emulator)
        answer = await http.post(
            f"/api/session/{page.session_id}/report", json={"consent": True, "note": "It talked over me."}
        )
        saved = answer.json()
        assert answer.status_code == 201, saved
        data = (gateway.settings.report_dir / saved["name"]).read_bytes()
        lines = recording(gateway.settings.report_dir, saved["name"])
    outcome = replay.replay(data)
    assert outcome.difference is None, str(outcome.difference)
    assert outcome.events > 100
    assert outcome.effects > 200
    assert outcome.note == "It talked over me."
    assert summary(outcome).endswith("\nsame")
    assert saved["bytes"] == len(data)
    assert saved["audio"] is (audio == "on")
    assert saved["complete"] is True
    kinds = {line[2] for line in lines if line[0] == "fact"}
    assert {"MicAudio", "VoiceOut", "ToolCalled", "ToolFinished", "SocketLost", "TextTyped", "Opened"} <= kinds


async def test_a_replay_shows_the_first_difference(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="good morning"))
        await page.told_of(wire.TurnEnd)
        saved = (await http.post(f"/api/session/{page.session_id}/report", json={"consent": True})).json()
        path = gateway.settings.report_dir / saved["name"]
        data = gzip.decompress(path.read_bytes())
    # In a process of its own: with other hash values than ours.
    done = await asyncio.create_subprocess_exec(sys.executable, "-m", "s2s.replay", str(path), stdout=-1)
    said, _ = await done.communicate()
    assert done.returncode == 0
    assert said.decode().endswith("\nsame\n")
    path.write_bytes(gzip.compress(data.replace(b'"final":true', b'"final":false', 1)))
    assert replay.main([str(path)]) == 1
    difference = replay.replay(path.read_bytes()).difference
    assert difference is not None
    assert '"final":false' in difference.recorded
    assert '"final":true' in difference.replayed
    assert "TextTyped" in difference.after
    path.write_bytes(gzip.compress(b"\n".join(data.splitlines()[:20])))
    assert replay.main([str(path)]) in {0, 1}


async def test_without_consent_nothing_is_saved(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        url = f"/api/session/{page.session_id}/report"
        for body in ({}, {"consent": False}, {"consent": "true"}, {"consent": True, "note": "x" * 2_001}):
            assert (await http.post(url, json=body)).status_code == 422
        assert not gateway.settings.report_dir.exists()


async def test_a_problem_can_be_reported_right_after_the_call(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        async with open_page(http) as page:
            await page.told_of(wire.Upstream, status="live")
        url = f"/api/session/{page.session_id}/report"
        answer = await http.post(url, json={"consent": True})
        assert answer.status_code == 201
        assert (await http.post(f"/api/session/{'f' * 32}/report", json={"consent": True})).status_code == 404


async def test_where_nothing_is_recorded_this_is_said(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_RECORDER="off") as (http, _),
        open_page(http) as page,
    ):
        answer = await http.post(f"/api/session/{page.session_id}/report", json={"consent": True})
    assert answer.status_code == 409
    assert answer.json()["code"] == "not_recorded"


async def test_reports_are_not_saved_without_end(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        url = f"/api/session/{page.session_id}/report"
        answers = [await http.post(url, json={"consent": True}) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [201] * 10 + [429]
        blocked = gateway.settings.report_dir
        for report in blocked.iterdir():
            report.unlink()
        blocked.rmdir()
        blocked.write_text("a file where the folder should be")
        gateway._report_rate._next_at = 0.0
        refused = await http.post(url, json={"consent": True})
    assert refused.status_code == 507
    assert refused.json()["code"] == "report_not_saved"


async def test_no_ticket_key_or_sound_is_in_a_recording(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http, history=[{"role": "user", "text": "AIza" + "s" * 35}]) as page,
    ):
        page.say(wire.Text(text="my key is AIza" + "x" * 35))
        await page.speak(0.6, then_quiet=1.0)
        await page.told_of(wire.TurnEnd, turn=1)
        updates = [m.get("sessionResumptionUpdate", {}) for seen in emulator.seen for m in seen.sent]
        handles = {update["newHandle"] for update in updates if update.get("newHandle")}
        emulator.drop()
        await page.told_of(wire.Upstream, status="reconnecting")
        body = {"consent": True, "note": "AIza" + "n" * 35}
        saved = (await http.post(f"/api/session/{page.session_id}/report", json=body)).json()
        text = gzip.decompress((gateway.settings.report_dir / saved["name"]).read_bytes()).decode()
    assert handles
    assert not [handle for handle in handles if handle in text]
    assert "ticket-1" in text
    assert "AIza" not in text
    assert max(map(len, text.splitlines())) < 3_000


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"nonsense",
        gzip.compress(b"", mtime=0),
        gzip.compress(b"[]", mtime=0),
        gzip.compress(b'["head",{}]', mtime=0),
        gzip.compress(b'["head",{"format":9}]', mtime=0),
        gzip.compress(b"{", mtime=0),
    ],
)
def test_a_file_that_is_no_recording_is_refused_in_words(data: bytes, tmp_path: Path):
    with pytest.raises(NotARecording, match=r"\w+"):
        replay.replay(data)
    path = tmp_path / "file"
    path.write_bytes(data)
    assert replay.main([str(path)]) == 2
