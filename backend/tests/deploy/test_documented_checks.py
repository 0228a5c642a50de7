"""The commands in docs/security.md that look at a gateway from outside say what that page promises."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.proxies import ADDRESS, HOST, Certificate, gateway, local_engine, proxy
from tests.processes import REPOSITORY

KEY = "AIza" + "x" * 35


@pytest.fixture
def outside(tmp_path: Path, certificate: Certificate) -> dict[str, str]:
    """The environment of a machine elsewhere: it knows the host's address and the authority."""
    (tmp_path / ".curlrc").write_text(
        f"resolve = {HOST}:443:{ADDRESS}\nresolve = {HOST}:80:{ADDRESS}\ncacert = {certificate.authority}\n"
    )
    return os.environ | {"CURL_HOME": str(tmp_path), "no_proxy": "*"}


@pytest.fixture(scope="module")
def paid_gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("paid")
    with local_engine(folder) as engine, gateway(
        folder, S2S_UPSTREAM="developer", GEMINI_API_KEY=KEY, GOOGLE_GEMINI_BASE_URL=engine
    ):  # fmt: skip
        yield


def commands() -> list[str]:
    """The lines of the page's first block of shell, without what stands behind them."""
    block = re.search(r"```bash\n(.*?)```", (REPOSITORY / "docs/security.md").read_text(), re.DOTALL)
    assert block
    return [re.sub(r"\s+# .*$", "", line) for line in block[1].splitlines()]


@pytest.mark.parametrize("kind", ["caddy", "nginx"])
@pytest.mark.usefixtures("paid_gateway")
def test_the_checks_from_outside_show_what_the_page_says(
    tmp_path: Path, certificate: Certificate, outside: dict[str, str], kind: str
) -> None:
    with proxy(kind, tmp_path, certificate):
        said = [subprocess.check_output(["sh", "-c", line], env=outside, text=True, timeout=60) for line in commands()]
    redirect, health, errors, transport, create = said
    assert redirect == f"308 https://{HOST}/\n"
    assert set(json.loads(health)) == {"status", "access"}
    assert errors.strip() in ("401", "403")
    assert transport.lower().strip() == "strict-transport-security: max-age=31536000"
    assert json.loads(create)["code"] == "auth_required"
