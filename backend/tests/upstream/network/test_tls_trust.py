"""A company's own certificate authority: one setting, or the system's store, for model, token and functions alike."""

import os
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from builtin_tools import web
from builtin_tools.failure import ToolFailure
from gemini_emulator.testing import running_emulator
from main import create_app
from s2s import wire
from s2s.settings import Settings, SettingsError
from s2s.upstream.network.outbound import Network
from s2s.upstream.network.tls_trust import Trust
from tests.calls.ways import TOKEN, Proxy, Said, TokenService, key_file, running_proxy, running_token_service
from tests.page import open_page, running_gateway


@pytest.fixture(autouse=True)
def functions_go_out_as_before() -> AsyncIterator[None]:
    yield
    web.go_out_by(web._plain_transport)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA(organization_name="Company that inspects")


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    path = tmp_path / "company-ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


@asynccontextmanager
async def company(authority: trustme.CA, scheme: str = "") -> AsyncIterator[tuple[dict[str, str], str]]:
    """What a Vertex gateway has to be told to find model and token service there, and the address of a function's
    service. All of it behind TLS that the company signed, and behind a proxy if there is a `scheme`."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "model.invalid", "token.invalid", "sky.invalid").configure_cert(tls)
    async with (
        running_emulator(require_bearer=TOKEN, reply_s=0.1) as emulator,
        running_token_service(tls=tls) as tokens,
        running_token_service(TokenService(Said(body={"sky": "blue"})), tls) as sky,
        in_front(tls, emulator.port) as model_port,
    ):
        if not scheme:
            yield _environ(f"localhost:{model_port}", f"localhost:{tokens.port}"), f"https://localhost:{sky.port}/"
            return
        ports = {"model.invalid": model_port, "token.invalid": tokens.port, "sky.invalid": sky.port}
        async with running_proxy(scheme, Proxy(ports), tls if scheme == "https" else None) as proxy:
            known = {"HTTPS_PROXY": proxy.url, **_environ("model.invalid", "token.invalid")}
            yield known, "https://sky.invalid/"


@asynccontextmanager
async def in_front(tls: ssl.SSLContext, port: int) -> AsyncIterator[int]:
    """What ends TLS in front of the emulator."""
    import asyncio

    from tests.calls.ways import _both, _listening

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _both(reader, writer, *await asyncio.open_connection("127.0.0.1", port))

    async with _listening(handle, tls) as front:
        yield front


def _environ(model: str, token: str) -> dict[str, str]:
    return {
        "token_uri": f"https://{token}/token",
        "GCP_PROJECT_ID": "made-up-project",
        "GOOGLE_VERTEX_BASE_URL": f"https://{model}",
    }


async def everything_is_trusted(tmp_path: Path, known: dict[str, str], sky: str, **environ: str) -> None:
    known = dict(known)
    known["SERVICE_ACCOUNT_KEY_PATH"] = str(key_file(tmp_path, known.pop("token_uri")))
    async with running_gateway(tmp_path, **known, **environ) as (http, _):
        health = await http.get("/health")
        assert health.status_code == 200, health.json()["upstream"]
        async with open_page(http) as page:
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
        assert await web.Web().get_json(sky, {}, "the sky") == {"sky": "blue"}


@pytest.mark.parametrize("name", ["S2S_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
async def test_one_variable_serves_model_token_functions_and_health(
    name: str, authority: trustme.CA, ca_file: Path, tmp_path: Path
):
    async with company(authority) as (known, sky):
        await everything_is_trusted(tmp_path, known, sky, **{name: str(ca_file)})


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h", "socks4a"])
async def test_the_authority_serves_behind_a_proxy_too(
    scheme: str, authority: trustme.CA, ca_file: Path, tmp_path: Path
):
    async with company(authority, scheme) as (known, sky):
        await everything_is_trusted(tmp_path, known, sky, S2S_CA_FILE=str(ca_file))


async def test_the_store_of_the_system_serves_all_alike(
    authority: trustme.CA, ca_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(ca_file))  # where OpenSSL finds the system's store; the gateway is not told
    async with company(authority) as (known, sky):
        await everything_is_trusted(tmp_path, known, sky)


async def test_without_it_health_names_the_cure_and_no_call_begins(authority: trustme.CA, tmp_path: Path):
    async with company(authority) as (known, sky):
        known["SERVICE_ACCOUNT_KEY_PATH"] = str(key_file(tmp_path, known.pop("token_uri")))
        async with running_gateway(tmp_path, **known) as (http, _):
            answer = await http.get("/health")
            with pytest.raises(ToolFailure):
                await web.Web().get_json(sky, {}, "the sky")
    upstream = answer.json()["upstream"]
    assert answer.status_code == 503
    assert "S2S_CA_FILE" in upstream["unreachable"]
    assert upstream["credentials"]["state"] == "failed"
    assert "S2S_CA_FILE" in upstream["credentials"]["message"]


def test_a_file_of_ours_is_added_and_known_variables_replace(ca_file: Path, authority: trustme.CA):
    def authorities(**environ: str) -> int:
        return len(Trust(Settings.from_env(environ)).context.get_ca_certs())

    assert authorities(SSL_CERT_FILE=str(ca_file)) == 1
    assert authorities(S2S_CA_FILE=str(ca_file)) > 1
    other = ca_file.with_name("other.pem")
    trustme.CA().cert_pem.write_to_path(other)
    assert authorities(SSL_CERT_FILE=str(ca_file), REQUESTS_CA_BUNDLE=str(other)) == 2


def test_a_machine_without_a_store_trusts_what_mozilla_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    from s2s.upstream.network import tls_trust

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setattr(tls_trust, "STORES", (str(tmp_path / "none"),))
    assert len(Trust(Settings()).context.get_ca_certs()) > 50


@pytest.mark.parametrize("form", ["pem", "der", "crlf", "bom", "utf-16", "comments"])
def test_an_authority_may_be_written_in_every_usual_form(form: str, authority: trustme.CA, tmp_path: Path):
    pem = authority.cert_pem.bytes()
    data = {
        "pem": pem,
        "der": x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER),
        "crlf": pem.replace(b"\n", b"\r\n"),
        "bom": b"\xef\xbb\xbf" + pem,
        "utf-16": pem.decode().encode("utf-16"),
        "comments": "# Főtanúsítvány\n".encode()
        + pem
        + b"-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n",
    }[form]
    path = tmp_path / "ca"
    path.write_bytes(data)
    assert len(Trust(Settings.from_env({"SSL_CERT_FILE": str(path)})).context.get_ca_certs()) == 1


@pytest.mark.parametrize("name", ["S2S_CA_FILE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
@pytest.mark.parametrize(
    "content", [None, b"", b"\0\0", b"not a certificate", b"\x30\x82\x01", b"-----BEGIN CERT-----\n"]
)
def test_a_file_that_is_none_is_one_sentence_at_start(name: str, content: bytes | None, tmp_path: Path):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        create_app(Settings.from_env({name: str(path), "S2S_LOG_DIR": str(tmp_path)}))
    assert str(refused.value).startswith(f"{name}: {path}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["S2S_CA_FILE", "SSL_CERT_FILE"])
def test_a_folder_where_a_file_is_meant_is_one_sentence(name: str, tmp_path: Path):
    with pytest.raises(SettingsError, match=f"{name}.*folder"):
        Network(Settings.from_env({name: str(tmp_path)}))


def test_a_folder_of_hashed_names_is_taken_where_its_readers_take_one(tmp_path: Path):
    for name in ("SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        assert Trust(Settings.from_env({name: str(tmp_path)})).context
    with pytest.raises(SettingsError, match=r"SSL_CERT_DIR.*no folder"):
        Trust(Settings.from_env({"SSL_CERT_DIR": f"{tmp_path}{os.pathsep}{tmp_path / 'none'}"}))


def test_companies_authorities_without_key_identifiers_are_taken(ca_file: Path):
    """Python 3.13 refuses them by default."""
    context = Trust(Settings.from_env({"S2S_CA_FILE": str(ca_file)})).context
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname


def test_an_authority_below_the_root_may_be_the_one_that_is_trusted(tmp_path: Path, authority: trustme.CA):
    below = authority.create_child_ca()
    below.cert_pem.write_to_path(tmp_path / "below.pem")
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    below.issue_cert("localhost").configure_cert(server)
    client = Trust(Settings.from_env({"SSL_CERT_FILE": str(tmp_path / "below.pem")})).context
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(back, there, server_hostname="localhost")
    theirs = server.wrap_bio(there, back, server_side=True)
    for end in (ours, theirs, ours, theirs):
        try:
            end.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ours.version()
