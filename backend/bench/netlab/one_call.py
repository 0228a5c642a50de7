"""One call from a host of a network in a box: `python -m bench.netlab.one_call URL`.

Prints a JSON object: the addresses that the gateway's answer named, and the two between which the call is carried.
"""

import asyncio
import json
import sys
from typing import Any

import httpx
from aiortc import RTCPeerConnection

from bench.clients.headless import Talker
from bench.clients.transports import TransportKind, WebRtcTransport

LIMIT_S = 40.0


async def call(url: str) -> dict[str, Any]:
    """Hold a call until a ping is answered; say how it was carried. Raises TimeoutError."""
    async with httpx.AsyncClient(base_url=url, timeout=LIMIT_S) as http, asyncio.timeout(LIMIT_S):
        talker = Talker(http, TransportKind.PLAIN)
        try:
            await talker.open()
            await talker.gateway_clock_offset_ms(pings=1)
            assert isinstance(talker._transport, WebRtcTransport)
            return _carried(talker._transport._peer)
        finally:
            await talker.close()


def _carried(peer: RTCPeerConnection) -> dict[str, Any]:
    assert peer.sctp is not None
    pair = peer.sctp.transport.transport._connection._nominated[1]
    answer = peer.remoteDescription.sdp.splitlines()
    return {
        "named": [line.split()[4] for line in answer if line.startswith("a=candidate:")],
        "own": pair.local_addr[0],
        "gateway": pair.remote_addr[0],
    }


def main() -> int:
    try:
        print(json.dumps(asyncio.run(call(sys.argv[1]))))
    except TimeoutError:
        print("No call came about.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
