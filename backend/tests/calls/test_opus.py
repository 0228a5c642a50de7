"""A page that wishes for Opus: both ways, and back where a packet cannot be read."""

from pathlib import Path

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.transport.opus_codec import DownlinkDecoder, Encoder
from tests.calls.serving import serving, until
from tests.key_ring import hello
from tests.page import open_page, running_gateway
from tests.stage import mic


async def speak(socket: ClientConnection, first: int, frames: int = 80) -> None:
    encoder = Encoder(wire.INPUT_RATE, wire.OPUS_UP_BITS_PER_S)
    for index in range(frames):
        packet = encoder.encode(mic(index < 30))
        frame = wire.Frame(0, first + index, index * 20, packet, wire.FLAG_OPUS)
        await socket.send(wire.encode_frame(frame))


async def test_a_question_and_its_answer_as_opus(tmp_path: Path):
    async with running_emulator(reply_s=0.4) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        session_id = (await http.post("/api/session/create")).json()["session_id"]
        async with connect(f"ws://{address}/api/session/{session_id}/ws") as socket:
            await socket.send(hello(http, session_id))
            ready, _ = await until(socket, wire.Ready)
            assert "opus" in ready.codecs
            await until(socket, wire.Upstream, status="live")
            await socket.send(wire.encode(wire.WishCodec(codec="opus", reason="slow")))
            await until(socket, wire.UseCodec, codec="opus", reason="wished")
            await speak(socket, 0)
            end, frames = await until(socket, wire.TurnEnd)
            assert {frame.flags & wire.FLAG_OPUS for frame in frames} == {wire.FLAG_OPUS}
            reader = DownlinkDecoder()
            assert (
                sum(len(reader.decode_frame(frame)) for frame in frames) == 2 * wire.OUTPUT_RATE * end.voice_ms // 1000
            )
            assert emulator.audio_bytes >= 30 * 2 * wire.INPUT_SAMPLES
            # A packet that is none: told, left out, and PCM from here on.
            await socket.send(wire.encode_frame(wire.Frame(0, 80, 0, b"\xff" * 40, wire.FLAG_OPUS)))
            await until(socket, wire.Notice, code="opus_failed")
            await until(socket, wire.UseCodec, codec="pcm", reason="fault")
            await socket.send(wire.encode(wire.Text(text="Once more.")))
            _, frames = await until(socket, wire.TurnEnd)
            assert {frame.flags & wire.FLAG_OPUS for frame in frames} == {0}


async def test_opus_in_mid_answer_on_a_channel_where_everything_goes_twice(tmp_path: Path):
    async with (
        running_emulator(reply_s=1.5) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        await page.use_audio_channel(ordered=False, protocol=wire.TWICE_PROTOCOL)
        page.say(wire.Text(text="Speak."))
        await page.until(lambda: len(page.frames) >= 3)
        page.say(wire.WishCodec(codec="opus"))
        end = await page.told_of(wire.TurnEnd)
        await page.until(lambda: len({frame.seq for frame in page.frames}) == end.voice_ms // wire.FRAME_MS)
        reader, once = DownlinkDecoder(), {frame.seq: frame for frame in page.frames}
        heard = b"".join(reader.decode_frame(frame) for _, frame in sorted(once.items()))
        assert len(heard) == 2 * wire.OUTPUT_RATE * end.voice_ms // 1000
        assert {bool(frame.flags & wire.FLAG_OPUS) for frame in once.values()} == {False, True}
        assert np.frombuffer(heard, "<i2").any()
