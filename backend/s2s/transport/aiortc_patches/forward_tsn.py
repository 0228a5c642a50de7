"""What is left of messages that the other side gave up: thrown away before it stands in the way of those that follow.

A browser cut off for a while gives up the sound it could not bring, by FORWARD TSN (RFC 3758). Of a message in several
pieces the first may be lost and the last have come. aiortc 1.16 leaves that piece at the head of an ordered channel,
reads nothing behind it, and then throws away all that came behind it. The next number it waits for is among that: the
channel is deaf for good. Observed with Chromium after 3 s without a network: the microphone was never heard again.
See docs/decisions/0017. To be deleted when aiortc does this by itself.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Protocol, cast

import aiortc
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    DataChunk,
    ForwardTsnChunk,
    InboundStream,
    tsn_plus_one,
)
from aiortc.utils import uint32_gt, uint32_gte

KNOWN_VERSION = "1.16."
"""Of aiortc: what is replaced here was read in these versions and is left alone in others."""


class Association(Protocol):
    """What is used of aiortc's RTCSctpTransport."""

    _inbound_streams: dict[int, InboundStream]
    _advertised_rwnd: int
    _last_received_tsn: int | None
    _receive_forward_tsn_chunk: Callable[[ForwardTsnChunk], Awaitable[None]]


def forget_remains(connection: aiortc.RTCPeerConnection) -> None:
    """From now on no piece of a message that was given up holds up this connection. Does nothing to an unknown
    aiortc."""
    if connection.sctp is None or not aiortc.__version__.startswith(KNOWN_VERSION):
        return
    association = cast(Association, connection.sctp)
    follow = association._receive_forward_tsn_chunk

    async def receive(chunk: ForwardTsnChunk) -> None:
        for stream in association._inbound_streams.values():
            before = _size_bytes(stream.reassembly)
            stream.reassembly = readable(stream.reassembly, chunk.cumulative_tsn)
            association._advertised_rwnd += before - _size_bytes(stream.reassembly)
        await follow(chunk)

    association._receive_forward_tsn_chunk = receive


def readable(chunks: Sequence[DataChunk], given_up_tsn: int) -> list[DataChunk]:
    """`chunks`, which are in the order of their TSN, without those of messages that will never be complete: up to
    `given_up_tsn` nothing will come any more."""
    return [chunk for run in _runs(chunks) if _may_be_read(run, given_up_tsn) for chunk in run]


def _runs(chunks: Sequence[DataChunk]) -> Iterator[list[DataChunk]]:
    """What has come of each message, in pieces that follow each other."""
    run: list[DataChunk] = []
    for chunk in chunks:
        if run and (chunk.flags & SCTP_DATA_FIRST_FRAG or chunk.tsn != tsn_plus_one(run[-1].tsn)):
            yield run
            run = []
        run.append(chunk)
    if run:
        yield run


def _may_be_read(run: Sequence[DataChunk], given_up_tsn: int) -> bool:
    first, last = run[0], run[-1]
    beginning_lost = not first.flags & SCTP_DATA_FIRST_FRAG and uint32_gte(tsn_plus_one(given_up_tsn), first.tsn)
    end_lost = not last.flags & SCTP_DATA_LAST_FRAG and uint32_gt(given_up_tsn, last.tsn)
    return not beginning_lost and not end_lost


def _size_bytes(chunks: Sequence[DataChunk]) -> int:
    return sum(len(chunk.user_data) for chunk in chunks)
