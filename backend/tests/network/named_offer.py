"""A stranger's offer that names others: `python -m tests.network.named_offer URL ADDRESS...`. Answers the statuses."""

import asyncio
import sys

import httpx
from aiortc import RTCConfiguration, RTCPeerConnection

PORTS_OF_EACH = 25


async def offer(url: str, addresses: list[str]) -> list[int]:
    """Create a session and offer candidates at these addresses, in the offer and after it."""
    page = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    page.createDataChannel("audio")
    await page.setLocalDescription(await page.createOffer())
    lines = [line for line in page.localDescription.sdp.splitlines() if not line.startswith("a=candidate:")]
    await page.close()
    named = [
        f"candidate:{n} 1 udp {9_999 - n} {address} {5_000 + n} typ host"
        for n, address in enumerate(addresses * PORTS_OF_EACH)
    ]
    sdp = "\r\n".join([*lines, *(f"a={line}" for line in named[:90]), ""])
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        created = (await http.post("/api/session/create")).json()
        path, key = f"/api/session/{created['session_id']}", {"Authorization": f"Bearer {created['session_key']}"}
        answers = [await http.post(f"{path}/offer", json={"sdp": sdp, "type": "offer"}, headers=key)]
        for line in named[90:]:
            body = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0}
            answers.append(await http.post(f"{path}/ice", json=body, headers=key))
        answers.append(await http.post("/api/probe/offer", json={"sdp": sdp, "type": "offer"}))
    return [answer.status_code for answer in answers]


if __name__ == "__main__":
    print(asyncio.run(offer(sys.argv[1], sys.argv[2:])))
