# mypy: ignore-errors
# What it imports lives in the peers' own environments, which the type checker does not see.
"""Pipecat as its example realtime-gemini-live sets it up, without that example's functions and transcript log."""

import argparse
import asyncio
import sys

import plain_genai  # noqa: F401  # it changes the SDK
import uvicorn
from fastapi import FastAPI
from loguru import logger
from pipecat.frames.frames import LLMRunFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.google.gemini_live.llm import GeminiLiveLLMService
from pipecat.transports.base_transport import TransportParams
from pipecat.transports.smallwebrtc.request_handler import SmallWebRTCRequest, SmallWebRTCRequestHandler
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport
from pipecat.workers.runner import WorkerRunner

app = FastAPI()
options = argparse.Namespace()
requests = SmallWebRTCRequestHandler()
bots: set[asyncio.Task] = set()


async def run_bot(connection) -> None:
    transport = SmallWebRTCTransport(
        webrtc_connection=connection, params=TransportParams(audio_in_enabled=True, audio_out_enabled=True)
    )
    llm = GeminiLiveLLMService(
        api_key="any",
        settings=GeminiLiveLLMService.Settings(system_instruction="You are a helpful assistant.", voice="Aoede"),
        http_options={"base_url": options.upstream.replace("ws://", "http://")},
    )
    context = LLMContext()
    user_aggregator, assistant_aggregator = LLMContextAggregatorPair(context)
    worker = PipelineWorker(
        Pipeline([transport.input(), user_aggregator, llm, transport.output(), assistant_aggregator]),
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
    )

    @transport.event_handler("on_client_connected")
    async def on_client_connected(transport, client) -> None:
        context.add_message({"role": "developer", "content": "Please introduce yourself to the user."})
        await worker.queue_frames([LLMRunFrame()])

    @transport.event_handler("on_client_disconnected")
    async def on_client_disconnected(transport, client) -> None:
        await worker.cancel()

    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    await runner.run()


@app.post("/api/offer")
async def offer(request: dict):
    async def begin(connection) -> None:
        task = asyncio.create_task(run_bot(connection))
        bots.add(task)
        task.add_done_callback(bots.discard)

    return await requests.handle_web_request(SmallWebRTCRequest.from_dict(request), begin)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.parse_args(namespace=options)
    logger.remove()
    logger.add(sys.stderr, level="WARNING")
    uvicorn.run(app, host="127.0.0.1", port=options.port, loop="uvloop", log_level="warning")


if __name__ == "__main__":
    main()
