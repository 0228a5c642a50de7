"""Ephemeral tokens: what the official SDK asks for, what a token binds, when it ends, and who is refused."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from google import genai
from google.genai import types
from websockets.asyncio.client import connect

from gemini_emulator.protocol.ephemeral_tokens import Invalid, TokenConstraints, Tokens, bound
from gemini_emulator.protocol.setup import Refused
from gemini_emulator.session.events import Close
from gemini_emulator.testing import Emulator, running_emulator
from tests.emulator.theatre import SETUP, Theatre

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = {"model": "models/gemini-3.8-live", "generationConfig": {"temperature": 0.5}, "sessionResumption": {}}
THEIRS = {"model": "models/gemini-9", "generationConfig": {"temperature": 2.0, "topP": 0.1}, "tools": []}
HANDLE = "3f823cb9-f916-4b1c-8b1a-000000000000"


def granted(asked: dict[str, Any], now: float = 0.0) -> TokenConstraints:
    tokens = Tokens()
    grant = tokens.find(tokens.mint(asked, now, NOON))
    assert grant is not None
    return grant


def test_without_a_mask_the_client_has_no_say_but_for_its_handle():
    assert bound(THEIRS, OURS, None) == OURS
    resumed = bound({**THEIRS, "sessionResumption": {"handle": HANDLE}}, OURS, None)
    assert resumed == {**OURS, "sessionResumption": {"handle": HANDLE}}
    assert OURS["sessionResumption"] == {}


def test_with_a_mask_only_the_named_fields_are_bound():
    out = bound(THEIRS, OURS, ["model", "generationConfig.temperature"])
    assert out == {"model": OURS["model"], "generationConfig": {"temperature": 0.5, "topP": 0.1}, "tools": []}


def test_a_masked_field_that_the_token_leaves_out_is_taken_away():
    out = bound(THEIRS, OURS, ["generationConfig.topP", "tools"])
    assert out == {"model": "models/gemini-9", "generationConfig": {"temperature": 2.0}}


def test_a_token_without_a_setup_binds_nothing():
    assert bound(THEIRS, None, None) == THEIRS


@pytest.mark.parametrize("mask", ["generationConfig.max_output_tokens", "generation_config.maxOutputTokens"])
def test_a_mask_is_read_in_either_spelling(mask: str):
    grant = granted({"bidiGenerateContentSetup": OURS, "fieldMask": f"model,{mask}"})
    assert grant.mask == ["model", "generationConfig.maxOutputTokens"]


def test_a_token_lives_half_an_hour_and_begins_sessions_for_a_minute():
    grant = granted({}, now=100.0)
    assert (grant.ends_at, grant.begin_by, grant.uses) == (1_900.0, 160.0, 1)
    later = (NOON + timedelta(hours=2)).isoformat()
    grant = granted({"expireTime": later, "newSessionExpireTime": "2026-11-22T12:10:00Z", "uses": 0}, now=100.0)
    assert (grant.ends_at, grant.begin_by, grant.uses) == (7_300.0, 700.0, -1)


@pytest.mark.parametrize(
    "asked",
    [
        {"expireTime": "2026-11-22T11:59:00Z"},
        {"expireTime": "2026-11-24T12:00:00Z"},
        {"expireTime": "soon"},
        {"newSessionExpireTime": "2026-11-22T12:00:00"},
        {"uses": -1},
        {"usages": 1},
        {"bidiGenerateContentSetup": {"modle": "x"}},
    ],
)
def test_a_wrong_request_gets_no_token(asked: dict[str, Any]):
    with pytest.raises(Invalid):
        Tokens().mint(asked, 0.0, NOON)


def test_a_token_begins_no_session_after_its_minute_but_resumes_one_until_it_ends():
    grant = granted({"uses": 0})
    assert grant.admit(SETUP, 59.0) == SETUP
    with pytest.raises(Refused, match="not valid"):
        grant.admit(SETUP, 60.0)
    resumed = {**SETUP, "sessionResumption": {"handle": HANDLE}}
    assert grant.admit(resumed, 1_799.0) == resumed
    with pytest.raises(Refused, match="not valid"):
        grant.admit(resumed, 1_800.0)


def test_a_used_up_token_is_refused_for_a_resumption_too_as_seen_in_the_field():
    grant = granted({})
    grant.admit(SETUP, 1.0)
    with pytest.raises(Refused, match="currently unavailable") as told:
        grant.admit({**SETUP, "sessionResumption": {"handle": HANDLE}}, 2.0)
    assert told.value.code == 1011


def test_the_setup_that_counts_is_the_bound_one():
    stage = Theatre(grant=granted({"bidiGenerateContentSetup": {**SETUP, "systemInstruction": {"parts": [
        {"text": "Your name is Ada."}]}}}))  # fmt: skip
    stage.set_up(model="models/no-such-model", systemInstruction={"parts": [{"text": "Your name is Bob."}]})
    assert stage.closed is None
    stage.tell({"realtimeInput": {"text": "What is your name?"}})
    stage.advance(10)
    assert "Ada" in stage.said


def test_a_session_ends_with_its_token():
    stage = Theatre(grant=granted({}))
    stage.set_up()
    stage.advance(1_799)
    assert stage.closed is None
    stage.advance(2)
    assert stage.closed == Close(1008, "The operation was aborted.")


def constrained(emulator: Emulator, token: str) -> str:
    path = "/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained"
    return f"{emulator.base_url}{path}?access_token={token}"


async def test_the_official_sdk_makes_a_token_and_a_browser_comes_in_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async with running_emulator(tls_folder=tmp_path, require_key="right") as emulator:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", emulator.tls_url)
        monkeypatch.setenv("SSL_CERT_FILE", str(emulator.certificate))
        monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
        client = genai.Client(api_key="right", http_options=types.HttpOptions(api_version="v1alpha"))
        constraints = types.LiveConnectConstraints(
            model="gemini-3.8-live", config=types.LiveConnectConfig(temperature=0.5, session_resumption={})
        )
        config = types.CreateAuthTokenConfig(uses=1, live_connect_constraints=constraints)
        token = await client.aio.auth_tokens.create(config=config)
        assert token.name is not None
        assert token.name.startswith("auth_tokens/")
        async with connect(constrained(emulator, token.name)) as socket:
            await socket.send(json.dumps({"setup": {"model": "models/anything"}}))
            assert "setupComplete" in json.loads(await socket.recv())
        async with connect(constrained(emulator, token.name)) as socket:
            await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
            await socket.wait_closed()
            assert (socket.close_code, socket.close_reason) == (1011, "Token has been used too many times")
        async with connect(constrained(emulator, "auth_tokens/made-up")) as socket:
            await socket.send(json.dumps({"setup": {"model": "models/gemini-3.8-live"}}))
            await socket.wait_closed()
            assert socket.close_code == 1007


@pytest.mark.parametrize(
    ("path", "headers", "body", "status"),
    [
        ("//v1alpha/auth_tokens", {"x-goog-api-key": "right"}, "{}", 200),
        ("/prefix/v1alpha/auth_tokens?key=right", {}, "", 200),
        ("/v1alpha/auth_tokens", {}, "{}", 403),
        ("/v1alpha/auth_tokens", {"x-goog-api-key": "wrong"}, "{}", 400),
        ("/v1alpha/auth_tokens", {"x-goog-api-key": "right"}, "{", 400),
        ("/v1alpha/auth_tokens", {"x-goog-api-key": "right"}, '{"uses": "many"}', 400),
        ("/v1/auth_tokens", {"x-goog-api-key": "right"}, "{}", 404),
    ],
)
async def test_requests_for_tokens_are_answered_in_the_words_of_the_service(
    path: str, headers: dict[str, str], body: str, status: int
):
    async with (
        running_emulator(require_key="right") as emulator,
        httpx.AsyncClient(trust_env=False, timeout=30) as http,
    ):
        url = emulator.base_url.replace("ws://", "http://") + path
        answer = await http.post(url, headers=headers, content=body)
        assert answer.status_code == status
        assert set(answer.json()) == ({"name"} if status == 200 else {"error"})
        if status != 200:
            assert answer.json()["error"]["code"] == status
