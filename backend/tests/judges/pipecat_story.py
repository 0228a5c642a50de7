"""Judge: pipecat's Gemini Live services, Developer API and Vertex AI, in a pipeline with its context aggregators."""

from __future__ import annotations

import asyncio
import os
import sys
from importlib.metadata import version

import story
from google.genai.types import ThinkingConfig
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.adapters.schemas.tools_schema import ToolsSchema
from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InputTextRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMRunFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService
from pipecat.services.google.gemini_live.vertex.llm import GeminiLiveVertexLLMService
from pipecat.services.llm_service import FunctionCallParams
from pipecat.workers.runner import WorkerRunner
from service_account import service_account_key

FRAME_S = 0.02
FRAME_BYTES = int(story.RATE_HZ * FRAME_S) * 2


class Heard:
    """What the service pushed in either direction, until it is taken."""

    def __init__(self) -> None:
        self.answer = story.Answer()
        self.interrupted = asyncio.Event()
        self.speaking = asyncio.Event()
        self.turn_over = asyncio.Event()
        self.transcribed = asyncio.Event()

    def take(self) -> story.Answer:
        answer, self.answer = self.answer, story.Answer()
        for event in (self.interrupted, self.speaking, self.turn_over, self.transcribed):
            event.clear()
        return answer

    def hear(self, frame: Frame) -> None:
        match frame:
            case TranscriptionFrame():
                # What was under way before these words was cut off by them.
                self.answer = story.Answer(heard=frame.text)
                self.turn_over.clear()
                self.transcribed.set()
            case TTSTextFrame():
                self.answer.said += frame.text
            case TTSAudioRawFrame():
                self.answer.audio_bytes += len(frame.audio)
                self.speaking.set()
            case InterruptionFrame():
                self.interrupted.set()
            case LLMFullResponseEndFrame() if self.answer.audio_bytes:
                self.turn_over.set()
            case ErrorFrame():
                story.tell("error", message=frame.error)


class Witness(FrameProcessor):
    """Sits beside the service, looks at the frames of one direction, and passes all of them on."""

    def __init__(self, heard: Heard, direction: FrameDirection) -> None:
        super().__init__()
        self._heard, self._direction = heard, direction

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if direction == self._direction:
            self._heard.hear(frame)
        await self.push_frame(frame, direction)


async def get_current_time(params: FunctionCallParams) -> None:
    await params.result_callback({"output": story.the_time(params.arguments["city"])})


def gemini(script: story.Script) -> GeminiLiveLLMService:
    if not script.vertex:
        settings = GeminiLiveLLMService.Settings(model=f"models/{script.model}", system_instruction=story.INSTRUCTION)
        return GeminiLiveLLMService(api_key=os.environ["GOOGLE_API_KEY"], settings=settings)
    with service_account_key() as key:
        return GeminiLiveVertexLLMService(
            credentials=key,
            project_id=story.PROJECT,
            location=story.LOCATION,
            settings=GeminiLiveVertexLLMService.Settings(
                model=f"google/{script.model}",
                system_instruction=story.INSTRUCTION,
                thinking=ThinkingConfig(include_thoughts=True),
            ),
        )


def pipeline(service: GeminiLiveLLMService, heard: Heard) -> Pipeline:
    function = FunctionSchema(
        name=story.FUNCTION,
        description=story.FUNCTION_DESCRIPTION,
        properties={"city": {"type": "string"}},
        required=["city"],
    )
    service.register_function(story.FUNCTION, get_current_time)
    messages = [{"role": "user", "content": story.MY_NAME}]
    aggregators = LLMContextAggregatorPair(LLMContext(messages, tools=ToolsSchema(standard_tools=[function])))
    before, after = Witness(heard, FrameDirection.UPSTREAM), Witness(heard, FrameDirection.DOWNSTREAM)
    return Pipeline([aggregators.user(), before, service, after, aggregators.assistant()])


class Talk:
    """The user's side."""

    def __init__(self, worker: PipelineWorker, script: story.Script, heard: Heard) -> None:
        self._worker, self._script, self._heard = worker, script, heard

    async def _send(self, pcm: bytes) -> None:
        await self._worker.queue_frame(InputAudioRawFrame(audio=pcm, sample_rate=story.RATE_HZ, num_channels=1))

    async def say(self, clip: str) -> None:
        pcm = self._script.clip(clip)
        for at in range(0, len(pcm), FRAME_BYTES):
            await self._send(pcm[at : at + FRAME_BYTES])

    async def keep_microphone_open(self) -> None:
        """A quiet room, 20 ms at a time, as a real microphone gives it."""
        while True:
            await self._send(bytes(FRAME_BYTES))
            await asyncio.sleep(FRAME_S)

    async def tell_story(self) -> None:
        heard = self._heard
        async with story.step("the greeting"):
            await self._worker.queue_frame(LLMRunFrame())
            await heard.turn_over.wait()
            story.tell("greeting", **heard.take().facts())
        async with story.step("the spoken question and the function call"):
            await self.say("question")
            await heard.transcribed.wait()
            await heard.turn_over.wait()
            story.tell("question", **heard.take().facts())
        async with story.step("talking over the story"):
            await self._worker.queue_frame(InputTextRawFrame(text=story.STORY))
            await heard.speaking.wait()
            await self.say("interruption")
            await heard.interrupted.wait()
            story.tell("interruption", interrupted=True, **heard.take().facts())
        async with story.step("the answer to what was said over the story"):
            await heard.transcribed.wait()
            await heard.turn_over.wait()
            story.tell("after interruption", **heard.take().facts())
        await self._connected_again("ready for goAway", "remembered")
        await self._connected_again("ready for the drop", "remembered after the drop")

    async def _connected_again(self, ready: str, remembered: str) -> None:
        """pipecat shows nobody that it is connected again, so whoever runs the judge says when audio arrives."""
        microphone = asyncio.create_task(self.keep_microphone_open())
        async with story.step(f"the new connection when {ready}"):
            story.tell(ready)
            await asyncio.to_thread(sys.stdin.readline)
        microphone.cancel()
        async with story.step("the question after the resumption"):
            await self._worker.queue_frame(InputTextRawFrame(text=story.WHAT_IS_MY_NAME))
            await self._heard.turn_over.wait()
            story.tell(remembered, **self._heard.take().facts())


async def tell_story() -> None:
    script = story.read_script()
    story.tell("client", name="pipecat-ai", version=version("pipecat-ai"))
    heard = Heard()
    rates = PipelineParams(audio_in_sample_rate=story.RATE_HZ, audio_out_sample_rate=24_000)
    worker = PipelineWorker(pipeline(gemini(script), heard), params=rates)
    running = asyncio.create_task(WorkerRunner(handle_sigint=False).run(worker))
    try:
        await Talk(worker, script, heard).tell_story()
    finally:
        await worker.cancel()
        await running


if __name__ == "__main__":
    story.main(tell_story())
