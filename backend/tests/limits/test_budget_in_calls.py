"""Budgets in real calls: who hangs up early is charged, the bill settles it, and the operator reads who used what."""

import asyncio
import csv
import io
from pathlib import Path

import httpx
import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.gateway import Gateway
from s2s.limits.budget import FILE
from tests.limits.test_limits_in_calls import from_address
from tests.page import open_page, running_gateway

LONG_QUESTION = "Tell me a long story. " + "word " * 400


def paid(url: str) -> dict[str, str]:
    """A Google key, and the emulator in Google's place."""
    return {
        "S2S_UPSTREAM": "developer",
        "GEMINI_API_KEY": "AIza" + "x" * 35,
        "GOOGLE_GEMINI_BASE_URL": url,
        "S2S_EMULATOR_URL": "",
    }


async def hang_up_early(http: httpx.AsyncClient) -> None:
    """Ask for a story, hear a second of it and leave before the bill."""
    async with open_page(http) as page:
        page.say(wire.Text(text=LONG_QUESTION))
        await page.until(lambda: len(page.frames) >= 50)
        assert not page.of(wire.TurnEnd)
        assert not page.of(wire.Spent)
        await page.end()


async def all_bills_are_in(gateway: Gateway) -> None:
    await asyncio.gather(*gateway.sessions._bills._waiting)


async def test_calls_that_hang_up_before_the_bill_do_not_get_round_the_budget(tmp_path: Path):
    environ = {"S2S_DAY_TOKENS": "300"}
    async with (
        running_emulator(reply_s=8.0) as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url), **environ) as (http, gateway),
    ):
        await hang_up_early(http)
        answers = [await http.post("/api/session/create") for _ in range(4)]
        used = gateway.sessions.budget.used_today()
        health = await http.get("/health")
    assert [answer.json()["code"] for answer in answers] == ["day_limit"] * 4
    assert used.tokens > 500, "2,022 characters were sent, and a second of sound came back"
    assert health.status_code == 503
    assert health.json()["usage_today"]["tokens"] == used.tokens


async def test_an_ended_call_is_settled_by_the_services_own_count(tmp_path: Path):
    async with (
        running_emulator(reply_s=8.0) as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url)) as (http, gateway),
    ):
        async with open_page(http) as page:
            page.say(wire.Text(text=LONG_QUESTION))
            await page.until(lambda: len(page.frames) >= 50)
            await page.end()
        assert gateway.sessions.all_sessions() == []
        assert gateway.sessions.budget._ledger.open_calls(), "its bill may still come"
        await all_bills_are_in(gateway)
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        (seen,) = emulator.seen
        counted = [message["usageMetadata"] for message in seen.sent if "usageMetadata" in message]
        last = counted[-1]
        # The service's total leaves its thoughts out; they are billed all the same.
        assert gateway.sessions.budget.used_today().tokens == last["totalTokenCount"] + last["thoughtsTokenCount"]


async def test_a_call_that_ends_in_silence_waits_for_no_bill(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url)) as (http, gateway),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="good morning"))
        await page.told_of(wire.Spent)
        await page.told_of(wire.TurnEnd)
        await page.end()
        assert not gateway.sessions._bills._waiting
        assert gateway.sessions.budget._ledger.open_calls() == []


async def test_without_a_journal_paid_calls_are_refused_and_the_local_engine_is_not(tmp_path: Path):
    async with running_emulator(reply_s=0.2) as emulator:
        (broken := tmp_path / "broken").mkdir()
        (broken / FILE).mkdir()
        async with running_gateway(broken, **paid(emulator.base_url)) as (http, _):
            refused = await http.post("/api/session/create")
            health = (await http.get("/health")).json()
        async with running_gateway(broken, emulator.base_url) as (http, _), open_page(http) as page:
            page.say(wire.Text(text="good morning"))
            await page.told_of(wire.TurnEnd)
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (503, "budget_unavailable")
    assert "make room on the disk" in problem["hint"]
    assert refused.headers["Retry-After"]
    assert any(FILE in warning for warning in health["warnings"])


async def test_an_address_that_has_spent_its_share_locks_out_nobody_else(tmp_path: Path):
    environ = {"S2S_AUTH": "none-i-know", "S2S_ADDRESS_DAY_USD": "0.0005"}
    async with (
        running_emulator(reply_s=8.0) as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url), **environ) as (http, _),
        from_address(http, "198.51.100.1") as one,
        from_address(http, "198.51.100.2") as other,
    ):
        await hang_up_early(one)
        refused = await one.post("/api/session/create")
        admitted = [await other.post("/api/session/create"), await http.post("/api/session/create")]
    assert (refused.status_code, refused.json()["code"]) == (429, "identity_limit")
    assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
    assert [answer.status_code for answer in admitted] == [201, 201]


async def test_the_operator_reads_who_used_what_and_nobody_else_does(tmp_path: Path):
    environ = {"S2S_AUTH": "none-i-know"}
    async with (
        running_emulator(reply_s=0.2) as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url), **environ) as (http, gateway),
        from_address(http, "198.51.100.1") as stranger,
    ):
        async with open_page(stranger) as page:
            page.say(wire.Text(text="good morning"))
            await page.told_of(wire.Spent)
            await page.end()
        await all_bills_are_in(gateway)
        table = (await http.get("/api/operator/usage")).json()["usage"]
        sheet = await http.get("/api/operator/usage", params={"format": "csv"})
        before = (await http.get("/api/operator/usage", params={"day": "2026-01-01"})).json()
        refused = await stranger.get("/api/operator/usage")
        wrong = await http.get("/api/operator/usage", params={"day": "yesterday"})
    assert {(row["kind"], row["name"], row["calls"]) for row in table} == {
        ("day", "", 1),
        ("address", "198.51.100.1", 1),
    }
    assert all(row["tokens"] > 0 and row["usd"] > 0 and row["day"] == "2026-11-23" for row in table)
    rows = list(csv.DictReader(io.StringIO(sheet.text)))
    assert [row["kind"] for row in rows] == [row["kind"] for row in table]
    assert sheet.headers["content-type"].startswith("text/csv")
    assert before == {"usage": []}
    assert (refused.status_code, refused.json()["code"]) == (403, "operator_only")
    assert wrong.status_code == 422


async def test_callers_from_elsewhere_have_limits_that_nobody_has_set(tmp_path: Path):
    environ = {"S2S_AUTH": "none-i-know"}
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url), **environ) as (http, gateway),
        from_address(http, "172.17.0.1") as stranger,
    ):
        here = [await http.post("/api/session/create") for _ in range(12)]
        there = [await stranger.post("/api/session/create") for _ in range(12)]
        health = (await http.get("/health")).json()
        entry = gateway.sessions._entries[there[0].json()["session_id"]]
    assert {answer.status_code for answer in here} == {201}
    assert [answer.status_code for answer in there] == [201] * 4 + [429] * 8
    codes = [answer.json()["code"] for answer in there[4:]]
    assert codes == ["too_many_sessions_from_address"] * 6 + ["too_many_requests"] * 2
    assert entry.supervisor._limits.session_s == 3600
    assert (health["limits"]["session_minutes"], health["limits"]["day_usd"]) == (60, 10)
    assert health["limits"]["summary"] == (
        "callers from elsewhere: 4 calls, 10 new ones a minute each, 60 min a call, 10 USD a day in all"
    )
    assert any("172.17.0.1" in warning and "FORWARDED_ALLOW_IPS" in warning for warning in health["warnings"])


async def test_to_come_back_to_a_call_is_no_new_one(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_CREATES_PER_MINUTE="1") as (http, _),
        open_page(http) as page,
    ):
        for _ in range(3):
            await page.connect()
        assert (await http.post("/api/session/create")).json()["code"] == "too_many_requests"


@pytest.mark.parametrize("name", ["=1+1", "@cmd", "jwt:alice"])
async def test_a_name_is_no_formula_in_a_spreadsheet(name: str):
    from s2s.limits.usage_journal import UsageRow
    from s2s.rest.usage_routes import as_csv

    (row,) = csv.DictReader(io.StringIO(as_csv([UsageRow("2026-12-01", "identity", name, 1, 2, 0.5)])))
    assert row["name"][0] not in "=+-@"


async def test_a_call_that_cannot_be_paid_takes_no_place_from_one_that_waits(tmp_path: Path):
    environ = {"S2S_AUTH": "none-i-know", "S2S_ADDRESS_DAY_USD": "0.0005", "S2S_MAX_SESSIONS": "5"}
    async with (
        running_emulator(reply_s=8.0) as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url), **environ) as (http, gateway),
        from_address(http, "198.51.100.1") as spent,
        from_address(http, "198.51.100.2") as other,
    ):
        await hang_up_early(spent)
        waiting = (await other.post("/api/session/create")).json()["session_id"]
        assert (await spent.post("/api/session/create")).json()["code"] == "identity_limit"
        assert [session.id for session in gateway.sessions.all_sessions()] == [waiting]


async def test_creations_at_the_same_moment_stay_within_the_share_that_may_wait(tmp_path: Path):
    environ = {"S2S_AUTH": "none-i-know", "S2S_MAX_SESSIONS": "10"}
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, **paid(emulator.base_url), **environ) as (http, gateway),
    ):
        callers = [from_address(http, f"198.51.100.{number}") for number in range(1, 9)]
        await asyncio.gather(*(caller.post("/api/session/create") for caller in callers))
        waiting = len(gateway.sessions.all_sessions())
        for caller in callers:
            await caller.aclose()
    assert waiting == 2
