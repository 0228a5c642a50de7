"""A message in one packet, whose turn it is, is read at once: nothing is put together, sorted or looked up first.

A microphone sends fifty of these a second. aiortc 1.16 makes two objects and five coroutines of each. See
docs/decisions/0022 and 0026. Only for the versions that `sctp_shortcut` knows. To be deleted when aiortc does this by
itself.
"""

import struct
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiortc
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    SCTP_DATA_LAST_FRAG,
    SCTP_DATA_UNORDERED,
    WEBRTC_BINARY,
    WEBRTC_STRING,
    DataChunk,
    InboundStream,
    tsn_plus_one,
)
from aiortc.utils import uint16_add
from google_crc32c import value as crc32c

WHOLE = SCTP_DATA_FIRST_FRAG | SCTP_DATA_LAST_FRAG
HEADER_BYTES, CHUNK_HEADER_BYTES = 12, 16
ONE_CHUNK = struct.Struct("!8sLBBHLHHL")
"""Ports and tag, checksum; type, flags, length, TSN, stream, its number there, payload protocol (RFC 9260, 3.3.1)."""


class Association(Protocol):
    """What is used of aiortc's RTCSctpTransport."""

    _local_verification_tag: int
    _last_received_tsn: int
    _sack_misordered: set[int]
    _sack_duplicates: list[int]
    _sack_needed: bool
    _reconfig_deferred: object | None
    _inbound_streams: dict[int, InboundStream]
    _data_channels: dict[int, aiortc.RTCDataChannel]
    _mark_received: Callable[[int], bool]
    _receive_data_chunk: Callable[[DataChunk], Awaitable[None]]
    _data_channel_receive: Callable[[int, int, bytes], Awaitable[None]]


def read_whole_messages(association: Association) -> None:
    """From now on the usual message is read without a detour."""
    _count_in_order(association)
    _read_whole_messages(association)


def took_message(association: Association, plain: bytes) -> bool:
    """Whether the packet is the next one and holds one message, which has been told then. Else nothing is done."""
    size = len(plain)
    if size <= HEADER_BYTES + CHUNK_HEADER_BYTES:
        return False
    ours, checksum, kind, flags, length, tsn, stream_id, stream_seq, protocol = ONE_CHUNK.unpack_from(plain)
    stream = association._inbound_streams.get(stream_id)
    channel = association._data_channels.get(stream_id)
    if (
        kind != DataChunk.type
        or flags & WHOLE != WHOLE
        or flags & SCTP_DATA_UNORDERED
        or length <= CHUNK_HEADER_BYTES
        or not 0 <= size - HEADER_BYTES - length < 4
        or stream is None
        or channel is None
        or stream.reassembly
        or stream_seq != stream.sequence_number
        or tsn != tsn_plus_one(association._last_received_tsn)
        or association._sack_misordered
        or association._sack_duplicates
        or association._reconfig_deferred is not None
        or protocol not in (WEBRTC_BINARY, WEBRTC_STRING)
        or int.from_bytes(ours[4:]) != association._local_verification_tag
        or checksum.to_bytes(4) != crc32c(ours + bytes(4) + plain[HEADER_BYTES:]).to_bytes(4, "little")
    ):
        return False
    association._sack_needed = True
    association._last_received_tsn = tsn
    stream.sequence_number = uint16_add(stream_seq, 1)
    data = plain[HEADER_BYTES + CHUNK_HEADER_BYTES : HEADER_BYTES + length]
    channel.emit("message", data if protocol == WEBRTC_BINARY else data.decode())
    return True


def _count_in_order(association: Association) -> None:
    """The next number is the usual case, and needs no look at any set."""
    mark = association._mark_received

    def marked(tsn: int) -> bool:
        if (
            tsn != tsn_plus_one(association._last_received_tsn)
            or association._sack_misordered
            or association._sack_duplicates
        ):
            return mark(tsn)
        association._last_received_tsn = tsn
        return False

    association._mark_received = marked


def _read_whole_messages(association: Association) -> None:
    """A message in one piece, whose turn it is, is not put together first."""
    put_together = association._receive_data_chunk
    streams = association._inbound_streams

    async def received(chunk: DataChunk) -> None:
        stream = streams.get(chunk.stream_id)
        ordered = not chunk.flags & SCTP_DATA_UNORDERED
        if (
            stream is None
            or stream.reassembly
            or chunk.flags & WHOLE != WHOLE
            or (ordered and chunk.stream_seq != stream.sequence_number)
            or association._reconfig_deferred is not None
        ):
            await put_together(chunk)
            return
        association._sack_needed = True
        if association._mark_received(chunk.tsn):
            return
        if ordered:
            stream.sequence_number = uint16_add(stream.sequence_number, 1)
        await association._data_channel_receive(chunk.stream_id, chunk.protocol, chunk.user_data)

    association._receive_data_chunk = received
