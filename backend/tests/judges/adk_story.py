"""Judge: Google's Agent Development Kit, `run_live` on the Developer API."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import story
from google.adk.agents import Agent, LiveRequestQueue
from google.adk.agents.run_config import RunConfig, StreamingMode
from google.adk.events import Event
from google.adk.runners import InMemoryRunner
from google.adk.version import __version__ as version
from google.genai import types

FRAME_BYTES = story.RATE_HZ // 50 * 2
NAME, USER = "judge", "robert"


def get_current_time(city: str) -> dict[str, Any]:
    """The current time in a city."""
    return {"output": story.the_time(city)}


class Talk:
    """The user's side of one run."""

    def __init__(self, script: story.Script) -> None:
        self._script = script
        self._queue = LiveRequestQueue()
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    async def run(self) -> None:
        """To the end of the run; every event is kept for `answer`."""
        agent = Agent(
            name=NAME, model=self._script.model, instruction=story.INSTRUCTION, tools=[get_current_time]
        )  # fmt: skip
        runner = InMemoryRunner(agent=agent, app_name=NAME)
        session = await runner.session_service.create_session(app_name=NAME, user_id=USER)
        config = RunConfig(
            streaming_mode=StreamingMode.BIDI,
            response_modalities=[types.Modality.AUDIO],
            input_audio_transcription=types.AudioTranscriptionConfig(),
            output_audio_transcription=types.AudioTranscriptionConfig(),
            session_resumption=types.SessionResumptionConfig(),
        )
        events = runner.run_live(
            user_id=USER, session_id=session.id, live_request_queue=self._queue, run_config=config
        )  # fmt: skip
        async for event in events:
            self._events.put_nowait(event)

    def write(self, text: str) -> None:
        self._queue.send_content(types.Content(role="user", parts=[types.Part(text=text)]))

    def say(self, pcm: bytes) -> None:
        for at in range(0, len(pcm), FRAME_BYTES):
            blob = types.Blob(data=pcm[at : at + FRAME_BYTES], mime_type=f"audio/pcm;rate={story.RATE_HZ}")
            self._queue.send_realtime(blob)

    async def answer(self, talk_over_with: str = "") -> tuple[story.Answer, bool]:
        """To the end of the turn that speaks, and whether it was cut off. With a clip, that is said as soon as the
        voice begins. A turn that only calls functions may end before their results are spoken in the next one.
        """
        answer, interrupted = story.Answer(), False
        while True:
            event = await self._events.get()
            answer.audio_bytes += sum(len(blob.data or b"") for blob in _voice(event))
            if event.input_transcription and event.input_transcription.finished:
                answer.heard += event.input_transcription.text or ""
            if event.output_transcription and event.output_transcription.finished:
                answer.said += event.output_transcription.text or ""
            interrupted = interrupted or bool(event.interrupted)
            if talk_over_with and answer.audio_bytes:
                self.say(self._script.clip(talk_over_with))
                talk_over_with = ""
            if event.turn_complete and answer.audio_bytes:
                return answer, interrupted

    async def tell_story(self) -> None:
        async with story.step("the greeting"):
            self.write(story.MY_NAME)
            story.tell("greeting", **(await self.answer())[0].facts())
        async with story.step("the spoken question and the function call"):
            self.say(self._script.clip("question"))
            story.tell("question", **(await self.answer())[0].facts())
        async with story.step("talking over the story"):
            self.write(story.STORY)
            cut, interrupted = await self.answer("interruption")
            story.tell("interruption", interrupted=interrupted, **cut.facts())
        async with story.step("the answer to what was said over the story"):
            story.tell("after interruption", **(await self.answer())[0].facts())
        await self._connected_again("ready for goAway", "remembered")
        await self._connected_again("ready for the drop", "remembered after the drop")

    async def _connected_again(self, ready: str, remembered: str) -> None:
        """It tells nobody that it is connected again, so whoever runs the judge says when audio arrives."""
        microphone = asyncio.create_task(self._stay_open())
        async with story.step(f"the new connection when {ready}"):
            story.tell(ready)
            await asyncio.to_thread(sys.stdin.readline)
        microphone.cancel()
        async with story.step("the question after the resumption"):
            self.write(story.WHAT_IS_MY_NAME)
            story.tell(remembered, **(await self.answer())[0].facts())

    async def _stay_open(self) -> None:
        """A quiet room, as a real microphone gives it."""
        while True:
            self.say(bytes(FRAME_BYTES))
            await asyncio.sleep(0.02)


def _voice(event: Event) -> list[types.Blob]:
    parts = (event.content and event.content.parts) or []
    return [part.inline_data for part in parts if part.inline_data]


async def tell_story() -> None:
    script = story.read_script()
    story.tell("client", name="google-adk", version=version)
    talk = Talk(script)
    run, told = asyncio.create_task(talk.run()), asyncio.create_task(talk.tell_story())
    done, _ = await asyncio.wait({run, told}, return_when=asyncio.FIRST_COMPLETED)
    run.cancel()
    for task in done:
        task.result()


if __name__ == "__main__":
    story.main(tell_story())
