"""The recorded conversations of this folder, and a service that plays one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gemini_emulator.cassettes import blobs
from gemini_emulator.cassettes.format import Cassette, Entry, Part
from gemini_emulator.cassettes.matching import canonical, kind
from gemini_emulator.cassettes.player import ReplayOptions
from gemini_emulator.cassettes.replay_server import Replay
from gemini_emulator.server.tls import certificate

FOLDER = Path(__file__).resolve().parent / "cassettes"
FILES = sorted(FOLDER.glob("*.jsonl"))
LIMIT_S = 30


@asynccontextmanager
async def replaying(cassette: Cassette, tls_folder: Path | None = None) -> AsyncIterator[tuple[Replay, int]]:
    replay = Replay(cassette, ReplayOptions(time_scale=0, loose=True, patience_s=LIMIT_S))
    context = certificate(tls_folder).context() if tls_folder else None
    port = await replay.open_port("127.0.0.1", 0, context)
    try:
        async with asyncio.timeout(LIMIT_S):
            yield replay, port
    finally:
        await replay.close()


def sockets(cassette: Cassette) -> list[Part]:
    """The connections that were opened, those whose setup was refused among them."""
    return [part for part in cassette.parts if part.first("open")]


def talks(cassette: Cassette) -> list[Part]:
    """The connections on which something was said."""
    return [part for part in cassette.parts if part.first("open") and part.first("server")]


def words(part: Part) -> Iterator[tuple[int, dict[str, Any]]]:
    """What the client said after its setup, each with how many messages had come before it."""
    came = 0
    for entry in part.entries:
        if entry.kind == "server":
            came += 1
        elif entry.kind == "client" and kind(said := canonical(entry.value)) != "setup":
            yield came, said


def handle_of(part: Part) -> str | None:
    entry = part.first("client")
    assert entry is not None
    handle: str | None = canonical(entry.value)["setup"].get("sessionResumption", {}).get("handle")
    return handle


def model_of(part: Part) -> str:
    entry = part.first("client")
    assert entry is not None
    return str(entry.value["setup"]["model"]).rpartition("/")[2]


def text_of(said: dict[str, Any]) -> str:
    if kind(said) == "text":
        return str(said["realtimeInput"]["text"])
    parts = [part for turn in said["clientContent"].get("turns", []) for part in turn.get("parts", [])]
    return " ".join(part.get("text", "") for part in parts)


def sound_of(said: dict[str, Any]) -> bytes:
    return b"".join(bytes(blobs.size_bytes(blob)) for blob in blobs.walk(said))


def closing(part: Part) -> Entry | None:
    """How the service ended it, if it was the service."""
    entry = part.first("closed")
    return entry if entry and entry.value["by"] == "server" else None
