"""Who sits at this machine is asked for nothing; who comes through a proxy on it is a stranger."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.deploy.proxies import (
    ADDRESS,
    BARE_NGINX,
    BARE_PORT,
    GATEWAY_PORT,
    HOST,
    PATIENCE_S,
    Certificate,
    caddy,
    gateway,
    local_engine,
    nginx,
    proxy,
)

KEY = "AIza" + "x" * 35
LOOPBACK = "127.0.0.1"
BARE_CADDY = f":{BARE_PORT} {{\n\treverse_proxy 127.0.0.1:{GATEWAY_PORT}\n}}\n"


@pytest.fixture(scope="module")
def paid_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A gateway with a Google key and without any setting for strangers; the emulator plays Google."""
    folder = tmp_path_factory.mktemp("paid")
    with local_engine(folder) as engine, gateway(
        folder, S2S_UPSTREAM="developer", GEMINI_API_KEY=KEY, GOOGLE_GEMINI_BASE_URL=engine
    ) as address:  # fmt: skip
        yield address


def codes(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


def test_somebody_at_the_machine_is_asked_for_nothing(paid_gateway: str) -> None:
    with httpx.Client(base_url=paid_gateway, timeout=PATIENCE_S, trust_env=False) as http:
        assert http.post("/api/session/create").status_code == 201
        assert "sessions" in http.get("/health").json(), "at the desk the report is complete"


@pytest.mark.parametrize("kind", ["caddy", "caddy-subpath", "nginx", "nginx-subpath"])
async def test_behind_a_sample_everybody_is_a_stranger(
    paid_gateway: str, tmp_path: Path, certificate: Certificate, kind: str, address: str
) -> None:
    with proxy(kind, tmp_path, certificate) as front:
        for caller in (address, ADDRESS, LOOPBACK):
            async with front.stranger(caller) as http:
                assert codes(await http.post("/api/session/create")) == (403, "auth_required"), caller
                health = await http.get("/health")
                assert "sessions" not in health.json()
                assert "auth_required" in health.text
                assert (await http.get("/errors")).status_code in (401, 403)


@pytest.mark.parametrize("host", [HOST, "localhost", f"{LOOPBACK}:{GATEWAY_PORT}", ADDRESS])
@pytest.mark.parametrize("start", ["nginx", "caddy"])
def test_behind_a_bare_proxy_a_stranger_is_one_whatever_host_they_name(
    paid_gateway: str, tmp_path: Path, start: str, host: str, address: str
) -> None:
    with (
        nginx(tmp_path, BARE_NGINX) if start == "nginx" else caddy(tmp_path, BARE_CADDY),
        httpx.Client(
            base_url=f"http://{ADDRESS}:{BARE_PORT}", headers={"Host": host}, timeout=PATIENCE_S,
            transport=httpx.HTTPTransport(local_address=address),
        ) as http,
    ):  # fmt: skip
        assert codes(http.post("/api/session/create")) == (403, "auth_required")
        assert "sessions" not in http.get("/health").json()
        forged = {"X-Forwarded-For": LOOPBACK, "Forwarded": "for=127.0.0.1", "X-Real-IP": LOOPBACK}
        assert codes(http.post("/api/session/create", headers=forged)) == (403, "auth_required")
