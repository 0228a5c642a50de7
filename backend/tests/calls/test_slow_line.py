"""A line that takes no more: voice waits where an interruption can reach it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.session.session import Session
from tests.page import Page, open_page, running_gateway
from webrtc_handler import CHANNEL_BUFFER_BYTES, BrowserPeer

FRAMES = 150
FRAME_BYTES = wire.HEADER_BYTES + 2 * wire.OUTPUT_SAMPLES
LATE = 1 + CHANNEL_BUFFER_BYTES // FRAME_BYTES
"""So many frames aiortc may have that it has not put into packets."""


def say(session: Session, turn: int, first_seq: int, count: int) -> None:
    """Voice of so many frames, faster than it is played, as after a line was changed."""
    assert session.browser is not None
    for seq in range(first_seq, first_seq + count):
        session.browser.send_frame(wire.encode_frame(wire.Frame(turn, seq, 0, b"\1\0" * wire.OUTPUT_SAMPLES)))


def stand_still(page: Page, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Nothing that is sent to the page arrives any more, until the answer is called."""
    assert page.connection is not None
    arrives = page.connection.sctp._handle_data
    monkeypatch.setattr(page.connection.sctp, "_handle_data", lambda _: asyncio.sleep(0))
    return lambda: monkeypatch.setattr(page.connection.sctp, "_handle_data", arrives)


@asynccontextmanager
async def a_call_that_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Page, Session, BrowserPeer, Callable[[], None]]]:
    """On its line, in the voice of turn 1; until the last of the four is called."""
    async with (
        running_emulator() as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, gateway),
        open_page(http) as page,
    ):
        session = gateway.sessions.find(page.session_id)
        peer = session.browser
        assert isinstance(peer, BrowserPeer)
        go_on = stand_still(page, monkeypatch)
        say(session, 1, 0, FRAMES)
        yield page, session, peer, go_on


async def test_after_a_stalled_connection_the_flush_arrives_before_the_silenced_audio(tmp_path: Path, monkeypatch):
    async with a_call_that_stands_still(tmp_path, monkeypatch) as (page, session, peer, go_on):
        assert peer._audio is not None
        assert peer._audio.bufferedAmount <= CHANNEL_BUFFER_BYTES + FRAME_BYTES
        waited = peer._queue.audio_frames
        assert waited > FRAMES / 2
        session.send_to_browser(wire.Pong(ms=1, gateway_ms=1))
        session.send_to_browser(wire.Flush(turn=1, heard_ms=0))
        say(session, 2, FRAMES, 20)
        session.send_to_browser(wire.TurnEnd(turn=2, voice_ms=400))
        go_on()
        await page.told_of(wire.TurnEnd)
        await page.until(lambda: any(frame.seq == FRAMES + 19 for frame in page.frames))
        late = [frame.seq for frame in page.frames if frame.turn == 1]
        # What was in packets already is lost, or comes; what waited is silenced.
        assert len(late) <= FRAMES - waited
        assert all(seq < FRAMES - waited for seq in late)
        # The line loses nothing any more: the next turn is heard whole but for what it lost while it stood still.
        after = [frame.seq for frame in page.frames if frame.turn == 2]
        assert after == list(range(FRAMES + 20 - len(after), FRAMES + 20))
        assert len(after) >= 20 - LATE
        assert peer.queued_audio_ms == 0
        assert [type(m) for m in page.told if isinstance(m, wire.Flush | wire.TurnEnd | wire.Pong)] == [
            wire.Pong,
            wire.Flush,
            wire.TurnEnd,
        ]


async def test_audio_that_waited_for_the_connection_is_played_whole_before_the_turn_ends(tmp_path: Path, monkeypatch):
    async with a_call_that_stands_still(tmp_path, monkeypatch) as (page, session, peer, go_on):
        waited = peer._queue.audio_frames
        session.send_to_browser(wire.TurnEnd(turn=1, voice_ms=FRAMES * 20))
        assert peer.queued_audio_ms >= waited * 20
        go_on()
        await page.told_of(wire.TurnEnd)
        await page.until(lambda: any(frame.seq == FRAMES - 1 for frame in page.frames))
        heard = [frame.seq for frame in page.frames]
        assert heard[-waited:] == list(range(FRAMES - waited, FRAMES))
        assert len(heard) == len(set(heard))
