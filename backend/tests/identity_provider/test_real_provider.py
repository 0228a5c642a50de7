"""S2S_AUTH=jwt with a real OpenID Connect provider: npm's oidc-provider. `make test-deploy` installs it."""

import asyncio
import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx
import jwt
import pytest

from tests.access.issuer import Issuer
from tests.access.roles import answering_gateway, bearer
from tests.processes import LIMIT_S, free_port

HERE = Path(__file__).parent
AUDIENCE = "urn:s2s:gateway"
BACK = "https://page.example.org/back"


@asynccontextmanager
async def provider(port: int, *keys: Issuer) -> AsyncIterator[str]:
    """The provider with these keys; answers its issuer once it listens."""
    private = [
        {**jwt.get_algorithm_by_name(key.algorithm).to_jwk(key.key, as_dict=True), "kid": key.key_id, "use": "sig"}
        for key in keys
    ]
    kept = [{name: value for name, value in key.items() if name != "key_ops"} for key in private]
    environ = {"PATH": os.environ["PATH"], "PORT": str(port), "KEYS": json.dumps({"keys": kept})}
    node = shutil.which("node")
    assert node, "Node.js is missing"
    process = await asyncio.create_subprocess_exec(
        node, "server.js", cwd=HERE, env=environ, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(LIMIT_S):
            while b"listening" not in (line := await process.stdout.readline()):
                assert line, "the provider ended: is it installed (npm ci in tests/identity_provider)?"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        await process.wait()


def settings(issuer: str) -> dict[str, str]:
    return {
        "S2S_AUTH": "jwt",
        "S2S_JWT_JWKS_URL": f"{issuer}/jwks",
        "S2S_JWT_ISSUER": issuer,
        "S2S_JWT_AUDIENCE": AUDIENCE,
        "S2S_OPERATOR_GROUPS": "admins",
    }


async def log_in(issuer: str, person: str) -> dict[str, str]:
    """Tokens of a person who logs in at a browser: authorization code with PKCE (RFC 7636)."""
    verifier = base64.urlsafe_b64encode(os.urandom(32)).rstrip(b"=")
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": "page",
        "response_type": "code",
        "scope": "openid",
        "redirect_uri": BACK,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    async with httpx.AsyncClient(trust_env=False, base_url=issuer) as browser:
        answer = await browser.get("/auth", params=asked)
        for _ in range(10):
            if answer.is_redirect:
                address = urljoin(str(answer.url), answer.headers["Location"])
                if address.startswith(BACK):
                    break
                answer = await browser.get(address)
                continue
            # A form of the provider: log in, then agree.
            action, prompt = re.findall(r'action="([^"]+)".*?name="prompt" value="(\w+)"', answer.text, re.DOTALL)[0]
            form = {"prompt": prompt, "login": person, "password": "any"}
            answer = await browser.post(urljoin(str(answer.url), action), data=form)
        code = parse_qs(urlsplit(address).query)["code"][0]
        told = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "client_id": "page"}
        answer = await browser.post("/token", data={**told, "code_verifier": verifier.decode()})
    assert answer.status_code == 200, answer.text
    tokens: dict[str, str] = answer.json()
    return tokens


async def kiosk_token(issuer: str) -> str:
    """Of a program: client credentials (RFC 6749, section 4.4)."""
    async with httpx.AsyncClient(trust_env=False) as http:
        form = {"grant_type": "client_credentials", "resource": AUDIENCE}
        answer = await http.post(f"{issuer}/token", data=form, auth=("kiosk", "a-kiosk-secret"))
    assert answer.status_code == 200, answer.text
    token: str = answer.json()["access_token"]
    return token


async def create(http: httpx.AsyncClient, token: str, **wishes: str) -> httpx.Response:
    return await http.post("/api/session/create", headers=bearer(token), json=wishes)


async def test_a_person_who_logged_in_may_call_and_is_known_by_name(tmp_path: Path):
    async with provider(free_port(), Issuer(key_id="k1")) as issuer:
        tokens = await log_in(issuer, "anna")
        root = await log_in(issuer, "root")
        async with answering_gateway(tmp_path, **settings(issuer)) as (http, gateway):
            created = await create(http, tokens["access_token"])
            caller = gateway.sessions.caller_of(created.json()["session_id"])
            beyond = await create(http, tokens["access_token"], voice="Puck")
            other_purpose = await create(http, tokens["id_token"])
            errors = [await http.get("/errors", headers=bearer(t["access_token"])) for t in (tokens, root)]
    assert created.status_code == 201
    assert (caller.identity, caller.name, caller.groups) == ("jwt:anna", "Person anna", ("staff",))
    assert (beyond.status_code, beyond.json()["code"]) == (403, "not_granted")
    # It is for the page that logs people in, not for the gateway.
    assert other_purpose.status_code == 401
    assert "audience" in other_purpose.json()["detail"]
    assert [answer.status_code for answer in errors] == [403, 200]


async def test_the_provider_changes_its_keys_while_the_gateway_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("s2s.access.key_set.MIN_INTERVAL_S", 0.0)
    monkeypatch.setattr("s2s.access.key_set.FRESH_S", 0.0)
    port, old, new = free_port(), Issuer(key_id="old"), Issuer(key_id="new")
    async with answering_gateway(tmp_path, **settings(f"http://127.0.0.1:{port}")) as (http, _):

        async def accepted(*tokens: str) -> list[bool]:
            return [(await http.get("/api/options", headers=bearer(one))).json()["may_call"] for one in tokens]

        async with provider(port, old) as issuer:
            first = await kiosk_token(issuer)
            assert await accepted(first) == [True]
        async with provider(port, new, old):
            second = await kiosk_token(issuer)
            assert await accepted(first, second) == [True, True]
        async with provider(port, new):
            assert await accepted(first, second) == [False, True]
        # The provider is gone, and its keys are still known.
        assert await accepted(first, second) == [False, True]
    assert jwt.get_unverified_header(second)["kid"] == "new"


async def test_a_token_of_another_provider_with_the_same_key_ids_is_refused(tmp_path: Path):
    ports = free_port(), free_port()
    async with provider(ports[0], Issuer(key_id="k1")) as issuer, provider(ports[1], Issuer(key_id="k1")) as other:
        foreign = await kiosk_token(other)
        async with answering_gateway(tmp_path, **settings(issuer)) as (http, _):
            refused = await create(http, foreign)
    assert (refused.status_code, refused.json()["code"]) == (401, "credentials_refused")
