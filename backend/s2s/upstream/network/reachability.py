"""Check whether the service can be reached, with the proxy and authorities that calls use."""

import asyncio
import time
from collections.abc import Callable

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

from s2s.upstream.network.network_errors import explain_dial
from s2s.upstream.network.outbound import Network

PROBE_TIMEOUT_S = 3.0
CACHE_S = 30.0
_BEHIND_IS_NOTHING = frozenset({502, 503, 504})
"""Statuses with which a reverse proxy answers for a service that is down."""


class _ProbeConnect(connect):
    def process_redirect(self, exc: Exception) -> Exception | str:
        """Called by websockets. A redirect is an answer."""
        return exc


async def probe_service(base_url: str, network: Network, *, direct: bool = False) -> str:
    """Request an unknown path without credentials; any answer will do. Returns why there was none, or an empty text."""
    url = base_url.rstrip("/") + "/"
    try:
        async with (
            asyncio.timeout(PROBE_TIMEOUT_S),
            _ProbeConnect(url, compression=None, open_timeout=None, **network.dial_options(url, direct=direct)),
        ):
            return ""
    except InvalidStatus as answer:
        status = answer.response.status_code
        return f"HTTP {status} comes from there." if status in _BEHIND_IS_NOTHING else ""
    except InvalidURI as fault:
        return f"The address {base_url} cannot be dialled ({fault})."
    except (OSError, WebSocketException) as fault:
        proxy = None if direct else network.proxy_for(url)
        trouble = explain_dial(fault, url, proxy)
        if trouble is not None:
            return f"{trouble} {trouble.hint}"
        if isinstance(fault, TimeoutError):
            return f"Nothing answered within {PROBE_TIMEOUT_S:g} s" + (f" through {proxy.shown}." if proxy else ".")
        return f"{type(fault).__name__}: {getattr(fault, 'strerror', None) or fault}"
    except ValueError as fault:
        # An invalid port. Not above: a refused certificate is a ValueError as well.
        return f"The address {base_url} cannot be dialled ({fault})."


class Reachability:
    """Caches the answer for CACHE_S; concurrent callers share one probe."""

    def __init__(
        self, base_url: str, network: Network, *, direct: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.why_not = ""
        """Why the service cannot be reached; empty: it answered."""
        self._base_url, self._network, self._direct, self._clock = base_url, network, direct, clock
        self._asked_at: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def check(self, *, is_connected: bool = False) -> bool:
        """Return the cached or fresh result. `is_connected`: a call is open, which proves it."""
        if is_connected:
            self.why_not, self._asked_at = "", self._clock()
            return True
        if self._asked_at is None or self._clock() - self._asked_at > CACHE_S:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask(), name="reachability")
            await asyncio.shield(self._asking)
        return not self.why_not

    async def _ask(self) -> None:
        self.why_not = await probe_service(self._base_url, self._network, direct=self._direct)
        self._asked_at = self._clock()
