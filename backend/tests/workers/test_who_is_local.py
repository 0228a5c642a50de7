"""Real proxies and forwarders in front of a gateway on 127.0.0.1: whom it takes for its operator."""

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from gemini_emulator.testing import running_emulator
from s2s.cluster.routing import nginx_config
from tests.access.roles import KEY
from tests.calls.serving import server_of, serving
from tests.processes import LIMIT_S, free_port

NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
LOCAL, STRANGER = 200, 403
HEAD = """
daemon off; pid nginx.pid; error_log stderr warn; worker_processes 1;
events { worker_connections 64; }
http {
    access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u;
    scgi_temp_path s;
    server { listen 127.0.0.1:%d; location / { %s } }
}
"""


@asynccontextmanager
async def nginx(folder: Path, port: int, config: str) -> AsyncIterator[str]:
    """One nginx; answers its address once it listens."""
    folder.mkdir()
    (folder / "nginx.conf").write_text(config)
    process = await asyncio.create_subprocess_exec(NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"))
    try:
        async with asyncio.timeout(LIMIT_S):
            while not listens(port):  # a foreign program has no event for it
                assert process.returncode is None, "nginx did not start"
                await asyncio.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        await process.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def simple(folder: Path, upstream: str, *directives: str) -> tuple[Path, int, str]:
    """An nginx with a configuration as people write it."""
    port = free_port()
    return folder, port, HEAD % (port, " ".join((f"proxy_pass http://{upstream};", *directives)))


async def status(url: str, host: str = "localhost", **headers: str) -> int:
    """Of what only the operator may read."""
    async with httpx.AsyncClient(trust_env=False) as http:
        return (await http.get(f"{url}/errors", headers={"Host": host, **headers})).status_code


async def test_nobody_behind_nginx_is_taken_for_the_operator(tmp_path: Path):
    reports = "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
    as_http_1_1 = "proxy_http_version 1.1; proxy_set_header Connection '';"
    async with running_emulator() as emulator, serving(tmp_path, emulator.base_url) as (address, _):
        assert await status(f"http://{address}") == LOCAL
        # Its default: HTTP/1.0, and the upstream's address as the host.
        async with nginx(*simple(tmp_path / "default", address)) as url:
            assert await status(url) == STRANGER
            assert await status(url, **{"X-Forwarded-For": "127.0.0.1"}) == STRANGER
        async with nginx(*simple(tmp_path / "host", address, as_http_1_1, "proxy_set_header Host $host;")) as url:
            assert await status(url, "192.0.2.1") == STRANGER
        # A caller at this machine stays one; the test has no other address for a stranger's own socket.
        async with nginx(*simple(tmp_path / "reports", address, as_http_1_1, reports)) as url:
            assert await status(url) == LOCAL
            assert await status(url, **{"X-Forwarded-For": "203.0.113.9"}) == STRANGER


async def test_behind_our_own_nginx_a_caller_is_who_the_proxies_before_it_say(tmp_path: Path):
    port, worker = free_port(), free_port()
    environ = {
        "S2S_WORKER": "1",
        "S2S_WORKER_URLS": f"http://127.0.0.1:{worker}",
        "S2S_WORKER_DIR": str(tmp_path / "w"),
    }
    async with running_emulator() as emulator:
        server = server_of(tmp_path, emulator.base_url, **environ)
        server.config.port = worker
        running = asyncio.create_task(server.serve())
        await server.listening.wait()
        async with nginx(tmp_path / "own", port, nginx_config(port, [worker])) as url:
            assert await status(url) == LOCAL
            assert await status(url, **{"X-Forwarded-For": "203.0.113.9"}) == STRANGER
            assert await status(url, **{"X-Forwarded-For": "127.0.0.1, 203.0.113.9, 127.0.0.1"}) == STRANGER
            assert await status(url, **{"X-S2S-Peer": "203.0.113.9"}) == LOCAL, "only the proxy itself may say that"
            assert await status(url, Via="1.1 Caddy") == STRANGER
            assert await status(url, Forwarded="for=203.0.113.9") == STRANGER
            # A proxy before it that says nothing but HTTP/1.0.
            async with nginx(*simple(tmp_path / "outer", f"127.0.0.1:{port}")) as outer:
                assert await status(outer) == STRANGER
        assert await status(f"http://127.0.0.1:{worker}", **{"X-S2S-Peer": "203.0.113.9"}) == STRANGER
        server.should_exit = True
        await running


@asynccontextmanager
async def forwarder(port: int) -> AsyncIterator[str]:
    """Bytes go through unchanged, as with ssh -R, stunnel or socat; answers its address."""

    async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
        writer.close()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(pipe(reader, back), pipe(there, writer))

    server = await asyncio.start_server(forward, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_behind_a_forwarder_the_host_decides_and_a_setting_closes_the_rest(tmp_path: Path):
    shut = {"S2S_TRUST_LOCAL": "off", "S2S_OPERATOR_KEY": KEY}
    async with running_emulator() as emulator:
        async with serving(tmp_path, emulator.base_url) as (address, _), forwarder(int(address.split(":")[1])) as url:
            assert await status(url, "192.0.2.1") == STRANGER
            # What cannot be told apart: docs/access.md names the remedy, which follows.
            assert await status(url) == LOCAL
        async with (
            serving(tmp_path, emulator.base_url, **shut) as (address, _),
            forwarder(int(address.split(":")[1])) as url,
        ):
            assert await status(url) == STRANGER
            assert await status(url, Authorization=f"Bearer {KEY}") == LOCAL


async def test_a_containers_published_port_and_the_lan_are_not_local(tmp_path: Path):
    """Both connect from another address than the loopback's, and may send any host name."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: it only asks which address of this machine leads out.
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]
    assert not own.startswith("127."), "the machine needs an address beside the loopback's"
    async with running_emulator() as emulator:
        server = server_of(tmp_path, emulator.base_url)
        server.config.host = "0.0.0.0"
        running = asyncio.create_task(server.serve())
        await server.listening.wait()
        port = server.address.split(":")[1]
        assert await status(f"http://127.0.0.1:{port}") == LOCAL
        assert await status(f"http://{own}:{port}") == STRANGER
        assert await status(f"http://{own}:{port}", **{"X-Forwarded-For": "127.0.0.1"}) == STRANGER
        server.should_exit = True
        await running


@pytest.fixture(autouse=True)
def the_nginx() -> None:
    assert Path(NGINX).exists(), "nginx is missing: on Debian, sudo apt install nginx-light"
