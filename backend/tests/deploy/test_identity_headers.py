"""With S2S_AUTH=proxy a proxy says who calls; the samples of deploy/ let no caller say it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy.proxies import (
    ADDRESS,
    BARE_NGINX,
    BARE_PORT,
    PATIENCE_S,
    Certificate,
    gateway,
    local_engine,
    nginx,
    proxy,
)

IDENTITY = {"X-Forwarded-User": "alice", "X-Forwarded-Preferred-Username": "Alice", "X-Forwarded-Groups": "admins"}


@pytest.fixture
def gateway_that_trusts_its_proxy(tmp_path: Path) -> Iterator[None]:
    with local_engine(tmp_path) as engine, gateway(
        tmp_path, S2S_UPSTREAM="emulator", S2S_EMULATOR_URL=engine, S2S_AUTH="proxy", S2S_TRUSTED_PROXIES="127.0.0.1",
        S2S_OPERATOR_GROUPS="admins",
    ):  # fmt: skip
        yield


@pytest.mark.usefixtures("gateway_that_trusts_its_proxy")
async def test_the_samples_pass_on_no_identity_that_a_caller_claims(
    tmp_path: Path, certificate: Certificate, address: str
) -> None:
    for kind in ("caddy", "caddy-subpath", "nginx", "nginx-subpath"):
        (folder := tmp_path / kind).mkdir()
        with proxy(kind, folder, certificate) as front:
            async with front.stranger(address) as http:
                assert (await http.post("/api/session/create", headers=IDENTITY)).status_code in (401, 403), kind
                assert (await http.get("/errors", headers=IDENTITY)).status_code in (401, 403), kind
    with (
        nginx(tmp_path, BARE_NGINX),
        httpx.Client(base_url=f"http://{ADDRESS}:{BARE_PORT}", timeout=PATIENCE_S) as http,
    ):
        assert http.post("/api/session/create", headers=IDENTITY).status_code == 201, "what the samples prevent"
