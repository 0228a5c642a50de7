"""The Vertex path with a made-up service account: google-auth really signs, the emulator really checks the bearer."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from urllib.parse import parse_qs

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.page import open_page, running_gateway

TOKEN = "ya29.made-up-access-token"


class TokenEndpoint:
    """Google's token service, as far as google-auth needs it: verifies the signed assertion, hands out a token."""

    def __init__(self, public_key: rsa.RSAPublicKey) -> None:
        self.claims: list[dict] = []
        self.url = ""
        self.stale = 0
        """So many tokens are no good any more when they are used."""
        self._public_key = public_key

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")
        )
        assertion = parse_qs((await reader.readexactly(length)).decode())["assertion"][0]
        signed, _, signature = assertion.rpartition(".")
        self._public_key.verify(_unbase64(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        self.claims.append(json.loads(_unbase64(signed.split(".")[1])))
        token = TOKEN if len(self.claims) > self.stale else f"{TOKEN}-withdrawn"
        body = json.dumps({"access_token": token, "expires_in": 3600, "token_type": "Bearer"}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n")
        writer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@asynccontextmanager
async def service_account(tmp_path: Path) -> AsyncIterator[tuple[Path, TokenEndpoint]]:
    """A key file that nobody issued, and the endpoint that it names."""
    private_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    endpoint = TokenEndpoint(private_key.public_key())
    server = await asyncio.start_server(endpoint.answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    key_path = tmp_path / "service-account-key.json"
    key_path.write_text(
        json.dumps(
            {
                "type": "service_account",
                "project_id": "made-up-project",
                "private_key_id": "1",
                "private_key": pem.decode(),
                "client_email": "voice@made-up-project.iam.gserviceaccount.com",
                "client_id": "1",
                "token_uri": f"http://127.0.0.1:{port}/token",
            }
        )
    )
    async with server:
        yield key_path, endpoint


def vertex(key_path: Path, emulator_url: str) -> dict[str, str]:
    return {
        "SERVICE_ACCOUNT_KEY_PATH": str(key_path),
        "GCP_PROJECT_ID": "your-project-id",
        "GEMINI_MODEL": "gemini-live-2.5-flash-native-audio",
        "GOOGLE_VERTEX_BASE_URL": emulator_url.replace("ws://", "http://"),
    }


async def test_a_call_over_vertex_with_a_token_that_google_auth_fetched(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, endpoint),
        running_emulator(require_bearer=TOKEN, reply_s=0.2) as emulator,
        running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, gateway),
        open_page(http) as page,
    ):
        gateway.today = lambda: date(2026, 9, 1)
        assert page.of(wire.Ready)[0].backend == "vertex"
        page.say(wire.Text(text="hello"))
        await page.told_of(wire.TurnEnd)
        [seen] = emulator.seen
        assert seen.path.endswith("LlmBidiService/BidiGenerateContent")
        assert seen.headers["authorization"] == f"Bearer {TOKEN}"
        assert seen.received[0]["setup"]["model"] == (
            "projects/made-up-project/locations/us-central1/publishers/google/models/gemini-live-2.5-flash-native-audio"
        )
        [claims] = endpoint.claims
        assert claims["scope"] == "https://www.googleapis.com/auth/cloud-platform"
        warned = ["GCP_PROJECT_ID is not set; the project named in the key file is used."]
        assert (await http.get("/health")).json()["upstream"]["warnings"] == warned
        for day, words in ((12, "retires on 13 December 2026"), (13, "was announced to retire on 13 December 2026")):
            gateway.today = lambda day=day: date(2026, 12, day)
            [first, retiring] = (await http.get("/health")).json()["upstream"]["warnings"]
            assert [first] == warned
            assert words in retiring
    logs = "".join(path.read_text() for path in tmp_path.glob("*_log.txt"))
    assert TOKEN not in logs
    assert "PRIVATE KEY" not in logs


async def test_calls_on_vertex_without_ids_are_answered_without_ids(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, _),
        running_emulator(require_bearer=TOKEN) as emulator,
        running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, _gateway),
        open_page(http) as page,
    ):
        await page.told_of(wire.Upstream, status="live")
        emulator.call_tool("get_current_time", {"place": "Tokyo"})
        await page.told_of(wire.ToolResult)

        def responses() -> list[dict]:
            return [r for m in emulator.received if "toolResponse" in m for r in m["toolResponse"]["functionResponses"]]

        await emulator.wait_for(lambda: bool(responses()))
        sent = [m["toolCall"]["functionCalls"][0] for m in emulator.seen[0].sent if "toolCall" in m]
        assert [r.get("id") for r in responses()] == [call.get("id") for call in sent]


async def test_a_token_that_vertex_does_not_accept_is_told_in_words(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, endpoint),
        running_emulator(require_bearer="another") as emulator,
        running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, _gateway),
        open_page(http) as page,
    ):
        notice = await page.told_of(wire.Notice, code="not_authorised")
        assert "the key may be deleted" in notice.hint
        assert len(endpoint.claims) == 2, "another token is fetched once, and no more"


async def test_a_token_that_was_withdrawn_is_fetched_anew_and_nobody_notices(tmp_path: Path):
    async with (
        service_account(tmp_path) as (key_path, endpoint),
        running_emulator(require_bearer=TOKEN, reply_s=0.2) as emulator,
    ):
        endpoint.stale = 1
        async with (
            running_gateway(tmp_path, **vertex(key_path, emulator.base_url)) as (http, _gateway),
            open_page(http) as page,
        ):
            page.say(wire.Text(text="hello"))
            await page.told_of(wire.TurnEnd)
            assert page.of(wire.Notice) == []
            assert len(endpoint.claims) == 2


async def test_a_key_file_that_is_none_is_told_before_any_call(tmp_path: Path):
    key_path = tmp_path / "broken.json"
    key_path.write_text("{}")
    async with running_gateway(tmp_path, **vertex(key_path, "ws://127.0.0.1:9")) as (http, _):
        health = (await http.get("/health")).json()
        refused = await http.post("/api/session/create")
    assert "broken.json is not a service account key" in health["upstream"]["fault"]
    assert refused.json()["code"] == "upstream_refused"
