"""The served page is shut to everybody else, its scripts are open to pages that embed them, and it comes compressed."""

import gzip
import os
import re
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.routing import Mount

from s2s.rest.page.client_files import ClientFiles, content_security_policy
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


SCRIPT = b"speak();" * 200
BROTLI = b"as brotli"
"""The gateway hands it on unread."""
HASHED = "assets/index-C2x_Zab1.js"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A built client, with both compressed forms of one script."""
    client = tmp_path / "client"
    (client / "assets").mkdir(parents=True)
    (client / "index.html").write_text("<title>S2S</title>")
    (client / HASHED).write_bytes(SCRIPT)
    (client / f"{HASHED}.br").write_bytes(BROTLI)
    (client / f"{HASHED}.gz").write_bytes(gzip.compress(SCRIPT, mtime=0))
    (tmp_path / "secret.txt").write_text("secret")
    return client


def client_of(folder: Path) -> httpx.AsyncClient:
    app = Starlette(routes=[Mount("/app", ClientFiles(folder, []))])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost")


async def get(http: httpx.AsyncClient, accept: str, method: str = "GET", **headers: str) -> httpx.Response:
    """The script's answer, its body as it was sent."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = http.build_request(method, f"/app/{HASHED}", headers={"Accept-Encoding": accept, **named})
    answer = await http.send(request, stream=True)
    answer.extensions["sent"] = b"".join([chunk async for chunk in answer.aiter_raw()])
    return answer


@pytest.mark.parametrize(
    ("accept", "coding", "body"),
    [("gzip, deflate, br", "br", BROTLI), ("gzip", "gzip", gzip.compress(SCRIPT, mtime=0)), ("br;q=0", None, SCRIPT)],
)
async def test_a_file_comes_in_the_form_that_the_browser_prefers(
    accept: str, coding: str | None, body: bytes, built: Path
):
    async with client_of(built) as http:
        answer, head = await get(http, accept), await get(http, accept, "HEAD")
    assert answer.headers.get("content-encoding") == coding
    assert (
        gzip.decompress(answer.extensions["sent"]) == SCRIPT if coding == "gzip" else answer.extensions["sent"] == body
    )
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert head.headers == answer.headers
    assert (head.headers["content-length"], head.extensions["sent"]) == (str(len(answer.extensions["sent"])), b"")


async def test_each_form_has_its_own_etag_and_is_confirmed_by_that_alone(built: Path):
    async with client_of(built) as http:
        etags = {accept: (await get(http, accept)).headers["etag"] for accept in ("br", "gzip", "identity")}
        assert len(set(etags.values())) == 3
        for accept in etags:
            answers = [await get(http, accept, If_None_Match=etag) for etag in etags.values()]
            assert [answer.status_code for answer in answers] == [304 if name == accept else 200 for name in etags]
            confirmed = next(answer for answer in answers if answer.status_code == 304)
            assert confirmed.headers["vary"] == "Accept-Encoding"
            assert "content-encoding" not in confirmed.headers


async def test_a_range_counts_the_bytes_of_the_form_that_is_sent(built: Path):
    async with client_of(built) as http:
        part = await get(http, "br", Range="bytes=3-")
        whole = await get(http, "identity", Range="bytes=0-7")
        other_form = await get(http, "br", Range="bytes=3-", If_Range=whole.headers["etag"])
        beyond = await get(http, "br", Range=f"bytes={len(BROTLI)}-")
    assert (part.status_code, part.headers["content-range"]) == (206, f"bytes 3-{len(BROTLI) - 1}/{len(BROTLI)}")
    assert (part.extensions["sent"], part.headers["content-encoding"]) == (BROTLI[3:], "br")
    assert (whole.extensions["sent"], whole.headers.get("content-encoding")) == (SCRIPT[:8], None)
    assert (other_form.status_code, other_form.extensions["sent"]) == (200, BROTLI)
    assert beyond.status_code == 416


async def test_a_file_that_was_changed_after_it_was_compressed_comes_as_it_is(built: Path):
    newer = (built / f"{HASHED}.br").stat().st_mtime_ns + 1
    os.utime(built / HASHED, ns=(newer, newer))
    os.utime(built / f"{HASHED}.gz", ns=(newer, newer))
    async with client_of(built) as http:
        assert (await get(http, "br")).extensions["sent"] == SCRIPT
        assert (await get(http, "br, gzip;q=0.5")).headers["content-encoding"] == "gzip"


async def test_a_compressed_form_that_is_a_link_is_not_followed(built: Path):
    (built / f"{HASHED}.br").unlink()
    (built / f"{HASHED}.br").symlink_to(built.parent / "secret.txt")
    async with client_of(built) as http:
        assert (await get(http, "br")).extensions["sent"] == SCRIPT


PATHS_OUT = [
    "../secret.txt",
    "assets/../../secret.txt",
    "..\\secret.txt",
    "%2e%2e/secret.txt",
    "//etc/passwd",
    "/../secret.txt",
    "link.txt",
    "linked/secret.txt",
    "index.html\0.br",
    "\0",
    "a" * 5_000,
    "\udcff",
    f"{HASHED}.br",
    f"{HASHED}.gz",
    f"./{HASHED}.br",
    f"{HASHED}.br/",
    "assets",
    "index.html/secret.txt",
]


@pytest.mark.parametrize("path", PATHS_OUT)
async def test_no_path_leads_out_of_the_folder_or_to_what_is_no_file_of_its_own(path: str, built: Path):
    (built / "link.txt").symlink_to(built.parent / "secret.txt")
    (built / "linked").symlink_to(built.parent)
    scope = {
        "type": "http", "method": "GET", "path": f"/app/{path}", "root_path": "/app", "scheme": "http",
        "query_string": b"", "headers": [(b"host", b"localhost"), (b"accept-encoding", b"br, gzip")],
    }  # fmt: skip
    files = ClientFiles(built, [])
    with pytest.raises(HTTPException) as refused:
        await files.get_response(files.get_path(scope), scope)
    assert refused.value.status_code == 404
