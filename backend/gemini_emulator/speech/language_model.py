"""Any OpenAI-compatible endpoint (Ollama, llama.cpp, vLLM, ...) as the one who answers, sentence by sentence."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from gemini_emulator.audio.speech_text import whole_sentences
from gemini_emulator.responder.conversation_state import Call, LlmRequest
from gemini_emulator.session.events import Answered
from gemini_emulator.speech.engine import Key

log = logging.getLogger("gemini_emulator")

URL, MODEL, KEY = "GEMINI_EMULATOR_LLM_URL", "GEMINI_EMULATOR_LLM_MODEL", "GEMINI_EMULATOR_LLM_KEY"
CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 60.0
"""The longest wait for the next piece: a large model may have to be loaded from disk first."""
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_THOUGHT = re.compile(r"<think>.*?(?:</think>\s*|$)", re.DOTALL)
_OPENING_TAG = re.compile(r"<(?:t(?:h(?:i(?:n(?:k)?)?)?)?)?$")


class Misconfigured(Exception):
    """The environment names half an endpoint. The text is a sentence with the remedy."""


class NoAnswer(Exception):
    """The text is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the model is. `url` ends in `/chat/completions`."""

    url: str
    model: str
    key: str = field(default="", repr=False)

    @staticmethod
    def from_env(environ: Mapping[str, str]) -> Endpoint | None:
        """None when nothing is set. Raises `Misconfigured`."""
        url, model = environ.get(URL, "").strip(), environ.get(MODEL, "").strip()
        if not url and not model:
            return None
        if not url or not model:
            missing, given = (URL, MODEL) if not url else (MODEL, URL)
            raise Misconfigured(f"{given} is set, but {missing} is not. Set both, or neither.")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Misconfigured(f"{URL} is no web address. An example: http://127.0.0.1:11434/v1")
        base = url.rstrip("/").removesuffix("/chat/completions")
        base = base if urlsplit(base).path.strip("/") else f"{base}/v1"
        return Endpoint(f"{base}/chat/completions", model, environ.get(KEY, "").strip())

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]


class ChatCompletions:
    """One streamed request for each question; forgetting a question ends its request."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        headers = {"authorization": f"Bearer {endpoint.key}"} if endpoint.key else {}
        self._client = httpx.AsyncClient(
            headers=headers,
            timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            # A proxy for the internet must not get what is meant for this machine.
            trust_env=urlsplit(endpoint.url).hostname not in LOOPBACK,
        )
        self._tasks: dict[Key, asyncio.Task[None]] = {}

    def request_reply(self, key: Key, question: LlmRequest, tell: Callable[[Answered], None]) -> None:
        """`tell` gets whole sentences as they come, then one piece that is `over` or `failed`."""
        task = asyncio.create_task(self._answer(key[1], question, tell), name=f"language model {key}")
        self._tasks[key] = task
        task.add_done_callback(lambda done: self._tasks.pop(key, None))

    def cancel_request(self, key: Key) -> None:
        if task := self._tasks.get(key):
            task.cancel()

    def cancel_all_requests(self, connection: int) -> None:
        for key in [key for key in self._tasks if key[0] == connection]:
            self.cancel_request(key)

    async def close(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    async def _answer(self, job: int, question: LlmRequest, tell: Callable[[Answered], None]) -> None:
        try:
            answer = CompletionStream({tool["function"]["name"] for tool in question.tools})
            async with self._client.stream("POST", self._endpoint.url, json=self._body(question)) as response:
                await self._check(response)
                async for line in response.aiter_lines():
                    if text := answer.read_line(line):
                        tell(Answered(job, text))
                    if answer.done:
                        break
            text, calls = answer.finish_reply()
            tell(Answered(job, text, calls, over=True))
        except NoAnswer as error:
            log.warning("%s", error)
            tell(Answered(job, failed=str(error)))
        except httpx.HTTPError as error:
            log.warning("the language model at %s: %s", self._endpoint.host, type(error).__name__)
            tell(Answered(job, failed=self._in_words(error)))
        except Exception:
            log.exception("the language model's answer cannot be read")
            tell(Answered(job, failed="The language model's answer can't be read."))

    def _body(self, question: LlmRequest) -> dict[str, Any]:
        body = {"model": self._endpoint.model, "stream": True, "messages": list(question.messages)}
        return {**body, "tools": list(question.tools)} if question.tools else body

    async def _check(self, response: httpx.Response) -> None:
        if response.status_code == httpx.codes.OK:
            return
        await response.aread()
        raise NoAnswer(f"The language model refused with error {response.status_code}: {_reason(response.text)}.")

    def _in_words(self, error: httpx.HTTPError) -> str:
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            return f"The language model at {self._endpoint.host} can't be reached."
        if isinstance(error, httpx.TimeoutException):
            return "The language model takes too long."
        return "The connection to the language model broke."


class CompletionStream:
    """A streamed completion, line by line. `take` returns the sentences that are whole now."""

    def __init__(self, functions: set[str]) -> None:
        self._functions = functions
        self._text = ""
        self._calls: dict[int, dict[str, str]] = {}
        self.done = False
        self._finished = False

    def read_line(self, line: str) -> str:
        """One line of server-sent events. Raises `NoAnswer`."""
        if not line.startswith("data:"):
            return ""
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            self.done = True
            return ""
        chunk = json.loads(data)
        if chunk.get("error"):
            raise NoAnswer(f"The language model stopped with an error: {_reason(data)}.")
        for choice in chunk.get("choices", [])[:1]:
            self._add(choice.get("delta") or {})
            self._finished = self._finished or bool(choice.get("finish_reason"))
        return self._whole()

    def finish_reply(self) -> tuple[str, tuple[Call, ...]]:
        """What is left at the end. Raises `NoAnswer` when the stream broke off, or a call cannot be read."""
        if not (self.done or self._finished):
            raise NoAnswer("The connection to the language model broke.")
        text = _THOUGHT.sub("", self._text).strip()
        return text, tuple(self._call(made) for made in self._calls.values())

    def _add(self, delta: Mapping[str, Any]) -> None:
        self._text += delta.get("content") or ""
        for position, piece in enumerate(delta.get("tool_calls") or []):
            made = self._calls.setdefault(piece.get("index", position), {"name": "", "arguments": ""})
            function = piece.get("function") or {}
            made["name"] += function.get("name") or ""
            given = function.get("arguments") or ""
            made["arguments"] += given if isinstance(given, str) else json.dumps(given)

    def _whole(self) -> str:
        """Text inside <think> tags is not spoken; nothing is returned until the closing tag has arrived."""
        spoken = _THOUGHT.sub("", self._text) if "</think>" in self._text else self._text
        if "<think>" in spoken or _OPENING_TAG.search(spoken):
            return ""
        whole, self._text = whole_sentences(spoken)
        return whole.strip()

    def _call(self, made: Mapping[str, str]) -> Call:
        try:
            args = json.loads(made["arguments"] or "{}")
        except ValueError:
            args = None
        if made["name"] not in self._functions or not isinstance(args, dict):
            raise NoAnswer("The language model wanted to use a function in a way that can't be understood.")
        return Call(made["name"], args)


def _reason(body: str) -> str:
    """The endpoint's own words about an error, short enough to be said."""
    try:
        error = json.loads(body).get("error", body)
        text = error.get("message", body) if isinstance(error, dict) else error
    except (ValueError, AttributeError):
        text = body
    return " ".join(str(text).split())[:120].rstrip(".") or "no reason given"
