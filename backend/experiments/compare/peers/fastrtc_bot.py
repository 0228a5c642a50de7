# mypy: ignore-errors
# What it imports lives in the peers' own environments, which the type checker does not see.
"""FastRTC as its demo talk_to_gemini sets it up, with the SDK's present calls where the demo's are deprecated.

`--clear`: what waits is thrown away on `interrupted`; the demo does not listen for that.
"""

import argparse
import asyncio

import numpy as np
import plain_genai  # noqa: F401  # it changes the SDK
import uvicorn
from fastapi import FastAPI
from fastrtc import AsyncStreamHandler, Stream, wait_for_item
from google import genai
from google.genai.types import Blob, HttpOptions, LiveConnectConfig, PrebuiltVoiceConfig, SpeechConfig, VoiceConfig

options = argparse.Namespace()


class GeminiHandler(AsyncStreamHandler):
    def __init__(self) -> None:
        super().__init__("mono", output_sample_rate=24_000, input_sample_rate=16_000)
        self.input_queue = asyncio.Queue()
        self.output_queue = asyncio.Queue()
        self.quit = asyncio.Event()

    def copy(self):
        return GeminiHandler()

    async def start_up(self) -> None:
        client = genai.Client(
            api_key="any", http_options=HttpOptions(base_url=options.upstream.replace("ws://", "http://"))
        )
        voice = VoiceConfig(prebuilt_voice_config=PrebuiltVoiceConfig(voice_name="Puck"))
        config = LiveConnectConfig(response_modalities=["AUDIO"], speech_config=SpeechConfig(voice_config=voice))
        async with client.aio.live.connect(model="gemini-live", config=config) as session:
            tasks = [asyncio.create_task(self.send(session)), asyncio.create_task(self.listen(session))]
            await self.quit.wait()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def listen(self, session) -> None:
        while True:
            async for message in session.receive():
                self.on_server_message(message)

    def on_server_message(self, message) -> None:
        if message.data:
            self.output_queue.put_nowait(
                (self.output_sample_rate, np.frombuffer(message.data, np.int16).reshape(1, -1))
            )
        if options.clear and message.server_content and message.server_content.interrupted:
            while not self.output_queue.empty():
                self.output_queue.get_nowait()
            self.clear_queue()

    async def send(self, session) -> None:
        while True:
            pcm = await self.input_queue.get()
            await session.send_realtime_input(audio=Blob(data=pcm, mime_type="audio/pcm;rate=16000"))

    async def receive(self, frame) -> None:
        self.input_queue.put_nowait(frame[1].squeeze().tobytes())

    async def emit(self):
        return await wait_for_item(self.output_queue)

    async def shutdown(self) -> None:
        self.quit.set()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--clear", action="store_true")
    parser.parse_args(namespace=options)
    app = FastAPI()
    stream = Stream(
        GeminiHandler(),
        modality="audio",
        mode="send-receive",
        concurrency_limit=1_000,
        server_rtc_configuration={"iceServers": []},
        verbose=False,
    )
    stream.mount(app)
    uvicorn.run(app, host="127.0.0.1", port=options.port, loop="asyncio", log_level="warning")


if __name__ == "__main__":
    main()
