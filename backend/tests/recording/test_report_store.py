"""Report a problem: with the person's consent the recording is saved, and a replay says the same, byte for byte."""

import asyncio
import gzip
import json
import stat
import sys
from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.errors import ReportsFull
from s2s.limits.rate_limit import REPORTS_OF_ADDRESS, REPORTS_OF_CALL, PerKeyRateLimiter, Rate
from s2s.recording import replay
from s2s.recording.recorder import Recorder
from s2s.recording.replay import NotARecording, summary
from s2s.recording.report_store import ReportStore, mark_as_read
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


async def test_each_call_and_each_address_reports_at_its_own_pace(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as first,
        open_page(http) as second,
        open_page(http) as third,
    ):

        async def statuses(page: Page, count: int) -> list[int]:
            url = f"/api/session/{page.session_id}/report"
            return [(await http.post(url, json={"consent": True})).status_code for _ in range(count)]

        slow = [PerKeyRateLimiter(Rate(rate.burst, 1e-6)) for rate in (REPORTS_OF_CALL, REPORTS_OF_ADDRESS)]
        gateway._report_rates = slow[0], slow[1]
        assert await statuses(first, REPORTS_OF_CALL.burst + 1) == [201] * REPORTS_OF_CALL.burst + [429]
        others = REPORTS_OF_ADDRESS.burst - REPORTS_OF_CALL.burst
        assert await statuses(second, others) == [201] * others
        assert await statuses(third, 1) == [429], "the address has had its share"
        gateway._report_rates = PerKeyRateLimiter(REPORTS_OF_CALL), PerKeyRateLimiter(REPORTS_OF_ADDRESS)
        blocked = gateway.settings.report_dir
        for report in blocked.iterdir():
            report.unlink()
        blocked.rmdir()
        blocked.write_text("a file where the folder should be")
        refused = await http.post(f"/api/session/{third.session_id}/report", json={"consent": True})
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


# --- room for reports ---


def saved_by(store: ReportStore, sender: str, count: int, size: int = 4_000) -> list[str]:
    return [store.save(bytes(size), sender) for _ in range(count)]


def test_a_hundred_reports_of_one_person_delete_none_of_anothers(tmp_path: Path):
    store = ReportStore(tmp_path, 400_000)
    first = saved_by(store, "address:192.0.2.1", 3)
    many = saved_by(store, "address:192.0.2.2", 100)
    names = {path.name for path in tmp_path.iterdir()}
    assert set(first) <= names
    assert set(many[-24:]) == set(many) & names, "a quarter of the room, and their newest"
    assert store.save(bytes(4_000), "address:192.0.2.3") in {path.name for path in tmp_path.iterdir()}


def test_when_unread_reports_fill_the_room_a_new_one_is_refused(tmp_path: Path):
    store = ReportStore(tmp_path, 400_000)
    kept = [name for number in range(4) for name in saved_by(store, f"address:192.0.2.{number}", 24)]
    assert saved_by(store, "address:198.51.100.1", 1)
    with pytest.raises(ReportsFull, match="none of them read"):
        store.save(bytes(4_000), "address:198.51.100.2")
    assert set(kept) <= {path.name for path in tmp_path.iterdir()}
    with pytest.raises(ReportsFull):
        store.save(bytes(500_000), "local")


def test_a_report_that_was_replayed_makes_room_for_others(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    store = ReportStore(tmp_path, 400_000)
    core = {"models": [], "playout_lead_ms": 240, "manual_activity": False, "history": [], "tools": [], "seed": 0}
    readable = Recorder({"version": "", "model": "", "core": core}, audio=False, max_bytes=1_000).dump()
    old = store.save(readable, "address:192.0.2.9")
    kept = [name for number in range(4) for name in saved_by(store, f"address:192.0.2.{number}", 24)]
    mark_as_read(tmp_path / old)
    first = store.save(bytes(4_000), "address:198.51.100.1")
    with pytest.raises(ReportsFull):
        store.save(bytes(4_000), "address:198.51.100.2")
    names = {path.name for path in tmp_path.iterdir()}
    assert old not in names
    assert not [name for name in names if name.endswith(".read")]
    assert {*kept, first} <= names


def test_reports_of_an_earlier_version_are_somebody_elses(tmp_path: Path):
    old = tmp_path / "report-20260101T000000Z-0123abcd.s2s.gz"
    old.write_bytes(bytes(4_000))
    saved_by(ReportStore(tmp_path, 100_000), "local", 50)
    assert old.exists()


def test_the_name_of_a_report_does_not_tell_the_address_of_who_sent_it(tmp_path: Path):
    sender = "address:192.0.2.1"
    for folder in ("a", "b"):
        store = ReportStore(tmp_path / folder, 1_000_000)
        first, second = saved_by(store, sender, 2)
        assert first.split("-")[2] == second.split("-")[2]
    tags = {path.name.split("-")[2] for path in tmp_path.glob("*/report-*")}
    assert len(tags) == 2, "the same sender has another name in another folder"


def test_only_a_report_in_its_own_folder_is_marked(tmp_path: Path):
    copy = tmp_path / "report-20260101T000000Z-0123456789ab-0123abcd.s2s.gz"
    copy.write_bytes(b"")
    mark_as_read(copy)
    mark_as_read(tmp_path / "other.gz")
    assert [path.name for path in tmp_path.iterdir()] == [copy.name]


def test_reports_are_for_their_owner_alone(tmp_path: Path):
    store = ReportStore(folder := tmp_path / "reports", 1_000_000)
    mark_as_read(folder / store.save(b"x", "local"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}
    assert len(list(folder.iterdir())) == 3
