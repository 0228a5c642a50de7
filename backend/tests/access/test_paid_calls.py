"""The operator's switch: new paid calls are refused, running ones end, and a restart changes nothing."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.limits.paid_calls import FILE, PaidCallSwitch
from s2s.limits.usage_journal import UsageJournal
from tests.access.roles import STRANGER, paid
from tests.page import PATIENCE_S, open_page, running_gateway

SWITCH = "/api/operator/paid-calls"


async def test_switched_off_no_new_call_begins_and_running_ones_are_ended(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, **paid(emulator.base_url)) as (http, gateway):
        async with open_page(http) as page:
            answer = (await http.post(SWITCH, json={"allowed": False, "note": "the bill"})).json()
            notice = await page.told_of(wire.Notice, code="paid_calls_off")
            session = gateway.sessions.all_sessions()[0]
            await page.vanish()
            await session.ended.wait()
        refused = await http.post("/api/session/create")
        sample = await http.get("/api/voices/Puck/sample")
        health = await http.get("/health")
        ready = await http.get("/readyz")
    assert (answer["allowed"], answer["note"], answer["ending"]) == (False, "the bill", 1)
    assert answer["since"]
    assert notice.ends_in_ms is not None
    assert {(one.status_code, one.json()["code"]) for one in (refused, sample)} == {(503, "paid_calls_off")}
    assert health.json()["paid_calls"] == "off"
    assert ready.status_code == 503


@pytest.mark.parametrize(("method", "path"), [("POST", "/api/session/create"), ("GET", "/api/voices/Puck/sample")])
async def test_what_waits_for_its_money_when_calls_are_switched_off_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str, path: str
):
    is_asked, may_answer = threading.Event(), threading.Event()
    exchange = UsageJournal.exchange

    def slow(journal: UsageJournal, *args: Any) -> Any:
        is_asked.set()
        assert may_answer.wait(PATIENCE_S)
        return exchange(journal, *args)

    async with running_emulator() as emulator, running_gateway(tmp_path, **paid(emulator.base_url)) as (http, gateway):
        with monkeypatch.context() as patch:
            patch.setattr(UsageJournal, "exchange", slow)
            asking = asyncio.create_task(http.request(method, path))
            assert await asyncio.to_thread(is_asked.wait, PATIENCE_S)
            assert (await http.post(SWITCH, json={"allowed": False})).status_code == 200
            may_answer.set()
            answer = await asking
        assert (answer.status_code, answer.json()["code"]) == (503, "paid_calls_off")
        assert not gateway.sessions.all_sessions()
        assert gateway.upstream.open_sockets == 0


async def test_a_call_ends_though_its_process_did_not_hear_of_the_switch(tmp_path: Path):
    """As of several processes one that is too busy to answer the others."""
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url)) as (http, _),
        open_page(http) as page,
    ):
        PaidCallSwitch(tmp_path).switch(allowed=False)
        await page.told_of(wire.Notice, code="paid_calls_off")
        await page.vanish()


async def test_the_switch_outlives_a_restart_and_is_undone_by_the_operator(tmp_path: Path):
    async with running_emulator() as emulator:
        async with running_gateway(tmp_path, **paid(emulator.base_url)) as (http, _):
            await http.post(SWITCH, json={"allowed": False, "note": "first"})
            again = (await http.post(SWITCH, json={"allowed": False, "note": "second"})).json()
        async with running_gateway(tmp_path, **paid(emulator.base_url)) as (http, _):
            refused = await http.post("/api/session/create")
            on = (await http.post(SWITCH, json={"allowed": True})).json()
            created = await http.post("/api/session/create")
            asked = (await http.get(SWITCH)).json()
    assert again["note"] == "first"
    assert refused.status_code == 503
    assert on == asked == {"allowed": True, "since": "", "note": "", "ending": 0}
    assert created.status_code == 201


async def test_the_local_engine_is_not_affected(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        first = await http.post("/api/session/create")
        answer = (await http.post(SWITCH, json={"allowed": False})).json()
        second = await http.post("/api/session/create")
        status = (await http.get("/health")).json()["paid_calls"]
    assert (first.status_code, second.status_code, answer["ending"], status) == (201, 201, 0, "on")


async def test_a_stranger_switches_nothing(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        answers = [
            await http.post(SWITCH, json={"allowed": False}, headers=STRANGER),
            await http.get(SWITCH, headers=STRANGER),
        ]
    assert {(answer.status_code, answer.json()["code"]) for answer in answers} == {(403, "operator_only")}
    assert not (tmp_path / FILE).exists()


async def test_a_switch_that_cannot_be_written_down_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("s2s.limits.paid_calls.write_private", full)
    async with running_emulator() as emulator, running_gateway(tmp_path, **paid(emulator.base_url)) as (http, _):
        answer = await http.post(SWITCH, json={"allowed": False})
    assert (answer.status_code, answer.json()["code"]) == (507, "switch_not_saved")


def test_a_damaged_file_still_refuses(tmp_path: Path):
    (tmp_path / FILE).write_text("{")
    switch = PaidCallSwitch(tmp_path)
    assert switch.is_off
    assert switch.read() is not None
