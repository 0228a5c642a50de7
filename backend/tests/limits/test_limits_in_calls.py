"""What a caller, a session and a day may use: told in time, refused in words, counted in /health."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.gateway import Gateway
from tests.calls.serving import serving
from tests.key_ring import KeyRing
from tests.page import PATIENCE_S, Page, open_page, running_gateway

A_MOMENT_MIN = "0.05"


def minutes_pass(gateway: Gateway, page: Page, minutes: float) -> None:
    """For the limits of the page's session."""
    overseer = gateway.sessions._entries[page.session_id].supervisor
    assert overseer._limiter._ends_at is not None
    overseer._limiter._ends_at -= minutes * 60
    overseer._rearm()


def from_address(http: httpx.AsyncClient, host: str) -> httpx.AsyncClient:
    """A second caller of the same gateway."""
    # httpx has no other way to reach the application.
    assert isinstance(http._transport, httpx.ASGITransport)
    app = http._transport.app
    transport = httpx.ASGITransport(app, client=(host, 4711))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost", auth=KeyRing())


async def test_one_address_has_a_share_and_others_are_not_touched_by_it(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_MAX_SESSIONS_PER_ADDRESS="2") as (http, _),
    ):
        mine = [(await http.post("/api/session/create")).json()["session_id"] for _ in range(2)]
        refused = await http.post("/api/session/create")
        async with from_address(http, "192.0.2.9") as stranger:
            assert (await stranger.post("/api/session/create")).status_code == 201
        assert (await http.get("/health")).status_code == 200
        await http.delete(f"/api/session/{mine[0]}")
        assert (await http.post("/api/session/create")).status_code == 201
        health = (await http.get("/health")).json()
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "5"
    assert refused.json()["code"] == "too_many_sessions_from_address"
    assert health["refused"] == {"too_many_sessions_from_address": 1}
    assert health["limits"]["sessions_per_address"] == 2


async def test_an_address_that_makes_sessions_too_fast_is_told_when_to_come_back(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_CREATES_PER_MINUTE="3") as (http, _),
    ):
        answers = [await http.post("/api/session/create") for _ in range(4)]
        async with from_address(http, "2001:db8::1") as stranger:
            assert (await stranger.post("/api/session/create")).status_code == 201
        health = (await http.get("/health")).json()
    assert [answer.status_code for answer in answers] == [201, 201, 201, 429]
    assert answers[3].json()["code"] == "too_many_requests"
    assert 1 <= int(answers[3].headers["Retry-After"]) <= 20
    assert health["sessions"]["refused"] == 1


@pytest.mark.parametrize(("trusted", "second"), [("127.0.0.1", 201), ("192.0.2.1", 429)])
async def test_only_a_trusted_proxy_may_say_who_the_caller_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: str, second: int
):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    async with (
        running_emulator() as emulator,
        serving(tmp_path, emulator.base_url, S2S_CREATES_PER_MINUTE="1") as (_, http),
    ):
        codes = [
            (await http.post("/api/session/create", headers={"X-Forwarded-For": caller})).status_code
            for caller in ("198.51.100.1", "198.51.100.2", "198.51.100.1")
        ]
    assert codes == [201, second, 429]


async def test_a_call_is_warned_and_ended_at_its_time_limit(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SESSION_MINUTES="60") as (http, gateway),
        open_page(http) as page,
    ):
        closed = asyncio.Event()
        page.control.on("close", closed.set)
        minutes_pass(gateway, page, 59.5)
        warning = await page.told_of(wire.Notice, code="time_limit_near")
        minutes_pass(gateway, page, 0.5)
        end = await page.told_of(wire.Notice, code="time_limit", ends_in_ms=0)
        async with asyncio.timeout(PATIENCE_S):
            await closed.wait()
        await emulator.wait_for(lambda: emulator.open_sessions == 0)
        health = (await http.get("/health")).json()
    assert 0 < warning.ends_in_ms <= 30_000
    assert end.message
    assert end.hint
    assert health["sessions"]["active"] == 0
    assert health["events"]["ended.time_limit"] == 1


async def test_a_page_that_leaves_at_the_last_notice_is_not_waited_for(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_IDLE_MINUTES=A_MOMENT_MIN) as (http, gateway),
        open_page(http) as page,
    ):
        (session,) = gateway.sessions.all_sessions()
        await page.told_of(wire.Notice, code="idle_limit", ends_in_ms=0)
        await page.vanish()
        async with asyncio.timeout(PATIENCE_S):
            await session.ended.wait()


async def test_an_answer_that_uses_up_the_tokens_is_heard_to_its_end(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.6) as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SESSION_TOKENS="20") as (http, _),
        open_page(http) as page,
    ):
        await page.speak(0.6, then_quiet=1.0)
        end = await page.told_of(wire.Notice, code="token_limit", ends_in_ms=0)
        health = (await http.get("/health")).json()
        assert len([f for f in page.frames if f.turn == 1]) == 30
        assert page.told.index(page.of(wire.TurnEnd)[0]) < page.told.index(end)
        assert health["usage_today"]["tokens"] >= 20


async def test_a_day_that_is_spent_stays_spent_after_a_restart(tmp_path: Path):
    prices = tmp_path / "prices.json"
    entry = {"model": "", "text_in": 1e6, "audio_in": 1e6, "text_out": 1e6, "audio_out": 1e6}
    prices.write_text(json.dumps({"prices": [entry | {"as_of": "2026-11", "source": "a story"}]}))
    environ = {"S2S_DAY_USD": "5", "S2S_PRICES_FILE": str(prices)}
    async with running_emulator(reply_s=0.2) as emulator:
        async with (
            running_gateway(tmp_path, emulator.base_url, **environ) as (http, _),
            open_page(http) as page,
        ):
            page.say(wire.Text(text="good morning"))
            await page.told_of(wire.Notice, code="day_limit", ends_in_ms=0)
            first = await http.post("/api/session/create")
        async with running_gateway(tmp_path, emulator.base_url, **environ) as (http, _):
            second = await http.post("/api/session/create")
            health = await http.get("/health")
    for refused in (first, second):
        assert refused.status_code == 503
        assert refused.json()["code"] == "day_limit"
        assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
    assert health.status_code == 503
    assert health.json()["usage_today"]["usd"] >= 5


async def test_while_the_service_is_down_calls_are_refused_and_one_probes_for_its_return(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, gateway):
        breaker = gateway.sessions.breaker
        refusal, all_are_here = asyncio.Event(), asyncio.Event()

        async def nobody_is_there() -> str:
            # Or two fast ones have opened the circuit before the third has come.
            await all_are_here.wait()
            return "ws://127.0.0.1:9"

        monkeypatch.setattr(gateway.upstream, "address", nobody_is_there)
        failed = breaker.on_failure

        def counting(*lost: Any, was_live: bool) -> bool:
            opened = failed(*lost, was_live=was_live)
            if opened:
                refusal.set()
            return opened

        monkeypatch.setattr(breaker, "on_failure", counting)
        async with open_page(http) as first, open_page(http) as second, open_page(http) as third:
            all_are_here.set()
            async with asyncio.timeout(PATIENCE_S):
                await refusal.wait()
            refused = await http.post("/api/session/create")
            health = await http.get("/health")
            assert {first.session_id, second.session_id, third.session_id}
        assert refused.status_code == 503
        assert refused.json()["code"] == "upstream_unavailable"
        assert 1 <= int(refused.headers["Retry-After"]) <= 10
        assert health.status_code == 503
        assert health.json()["breaker"]["state"] == "open"
        assert health.json()["breaker"]["why"]
        monkeypatch.undo()
        breaker._open_until = 0.0
        async with open_page(http) as probe:
            assert breaker.state in {"half_open", "closed"}
            await probe.told_of(wire.Upstream, status="live")
            assert (await http.get("/health")).json()["breaker"]["state"] == "closed"


async def test_a_price_file_that_cannot_be_read_stops_the_start_in_words(tmp_path: Path):
    from s2s.settings import SettingsError

    with pytest.raises(SettingsError, match="S2S_PRICES_FILE"):
        async with running_gateway(tmp_path, S2S_PRICES_FILE=str(tmp_path / "nowhere.json")):
            pass


async def test_a_page_is_told_what_was_used_by_kind_and_what_the_limit_is(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url, S2S_SESSION_TOKENS="100000") as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        spent = await page.told_of(wire.Spent)
    asked = spent.prompt_text_tokens + spent.prompt_audio_tokens
    assert spent.tokens == asked + spent.response_text_tokens + spent.response_audio_tokens > 0
    assert (spent.limit_tokens, spent.limit_usd) == (100_000, 0)
    assert (spent.usd, spent.usd_per_million) == (0, {})
