"""Small proxies and a token service on loopback. The proxies know names that nobody else does."""

import asyncio
import json
import ssl
import struct
from base64 import b64decode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

TOKEN = "ya29.made-up-access-token"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def _listening(handle: Handler, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[int]:
    """The port. What is open at the end is cut."""
    open_now: set[asyncio.Task] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        open_now.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                await handle(reader, writer)
        finally:
            writer.close()
            open_now.discard(task)

    server = await asyncio.start_server(one, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in open_now:
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)


@dataclass
class Proxy:
    """One that forwards to loopback whatever it is asked for."""

    ports: dict[str, int] = field(default_factory=dict)
    """Host name to loopback port; others are not reached."""
    login: tuple[str, str] | None = None
    refusal: bytes = b""
    """The status line and more that is answered instead, such as b"403 Forbidden"."""
    asked: list[str] = field(default_factory=list)
    """host:port, in order."""
    url: str = ""

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split("\r\n", 1)[0].split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
        else:
            host, _, port = target.removeprefix("http://").partition("/")[0].partition(":")
        self.asked.append(f"{host}:{port or 80}")
        if self.login is not None and not self._is_known(head):
            writer.write(
                b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            return
        if self.refusal:
            page = b"<html>no</html>"
            writer.write(
                b"HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (self.refusal, len(page), page)
            )
            return
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.ports[host.strip("[]")])
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        else:
            path = "/" + target.removeprefix("http://").partition("/")[2]
            far_writer.write(f"{method} {path} HTTP/1.1\r\n{head.split(chr(13) + chr(10), 1)[1]}".encode("latin-1"))
        await _both(reader, writer, far_reader, far_writer)

    def _is_known(self, head: str) -> bool:
        for line in head.split("\r\n"):
            if line.lower().startswith("proxy-authorization: basic "):
                return b64decode(line.split()[-1]).decode() == ":".join(self.login or ())
        return False

    async def socks(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        version = (await reader.readexactly(1))[0]
        host, port = await (self._socks5(reader, writer) if version == 5 else self._socks4(reader))
        self.asked.append(f"{host}:{port}")
        refused = bool(self.refusal) or host not in self.ports
        if version == 5:
            writer.write(bytes([5, 2 if refused else 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        else:
            writer.write(bytes([0, 91 if refused else 90, 0, 0, 0, 0, 0, 0]))
        if not refused:
            await _both(reader, writer, *await asyncio.open_connection("127.0.0.1", self.ports[host]))

    async def _socks5(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
        methods = await reader.readexactly((await reader.readexactly(1))[0])
        if self.login is None:
            writer.write(b"\x05\x00")
        else:
            writer.write(b"\x05\x02" if 2 in methods else b"\x05\xff")
            await reader.readexactly(1)
            given = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
            writer.write(b"\x01\x00" if tuple(given) == self.login else b"\x01\x01")
        _, _, _, kind = await reader.readexactly(4)
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = ".".join(map(str, await reader.readexactly(4)))
        return host, struct.unpack(">H", await reader.readexactly(2))[0]

    async def _socks4(self, reader: asyncio.StreamReader) -> tuple[str, int]:
        _, port = struct.unpack(">BH", await reader.readexactly(3))
        address = await reader.readexactly(4)
        await reader.readuntil(b"\0")
        if address[:3] == b"\0\0\0":
            return (await reader.readuntil(b"\0"))[:-1].decode(), port
        return ".".join(map(str, address)), port


async def _both(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    async def carry(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await source.read(65_536):
                sink.write(data)
                await sink.drain()
            sink.close()

    try:
        await asyncio.gather(carry(reader, far_writer), carry(far_reader, writer))
    finally:
        far_writer.close()


@asynccontextmanager
async def running_proxy(scheme: str, proxy: Proxy, tls: ssl.SSLContext | None = None) -> AsyncIterator[Proxy]:
    """`scheme`: http, https, socks5h, socks4a and so on. `proxy.url` is for HTTPS_PROXY."""
    handle = proxy.socks if scheme.startswith("socks") else proxy.http
    async with _listening(handle, tls) as port:
        login = ":".join(proxy.login) + "@" if proxy.login else ""
        proxy.url = f"{scheme}://{login}{'localhost' if tls else '127.0.0.1'}:{port}"
        yield proxy


@dataclass
class Said:
    """One answer of a token service."""

    status: int = 200
    body: bytes | Mapping[str, object] = field(
        default_factory=lambda: {"access_token": TOKEN, "expires_in": 3600, "token_type": "Bearer"}
    )
    date: str = ""
    location: str = ""
    silent: bool = False

    def spelled(self) -> bytes:
        body = self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()
        kind = "text/html" if isinstance(self.body, bytes) else "application/json"
        date = f"Date: {self.date}\r\n" if self.date else ""
        date += f"Location: {self.location}\r\n" if self.location else ""
        head = f"HTTP/1.1 {self.status} Said\r\nContent-Type: {kind}\r\n{date}Connection: close\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class TokenService:
    """Answers `says` to everybody, or to one after the other what stands in `first`."""

    says: Said = field(default_factory=Said)
    first: list[Said] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    """Request lines with the body, in order."""
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    """For silent answers: given when this is set."""
    came: asyncio.Condition = field(default_factory=asyncio.Condition)
    port: int = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        lengths = [line.split(":")[1] for line in head.lower().split("\r\n") if line.startswith("content-length:")]
        body = (await reader.readexactly(int(lengths[0]))).decode() if lengths else ""
        self.asked.append(f"{head}{body}")
        said = self.first.pop(0) if self.first else self.says
        async with self.came:
            self.came.notify_all()
        if said.silent:
            await self.let_go.wait()
        writer.write(said.spelled())
        await writer.drain()

    async def was_asked(self, times: int) -> None:
        """Returns when so many requests have come."""
        async with self.came:
            await self.came.wait_for(lambda: len(self.asked) >= times)


@asynccontextmanager
async def running_token_service(
    service: TokenService | None = None, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[TokenService]:
    service = service or TokenService()
    async with _listening(service.answer, tls, host) as service.port:
        yield service


_PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = _PRIVATE.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


def service_account(token_uri: str, **more: object) -> dict[str, object]:
    """The content of a key file."""
    return {
        "type": "service_account",
        "project_id": "made-up-project",
        "private_key_id": "1",
        "private_key": PEM,
        "client_email": "voice@made-up-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": token_uri,
        **more,
    }


def key_file(folder: Path, token_uri: str, **more: object) -> Path:
    path = folder / "service-account-key.json"
    path.write_text(json.dumps(service_account(token_uri, **more)))
    return path
