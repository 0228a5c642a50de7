"""Texts, bodies and addresses that are long, deep or odd."""

import asyncio
import json
from typing import Any

from tests.attacks.stranger import Place, create, dial, heard, say, talking, told

ESCAPES = "\x1b[31mred\x1b[0m \x1b]0;pwned\x07 \u202eevil\u202c\u2028\u2029\x00\x85"
FORGED = "2026-11-30 18:00:00,000 ERROR   [deadbeef] upstream_refused: FORGED"
TURN_LIMIT_S = 15.0


async def typed(place: Place, texts: list[str]) -> list[list[dict[str, Any]]]:
    """Type each text, and wait for the end of its answer; what came until then."""
    came: list[list[dict[str, Any]]] = []
    async with talking(place) as socket:
        for text in texts:
            await say(socket, type="text", text=text)
            messages: list[dict[str, Any]] = []
            async with asyncio.timeout(TURN_LIMIT_S):
                while not messages or messages[-1]["type"] != "turn_end":
                    data = await socket.recv()
                    if isinstance(data, str):
                        messages.append(json.loads(data))
            came.append(messages)
    return came


async def forged_lines(place: Place) -> None:
    """Line breaks, escape sequences and reversed text wherever something of a caller is logged."""
    async with talking(place) as socket:
        await say(socket, type="text", text=f"hi\n{FORGED} text{ESCAPES}")
        await told(socket, "turn_end")
        await say(socket, type="wish_codec", codec="pcm", reason=f"\n{FORGED}"[:30] + ESCAPES[:10])
        await say(socket, type="wish_codec", codec="pcm", reason=f"\x1b]0;x\x07\n{FORGED}"[:40])
        await say(socket, type=f"nonsense\n{FORGED} {ESCAPES}")
        await say(socket, type="hello", wire=f"\n{FORGED}{ESCAPES}", client=f"\n{FORGED} {ESCAPES}")
        await told(socket, "notice")
    call = await create(place)
    odd = {
        "User-Agent": "x\tFORGED",
        "Referer": "x\tFORGED",
        "Cookie": "x\tFORGED",
    }
    async with place.http() as http:
        await http.post("/api/session/create", json={"tools": [f"a\n{FORGED} {ESCAPES}"[:64]]})
        await http.post("/api/session/create", json={"voice": f"a\n{FORGED} {ESCAPES}"})
        await http.post(
            f"{call.path}/report", json={"consent": True, "note": f"a\n{FORGED} {ESCAPES}"}, headers=call.headers
        )
        await http.get("/%0a2026%1b%5b31m%e2%80%aeFORGED?x=%0d%0aFORGED%1b", headers=odd)
        await http.post("/api/session/create", headers={"Origin": "https://x\tFORGED.example"})
        await http.get("/errors", headers={"Host": "evil\tFORGED.example"})
        await http.delete(call.path, headers=call.headers)
    async with dial(place, "/api/session/%0aFORGED%1b%5b31m/ws") as socket:
        await heard(socket, 0.3)


async def odd_bodies(place: Place) -> dict[str, int]:
    """Statuses by what was sent."""
    call = await create(place)
    got: dict[str, int] = {}
    as_json = {"Content-Type": "application/json"}
    head = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n"
    async with place.http() as http:

        async def post(name: str, path: str, **more: Any) -> None:
            more["headers"] = {**call.headers, **more.get("headers", {})}
            got[name] = (await http.post(path, **more)).status_code

        await post("gzip", "/api/session/create", content=b"\x1f\x8b" + bytes(100), headers={
            **as_json, "Content-Encoding": "gzip"})  # fmt: skip
        await post("deep", "/api/session/create", content=b"[" * 200_000, headers=as_json)
        await post("deep objects", "/api/session/create", content=b'{"a":' * 40_000, headers=as_json)
        await post("too much", "/api/session/create", content=b" " * 300_000, headers=as_json)
        await post(
            "a huge number", "/api/session/create", content=b'{"history":1' + b"0" * 200_000 + b"}", headers=as_json
        )
        await post("many keys", "/api/session/create", content=json.dumps({str(i): 1 for i in range(20_000)}).encode(),
                   headers=as_json)  # fmt: skip
        await post(
            "half a character", "/api/session/create", content=b'{"system_instruction":"\\ud800"}', headers=as_json
        )
        await post("a language", "/api/session/create", json={"language": "en" + "-aaaaaaaa" * 2_000})
        await post("many lines", f"{call.path}/offer", json={"sdp": "v=0\r\n" + "a=x\r\n" * 39_000, "type": "offer"})
        await post("fingerprints", f"{call.path}/offer", json={
            "sdp": head + "a=fingerprint:sha-256 AA\r\n" * 7_000, "type": "offer"})  # fmt: skip
        await post("digits", f"{call.path}/offer", json={"sdp": head + "a=sctp-port:" + "9" * 100_000, "type": "offer"})
        await post("candidates", f"{call.path}/offer", json={
            "sdp": head + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n" * 3_000, "type": "offer"})  # fmt: skip
        await post("a long candidate", f"{call.path}/ice", json={"candidate": "candidate:" * 300, "sdpMid": "0"})
        await post("no picture", f"{call.path}/image", content=b"<svg/>", headers={"Content-Type": "image/jpeg"})
        await post("a large picture", f"{call.path}/image", content=b"\xff\xd8\xff" + bytes(250_000),
                   headers={"Content-Type": "image/jpeg"})  # fmt: skip
        await post("a long note", f"{call.path}/report", json={"consent": True, "note": "x" * 200_000})
        await http.delete(call.path, headers=call.headers)
    return got


async def odd_paths(place: Place) -> dict[str, int]:
    """Ways out of the folders that are served; statuses by path."""
    paths = (
        "/app/../main.py", "/app/..%2f..%2fbackend%2fmain.py", "/app/%2e%2e/%2e%2e/backend/.env", "/app//etc/passwd",
        "/docs/assets/..%2f..%2f__init__.py", "/.env", "/api/voices/..%2f..%2fx/sample", "/app/..\\..\\main.py",
        "/api/session/..%2f..%2ferrors/ws", "/app/%00", "//evil.example/%2f..",
    )  # fmt: skip
    async with place.http() as http:
        return {path: (await http.get(path)).status_code for path in paths}


async def many_reports(place: Place, people: int, each: int) -> tuple[int, list[int], int]:
    """One person's report; then many of others, from many addresses; then one of somebody new.

    Returns the status of the first, those of the others, and that of the last.
    """
    first = await _reports(place, 1)
    others: list[int] = []
    for number in range(people):
        others += await _reports(place.elsewhere(20 + number), each)
    last = await _reports(place.elsewhere(300), 1)
    return first[0], others, last[0]


async def _reports(place: Place, number: int) -> list[int]:
    call = await create(place)
    async with place.http() as http:
        statuses = [
            (
                await http.post(
                    f"{call.path}/report", json={"consent": True, "note": "x" * 2_000}, headers=call.headers
                )
            ).status_code
            for _ in range(number)
        ]
        await http.delete(call.path, headers=call.headers)
    return statuses


async def one_report(place: Place) -> int:
    """The status of one person's report."""
    return (await _reports(place, 1))[0]
