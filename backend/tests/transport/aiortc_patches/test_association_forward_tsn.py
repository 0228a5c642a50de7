"""SCTP after a hole in the network: sound that was given up in pieces does not silence what is said after it."""

import asyncio
from collections.abc import Sequence

from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    DataChunk,
    ForwardTsnChunk,
    RTCSctpTransport,
)
from hypothesis import given
from hypothesis import strategies as st

from s2s.transport.aiortc_patches import tune

STREAM = 1
BEFORE_TSN = 1_000


class Line:
    """The receiving end of an ordered channel without retransmissions, as a browser's microphone uses it."""

    def __init__(self) -> None:
        connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        connection.createDataChannel("audio", ordered=True, maxRetransmits=0)
        assert connection.sctp is not None
        self.sctp: RTCSctpTransport = connection.sctp
        self.sctp._association_state = RTCSctpTransport.State.ESTABLISHED
        self.sctp._last_received_tsn = BEFORE_TSN
        # What a channel would be given: by aiortc, and by the shorter way for whole messages.
        self.sctp._receive = self.sctp._data_channel_receive = self._hear  # type: ignore[method-assign]  # observed below what is tested
        self.room_bytes = self.sctp._advertised_rwnd
        self.heard: list[str] = []
        self._next_tsn = BEFORE_TSN + 1
        tune(connection)

    async def _hear(self, stream_id: int, pp_id: int, data: bytes) -> None:
        self.heard.append(data.decode())

    def pieces(self, ssn: int, count: int) -> list[DataChunk]:
        """A message in so many pieces, with the next numbers."""
        chunks = []
        for number in range(count):
            chunk = DataChunk()
            chunk.flags |= SCTP_DATA_FIRST_FRAG * (number == 0) | SCTP_DATA_LAST_FRAG * (number == count - 1)
            chunk.tsn, self._next_tsn = self._next_tsn, self._next_tsn + 1
            chunk.stream_id, chunk.stream_seq, chunk.protocol = STREAM, ssn, 53
            chunk.user_data = f"{ssn}{'.' * (number == count - 1)}".encode()
            chunks.append(chunk)
        return chunks

    async def take(self, chunks: Sequence[DataChunk]) -> None:
        for chunk in chunks:
            await self.sctp._receive_chunk(chunk)

    async def give_up(self, tsn: int, ssn: int) -> None:
        chunk = ForwardTsnChunk()
        chunk.cumulative_tsn, chunk.streams = tsn, [(STREAM, ssn)]
        await self.sctp._receive_chunk(chunk)


async def test_the_end_of_a_frame_whose_start_was_lost_does_not_silence_the_microphone():
    line = Line()
    cut, whole, last = line.pieces(0, 2), line.pieces(1, 2), line.pieces(2, 1)
    await line.take([cut[1], *whole, *last])
    assert line.heard == []
    await line.give_up(cut[1].tsn, ssn=0)
    assert line.heard == ["11.", "2."]
    await line.take(line.pieces(3, 1))
    assert line.heard[-1] == "3."
    assert line.sctp._advertised_rwnd == line.room_bytes


async def test_the_beginning_of_a_frame_whose_end_was_lost_does_neither():
    line = Line()
    cut, whole = line.pieces(0, 3), line.pieces(1, 1)
    await line.take([cut[0], *whole])
    await line.give_up(cut[2].tsn, ssn=0)
    await line.take(line.pieces(2, 1))
    assert line.heard == ["1.", "2."]


async def test_a_whole_frame_abandoned_for_want_of_an_acknowledgement_is_still_heard():
    line = Line()
    line.pieces(0, 1)
    whole = line.pieces(1, 2)
    await line.take(whole)
    await line.give_up(whole[1].tsn, ssn=1)
    assert line.heard == ["11."]


async def test_a_frame_that_is_still_on_its_way_is_waited_for():
    line = Line()
    lost, coming = line.pieces(0, 1), line.pieces(1, 2)
    await line.take(coming[:1])
    await line.give_up(lost[0].tsn, ssn=0)
    await line.take(coming[1:])
    assert line.heard == ["11."]


@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=4), max_size=12))
def test_whatever_is_lost_all_whole_frames_are_heard_in_order_and_so_is_the_rest(arrives):
    """`arrives`: for each frame, which of its pieces did. All pieces of a frame that lost one are given up."""

    async def play() -> tuple[list[str], list[str]]:
        line = Line()
        sent = [line.pieces(ssn, len(came)) for ssn, came in enumerate(arrives)]
        for chunks, came in zip(sent, arrives, strict=True):
            await line.take([chunk for chunk, there in zip(chunks, came, strict=True) if there])
        broken = [chunks for chunks, came in zip(sent, arrives, strict=True) if not all(came)]
        given_up = {chunk.tsn: chunk for chunks in broken for chunk in chunks}
        while chunk := given_up.get(line.sctp._last_received_tsn + 1):
            # RFC 3758: as far as everything in a row is given up.
            while further := given_up.get(chunk.tsn + 1):
                chunk = further
            await line.give_up(chunk.tsn, chunk.stream_seq)
        await line.take(line.pieces(len(arrives), 1))
        whole = [ssn for ssn, came in enumerate(arrives) if all(came)]
        words = [str(ssn) * len(arrives[ssn]) + "." for ssn in whole]
        return line.heard, [*words, f"{len(arrives)}."]

    heard, said = asyncio.run(play())
    assert heard == said
