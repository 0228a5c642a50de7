"""S2S_AUTH=none: the desk needs nothing, a paid service is for this machine alone, and the operator's door is shut."""

from pathlib import Path

import httpx
import pytest

from gemini_emulator.testing import running_emulator
from tests.access.roles import KEY, OPERATOR, STRANGER, paid
from tests.page import running_gateway


async def create(http: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await http.post("/api/session/create", headers=headers)


async def test_at_the_desk_a_paid_service_asks_for_nothing(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, **paid(emulator.base_url)) as (http, _):
        created = await create(http, {})
        options = (await http.get("/api/options")).json()
        health = (await http.get("/health")).json()
    assert created.status_code == 201
    assert (options["auth"], options["may_call"]) == ("none", True)
    assert health["access"]["code"] == "auth_required"
    assert "S2S_AUTH" in health["access"]["message"]
    assert not any("S2S_AUTH" in warning for warning in health["warnings"])


async def test_a_paid_service_is_refused_to_everybody_else_with_the_remedy(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, **paid(emulator.base_url)) as (http, gateway):
        answers = [await create(http, STRANGER), await http.get("/api/voices/Puck/sample", headers=STRANGER)]
        options = (await http.get("/api/options", headers=STRANGER)).json()
        health = await http.get("/health", headers=STRANGER)
        created = gateway.sessions.created
    for answer in answers:
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (403, "auth_required")
        assert "S2S_AUTH" in problem["hint"]
        assert "x-forwarded-for" in problem["detail"]
    assert options["may_call"] is False
    assert health.status_code == 200
    assert health.json()["access"]["code"] == "auth_required"
    assert created == 0


async def test_the_local_engine_may_be_open_to_the_network(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        created = await create(http, STRANGER)
        health = (await http.get("/health", headers=STRANGER)).json()
    assert created.status_code == 201
    assert health["access"] == {"auth": "none", "code": "", "message": ""}


async def test_who_knows_the_risk_opens_a_paid_service_with_a_warning(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, S2S_AUTH="none-i-know", **paid(emulator.base_url)) as (http, _),
    ):
        created = await create(http, STRANGER)
        warnings = (await http.get("/health")).json()["warnings"]
    assert created.status_code == 201
    assert any("none-i-know" in warning for warning in warnings)


async def test_a_stranger_sees_the_status_and_nothing_of_the_operator(tmp_path: Path):
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url) as (http, _):
        health = await http.get("/health", headers=STRANGER)
        shut = [await http.get(path, headers=STRANGER) for path in ("/errors", "/docs", "/openapi.json", "/redoc")]
        probes = [await http.get(path, headers=STRANGER) for path in ("/livez", "/readyz", "/")]
        unknown = await http.get("/api/no-such-route", headers=STRANGER)
    assert health.json().keys() == {"status", "access"}
    assert {(answer.status_code, answer.json()["code"]) for answer in shut} == {(403, "operator_only")}
    assert {answer.status_code for answer in probes} == {200}
    assert probes[1].json() == {"status": "ok"}
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


async def test_a_gateway_that_takes_no_calls_is_alive_but_not_ready(tmp_path: Path):
    async with running_gateway(tmp_path, "ws://127.0.0.1:9") as (http, _):
        ready, alive = await http.get("/readyz", headers=STRANGER), await http.get("/livez", headers=STRANGER)
    assert (ready.status_code, ready.json()) == (503, {"status": "unavailable"})
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})


async def test_the_operators_key_opens_the_door_from_anywhere(tmp_path: Path):
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, S2S_OPERATOR_KEY=KEY, **paid(emulator.base_url)) as (http, _),
    ):
        open_ = [await http.get(path, headers=OPERATOR) for path in ("/errors", "/docs", "/openapi.json")]
        health = (await http.get("/health", headers=OPERATOR)).json()
        created = await create(http, OPERATOR)
        wrong = await http.get("/errors", headers={**STRANGER, "Authorization": f"Bearer {KEY}x"})
        other = await http.get("/errors", headers={**STRANGER, "Authorization": f"Basic {KEY}"})
        twice = await http.get("/errors", headers=[*OPERATOR.items(), ("Authorization", f"Bearer {KEY}")])
        long = await http.get("/errors", headers={**STRANGER, "Authorization": "Bearer " + "x" * 9_000})
    assert {answer.status_code for answer in open_} == {200}
    assert "sessions" in health
    assert created.status_code == 201
    assert [answer.status_code for answer in (wrong, other, twice, long)] == [403, 403, 401, 401]
    assert twice.headers["WWW-Authenticate"] == "Bearer"


async def test_where_local_requests_are_not_trusted_the_desk_needs_the_key_too(tmp_path: Path):
    """For forwarders that nobody can see, such as ssh -R: whoever comes through one looks local."""
    settings = {"S2S_TRUST_LOCAL": "off", "S2S_OPERATOR_KEY": KEY}
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, **settings, **paid(emulator.base_url)) as (http, _),
    ):
        refused = await create(http, {})
        errors = await http.get("/errors")
        allowed = await create(http, {"Authorization": f"Bearer {KEY}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "auth_required")
    assert "S2S_TRUST_LOCAL" in refused.json()["detail"]
    assert errors.status_code == 403
    assert allowed.status_code == 201


async def test_a_page_elsewhere_may_send_its_credentials(tmp_path: Path):
    """CORS: the browser asks first, and shows the page a refusal too."""
    page = {"Origin": "https://www.shop.example"}
    asked = {**page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, S2S_CORS_ORIGINS=page["Origin"], **paid(emulator.base_url)) as (http, _),
    ):
        preflight = await http.options("/api/session/create", headers=asked)
        refused = await create(http, page)
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["Access-Control-Allow-Headers"].lower()
    assert refused.status_code == 403
    assert refused.headers["Access-Control-Allow-Origin"] == page["Origin"]


@pytest.mark.parametrize("path", ["/errors", "/health"])
async def test_a_page_of_another_origin_reads_nothing_of_the_operator(tmp_path: Path, path: str):
    """S2S_CORS_ORIGINS=* lets every page ask a gateway at the visitor's own desk."""
    page = {"Origin": "https://evil.example"}
    async with running_gateway(tmp_path, "ws://127.0.0.1:9", S2S_CORS_ORIGINS="*") as (http, _):
        answer = await http.get(path, headers=page)
    assert "sessions" not in answer.json()
    assert "errors" not in answer.json()
