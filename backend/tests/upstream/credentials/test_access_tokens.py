"""Access tokens in a running gateway: what goes wrong is told apart, and never ends what has another way."""

import asyncio
import json
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from google.auth import compute_engine
from google.auth.compute_engine import _metadata

from gemini_emulator.testing import running_emulator
from s2s import logs, wire
from s2s.settings import Settings
from s2s.upstream.credentials.access_tokens import CredentialsError, GoogleCredentials
from s2s.upstream.credentials.credential_sources import Source
from s2s.upstream.network.outbound import Network
from tests.calls.ways import TOKEN, Said, TokenService, key_file, running_token_service, service_account
from tests.page import open_page, running_gateway

HTML = b"<html>Sign in to the network</html>"
AUDIENCE = "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q"
OTHER = "ya29.another-made-up-token"


class Clock:
    """Of the wall, set by the story."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def credentials(path: Path, clock: Clock | None = None) -> GoogleCredentials:
    found = GoogleCredentials.from_key_file(path, Network(Settings()))
    if clock is not None:
        found._clock = clock
    return found


def token(text: str = TOKEN, expires_in: int = 3600) -> Said:
    return Said(body={"access_token": text, "expires_in": expires_in, "token_type": "Bearer"})


@pytest.fixture(autouse=True)
def pauses_are_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("google.auth._exponential_backoff.time", SimpleNamespace(sleep=lambda _: None))
    monkeypatch.setattr("s2s.upstream.credentials.token_refresh.INITIAL_BACKOFF_S", 0.02)
    monkeypatch.setattr("s2s.upstream.credentials.access_tokens.HOLD_S", 0.1)


async def test_all_who_wait_share_one_request(tmp_path: Path):
    async with running_token_service() as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"))
        assert await asyncio.gather(*(found.token() for _ in range(50))) == [TOKEN] * 50
        assert len(service.asked) == 1
        found.close()


async def test_a_token_that_was_refused_is_fetched_anew_once_for_all(tmp_path: Path):
    async with running_token_service(TokenService(first=[token()], says=token(OTHER))) as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"))
        refused = await found.token()
        await asyncio.gather(*(found.renew(refused) for _ in range(20)))
        assert await found.token() == OTHER
        assert len(service.asked) == 2
        found.close()


async def test_a_silent_service_holds_nobody_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("s2s.upstream.credentials.token_request.REQUEST_TIMEOUT_S", 0.2)
    async with running_token_service(TokenService(Said(silent=True))) as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"))
        outcomes = await asyncio.gather(*(found.token() for _ in range(5)), return_exceptions=True)
        assert {(outcome.code, outcome.retryable) for outcome in outcomes} == {("token_timeout", True)}
        assert found.report()["state"] == "retrying"
        found.close()


async def test_each_who_waits_has_a_limit_though_the_request_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("s2s.upstream.credentials.access_tokens.WAIT_TIMEOUT_S", 0.1)
    async with running_token_service(TokenService(Said(silent=True))) as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"))
        with pytest.raises(CredentialsError) as late:
            await found.token()
        assert late.value.code == "token_timeout"
        service.let_go.set()
        monkeypatch.setattr("s2s.upstream.credentials.access_tokens.WAIT_TIMEOUT_S", 30.0)
        assert await found.token() == TOKEN
        assert len(service.asked) == 1, "whoever comes later waits for the same request"
        found.close()


async def test_a_valid_token_is_used_while_its_successor_cannot_be_fetched(tmp_path: Path):
    clock = Clock()
    async with running_token_service(TokenService(first=[token()], says=Said(503, HTML))) as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"), clock)
        assert await found.token() == TOKEN
        clock.now += 3100
        fresh = asyncio.create_task(found.keep_fresh())
        await service.was_asked(2)
        assert await found.token() == TOKEN
        assert found.is_working
        fresh.cancel()
        found.close()


async def test_a_token_is_fetched_ahead_before_anybody_asks(tmp_path: Path):
    clock = Clock()
    async with running_token_service(TokenService(first=[token()], says=token(OTHER))) as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"), clock)
        fresh = asyncio.create_task(found.keep_fresh())
        await service.was_asked(1)
        assert await found.token() == TOKEN
        fresh.cancel()
        clock.now += 3001
        fresh = asyncio.create_task(found.keep_fresh())
        await service.was_asked(2)
        await found.checked(30)
        fresh.cancel()
        found.close()


@pytest.mark.parametrize(
    ("said", "code", "retryable"),
    [
        (Said(503, HTML), "token_unavailable", True),
        (Said(500, {"error": "internal_failure"}), "token_unavailable", True),
        (Said(429, {"error": "rate_limit_exceeded"}), "token_unavailable", True),
        (Said(200, HTML), "token_unavailable", True),
        (Said(200, b"{"), "token_unavailable", True),
        (Said(200, b"\xff\xfe\x00"), "token_unavailable", True),
        (Said(200, {"token": "none"}), "token_unavailable", True),
        (Said(200, {"access_token": TOKEN, "expires_in": "soon"}), "token_unavailable", True),
        (Said(200, b"x" * 1_100_000), "token_unavailable", True),
        (Said(403, HTML), "proxy_refused", False),
        (Said(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}), "key_refused", False),
        (
            Said(
                400,
                {"error": "invalid_grant", "error_description": "Check your iat and exp values in the JWT claim."},
                date="Sat, 28 Nov 2020 12:00:00 GMT",
            ),
            "clock_wrong",
            False,
        ),
    ],
)
async def test_each_answer_of_the_service_has_its_own_verdict(tmp_path: Path, said: Said, code: str, retryable: bool):
    async with running_token_service(TokenService(said)) as service:
        found = credentials(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token"))
        with pytest.raises(CredentialsError) as trouble:
            await found.token()
        assert (trouble.value.code, trouble.value.retryable) == (code, retryable)
        assert found.report() == {
            "state": "retrying" if retryable else "failed",
            "message": f"{trouble.value} {trouble.value.hint}",
        }
        assert not found.is_working
        found.close()


async def test_a_service_that_nobody_runs_and_a_name_that_nobody_knows_may_come_back(tmp_path: Path):
    for address, code in (
        ("http://127.0.0.1:9/token", "token_unavailable"),
        ("http://none.invalid", "token_unavailable"),
    ):
        found = credentials(key_file(tmp_path, address))
        with pytest.raises(CredentialsError) as trouble:
            await found.token()
        assert (trouble.value.code, trouble.value.retryable) == (code, True)
        found.close()


async def test_health_is_honest_about_a_refused_key_before_anybody_speaks(tmp_path: Path):
    said = Said(400, {"error": "invalid_grant", "error_description": "Invalid grant: account not found"})
    async with running_token_service(TokenService(said)) as service, running_emulator() as emulator:
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token")),
            "GOOGLE_VERTEX_BASE_URL": emulator.base_url,
        }
        async with running_gateway(tmp_path, **environ) as (http, _):
            answer = await http.get("/health")
            errors = (await http.get("/errors")).json()["errors"]
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert answer.json()["upstream"]["reachable"] is True
    assert answer.json()["upstream"]["credentials"]["state"] == "failed"
    assert "account not found" in answer.json()["upstream"]["credentials"]["message"]
    assert "key_refused" in {error["code"] for error in errors}


async def test_a_call_goes_on_over_a_new_socket_while_the_token_service_is_down(tmp_path: Path):
    """F2: the token has minutes left, the socket ends, and no new token can be had."""
    first = [token(TOKEN, 230)]
    async with (
        running_token_service(TokenService(first=first, says=Said(503, HTML))) as service,
        running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator,
    ):
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token")),
            "GOOGLE_VERTEX_BASE_URL": emulator.base_url,
        }
        async with running_gateway(tmp_path, **environ) as (http, _), open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
            await emulator.close_with(1011, "Internal error occurred.")
            await emulator.wait_for(lambda: len(emulator.seen) == 2)
            await page.told_of(wire.Upstream, status="live")
            page.say(wire.Text(text="hello again"))
            await page.told_of(wire.TurnEnd, turn=2)
            assert [notice for notice in page.of(wire.Notice) if notice.level == "error"] == []


@pytest.mark.parametrize("said", [Said(503, HTML), Said(429, HTML), Said(200, HTML), Said(200, b"{")])
async def test_a_call_that_begins_while_the_token_service_is_down_waits_for_it(tmp_path: Path, said: Said):
    async with (
        running_token_service(TokenService(first=[said] * 4)) as service,
        running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator,
    ):
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token")),
            "GOOGLE_VERTEX_BASE_URL": emulator.base_url,
        }
        async with running_gateway(tmp_path, **environ) as (http, _), open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
            assert [notice for notice in page.of(wire.Notice) if notice.level == "error"] == []
            assert (await http.get("/health")).json()["upstream"]["credentials"]["state"] == "ok"


async def test_a_running_call_outlives_a_token_that_ran_out_while_the_service_was_down(tmp_path: Path):
    clock = Clock()
    async with (
        running_token_service(TokenService(token(TOKEN, 20_000), [token(), *[Said(503, HTML)] * 4])) as service,
        running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator,
    ):
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token")),
            "GOOGLE_VERTEX_BASE_URL": emulator.base_url,
        }
        async with running_gateway(tmp_path, **environ) as (http, gateway), open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
            gateway.credentials._clock = clock
            clock.now += 7200
            await emulator.close_with(1011, "Internal error occurred.")
            await emulator.wait_for(lambda: len(emulator.seen) == 2)
            page.say(wire.Text(text="hello again"))
            await page.told_of(wire.TurnEnd, turn=2)
            assert [notice for notice in page.of(wire.Notice) if notice.level == "error"] == []


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (
            Said(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."}),
            "key_refused",
            "Make a new key",
        ),
        (
            Said(400, {"error": "invalid_grant", "error_description": "Check your iat and exp values."}),
            "clock_wrong",
            "NTP",
        ),
        (Said(403, HTML), "proxy_refused", "allowed there"),
    ],
)
async def test_the_page_is_told_what_to_do_about_its_own_trouble(tmp_path: Path, said: Said, code: str, words: str):
    async with running_token_service(TokenService(said)) as service, running_emulator() as emulator:
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, f"http://127.0.0.1:{service.port}/token")),
            "GOOGLE_VERTEX_BASE_URL": emulator.base_url,
        }
        async with running_gateway(tmp_path, **environ) as (http, _), open_page(http) as page:
            notice = await page.told_of(wire.Notice, level="error")
    assert notice.code == code
    assert words in notice.hint


async def test_a_project_that_nobody_names_is_told_before_anything_is_dialled(tmp_path: Path):
    key = service_account("http://127.0.0.1:9/token")
    del key["project_id"]
    path = tmp_path / "service-account-key.json"
    path.write_text(json.dumps(key))
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, SERVICE_ACCOUNT_KEY_PATH=str(path), GOOGLE_VERTEX_BASE_URL=emulator.base_url) as (
            http,
            _,
        ),
    ):
        health = (await http.get("/health")).json()
        refused = await http.post("/api/session/create")
    assert "GCP_PROJECT_ID" in health["upstream"]["fault"]
    assert health["upstream"]["warnings"] == []
    assert refused.json()["code"] == "upstream_refused"
    assert emulator.seen == []


async def test_a_refresh_token_and_a_client_secret_are_in_no_log(tmp_path: Path):
    login = {
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "made-up-secret",
        "refresh_token": "1//made-up",
    }
    path = tmp_path / "login.json"
    path.write_text(json.dumps({**login, "quota_project_id": "p"}))
    credentials(path).close()
    assert "made-up" not in logs.scrub("1//made-up and made-up-secret")


class TestDefault:
    """Application Default Credentials."""

    @pytest.fixture(autouse=True)
    def no_credentials_of_this_machine(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in (
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_CLOUD_PROJECT",
            "GCLOUD_PROJECT",
            "GOOGLE_CLOUD_QUOTA_PROJECT",
        ):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path / "gcloud"))
        monkeypatch.setenv("NO_GCE_CHECK", "true")

    async def call(self, tmp_path: Path, **environ: str) -> tuple[dict[str, str], dict, list[str]]:
        """The headers and the setup that the model gets, and what health says."""
        async with running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator:
            known = {"S2S_UPSTREAM": "vertex", "GOOGLE_VERTEX_BASE_URL": emulator.base_url, **environ}
            known.setdefault("SERVICE_ACCOUNT_KEY_PATH", "")
            async with running_gateway(tmp_path, **known) as (http, _), open_page(http) as page:
                page.say(wire.Text(text="hello"))
                await page.told_of(wire.TurnEnd)
                health = (await http.get("/health")).json()["upstream"]
            [seen] = emulator.seen
            return dict(seen.headers), seen.received[0]["setup"], health["credentials"]["state"]

    async def test_a_gcloud_login_serves_with_its_quota_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        async with running_token_service() as service:
            login = {
                "type": "authorized_user",
                "client_id": "c",
                "client_secret": "s",
                "refresh_token": "1//made-up",
                "quota_project_id": "paying-project",
                "token_uri": f"http://127.0.0.1:{service.port}/token",
            }
            path = tmp_path / "adc.json"
            path.write_text(json.dumps(login))
            monkeypatch.setattr(
                "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"http://127.0.0.1:{service.port}/token"
            )
            headers, setup, state = await self.call(
                tmp_path, GOOGLE_APPLICATION_CREDENTIALS=str(path), GCP_PROJECT_ID="my-project"
            )
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert headers["x-goog-user-project"] == "paying-project"
        assert setup["model"].startswith("projects/my-project/")
        assert state == "ok"
        assert "1//made-up" in service.asked[0].replace("%2F", "/")

    async def test_a_login_in_gclouds_own_folder_is_found(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        async with running_token_service() as service:
            monkeypatch.setattr(
                "google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"http://127.0.0.1:{service.port}/token"
            )
            folder = tmp_path / "gcloud"
            folder.mkdir()
            login = {"type": "authorized_user", "client_id": "c", "client_secret": "s", "refresh_token": "1//x"}
            (folder / "application_default_credentials.json").write_text(json.dumps(login))
            headers, setup, _ = await self.call(
                tmp_path,
                CLOUDSDK_CONFIG=str(folder),
                GCP_PROJECT_ID="my-project",
                GOOGLE_CLOUD_QUOTA_PROJECT="other-project",
            )
        assert headers["x-goog-user-project"] == "other-project"
        assert setup["model"].startswith("projects/my-project/")

    async def test_workload_identity_exchanges_its_own_token(self, tmp_path: Path):
        async with running_token_service() as service:
            subject = tmp_path / "subject-token"
            subject.write_text("token-of-the-cluster")
            path = tmp_path / "wif.json"
            path.write_text(
                json.dumps(
                    {
                        "type": "external_account",
                        "audience": AUDIENCE,
                        "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                        "token_url": f"http://127.0.0.1:{service.port}/v1/token",
                        "credential_source": {"file": str(subject)},
                    }
                )
            )
            headers, setup, state = await self.call(
                tmp_path, GOOGLE_APPLICATION_CREDENTIALS=str(path), GCP_PROJECT_ID="my-project"
            )
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert setup["model"].startswith("projects/my-project/")
        assert any("token-of-the-cluster" in asked for asked in service.asked)
        assert state == "ok"

    async def test_a_workload_whose_own_token_is_missing_is_told_which_file(self, tmp_path: Path):
        path = tmp_path / "wif.json"
        path.write_text(
            json.dumps(
                {
                    "type": "external_account",
                    "audience": AUDIENCE,
                    "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                    "token_url": "http://127.0.0.1:9/v1/token",
                    "credential_source": {"file": str(tmp_path / "none")},
                }
            )
        )
        found = GoogleCredentials.from_default(Network(Settings()), file=str(path))
        with pytest.raises(CredentialsError) as trouble:
            await found.token()
        assert str(tmp_path / "none") in str(trouble.value)
        assert "workload identity" in trouble.value.hint
        found.close()

    async def test_an_attached_account_is_asked_of_the_metadata_server(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ):
        said = {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer", "email": "a@b.c", "scopes": ["s"]}
        async with running_token_service(TokenService(Said(body=said))) as service:
            monkeypatch.setattr(_metadata, "_GCE_METADATA_HOST", f"127.0.0.1:{service.port}")
            attached = Source(compute_engine.Credentials(scopes=["s"]), "attached-project", "metadata")
            monkeypatch.setattr(
                "s2s.upstream.credentials.credential_sources.find_source", lambda request, quota: attached
            )
            monkeypatch.setattr("s2s.upstream.target.endpoints._has_default_credentials", lambda settings: True)
            headers, setup, state = await self.call(tmp_path, ALL_PROXY="")
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert setup["model"].startswith("projects/attached-project/")
        assert state == "ok"

    async def test_no_credentials_at_all_are_told_with_the_three_remedies(self, monkeypatch: pytest.MonkeyPatch):
        found = GoogleCredentials.from_default(Network(Settings()))
        with pytest.raises(CredentialsError) as trouble:
            await found.token()
        assert trouble.value.code == "no_credentials"
        for remedy in ("gcloud auth application-default login", "attach a service account", "SERVICE_ACCOUNT_KEY_PATH"):
            assert remedy in trouble.value.hint
        found.close()
