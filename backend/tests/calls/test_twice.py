"""A page on a bad network changes its audio channel in mid-call: every frame goes twice, and counts once."""

from collections import Counter
from pathlib import Path

from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.page import open_page, running_gateway


async def test_voice_and_microphone_go_twice_and_count_once(tmp_path: Path):
    async with (
        running_emulator(reply_s=1.0) as emulator,
        running_gateway(tmp_path, emulator.base_url) as (http, _),
        open_page(http) as page,
    ):
        await page.use_audio_channel(ordered=False, protocol=wire.TWICE_PROTOCOL)
        frames = [page.mic_frame() for _ in range(40)]
        lost = frames.pop(20)
        for at, frame in enumerate(frames):
            page.audio.send(frame)
            if at >= 3:
                page.audio.send(frames[at - 3])
        page.audio.send(lost)
        page.say(wire.Text(text="Speak."))
        await page.told_of(wire.TurnEnd)
        await page.until(lambda: set(Counter(frame.seq for frame in page.frames).values()) == {2})
        await emulator.wait_for(lambda: emulator.audio_bytes >= 39 * 2 * wire.INPUT_SAMPLES)
        assert emulator.audio_bytes == 39 * 2 * wire.INPUT_SAMPLES
        page.say(wire.Ping(ms=1))
        assert (await page.told_of(wire.Pong)).mic_missing == 1
