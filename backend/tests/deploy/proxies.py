"""Caddy and nginx with the samples of deploy/, and strangers who reach them by TLS."""

import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import run
import trustme
from websockets.asyncio.client import connect

from tests.processes import REPOSITORY, no_credentials, running

SAMPLES = REPOSITORY / "deploy"
HOST = "voice.example.org"
ADDRESS, ADDRESS_6 = "198.51.100.1", "2001:db8::1"
"""Where the proxies listen."""
GATEWAY_PORT, ENGINE_PORT = 8000, 9090
BARE_PORT = 8080
BARE_NGINX = f"server {{ listen {BARE_PORT}; location / {{ proxy_pass http://127.0.0.1:{GATEWAY_PORT}; }} }}"
"""What most people write first: nginx then speaks HTTP/1.0 and sends the gateway's own address as the host."""
HEADER_LIMIT_S = 2
"""In place of the samples' 10 s, so that the limit is reached within a test."""
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Certificate:
    """For HOST, by an authority that only these tests trust."""

    chain: Path
    key: Path
    authority: Path
    trust: ssl.SSLContext

    @classmethod
    def issue(cls, folder: Path) -> "Certificate":
        authority = trustme.CA()
        issued = authority.issue_cert(HOST)
        chain, key, trusted = folder / "chain.pem", folder / "key.pem", folder / "authority.pem"
        authority.cert_pem.write_to_path(trusted)
        issued.private_key_pem.write_to_path(key)
        for part in issued.cert_chain_pems:
            part.write_to_path(chain, append=True)
        trust = ssl.create_default_context()
        authority.configure_trust(trust)
        return cls(chain, key, trusted, trust)


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that runs."""

    path: str
    """Below which the gateway is, without a slash at the end."""
    log: Path
    """Its access log."""
    trust: ssl.SSLContext

    @property
    def url(self) -> str:
        return f"https://{HOST}{self.path}"

    def stranger(self, address: str, **headers: str) -> httpx.AsyncClient:
        """A client somewhere on the internet. Redirects are not followed."""
        return httpx.AsyncClient(
            base_url=self.url, headers=headers, timeout=PATIENCE_S, trust_env=False,
            transport=_ByAddress(ADDRESS_6 if ":" in address else ADDRESS, verify=self.trust, local_address=address),
        )  # fmt: skip

    def socket(self, session_id: str, address: str) -> connect:
        """The WebSocket of a session, to be entered."""
        url = f"wss://{HOST}{self.path}/api/session/{session_id}/ws"
        return connect(url, host=ADDRESS, port=443, ssl=self.trust, local_addr=(address, 0), proxy=None)


class _ByAddress(httpx.AsyncHTTPTransport):
    """Instead of asking for the address of a name."""

    def __init__(self, address: str, *, verify: ssl.SSLContext, local_address: str) -> None:
        super().__init__(verify=verify, local_address=local_address)
        self._address = address

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.extensions["sni_hostname"] = request.url.host
        request.url = request.url.copy_with(host=self._address)
        return await super().handle_async_request(request)


def sample(name: str, **replaced: str) -> str:
    """A file of deploy/ with these strings replaced; each of them must be there."""
    text = (SAMPLES / name).read_text()
    for old, new in replaced.items():
        assert old in text, f"deploy/{name} has no {old!r}"
        text = text.replace(old, new)
    return text


@contextmanager
def local_engine(folder: Path) -> Iterator[str]:
    """An emulator whose answers are tones. Yields its address."""
    command = [sys.executable, "-m", "gemini_emulator", "--engine", "tone", "--port", str(ENGINE_PORT)]
    with running(command, REPOSITORY / "backend", no_credentials(HOME=str(folder))) as process:
        process.line_with(str(ENGINE_PORT))
        yield f"ws://127.0.0.1:{ENGINE_PORT}"


@contextmanager
def gateway(folder: Path, **environ: str) -> Iterator[str]:
    """The gateway as `make serve` starts it. Yields its address for somebody on the same machine."""
    env = no_credentials(S2S_LOG_DIR=str(folder), S2S_ALLOWED_HOSTS=HOST) | environ
    with running(run.gateway_command(GATEWAY_PORT), REPOSITORY / "backend", env) as process:
        process.line_with("Uvicorn running on")
        yield f"http://127.0.0.1:{GATEWAY_PORT}"


@contextmanager
def caddy(folder: Path, config: str) -> Iterator[None]:
    file = folder / "Caddyfile"
    file.write_text(config)
    env = no_credentials(HOME=str(folder), XDG_DATA_HOME=str(folder), XDG_CONFIG_HOME=str(folder))
    with running(["caddy", "run", "--adapter", "caddyfile", "--config", str(file)], folder, env) as process:
        process.line_with("serving initial configuration")
        yield


@contextmanager
def nginx(folder: Path, config: str) -> Iterator[None]:
    """`config`: what stands in the http block."""
    file = folder / "nginx.conf"
    temporary = "".join(
        f"{part}_temp_path {folder}/{part};\n" for part in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file.write_text(
        f"daemon off; user root; pid {folder}/nginx.pid; error_log stderr notice; events {{}}\n"
        f"http {{ access_log off;\n{temporary}{config}\n}}\n"
    )
    with running(["nginx", "-p", str(folder), "-c", str(file)], folder, no_credentials()) as process:
        process.line_with("start worker process ")
        yield


def _caddyfile(folder: Path, certificate: Certificate) -> str:
    tls = f"{HOST} {{\n\ttls {certificate.chain} {certificate.key}"
    return sample(
        "Caddyfile",
        **{
            f"{HOST} {{": tls,
            "/var/log/caddy/s2s.log": str(folder / "access.log"),
            "read_header 10s": f"read_header {HEADER_LIMIT_S}s",
        },
    )


def _nginx_conf(folder: Path, certificate: Certificate) -> str:
    return sample(
        "nginx.conf",
        **{
            f"/etc/letsencrypt/live/{HOST}/fullchain.pem": str(certificate.chain),
            f"/etc/letsencrypt/live/{HOST}/privkey.pem": str(certificate.key),
            "/var/log/nginx/s2s.log": str(folder / "access.log"),
            "/var/log/nginx/s2s-error.log": str(folder / "error.log"),
            "client_header_timeout 10s": f"client_header_timeout {HEADER_LIMIT_S}s",
        },
    )


def _below(config: str, handler: str, snippet: str) -> str:
    """The site with these lines in place of its own handler."""
    head, found, _ = config.partition(handler)
    assert found, f"the sample has no {handler!r}"
    return f"{head}{snippet}\n}}\n"


@contextmanager
def proxy(kind: str, folder: Path, certificate: Certificate) -> Iterator[Proxy]:
    """`caddy` or `nginx`, with `-subpath` for the variant below /voice/."""
    program, _, variant = kind.partition("-")
    if program == "caddy":
        config = _caddyfile(folder, certificate)
        if variant:
            config = _below(config, "\t# Above the gateway's limit", sample("Caddyfile.subpath"))
        start = caddy
    else:
        config = _nginx_conf(folder, certificate)
        if variant:
            logs: Mapping[str, str] = {
                "/var/log/nginx/s2s.log": str(folder / "access.log"),
                "/var/log/nginx/s2s-error.log": str(folder / "error.log"),
            }
            config = _below(config, "    location / {", sample("nginx-subpath.conf", **logs))
        start = nginx
    with start(folder, config):
        yield Proxy("/voice" if variant else "", folder / "access.log", certificate.trust)
