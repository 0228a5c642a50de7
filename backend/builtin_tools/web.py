"""HTTP client through which all built-in functions reach the internet."""

import asyncio
import json
import ssl
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from builtin_tools.failure import ToolFailure

if TYPE_CHECKING:
    import httpx

USER_AGENT = "S2S-voice-gateway/0.1 (self-hosted; python-httpx)"
_TIMEOUT_S = 5.0
_CONNECT_TIMEOUT_S = 3.0
_MAX_ANSWER_BYTES = 500_000
"""Answers have a few kilobytes; they are read into memory and parsed between two pieces of everybody's audio."""


def _plain_transport() -> "httpx.AsyncBaseTransport":
    import httpx

    return httpx.AsyncHTTPTransport(verify=_authorities())


@cache
def _authorities() -> ssl.SSLContext:
    import httpx

    return httpx.create_ssl_context()


_open_transport: "Callable[[], httpx.AsyncBaseTransport]" = _plain_transport


def go_out_by(open_transport: "Callable[[], httpx.AsyncBaseTransport]") -> None:
    """Set the factory of HTTP transports for all functions of this process, which applies proxies and certificate
    authorities. The factory is called in a thread."""
    global _open_transport  # noqa: PLW0603  # proxies and authorities are those of the process
    _open_transport = open_transport


class Web:
    """Client for JSON over HTTPS. Every failure becomes a ToolFailure with a sentence that names the service."""

    def __init__(self, transport: "httpx.AsyncBaseTransport | None" = None) -> None:
        self._transport = transport

    async def get_json(self, url: str, params: Mapping[str, str | float], service: str) -> dict[str, Any]:
        """Return the JSON object at `url`.

        `service` is the spoken name of the service, for example "the weather service".
        Raises ToolFailure if the service cannot be reached, is busy, refuses, or sends anything but a JSON object.
        """
        # Loading httpx and the certificate store takes about 250 ms of CPU, so it is done once, on first use and in a
        # thread, where it does not stall the audio on the event loop.
        transport = self._transport or await asyncio.to_thread(_open_transport)
        import httpx

        try:
            async with (
                httpx.AsyncClient(
                    transport=transport,
                    timeout=httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
                    headers={"User-Agent": USER_AGENT},
                    follow_redirects=True,
                ) as client,
                client.stream("GET", url, params=dict(params)) as answer,
            ):
                body = await _body_of(answer, service)
        except httpx.TimeoutException as error:
            raise ToolFailure(f"{service.capitalize()} does not answer right now.", retryable=True) from error
        except httpx.HTTPError as error:
            raise ToolFailure(
                f"I can't reach {service} right now.",
                retryable=True,
                hint="The network may be down. Say so and offer to try again later.",
            ) from error
        return _object_in(answer, body, service)


async def _body_of(answer: "httpx.Response", service: str) -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes(chunk_size=16_384):
        body += chunk
        if len(body) > _MAX_ANSWER_BYTES:
            raise ToolFailure(f"{service.capitalize()} sent more than I can read.", hint="Ask for something narrower.")
    return bytes(body)


def _object_in(answer: "httpx.Response", content: bytes, service: str) -> dict[str, Any]:
    if answer.status_code == 429 or answer.status_code >= 500:
        raise ToolFailure(f"{service.capitalize()} is busy right now. Please ask again in a minute.", retryable=True)
    if answer.is_error:
        raise ToolFailure(f"{service.capitalize()} refused the question.", hint=f"HTTP {answer.status_code}")
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ToolFailure(f"{service.capitalize()} sent something I can't read.", retryable=True) from error
    if not isinstance(body, dict):
        raise ToolFailure(f"{service.capitalize()} sent something I can't read.", retryable=True)
    return body
