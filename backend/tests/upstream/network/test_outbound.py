"""Behind a proxy: the model, the access token, the functions and the health check take the same way."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme

from builtin_tools import web
from builtin_tools.failure import ToolFailure
from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.calls.ways import TOKEN, Proxy, Said, TokenService, key_file, running_proxy, running_token_service
from tests.page import open_page, running_gateway

PASSWORD = "hunter22-of-the-proxy"


@pytest.fixture(autouse=True)
def functions_go_out_as_before() -> AsyncIterator[None]:
    yield
    web.go_out_by(web._plain_transport)


@asynccontextmanager
async def everything_behind(tmp_path: Path, scheme: str, login: tuple[str, str] | None = None, **environ: str):
    """A Vertex gateway whose model, token service and a function's service have names that only the proxy knows."""
    weather = TokenService(Said(body={"sky": "blue"}))
    async with (
        running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator,
        running_token_service() as tokens,
        running_token_service(weather),
    ):
        proxy = Proxy(
            {"model.invalid": emulator.port, "token.invalid": tokens.port, "weather.invalid": weather.port}, login
        )
        tls = None
        if scheme == "https":
            authority = trustme.CA()
            authority.cert_pem.write_to_path(tmp_path / "ca.pem")
            tls = _served_by(authority, "localhost")
            environ["S2S_CA_FILE"] = str(tmp_path / "ca.pem")
        async with running_proxy(scheme, proxy, tls):
            known = {
                "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, "http://token.invalid/token")),
                "GCP_PROJECT_ID": "made-up-project",
                "GOOGLE_VERTEX_BASE_URL": "http://model.invalid:8080",
                "ALL_PROXY": proxy.url,
                **environ,
            }
            async with running_gateway(tmp_path, **known) as (http, gateway):
                yield http, proxy, gateway


def _served_by(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.mark.parametrize("scheme", ["http", "https", "socks5", "socks5h", "socks", "socks4a"])
async def test_a_call_a_function_and_health_go_through_every_kind_of_proxy(tmp_path: Path, scheme: str):
    async with everything_behind(tmp_path, scheme) as (http, proxy, _):
        before = await http.get("/health")
        async with open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
            during = (await http.get("/health")).json()
        found = await web.Web().get_json("http://weather.invalid/sky", {}, "the weather service")
    assert found == {"sky": "blue"}
    assert before.status_code == 200, before.text
    assert before.json()["upstream"]["reachable"] is True
    assert during["upstream"]["credentials"] == {"state": "ok", "message": ""}
    assert {host.split(":")[0] for host in proxy.asked} == {"model.invalid", "token.invalid", "weather.invalid"}


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
async def test_a_proxy_with_a_password_is_used_and_the_password_told_to_nobody(tmp_path: Path, scheme: str):
    async with everything_behind(tmp_path, scheme, ("anna", PASSWORD)) as (http, _, gateway):
        async with open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
        told = (await http.get("/health")).text + (await http.get("/errors")).text + (await http.get("/")).text
    told += "".join(path.read_text() for path in tmp_path.glob("*_log.txt"))
    assert PASSWORD not in told
    assert PASSWORD not in repr(gateway.settings)


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
async def test_a_wrong_password_is_said_in_health_and_not_shown(tmp_path: Path, scheme: str):
    async with everything_behind(tmp_path, scheme, ("anna", PASSWORD)) as (_, proxy, _gateway):
        wrong = proxy.url.replace(PASSWORD, "another-password")
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, "http://token.invalid/token")),
            "GOOGLE_VERTEX_BASE_URL": "http://model.invalid:8080",
            "HTTPS_PROXY": wrong,
            "HTTP_PROXY": wrong,
        }
        async with running_gateway(tmp_path, **environ) as (http, _other):
            answer = await http.get("/health")
    upstream = answer.json()["upstream"]
    assert answer.status_code == 503
    assert upstream["reachable"] is False
    assert "user name and password" in upstream["unreachable"]
    assert upstream["credentials"]["state"] == "failed"
    assert "user name and password" in upstream["credentials"]["message"]
    assert "another-password" not in answer.text


async def test_a_proxy_that_refuses_is_told_with_what_it_said(tmp_path: Path):
    async with everything_behind(tmp_path, "http") as (http, proxy, _):
        assert (await http.get("/health")).status_code == 200
        proxy.refusal = b"403 Forbidden"
        with pytest.raises(ToolFailure):
            await web.Web().get_json("http://weather.invalid/sky", {}, "the weather service")


async def test_no_proxy_leads_past_the_proxy(tmp_path: Path):
    proxy = Proxy()
    async with (
        running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator,
        running_token_service() as tokens,
        running_proxy("http", proxy),
    ):
        environ = {
            "SERVICE_ACCOUNT_KEY_PATH": str(key_file(tmp_path, f"http://127.0.0.1:{tokens.port}/token")),
            "GOOGLE_VERTEX_BASE_URL": emulator.base_url.replace("ws", "http"),
            "all_proxy": proxy.url,
            "no_proxy": "localhost,127.0.0.0/8",
        }
        async with running_gateway(tmp_path, **environ) as (http, _), open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
            assert (await http.get("/health")).json()["upstream"]["reachable"] is True
    assert proxy.asked == []


async def test_the_local_engine_is_never_sought_behind_a_proxy(tmp_path: Path):
    async with (
        running_emulator(reply_s=0.1) as emulator,
        running_gateway(tmp_path, emulator.base_url, ALL_PROXY="http://127.0.0.1:9") as (http, _),
        open_page(http) as page,
    ):
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
        assert (await http.get("/health")).status_code == 200


async def test_health_does_not_ask_the_service_again_within_half_a_minute(tmp_path: Path):
    async with everything_behind(tmp_path, "http") as (http, proxy, _):
        for _ in range(3):
            assert (await http.get("/health")).status_code == 200
        assert len([host for host in proxy.asked if host.startswith("model")]) == 1


async def test_a_reverse_proxy_answering_for_a_dead_service_is_not_taken_for_the_service(tmp_path: Path):
    async with running_token_service(TokenService(Said(502, b"<html>Bad Gateway</html>"))) as dead:
        environ = {"GEMINI_API_KEY": "AIzaMadeUp", "GOOGLE_GEMINI_BASE_URL": f"http://127.0.0.1:{dead.port}"}
        async with running_gateway(tmp_path, **environ) as (http, _):
            answer = await http.get("/health")
    assert answer.status_code == 503
    assert "502" in answer.json()["upstream"]["unreachable"]


@pytest.mark.parametrize("name", ["GOOGLE_GEMINI_BASE_URL", "S2S_EMULATOR_URL"])
async def test_an_address_of_ip_version_6_works(tmp_path: Path, name: str):
    async with running_token_service(TokenService(Said(404)), host="::1") as service:
        known = {name: f"ws://[::1]:{service.port}"}
        if name.startswith("GOOGLE"):
            known["GEMINI_API_KEY"] = "AIzaMadeUp"
        async with running_gateway(tmp_path, **known) as (http, _):
            assert (await http.get("/health")).json()["upstream"]["reachable"] is True
    assert f"[::1]:{service.port}" in service.asked[0]


async def test_a_redirect_takes_the_way_of_its_own_address(tmp_path: Path):
    async with everything_behind(tmp_path, "http", NO_PROXY="127.0.0.1") as (_, proxy, gateway):
        async with (
            running_token_service(TokenService(Said(body={"sky": "grey"}))) as direct,
            running_token_service(
                TokenService(Said(302, location=f"http://127.0.0.1:{direct.port}/sky"))
            ) as leading_away,
        ):
            proxy.ports["old.invalid"] = leading_away.port
            found = await web.Web().get_json("http://old.invalid/sky", {}, "the weather service")
        assert found == {"sky": "grey"}
        assert [host for host in proxy.asked if host.startswith("127")] == []
        assert gateway.network.proxy_for("http://127.0.0.1/") is None
