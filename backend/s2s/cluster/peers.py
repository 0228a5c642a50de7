"""Ask the other gateway processes behind the same address for their part of a merged report."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import msgspec

from s2s.cluster.health_merge import Report, merge_health
from s2s.logs import ErrorLine

# All processes are on this machine; one that needs longer than this counts as down.
TIMEOUT_S = 2.0


class PeerWorkers:
    """HTTP client for the other gateway processes."""

    def __init__(self, worker: int, urls: Sequence[str]) -> None:
        """`worker`: number of this process, from 1. `urls`: addresses of all, such as http://127.0.0.1:8001."""
        self._worker = worker
        self._urls = dict(enumerate(urls, 1))
        # Proxies from the environment must not be used between two processes of one machine.
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False)

    async def health(self, own: tuple[bool, Report]) -> tuple[bool, Report]:
        """Merge this process's health report with those of all others."""
        others: dict[int, Report | None] = await self._ask("/health?alone=true")
        return merge_health({**others, self._worker: own[1]})

    async def errors(self, own: Sequence[ErrorLine], limit: int) -> Sequence[ErrorLine]:
        """Return the newest `limit` errors of all processes, newest first."""
        answers = await self._ask(f"/errors?alone=true&limit={limit}")
        lines = [(line.time, line) for line in own]
        for answer in answers.values():
            lines += [(line["time"], ErrorLine(**line, at=0.0)) for line in (answer or {}).get("errors", [])]
        return [line for _, line in sorted(lines, key=lambda pair: pair[0], reverse=True)][:limit]

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, path: str) -> dict[int, Any]:
        numbers = [number for number in self._urls if number != self._worker]
        answers = await asyncio.gather(*(self._get(self._urls[number] + path) for number in numbers))
        return dict(zip(numbers, answers, strict=True))

    async def _get(self, url: str) -> Any:
        """Return a peer's answer; None if it is down, which the report shows."""
        try:
            return msgspec.json.decode((await self._http.get(url)).content)
        except (httpx.HTTPError, msgspec.DecodeError):
            return None
