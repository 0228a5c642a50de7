"""Ask the other gateway processes behind the same address for their part of a merged report."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
import msgspec

from s2s.cluster.health_merge import Report, merge_health
from s2s.logs import ErrorLine

# All processes are on this machine; one that needs longer than this counts as down.
TIMEOUT_S = 2.0


class PeerWorkers:
    """HTTP client for the other gateway processes."""

    def __init__(self, worker: int, urls: Sequence[str], key: str) -> None:
        """`worker`: number of this process, from 1. `urls`: addresses of all, such as http://127.0.0.1:8001. `key`: by
        which the others recognize it."""
        self._worker = worker
        self._urls = dict(enumerate(urls, 1))
        # Proxies from the environment must not be used between two processes of one machine.
        headers = {"Authorization": f"Bearer {key}"}
        self._http = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, headers=headers)

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

    async def switch_paid_calls(self, *, allowed: bool) -> int:
        """Tell the others of the operator's switch, which is already written down. Return how many calls they end."""
        answers = await self._ask("/api/operator/paid-calls?alone=true", {"allowed": allowed})
        return sum(answer.get("ending", 0) for answer in answers.values() if answer)

    async def forget_recordings(self, keys: Mapping[str, str], identity: str) -> tuple[int, bool]:
        """Have the others drop recordings, as `POST /api/operator/forget` does. Return how many, and whether all
        answered."""
        calls = [{"session_id": session_id, "session_key": key} for session_id, key in keys.items()]
        answers = await self._ask("/api/operator/forget?alone=true", {"calls": calls, "identity": identity})
        dropped = [answer.get("recordings") if answer else None for answer in answers.values()]
        return sum(count or 0 for count in dropped), None not in dropped

    async def close(self) -> None:
        await self._http.aclose()

    async def _ask(self, path: str, body: dict[str, Any] | None = None) -> dict[int, Any]:
        numbers = [number for number in self._urls if number != self._worker]
        answers = await asyncio.gather(*(self._send(self._urls[number] + path, body) for number in numbers))
        return dict(zip(numbers, answers, strict=True))

    async def _send(self, url: str, body: dict[str, Any] | None) -> Any:
        """Return a peer's answer to GET, or to POST with a body; None if it is down, which the report shows."""
        try:
            answer = await (self._http.get(url) if body is None else self._http.post(url, json=body))
            return msgspec.json.decode(answer.content)
        except (httpx.HTTPError, msgspec.DecodeError):
            return None
