"""A language model as the mind, over a real socket: the endpoint here speaks the chat-completions protocol."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from websockets.asyncio.client import ClientConnection, connect

from gemini_emulator.responder.companion import Companion
from gemini_emulator.responder.llm_prompt import Chat
from gemini_emulator.server.engine_loader import EngineHost
from gemini_emulator.server.handshake import open_door
from gemini_emulator.server.server import Server
from gemini_emulator.settings import Pace, Settings
from gemini_emulator.speech.language_model import ChatCompletions, Endpoint
from gemini_emulator.speech.tone_engine import Tone, ToneEngine

LIMIT_S = 30


PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=any"


WEATHER = {
    "name": "get_weather",
    "description": "Weather for a city",
    "behavior": "BLOCKING",
    "parameters": {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
}


Deltas = AsyncIterator[dict[str, Any]]


Script = Callable[[dict[str, Any]], Deltas]


class Stand:
    """Answers each request with the next script; keeps what it was asked, and which answers nobody waited for."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.left = asyncio.Event()
        self.url = ""

    async def answer(self, request: Request) -> Response:
        self.asked.append(await request.json())
        self.keys.append(request.headers.get("authorization", ""))
        if not self.scripts:
            return JSONResponse({"error": {"message": "model 'small' not found"}}, 404)
        return StreamingResponse(self._lines(self.scripts.pop(0)(self.asked[-1])), media_type="text/event-stream")

    async def _lines(self, deltas: Deltas) -> AsyncIterator[str]:
        try:
            async for delta in deltas:
                yield f"data: {json.dumps({'choices': [{'index': 0, 'delta': delta}]})}\n\n"
            yield 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}\n\n'
            yield "data: [DONE]\n\n"
        except (asyncio.CancelledError, GeneratorExit):
            self.left.set()
            raise


def says(*pieces: str) -> Script:
    async def script(asked: dict[str, Any]) -> Deltas:
        for piece in pieces:
            yield {"content": piece}

    return script


@asynccontextmanager
async def an_endpoint() -> AsyncIterator[Stand]:
    endpoint = Stand()
    app = FastAPI()
    app.post("/v1/chat/completions")(endpoint.answer)
    listening = socket.create_server(("127.0.0.1", 0))
    endpoint.url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1))
    serving = asyncio.create_task(server.serve([listening]))
    try:
        yield endpoint
    finally:
        server.should_exit = True
        await serving
        listening.close()


class Caller:
    """A client of the emulator."""

    def __init__(self, wire: ClientConnection) -> None:
        self.wire = wire
        self.seen: list[dict[str, Any]] = []

    async def send(self, message: dict[str, Any]) -> None:
        await self.wire.send(json.dumps(message))

    async def ask(self, words: str) -> None:
        await self.send({"realtimeInput": {"text": words}})

    async def until(self, key: str) -> Any:
        """The next message that has this field, top level or in serverContent."""
        while True:
            message = json.loads(await self.wire.recv())
            self.seen.append(message)
            for holder in (message, message.get("serverContent", {})):
                if key in holder:
                    return holder[key]

    async def turn(self) -> str:
        """The words of the answer at hand."""
        begin = len(self.seen)
        await self.until("turnComplete")
        pieces = [message.get("serverContent", {}).get("outputTranscription", {}) for message in self.seen[begin:]]
        return "".join(piece.get("text", "") for piece in pieces).strip()


@asynccontextmanager
async def a_call(url: str, **setup: Any) -> AsyncIterator[Caller]:
    """A connection to an emulator whose mind is the model at that address."""
    endpoint = Endpoint.from_env({"GEMINI_EMULATOR_LLM_URL": url, "GEMINI_EMULATOR_LLM_MODEL": "small"})
    assert endpoint is not None
    host = EngineHost(ToneEngine(Tone(reply_s=0.4)), language_model=ChatCompletions(endpoint))
    server = Server(host, Chat(Companion()), Settings(pace=Pace(speed=50), playout_share=0.0))
    port = await server.listen("127.0.0.1", 0)
    host.start()
    try:
        async with asyncio.timeout(LIMIT_S), connect(f"ws://127.0.0.1:{port}{PATH}") as wire:
            caller = Caller(wire)
            await begin(caller, **setup)
            yield caller
    finally:
        await host.settled()
        await server.close()


async def begin(caller: Caller, **setup: Any) -> None:
    body = {"model": "models/gemini-3.8-live", "outputAudioTranscription": {}, **setup}
    await caller.send({"setup": body})
    await caller.until("setupComplete")


def test_this_is_a_path_that_the_emulator_knows():
    assert not hasattr(open_door(PATH, {}, Settings()), "status")


async def test_a_sentence_is_spoken_while_the_next_is_still_being_written():
    heard = asyncio.Event()

    async def slow(asked: dict[str, Any]) -> Deltas:
        yield {"role": "assistant", "content": "It is sun"}
        yield {"content": "ny. But not "}
        await heard.wait()
        yield {"content": "for long."}

    async with an_endpoint() as endpoint, a_call(endpoint.url) as caller:
        endpoint.scripts = [slow]
        await caller.ask("How is the weather?")
        first = await caller.until("outputTranscription")
        assert "It" in first["text"]
        heard.set()
        await caller.turn()
        said = "".join(
            message.get("serverContent", {}).get("outputTranscription", {}).get("text", "") for message in caller.seen
        )
        assert said.strip() == "It is sunny. But not for long."


async def test_it_knows_the_instruction_and_what_was_said_before():
    async with an_endpoint() as endpoint:
        instruction = {"parts": [{"text": "You are a pirate."}]}
        async with a_call(endpoint.url, systemInstruction=instruction) as caller:
            endpoint.scripts = [says("Arr, a parrot."), says("Green.")]
            await caller.ask("What do you have?")
            assert await caller.turn() == "Arr, a parrot."
            await caller.ask("Which color?")
            assert await caller.turn() == "Green."
    system, *talk = endpoint.asked[1]["messages"]
    assert system["role"] == "system"
    assert "You are a pirate." in system["content"]
    assert [(message["role"], message["content"]) for message in talk] == [
        ("user", "What do you have?"),
        ("assistant", "Arr, a parrot."),
        ("user", "Which color?"),
    ]
    assert endpoint.asked[1]["model"] == "small"
    assert endpoint.asked[1]["stream"] is True


async def test_it_calls_a_function_of_the_client_and_speaks_about_the_result():
    async def calls(asked: dict[str, Any]) -> Deltas:
        yield {"content": "Let me look. "}
        yield {"tool_calls": [{"index": 0, "id": "x", "function": {"name": "get_weather", "arguments": ""}}]}
        yield {"tool_calls": [{"index": 0, "function": {"arguments": '{"city": '}}]}
        yield {"tool_calls": [{"index": 0, "function": {"arguments": '"Paris"}'}}]}

    tools = [{"functionDeclarations": [WEATHER]}]
    async with an_endpoint() as endpoint, a_call(endpoint.url, tools=tools) as caller:
        endpoint.scripts = [calls, says("Paris has 20 degrees.")]
        await caller.ask("How is it in Paris?")
        (call,) = (await caller.until("toolCall"))["functionCalls"]
        assert (call["name"], call["args"]) == ("get_weather", {"city": "Paris"})
        answer = {"id": call["id"], "name": call["name"], "response": {"degrees": 20}}
        await caller.send({"toolResponse": {"functionResponses": [answer]}})
        assert (await caller.turn()).endswith("Paris has 20 degrees.")
    (tool,) = endpoint.asked[0]["tools"]
    assert tool["function"]["parameters"]["type"] == "object"
    assert tool["function"]["parameters"]["properties"] == {"city": {"type": "string"}}
    used, result = endpoint.asked[1]["messages"][-2:]
    assert used["tool_calls"][0]["function"]["name"] == "get_weather"
    assert used["tool_calls"][0]["id"] == result["tool_call_id"]
    assert json.loads(result["content"]) == {"degrees": 20}


async def test_talking_over_it_ends_the_request():
    async def endless(asked: dict[str, Any]) -> Deltas:
        yield {"content": "Once upon a time there was a king. "}
        await asyncio.Event().wait()
        yield {"content": "never"}

    async with an_endpoint() as endpoint, a_call(endpoint.url) as caller:
        endpoint.scripts = [endless, says("Two.")]
        await caller.ask("Tell me a story.")
        await caller.until("outputTranscription")
        await caller.ask("How much is one and one?")
        await caller.until("interrupted")
        await endpoint.left.wait()
        await caller.until("turnComplete")
        assert await caller.turn() == "Two."


async def test_hanging_up_ends_the_request():
    async def endless(asked: dict[str, Any]) -> Deltas:
        yield {"content": "Well. "}
        await asyncio.Event().wait()
        yield {"content": "never"}

    async with an_endpoint() as endpoint, asyncio.timeout(LIMIT_S):
        async with a_call(endpoint.url) as caller:
            endpoint.scripts = [endless]
            await caller.ask("Tell me a story.")
            await caller.until("outputTranscription")
        await endpoint.left.wait()


async def test_an_unreachable_endpoint_is_reported_once_and_the_emulator_answers():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    async with a_call(f"http://127.0.0.1:{port}/v1", tools=[{"functionDeclarations": [WEATHER]}]) as caller:
        await caller.ask("Can you hear me?")
        assert await caller.turn() == (
            f"The language model at 127.0.0.1:{port} can't be reached. Yes, I can hear you well. What's on your mind?"
        )
        await caller.ask("Tell me a joke.")
        assert "can't be reached" not in await caller.turn()
        await caller.ask("What's the weather in Paris?")
        (call,) = (await caller.until("toolCall"))["functionCalls"]
        assert call["args"] == {"city": "Paris"}
        answer = {"id": call["id"], "name": call["name"], "response": {"summary": "It is sunny in Paris."}}
        await caller.send({"toolResponse": {"functionResponses": [answer]}})
        assert await caller.turn() == "It is sunny in Paris."


async def test_an_error_of_the_endpoint_is_said_in_its_own_words():
    async with an_endpoint() as endpoint, a_call(endpoint.url) as caller:
        await caller.ask("Can you hear me?")
        assert await caller.turn() == (
            "The language model refused with error 404: model 'small' not found. "
            "Yes, I can hear you well. What's on your mind?"
        )


async def test_two_variables_make_it_the_mind_of_the_command():
    async with an_endpoint() as endpoint, asyncio.timeout(LIMIT_S):
        endpoint.scripts = [says("Hello from the model.")]
        variables = {"LLM_URL": endpoint.url, "LLM_MODEL": "small", "LLM_KEY": "secret"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "gemini_emulator", "--engine", "tone", "--port", "0", "--announce"),
            "--exit-on-stdin-eof",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[3],
            env={**os.environ, **{f"GEMINI_EMULATOR_{name}": value for name, value in variables.items()}},
        )
        assert process.stdin
        assert process.stdout
        port = json.loads(await process.stdout.readline())["port"]
        async with connect(f"ws://127.0.0.1:{port}{PATH}") as wire:
            caller = Caller(wire)
            await begin(caller)
            await caller.ask("Hello.")
            assert await caller.turn() == "Hello from the model."
        assert endpoint.keys == ["Bearer secret"]
        process.stdin.close()
        assert await process.wait() == 0
