"""A WebSocket's input comes to the parser in small pieces, so that no flood holds up the other calls."""

import asyncio
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s2s.limits.rate_limit import WEBSOCKET_PIECES
from s2s.transport.websocket_pacing import PIECE_BYTES, PacedTransport


class Socket:
    """A transport that remembers whether it reads."""

    def __init__(self) -> None:
        self.reads = True
        self.closing = False
        self.written: list[bytes] = []

    def pause_reading(self) -> None:
        self.reads = False

    def resume_reading(self) -> None:
        self.reads = True

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


class Turns:
    """An event loop whose turns and whose time the story moves."""

    def __init__(self) -> None:
        self.now = 0.0
        self._due: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_soon(self, work: Callable[[], None]) -> object:
        return self.call_later(0.0, work)

    def call_later(self, delay_s: float, work: Callable[[], None]) -> object:
        self._due.append((self.now + delay_s, work))
        return object()

    def turn(self) -> bool:
        """Run what is due now; False if nothing is."""
        due = [work for at, work in self._due if at <= self.now]
        self._due = [(at, work) for at, work in self._due if at > self.now]
        for work in due:
            work()
        return bool(due)

    def run(self) -> None:
        while self.turn():
            pass

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while self._due and (first := min(at for at, _ in self._due)) <= end:
            self.now = max(self.now, first)
            self.run()
        self.now = end


class Line:
    """A paced transport, and what came out of it."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.socket, self.loop = Socket(), Turns()
        self.is_paused_by_pieces = False
        self.paced = PacedTransport(self.socket, self._take)
        self.paced._loop = self.loop  # type: ignore[assignment]  # the story's own time

    def _take(self, piece: bytes) -> None:
        self.pieces.append(piece)
        if self.is_paused_by_pieces:
            self.paced.pause_reading()


@pytest.fixture
async def line() -> Line:
    return Line()


async def test_an_ordinary_message_is_handed_on_at_once(line: Line):
    line.paced.push(b"x" * 660)
    assert line.pieces == [b"x" * 660]
    assert line.socket.reads


async def test_between_two_pieces_of_one_read_everybody_else_has_a_turn(line: Line):
    line.paced.push(bytes(10 * PIECE_BYTES))
    for turn in range(10):
        assert len(line.pieces) == turn
        line.loop.turn()
    assert {len(piece) for piece in line.pieces} == {PIECE_BYTES}


async def test_reading_stops_until_all_of_it_is_handed_on(line: Line):
    line.paced.push(bytes(3 * PIECE_BYTES))
    assert not line.socket.reads
    line.paced.push(b"what the loop had read before it was told")
    line.loop.run()
    assert line.socket.reads
    assert line.pieces[-1].endswith(b"told")


async def test_a_parser_that_wants_no_more_gets_nothing_until_it_does(line: Line):
    line.is_paused_by_pieces = True
    line.paced.push(bytes(3 * PIECE_BYTES))
    line.loop.run()
    assert len(line.pieces) == 1
    for count in (2, 3):
        line.paced.resume_reading()
        line.loop.run()
        assert len(line.pieces) == count
    assert not line.socket.reads
    line.paced.resume_reading()
    assert line.socket.reads


@pytest.mark.parametrize("read_bytes", [1, 7, PIECE_BYTES, 200 * PIECE_BYTES])
async def test_a_flood_is_handed_on_at_a_pace_whatever_its_reads_are(line: Line, read_bytes: int):
    while len(line.pieces) < WEBSOCKET_PIECES.burst and line.socket.reads:
        line.paced.push(bytes(read_bytes))
        line.loop.run()
    line.paced.push(bytes(5_000 * PIECE_BYTES))
    line.loop.run()
    assert len(line.pieces) == WEBSOCKET_PIECES.burst
    assert not line.socket.reads
    line.loop.wait(4.0)
    assert len(line.pieces) - WEBSOCKET_PIECES.burst == pytest.approx(4 * WEBSOCKET_PIECES.per_s, abs=2)


async def test_an_hour_of_a_microphone_is_never_held_back(line: Line):
    for _ in range(20_000):
        line.paced.push(b"x" * 660)
        line.loop.wait(1 / 70)
    assert len(line.pieces) == 20_000


async def test_what_is_left_of_a_closed_socket_is_dropped(line: Line):
    line.paced.push(bytes(10 * PIECE_BYTES))
    line.loop.turn()
    line.socket.closing = True
    line.loop.run()
    assert len(line.pieces) == 1


async def test_everything_else_of_the_transport_is_as_it_was(line: Line):
    line.paced.write(b"pong")
    assert line.socket.written == [b"pong"]
    assert line.paced.get_extra_info("peer") == "the peer"


@given(st.lists(st.binary(max_size=3 * PIECE_BYTES), max_size=20), st.lists(st.booleans(), max_size=20))
def test_nothing_is_lost_and_nothing_overtakes(reads: list[bytes], turns: list[bool]):
    async def story() -> Line:
        line = Line()
        for read, turn in zip(reads, [*turns, *[False] * 20], strict=False):
            line.paced.push(read)
            if turn:
                line.loop.turn()
        line.loop.run()
        return line

    assert b"".join(asyncio.run(story()).pieces) == b"".join(reads)
