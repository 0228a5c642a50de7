"""Calls whose service refuses, stays silent or says what is wrong: what the page, the operator and the log are told."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from s2s import wire
from s2s.gateway import Gateway
from s2s.upstream.connection.dialing import DialLimits
from s2s.upstream.credentials.access_tokens import CredentialsError
from tests.calls.fake_google import (
    FakeGoogle,
    Socket,
    answer_http,
    fake_google,
    google_error,
    silence,
    silent_port,
    welcome,
)
from tests.calls.test_vertex import service_account, vertex
from tests.page import Page, open_page, running_gateway

KEY = "AIzaSyMadeUpKeyOfThisStory0123456789abc"
SHORT = DialLimits(credentials_s=0.3, connect_s=0.3, tls_s=0.2, upgrade_s=0.3, setup_s=0.3)
DENIED = "Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/projects/p'."


@asynccontextmanager
async def calling(
    tmp_path: Path, url: str, limits: DialLimits | None = None, **environ: str
) -> AsyncIterator[tuple[Page, Any, Gateway]]:
    """A page in a call of the Developer API at `url`."""
    environ = {"GEMINI_API_KEY": KEY, "GOOGLE_GEMINI_BASE_URL": url, **environ}
    async with running_gateway(tmp_path, **environ) as (http, gateway):
        gateway.upstream.limits = limits or gateway.upstream.limits
        async with open_page(http) as page:
            yield page, http, gateway


async def errors(http: Any) -> list[dict[str, Any]]:
    """Newest first."""
    return list((await http.get("/errors")).json()["errors"])


async def upstream(http: Any) -> dict[str, Any]:
    return dict((await http.get("/health")).json()["upstream"])


# --- nothing waits for ever ---


async def test_a_socket_that_opens_and_says_nothing_is_given_up_in_words(tmp_path: Path):
    async with fake_google(silence) as google, calling(tmp_path, google.url, SHORT) as (page, http, _):
        notice = await page.told_of(wire.Notice, code="no_answer")
        assert notice.message.startswith("The AI service is not responding: setup was not answered within 0.3 s.")
        assert page.of(wire.Upstream)[-1].status == "refused"
        assert len(google.sockets) > 1, "silence may pass: it is tried again"
        assert (await upstream(http))["last_failure"] == "setup was not answered within 0.3 s"


async def test_where_setup_is_never_answered_the_fallback_model_takes_over(tmp_path: Path):
    async def deaf_to_3_8(socket: Socket) -> None:
        await (silence(socket) if socket.model == "gemini-3.8-live" else welcome(socket))

    fallback = "gemini-2.5-flash-native-audio-latest"
    async with (
        fake_google(deaf_to_3_8) as google,
        calling(tmp_path, google.url, SHORT, GEMINI_FALLBACK_MODEL=fallback) as (page, _, _gateway),
    ):
        assert (await page.told_of(wire.Upstream, status="live")).model == fallback


@pytest.mark.parametrize(
    ("scheme", "said"), [("http", "the WebSocket handshake was not answered"), ("https", "the TLS handshake")]
)
async def test_a_port_that_takes_connections_and_says_nothing_is_given_up(tmp_path: Path, scheme: str, said: str):
    async with silent_port() as port, calling(tmp_path, f"{scheme}://127.0.0.1:{port}", SHORT) as (page, http, _):
        await page.told_of(wire.Notice, code="no_answer")
        assert said in (await upstream(http))["last_failure"]


async def test_a_handshake_without_an_answer_has_a_limit_of_its_own(tmp_path: Path):
    limits = replace(SHORT, connect_s=60.0)
    async with silent_port() as port, calling(tmp_path, f"http://127.0.0.1:{port}", limits) as (page, http, _):
        await page.told_of(wire.Notice, code="no_answer")
        assert (await upstream(http))["last_failure"] == "the WebSocket handshake was not answered within 0.3 s"


async def test_credentials_that_never_come_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with (
        fake_google() as google,
        running_gateway(tmp_path, GEMINI_API_KEY=KEY, GOOGLE_GEMINI_BASE_URL=google.url) as (http, gateway),
    ):

        async def never() -> dict[str, str]:
            await asyncio.Event().wait()
            return {}

        gateway.upstream.limits = SHORT
        monkeypatch.setattr(gateway.upstream, "headers", never)
        async with open_page(http) as page:
            await page.told_of(wire.Notice, code="token_timeout")
            assert google.dials == 0


# --- error frames ---


async def test_an_error_frame_instead_of_setup_complete_is_read(tmp_path: Path):
    async def refuse(socket: Socket) -> None:
        await socket.say(google_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."))
        await socket.listen()

    async with fake_google(refuse) as google, calling(tmp_path, google.url) as (page, http, _):
        await page.told_of(wire.Notice, code="bad_api_key")
        assert len(google.sockets) == 1
        assert any("INVALID_ARGUMENT: API key not valid." in error["message"] for error in await errors(http))


async def test_an_error_frame_in_mid_call_means_what_a_close_with_it_means(tmp_path: Path):
    async with fake_google() as google, calling(tmp_path, google.url) as (page, http, _):
        await page.told_of(wire.Upstream, status="live")
        await google.sockets[0].say(google_error(500, "INTERNAL", "Internal error encountered."))
        await page.until(lambda: [u.status for u in page.of(wire.Upstream)].count("live") == 2)
        assert page.of(wire.Notice) == []
        assert (await http.get("/health")).json()["incidents"]["upstream_lost"] == 1


# --- refused handshakes ---


@pytest.mark.parametrize(
    ("status", "body", "kind", "code", "said"),
    [
        (
            400,
            json.dumps(google_error(400, "INVALID_ARGUMENT", "API key not valid.")),
            "application/json",
            "bad_api_key",
            "HTTP 400 INVALID_ARGUMENT: API key not valid.",
        ),
        (
            400,
            json.dumps([google_error(400, "INVALID_ARGUMENT", "Something is wrong.")]),
            "application/json",
            "setup_refused",
            "HTTP 400 INVALID_ARGUMENT: Something is wrong.",
        ),
        (
            403,
            json.dumps(google_error(403, "PERMISSION_DENIED", DENIED)),
            "application/json",
            "not_authorised",
            f"HTTP 403 PERMISSION_DENIED: {DENIED}",
        ),
        (401, "", "text/plain", "not_authorised", "HTTP 401"),
        (404, "<html><title>Error</title><p>Not here</p>", "text/html", "not_found", "HTTP 404: Error Not here"),
        (
            429,
            json.dumps(google_error(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted.")),
            "application/json",
            "credits_depleted",
            "HTTP 429 RESOURCE_EXHAUSTED: Your prepayment credits are depleted.",
        ),
        (426, "Upgrade", "text/plain", "handshake_refused", "HTTP 426: Upgrade"),
    ],
)  # fmt: skip
async def test_the_body_of_a_refused_handshake_is_read_and_shown_to_the_operator(
    tmp_path: Path, status: int, body: str, kind: str, code: str, said: str
):
    async with fake_google() as google:
        google.refuse = lambda _: answer_http(status, body, kind)
        async with calling(tmp_path, google.url) as (page, http, _):
            notice = await page.told_of(wire.Notice, code=code)
            assert notice.hint
            assert "GCP_" not in notice.hint
            assert (await upstream(http))["last_failure"] == said
            newest = await errors(http)
            assert newest[0]["code"] == code
            assert said in newest[0]["message"]
            assert any(error["code"] == "upstream_lost" and said in error["message"] for error in newest)
            assert google.dials == 1, "it is fatal: nothing is dialled again"
            await page.told_of(wire.Upstream, status="refused")
            assert len(page.of(wire.Notice)) == 1, "a notice comes once"
    log = (tmp_path / "error_log.txt").read_text()
    assert said in log


async def test_a_body_that_quotes_the_key_is_shown_without_it(tmp_path: Path):
    async with fake_google() as google:
        google.refuse = lambda _: answer_http(403, f"<p>The key {KEY} may not</p>", "text/html")
        async with calling(tmp_path, google.url) as (page, http, _):
            await page.told_of(wire.Notice)
            seen = str([await errors(http), await upstream(http), page.told])
    assert "may not" in seen
    assert KEY not in seen + (tmp_path / "error_log.txt").read_text()


async def test_a_redirect_is_not_followed_with_the_key(tmp_path: Path):
    async with fake_google() as elsewhere, fake_google() as google:
        target = elsewhere.url.replace("http", "ws")
        google.refuse = lambda _: answer_http(302, "", "text/plain", Location=f"{target}/steal")
        async with calling(tmp_path, google.url) as (page, _, _gateway):
            await page.told_of(wire.Notice, code="not_a_voice_service")
        assert elsewhere.requests == []


async def test_a_passing_refusal_is_tried_again_and_the_last_words_are_final(tmp_path: Path):
    async with fake_google() as google:
        google.refuse = lambda _: answer_http(503, "The service is currently unavailable.", "text/plain")
        async with calling(tmp_path, google.url) as (page, _, _gateway):
            notice = await page.told_of(wire.Notice, code="unavailable")
            assert google.dials == 6
            assert notice.message == "The AI service is unavailable right now. Tried 6 times."
            assert "by itself" not in f"{notice.message} {notice.hint}"


async def test_an_unsupported_language_names_its_setting_and_is_told_once(tmp_path: Path):
    async def refuse(socket: Socket) -> None:
        await socket.close(1007, "Unsupported language code 'xx-XX' for model models/gemini-3.8-live")

    async with fake_google(refuse) as google, calling(tmp_path, google.url) as (page, http, _):
        notice = await page.told_of(wire.Notice)
        assert "S2S_LANGUAGE" in notice.hint
        assert "GCP_REGION" not in notice.hint
        await page.told_of(wire.Upstream, status="refused")
        page.say(wire.Ping(ms=1))
        await page.told_of(wire.Pong)
        assert len(page.of(wire.Notice)) == 1
        assert [error["code"] for error in await errors(http)][:2] == ["language_not_supported", "upstream_lost"]


# --- credentials that fail for a while ---


async def test_a_call_survives_a_token_service_that_is_away_a_moment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with fake_google() as google, calling(tmp_path, google.url) as (page, _, gateway):
        await page.told_of(wire.Upstream, status="live")
        real, tries = gateway.upstream.headers, 0

        async def away() -> dict[str, str]:
            nonlocal tries
            tries += 1
            if tries <= 2:
                raise CredentialsError("The token service answers 503.", code="token_unavailable", retryable=True)
            return await real()

        monkeypatch.setattr(gateway.upstream, "headers", away)
        await google.sockets[0].close(1011, "Internal error encountered.")
        await page.until(lambda: [u.status for u in page.of(wire.Upstream)].count("live") == 2)
        assert page.of(wire.Notice) == []


async def test_credentials_refused_for_good_end_the_call_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with fake_google() as google, calling(tmp_path, google.url) as (page, http, gateway):
        await page.told_of(wire.Upstream, status="live")

        async def refused() -> dict[str, str]:
            raise CredentialsError("The clock is 3 hours late.", code="clock_wrong", hint="Set the clock.")

        monkeypatch.setattr(gateway.upstream, "headers", refused)
        await google.sockets[0].close(1011, "Internal error encountered.")
        notice = await page.told_of(wire.Notice, code="clock_wrong")
        assert (notice.message, notice.hint) == ("The clock is 3 hours late.", "Set the clock.")
        assert (await errors(http))[0]["code"] == "clock_wrong"


# --- models that are gone ---

RETIRED, NEW = "gemini-live-2.5-flash-native-audio", "gemini-3.8-live"


def without(*gone: str) -> Any:
    """Refuses these models as Vertex AI does, cut at 123 bytes."""

    async def answer(socket: Socket) -> None:
        if socket.model in gone:
            await socket.close(1008, f"Publisher Model `{socket.setup['model']}` was not found or your project"[:123])
            return
        await socket.accept()
        await socket.listen()

    return answer


@asynccontextmanager
async def calling_vertex(tmp_path: Path, google: FakeGoogle, **environ: str) -> AsyncIterator[tuple[Any, Gateway]]:
    async with service_account(tmp_path) as (key_path, _):
        settings = {**vertex(key_path, google.url), "GEMINI_MODEL": RETIRED, **environ}
        async with running_gateway(tmp_path, **settings) as (http, gateway):
            yield http, gateway


async def test_a_retired_model_leads_to_its_successor_and_is_not_dialled_again(tmp_path: Path):
    async with fake_google(without(RETIRED)) as google, calling_vertex(tmp_path, google) as (http, _):
        async with open_page(http) as page:
            live = await page.told_of(wire.Upstream, status="live")
            assert live.model == NEW
            notice = await page.told_of(wire.Notice, code="model_replaced")
            assert RETIRED in notice.message
            assert NEW in notice.message
            await google.sockets[1].say({"usageMetadata": {"promptTokenCount": 100, "totalTokenCount": 100}})
            spent = await page.told_of(wire.Spent)
            assert spent.usd_per_million["text_out"] == 4.5, "the price is that of the model that answers"
        async with open_page(http) as page:
            assert page.of(wire.Ready)[0].model == NEW
            await page.told_of(wire.Upstream, status="live")
            assert page.of(wire.Notice) == []
        assert google.models == [RETIRED, NEW, NEW]
        made = (await http.post("/api/session/create")).json()
        assert made["upstream"]["model"] == NEW
        assert google.sockets[1].setup["model"].endswith(f"/locations/us-central1/publishers/google/models/{NEW}")
        state = await upstream(http)
        assert (state["model"], state["replaced_model"]) == (NEW, RETIRED)
        told = [error for error in await errors(http) if error["code"] == "model_replaced"]
        assert len(told) == 1, "said once in the log"


async def test_where_the_successor_is_not_there_either_the_locations_to_try_are_named(tmp_path: Path):
    async with fake_google(without(RETIRED, NEW)) as google, calling_vertex(tmp_path, google) as (http, _):
        async with open_page(http) as page:
            notice = await page.told_of(wire.Notice, code="model_not_found")
            assert "GCP_REGION" in notice.hint
            assert "global" in notice.hint
            assert {socket.setup["model"].split("/")[3] for socket in google.sockets} == {"us-central1"}
        assert (await upstream(http))["replaced_model"] == ""


async def test_a_configured_fallback_wins_over_the_table(tmp_path: Path):
    other = "gemini-live-2.5-flash"
    async with (
        fake_google(without(RETIRED)) as google,
        calling_vertex(tmp_path, google, GEMINI_FALLBACK_MODEL=other) as (http, _),
        open_page(http) as page,
    ):
        assert (await page.told_of(wire.Upstream, status="live")).model == other
        assert google.models == [RETIRED, other]


async def test_an_api_key_that_is_refused_never_leads_to_another_model(tmp_path: Path):
    async def refuse(socket: Socket) -> None:
        await socket.close(1007, "API key not valid. Please pass a valid API key.")

    async with (
        fake_google(refuse) as google,
        calling(tmp_path, google.url, GEMINI_MODEL="gemini-3.1-flash-live-preview") as (page, _, _gateway),
    ):
        await page.told_of(wire.Notice, code="bad_api_key")
        assert len(google.sockets) == 1


async def test_on_the_developer_api_too_a_model_that_is_gone_is_replaced(tmp_path: Path):
    old = "gemini-3.1-flash-live-preview"

    async def answer(socket: Socket) -> None:
        if socket.model == old:
            await socket.close(1008, f"models/{old} is not found for API version v1beta, or is not supported for bidiG")
            return
        await welcome(socket)

    async with fake_google(answer) as google, calling(tmp_path, google.url, GEMINI_MODEL=old) as (page, http, _):
        assert (await page.told_of(wire.Upstream, status="live")).model == NEW
        assert (await upstream(http))["replaced_model"] == old


async def test_a_voice_sample_too_is_spoken_by_the_successor(tmp_path: Path):
    async def answer(socket: Socket) -> None:
        if socket.model == RETIRED:
            await socket.close(1008, "Publisher Model `X` was not found")
            return
        await socket.accept()
        sound = {"inlineData": {"mimeType": "audio/pcm", "data": base64.b64encode(bytes(9_600)).decode()}}
        await socket.say({"serverContent": {"modelTurn": {"parts": [sound]}, "turnComplete": True}})
        await socket.listen()

    async with fake_google(answer) as google, calling_vertex(tmp_path, google) as (http, _):
        sample = await http.get("/api/voices/Kore/sample")
        assert sample.status_code == 200
        assert google.models == [RETIRED, NEW]
        assert (await upstream(http))["replaced_model"] == RETIRED
