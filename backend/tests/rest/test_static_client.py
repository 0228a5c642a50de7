"""The served page is shut to everybody else, and its scripts are open to pages that embed them."""

import re
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from s2s.rest.static_client import ClientFiles, content_security_policy
from s2s.settings import Settings, SettingsError
from tests.page import running_gateway

FILES = ("index.html", "s2s-voice-agent.js", "manifest.webmanifest", "assets/index-C2x_Zab1.js", "assets/new-name.js")


@pytest.fixture
def http(tmp_path: Path) -> httpx.AsyncClient:
    (tmp_path / "assets").mkdir()
    for name in FILES:
        (tmp_path / name).write_text("x")
    app = Starlette(routes=[Mount("/app", ClientFiles(tmp_path, ["https://shop.example"]))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def test_the_page_takes_nothing_from_elsewhere_and_runs_no_script_that_stands_in_it(http: httpx.AsyncClient):
    headers = (await http.get("/app/")).headers
    policy = dict(rule.split(" ", 1) for rule in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["script-src"] == policy["connect-src"] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:"} & set(" ".join(policy.values()).split())
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "microphone=(self)" in headers["permissions-policy"]


async def test_only_named_pages_may_frame_the_client(http: httpx.AsyncClient):
    policy = (await http.get("/app/index.html")).headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'self' https://shop.example")
    assert content_security_policy([]).endswith("frame-ancestors 'self'")


async def test_any_page_may_load_the_scripts_and_a_browser_believes_their_types(http: httpx.AsyncClient):
    script = await http.get("/app/s2s-voice-agent.js", headers={"Origin": "https://blog.example"})
    assert script.headers["access-control-allow-origin"] == "*"
    assert script.headers["cross-origin-resource-policy"] == "cross-origin"
    assert script.headers["content-type"].startswith("text/javascript")
    manifest = await http.get("/app/manifest.webmanifest")
    assert manifest.headers["content-type"].startswith("application/manifest+json")


async def test_only_what_is_named_after_its_content_is_kept_without_asking(http: httpx.AsyncClient):
    kept = {name: "immutable" in (await http.get(f"/app/{name}")).headers["cache-control"] for name in FILES}
    assert [name for name in FILES if kept[name]] == ["assets/index-C2x_Zab1.js"]
    first = await http.get("/app/")
    again = await http.get("/app/", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, "no-cache")


def test_pages_that_may_frame_are_origins():
    named = Settings.from_env({"S2S_FRAME_ANCESTORS": "https://a.example, https://*.b.example:8443"})
    assert named.s2s_frame_ancestors == ["https://a.example", "https://*.b.example:8443"]
    assert Settings.from_env({"S2S_FRAME_ANCESTORS": "*"}).s2s_frame_ancestors == ["*"]
    with pytest.raises(SettingsError, match=r"S2S_FRAME_ANCESTORS.*env.example"):
        Settings.from_env({"S2S_FRAME_ANCESTORS": "a.example; script-src *"})


@pytest.mark.parametrize("address", ["/voice/", "/voice/app", "/voice/app/examples"])
async def test_below_a_path_of_a_proxy_every_redirect_stays_below_it(tmp_path: Path, address: str):
    (tmp_path / "examples").mkdir()
    for name in ("index.html", "examples/index.html"):
        (tmp_path / name).write_text("<title>S2S</title>")
    async with running_gateway(tmp_path, "ws://127.0.0.1:9", S2S_CLIENT_DIR=str(tmp_path)) as (http, _):
        for _ in range(3):
            # The proxy cuts its own path off and tells nobody.
            answer = await http.get(address.removeprefix("/voice"), headers={"Accept": "text/html"})
            if not answer.is_redirect:
                break
            address = urljoin(address, answer.headers["location"])
    assert address.startswith("/voice/app/")
    assert "<title>S2S</title>" in answer.text


@pytest.mark.parametrize("address", ["/voice/docs/", "/voice/health/?verbose=1", "/voice/api/origin/"])
async def test_a_slash_too_many_leads_to_the_same_address_below_a_proxy(tmp_path: Path, address: str):
    async with running_gateway(tmp_path, "ws://127.0.0.1:9") as (http, _):
        answer = await http.get(address.removeprefix("/voice"))
    assert answer.status_code == 307
    assert urljoin(address, answer.headers["location"]) == re.sub(r"/+(?=\?|$)", "", address)
