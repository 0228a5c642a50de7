"""The default model of Vertex AI retires on 13 December 2026: people whose `.env` names it talk on, told once."""

from datetime import date
from pathlib import Path

import httpx

from gemini_emulator.testing import Emulator, running_emulator
from s2s import wire
from s2s.upstream.connection.emulator_process import COMMAND
from tests.calls.test_vertex import service_account, vertex
from tests.page import Page, open_page, running_gateway

OLD, NEW = "gemini-live-2.5-flash-native-audio", "gemini-3.8-live"
DAY_S = 24 * 3600


async def one_call(http: httpx.AsyncClient) -> Page:
    async with open_page(http) as page:
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
    return page


def models(emulator: Emulator) -> list[str]:
    return [seen.received[0]["setup"]["model"].rpartition("/")[2] for seen in emulator.seen]


async def test_a_gateway_running_over_the_retirement_date_goes_on_with_the_successor(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(today=date(2026, 12, 12), strict_models=True, reply_s=0.2) as emulator,
        running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, _gateway),
    ):
        for _ in range(2):
            await one_call(http)
            emulator.skip(DAY_S)
        assert models(emulator) == [OLD, OLD]
        # It is the fourteenth.
        first, second = await one_call(http), await one_call(http)
        assert models(emulator) == [OLD, OLD, OLD, NEW, NEW], "later calls do not dial the dead one"
        locations = {seen.received[0]["setup"]["model"].split("/")[3] for seen in emulator.seen}
        assert locations == {"us-central1"}
        assert [page.of(wire.Upstream)[-1].model for page in (first, second)] == [NEW, NEW]
        told = [notice for notice in first.of(wire.Notice) if OLD in notice.message]
        assert len(told) == 1
        health = (await http.get("/health")).json()
        assert health["upstream"]["replaced_model"] == OLD


async def test_a_new_project_has_lost_it_a_month_before(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(today=date(2026, 11, 30), new_project=True, strict_models=True, reply_s=0.2) as emulator,
        running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, _gateway),
    ):
        await one_call(http)
        assert models(emulator) == [OLD, NEW]


async def test_the_engine_behind_make_run_never_retires_a_model(tmp_path: Path):
    assert "--today" not in COMMAND
    async with running_emulator(reply_s=0.2) as emulator:
        emulator.skip(400 * DAY_S)
        async with running_gateway(tmp_path, emulator.base_url, GEMINI_MODEL=OLD) as (http, gateway):
            await one_call(http)
            assert models(emulator) == [OLD]
            assert not [text for text in gateway.choice.warnings if "retire" in text]
