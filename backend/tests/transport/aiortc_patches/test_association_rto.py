"""SCTP after a burst of losses: it goes on as soon as a browser's would."""

import asyncio

from aiortc import RTCConfiguration, RTCPeerConnection

from s2s.transport.aiortc_patches import tune
from s2s.transport.aiortc_patches.association import MIN_RTO_S


async def connection_of() -> RTCPeerConnection:
    connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    connection.createDataChannel("audio")
    return connection


async def test_the_timeout_is_400_ms_on_a_short_path_and_the_round_trip_on_a_long_one():
    connection = await connection_of()
    tune(connection)
    for _ in range(50):
        connection.sctp._update_rto(0.04)
    assert connection.sctp._rto == MIN_RTO_S
    for trip_s in (0.3, 0.7) * 25:
        connection.sctp._update_rto(trip_s)
    assert 0.7 < connection.sctp._rto < 2.0
    connection.sctp._update_rto(1000.0)
    assert connection.sctp._rto == 60.0
    await connection.close()


async def test_a_message_whose_packet_was_lost_comes_while_other_gateways_would_still_wait(monkeypatch):
    near, far = await connection_of(), RTCPeerConnection(RTCConfiguration(iceServers=[]))
    channel = near.createDataChannel("control")
    came, opened = asyncio.Queue(), asyncio.Event()
    channel.on("open", opened.set)
    far.on("datachannel", lambda other: other.on("message", came.put_nowait))
    await near.setLocalDescription(await near.createOffer())
    await far.setRemoteDescription(near.localDescription)
    await far.setLocalDescription(await far.createAnswer())
    await near.setRemoteDescription(far.localDescription)
    tune(near)
    async with asyncio.timeout(30):
        await opened.wait()
        for number in range(8):
            channel.send(str(number))
            assert await came.get() == str(number)
        # A busy machine answers late, and then it waits longer: what it has learned is that of a short path.
        for _ in range(50):
            near.sctp._update_rto(0.04)
        send, lost = near.sctp._send_chunk, []

        async def lose_the_first(chunk):
            if lost:
                await send(chunk)
            lost.append(near.sctp._loop.time())

        monkeypatch.setattr(near.sctp, "_send_chunk", lose_the_first)
        # What it would wait for is certain; when a busy machine gets to it is not.
        channel.send("after the hole")
        waits_s = near.sctp._rto
        assert await came.get() == "after the hole"
    assert len(lost) >= 2
    assert MIN_RTO_S <= waits_s < 1
    await near.close()
    await far.close()
