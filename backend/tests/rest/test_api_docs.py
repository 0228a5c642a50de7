"""Pages of the gateway are made of its own files: no answer sends a browser to anybody else."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.page import running_gateway

# What makes a browser fetch: an attribute, a style's url() or @import. A script's own strings are held by the policy.
FETCHED = re.compile(r"""(?:src|href|action)\s*=\s*["']?([^"'\s>]+)|url\(\s*["']?([^"')]+)|@import\s+["']([^"']+)""")
TEXTS = ("text/html", "text/css")
SAME_MACHINE = re.compile(r"(?!//)(?![a-z][a-z0-9+.-]*:)|data:|#")


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    # The source of the client's page stands for its build, which not every test run has.
    page = Path(__file__).parents[3] / "frontend/s2s-client/index.html"
    (tmp_path / "index.html").write_text(page.read_text())
    async with running_gateway(tmp_path, "ws://127.0.0.1:9", S2S_CLIENT_DIR=str(tmp_path)) as (http, _):
        http.follow_redirects = True
        yield http


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/docs/assets/swagger-ui.css", "/app/", "/nowhere"])
async def test_nothing_is_fetched_from_anybody_else(http: httpx.AsyncClient, path: str):
    answer = await http.get(path)
    found = [next(filter(None, groups)) for groups in FETCHED.findall(answer.text)]
    assert [address for address in found if not SAME_MACHINE.match(address)] == []
    assert "://" not in answer.headers.get("content-security-policy", "")
    assert bool(found) is answer.headers["content-type"].startswith(TEXTS)


async def test_the_policy_of_the_docs_lets_nothing_in_but_their_own_files(http: httpx.AsyncClient):
    page = await http.get("/docs")
    policy = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["style-src"] == policy["connect-src"] == "'self'"
    own, *inline = policy["script-src"].split()
    assert own == "'self'"
    assert len(inline) == page.text.count("<script>") == 1
    assert inline[0].startswith("'sha256-")
    assert '"validatorUrl": null' in page.text


async def test_every_file_that_the_docs_name_is_there(http: httpx.AsyncClient):
    names = re.findall(r'(?:src|href)="([^"]+)"', (await http.get("/docs")).text)
    answers = [await http.get(f"/{name}") for name in [*names, "openapi.json"]]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert "SwaggerUIBundle" in answers[names.index("docs/assets/swagger-ui-bundle.js")].text
