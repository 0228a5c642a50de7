"""Check once, outside of calls, whether a STUN server answers."""

import asyncio
import socket
import threading
from collections.abc import Sequence
from urllib.parse import urlsplit

from aioice import stun

from s2s.configuration.ice_servers import IceServer

STUN_TIMEOUT_S = 3.0


def stun_url(servers: Sequence[IceServer]) -> str | None:
    """Return the STUN URL that the gateway uses in each call, None if there is none: aiortc takes the first it can
    parse."""
    return next((url for server in servers for url in server.readable_here if url.startswith("stun:")), None)


async def explain_silence(url: str) -> str | None:
    """Send one binding request. Return a sentence without its full stop if no answer comes, None if one does."""
    parts = urlsplit(f"//{url.removeprefix('stun:')}")
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(STUN_TIMEOUT_S):
            [address, *_] = await resolve_host(parts.hostname or "")
            transport, waiting = await loop.create_datagram_endpoint(_Answer, remote_addr=(address, parts.port or 3478))
            try:
                question = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
                transport.sendto(bytes(question))
                await waiting.received
            finally:
                transport.close()
    except TimeoutError:
        return f"{url} does not answer within {STUN_TIMEOUT_S:g} s"
    except OSError as fault:
        return f"{url} cannot be asked ({fault.strerror or type(fault).__name__})"
    return None


async def resolve_host(host: str) -> list[str]:
    """Return the addresses of a host. Raises OSError.

    Resolves in a daemon thread, which does not delay shutdown: a resolver may take half a minute to give up.
    """
    loop = asyncio.get_running_loop()
    found: asyncio.Future[list[str]] = loop.create_future()

    def set_result(addresses: list[str], fault: OSError | None) -> None:
        if found.done():
            return
        if fault is not None:
            found.set_exception(fault)
        else:
            found.set_result(addresses)

    def resolve() -> None:
        addresses: list[str] = []
        error: OSError | None = None
        try:
            infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            addresses = list(dict.fromkeys(str(info[4][0]) for info in infos))
        except OSError as fault:
            error = fault
        except UnicodeError:
            error = OSError(0, "it is no host name")
        try:
            loop.call_soon_threadsafe(set_result, addresses, error)
        except RuntimeError:
            return  # the loop is closed, so the caller is gone too

    threading.Thread(target=resolve, name="DNS", daemon=True).start()
    return await found


class _Answer(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.received: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        if not self.received.done():
            self.received.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.received.done():
            self.received.set_exception(exc)
