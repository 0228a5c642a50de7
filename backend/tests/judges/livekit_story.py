"""Judge: livekit-agents with the realtime model of its Google plugin, Developer API and Vertex AI, without a room."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import story
from google.genai import types
from google.oauth2.credentials import Credentials
from livekit import rtc
from livekit.agents import Agent, AgentSession, ConversationItemAddedEvent, UserInputTranscribedEvent, function_tool
from livekit.agents import __version__ as version
from livekit.agents.voice import io
from livekit.plugins import google

FRAME_SAMPLES = story.RATE_HZ // 50
FRAME_BYTES = FRAME_SAMPLES * 2
SILENT_FRAME = bytes(FRAME_BYTES)


class Microphone(io.AudioInput):
    """Frames of 20 ms, as fast as the session takes them."""

    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()

    def say(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), FRAME_BYTES):
            part = pcm[at : at + FRAME_BYTES]
            self._frames.put_nowait(rtc.AudioFrame(part, story.RATE_HZ, 1, len(part) // 2))

    async def stay_open(self) -> None:
        """A quiet room, as a real microphone gives it."""
        while True:
            self.say(SILENT_FRAME)
            await asyncio.sleep(0.02)


class Speaker(io.AudioOutput):
    """Plays in real time to nobody, and reports it, as an audio sink of livekit has to."""

    def __init__(self) -> None:
        super().__init__(label="speaker", capabilities=io.AudioOutputCapabilities(pause=False))
        self.audio_bytes = 0
        self.began = asyncio.Event()
        self._began_at = 0.0
        self._length_s = 0.0
        self._end: asyncio.TimerHandle | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        loop = asyncio.get_running_loop()
        if not self._length_s:
            self._began_at = loop.time()
            self.on_playback_started(created_at=self._began_at)
        self._length_s += frame.duration
        self.audio_bytes += len(frame.data.tobytes())
        self.began.set()

    def flush(self) -> None:
        super().flush()
        if self._length_s:
            loop = asyncio.get_running_loop()
            self._end = loop.call_at(self._began_at + self._length_s, self._finish, False)

    def clear_buffer(self) -> None:
        if self._length_s:
            self._finish(True)

    def _finish(self, interrupted: bool) -> None:
        if self._end:
            self._end.cancel()
        played_s = min(self._length_s, asyncio.get_running_loop().time() - self._began_at)
        self._length_s, self._end = 0.0, None
        self.on_playback_finished(playback_position=played_s, interrupted=interrupted)


@function_tool(name=story.FUNCTION, description=story.FUNCTION_DESCRIPTION)
async def get_current_time(city: str) -> str:
    return story.the_time(city)


def model(script: story.Script) -> google.realtime.RealtimeModel:
    if not script.vertex:
        level = types.ThinkingConfig(thinking_level=types.ThinkingLevel.LOW)
        return google.realtime.RealtimeModel(
            model=script.model, **({"thinking_config": level} if script.thinks_long else {})
        )
    return google.realtime.RealtimeModel(
        vertexai=True,
        project=story.PROJECT,
        location=story.LOCATION,
        credentials=Credentials(token=story.TOKEN),
        thinking_config=types.ThinkingConfig(include_thoughts=True),
    )


class Talk:
    """The user's side of a session."""

    def __init__(self, script: story.Script) -> None:
        self._script = script
        self._heard = ""
        self._answers: asyncio.Queue[Any] = asyncio.Queue()
        self._microphone, self._speaker = Microphone(), Speaker()
        self.session: AgentSession[None] = AgentSession(
            llm=model(script), vad=None, turn_handling={"turn_detection": "realtime_llm"}, aec_warmup_duration=None
        )
        self.session.input.audio, self.session.output.audio = self._microphone, self._speaker
        self.session.on("user_input_transcribed", self._transcribed)
        self.session.on("conversation_item_added", self._added)
        self.session.on("error", lambda event: story.tell("error", message=str(event.error)))

    def _transcribed(self, event: UserInputTranscribedEvent) -> None:
        if event.is_final:
            self._heard += f" {event.transcript}"

    def _added(self, event: ConversationItemAddedEvent) -> None:
        if event.item.type == "message" and event.item.role == "assistant":
            self._answers.put_nowait(event.item)

    async def answer(self) -> dict[str, Any]:
        """The next message of the assistant; livekit adds it when it was played or interrupted."""
        message = await self._answers.get()
        answer = story.Answer(self._heard, message.text_content or "", self._speaker.audio_bytes)
        self._heard, self._speaker.audio_bytes = "", 0
        self._speaker.began.clear()
        return {"interrupted": message.interrupted, **answer.facts()}

    async def tell_story(self) -> None:
        async with story.step("the greeting"):
            self.session.generate_reply(user_input=story.MY_NAME)
            story.tell("greeting", **await self.answer())
        async with story.step("the spoken question and the function call"):
            self._microphone.say(self._script.clip("question"))
            story.tell("question", **await self.answer())
        async with story.step("talking over the story"):
            self.session.generate_reply(user_input=story.STORY)
            await self._speaker.began.wait()
            self._microphone.say(self._script.clip("interruption"))
            story.tell("interruption", **await self.answer())
        async with story.step("the answer to what was said over the story"):
            story.tell("after interruption", **await self.answer())
        await self._connected_again("ready for goAway", "remembered")
        await self._connected_again("ready for the drop", "remembered after the drop")

    async def _connected_again(self, ready: str, remembered: str) -> None:
        """livekit tells nobody that it is connected again, so whoever runs the judge says when audio arrives."""
        microphone = asyncio.create_task(self._microphone.stay_open())
        async with story.step(f"the new connection when {ready}"):
            story.tell(ready)
            await asyncio.to_thread(sys.stdin.readline)
        microphone.cancel()
        async with story.step("the question after the resumption"):
            self.session.generate_reply(user_input=story.WHAT_IS_MY_NAME)
            story.tell(remembered, **await self.answer())


async def tell_story() -> None:
    script = story.read_script()
    story.tell("client", name="livekit-agents", version=version)
    talk = Talk(script)
    await talk.session.start(Agent(instructions=story.INSTRUCTION, tools=[get_current_time]), record=False)
    try:
        await talk.tell_story()
    finally:
        await talk.session.aclose()


if __name__ == "__main__":
    story.main(tell_story())
