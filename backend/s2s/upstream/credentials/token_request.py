"""google-auth's transport over our outbound network: the same proxies and authorities as the model."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

import httpx
from google.auth.exceptions import TransportError
from google.auth.transport import Request, Response

from s2s.upstream.network.network_errors import explain_no_answer, find_cause
from s2s.upstream.network.outbound import Network
from s2s.upstream.refusals.token_errors import Attempt

REQUEST_TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 2**20
MAX_KEPT_CHARS = 4_000
_FAILED: type[Exception] = TransportError
"""google-auth ships types, but not for this."""


class TokenResponse(Response):
    """One complete response."""

    def __init__(self, status: int, headers: Mapping[str, str], data: bytes) -> None:
        self._status, self._headers, self._data = status, headers, data

    @property
    def status(self) -> int:
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        return self._headers

    @property
    def data(self) -> bytes:
        return self._data


class TokenRequest(Request):
    """Called by google-auth, in a separate thread."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.last: Attempt | None = None
        """How far the last request got."""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **options: Any,
    ) -> TokenResponse:
        """Send one request. Raises google.auth.exceptions.TransportError."""
        # No redirects: google-auth signs for one address.
        question = httpx.Request(method, url, content=body, headers=dict(headers or {}))
        limit_s = min(timeout or REQUEST_TIMEOUT_S, REQUEST_TIMEOUT_S)
        return asyncio.run(self._ask(question, limit_s, options.get("cert")))

    async def _ask(self, question: httpx.Request, limit_s: float, certificate: tuple[str, str] | None) -> TokenResponse:
        host = question.url.host
        proxy = self._network.proxy_for(str(question.url))
        shown = proxy.shown if proxy else ""
        network = self._network if certificate is None else self._network.with_certificate(*certificate)
        try:
            async with (
                asyncio.timeout(limit_s),
                httpx.AsyncClient(transport=network.http_transport(), timeout=REQUEST_TIMEOUT_S) as client,
            ):
                answer = await client.send(question, stream=True)
                data = await _read(answer)
        except (httpx.HTTPError, OSError) as fault:
            self.last = _failure(fault, host, shown)
            raise _FAILED(f"{host}: {type(fault).__name__}") from fault
        text = data[: MAX_KEPT_CHARS * 4].decode("utf-8", "replace")[:MAX_KEPT_CHARS]
        self.last = Attempt(host, shown, answer.status_code, answer.headers.get("date", ""), text)
        return TokenResponse(answer.status_code, answer.headers, data)


async def _read(answer: httpx.Response) -> bytes:
    data = bytearray()
    async for piece in answer.aiter_bytes():
        data += piece
        if len(data) > MAX_ANSWER_BYTES:
            raise httpx.DecodingError(f"more than {MAX_ANSWER_BYTES} bytes")
    return bytes(data)


def _failure(fault: BaseException, host: str, proxy: str) -> Attempt:
    if isinstance(fault, httpx.ProxyError) and find_cause(fault, ssl.SSLError) is None:
        return Attempt(host, proxy, failure="proxy", detail=str(fault))
    if isinstance(fault, httpx.TimeoutException):
        return Attempt(host, proxy, failure="timeout")
    return explain_no_answer(fault, host, proxy)
