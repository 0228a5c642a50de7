"""Who asks a gateway, and a gateway to ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from gemini_emulator.testing import running_emulator
from s2s.gateway import Gateway
from tests.page import running_gateway

STRANGER = {"X-Forwarded-For": "203.0.113.9"}
"""As a proxy on the same machine reports a caller on the internet."""
KEY = "an-operator-key-of-32-characters"
OPERATOR = {**STRANGER, "Authorization": f"Bearer {KEY}"}


def bearer(token: str) -> dict[str, str]:
    """A stranger with credentials."""
    return {**STRANGER, "Authorization": f"Bearer {token}"}


def paid(url: str) -> dict[str, str]:
    """A Google key, and the emulator in Google's place."""
    return {
        "S2S_UPSTREAM": "developer",
        "GEMINI_API_KEY": "AIza" + "x" * 35,
        "GOOGLE_GEMINI_BASE_URL": url,
        "S2S_EMULATOR_URL": "",
    }


@asynccontextmanager
async def answering_gateway(tmp_path: Path, **environ: str) -> AsyncIterator[tuple[httpx.AsyncClient, Gateway]]:
    """A gateway whose model answers, however many calls begin."""
    async with running_emulator() as emulator, running_gateway(tmp_path, emulator.base_url, **environ) as both:
        yield both
