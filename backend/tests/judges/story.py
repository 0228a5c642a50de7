"""What every judge needs to tell its story: clips to say, facts to tell, a limit for each step. Standard library only.

A judge runs in an environment of its own, beside the tests, so it imports nothing of theirs.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import wave
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

STEP_LIMIT_S = 60.0
RATE_HZ = 16_000
SILENCE = bytes(RATE_HZ * 2)
"""One second of PCM16LE, which ends a turn."""

MY_NAME = "My name is Robert."
STORY = "Tell me a story"
WHAT_IS_MY_NAME = "What is my name?"
INSTRUCTION = "You are a helpful assistant."
FUNCTION = "get_current_time"
FUNCTION_DESCRIPTION = "The current time in a city"
DEVELOPER_MODEL = "gemini-3.8-live"
VERTEX_MODEL = "gemini-live-2.5-flash-native-audio"
PROJECT, LOCATION, TOKEN = "judged-project", "us-central1", "ya29.judge"


@dataclass(frozen=True, slots=True)
class Script:
    """The command line of a judge."""

    backend: str
    """developer or vertex"""
    clips: Path
    """Folder of question.wav and interruption.wav, 16 kHz mono."""
    model: str

    @property
    def thinks_long(self) -> bool:
        """Its model needs a thinking level, and tells when an exchange is over."""
        return self.model.endswith("extended-thinking")

    @property
    def vertex(self) -> bool:
        return self.backend == "vertex"

    def clip(self, name: str) -> bytes:
        """PCM16LE, 16 kHz, mono, with a second of silence after it."""
        with wave.open(str(self.clips / f"{name}.wav")) as file:
            if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE_HZ, 1, 2):
                raise StepFailed(f"{name}.wav is not 16 kHz mono of 16 bits")
            return file.readframes(file.getnframes()) + SILENCE


class StepFailed(Exception):
    """The story cannot go on; the message is one sentence."""


@dataclass(slots=True)
class Answer:
    """What came of one turn. `audio_bytes` is PCM16LE at 24 kHz."""

    heard: str = ""
    said: str = ""
    audio_bytes: int = 0

    def facts(self) -> dict[str, Any]:
        return {"heard": self.heard.strip(), "said": self.said.strip(), "audio_bytes": self.audio_bytes}


def read_script() -> Script:
    parser = argparse.ArgumentParser()
    parser.add_argument("--backend", choices=["developer", "vertex"], required=True)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--model", help="another one than usual")
    options = parser.parse_args()
    usual = VERTEX_MODEL if options.backend == "vertex" else DEVELOPER_MODEL
    return Script(options.backend, options.clips, options.model or usual)


def tell(fact: str, **details: Any) -> None:
    """One JSON object a line on standard output."""
    print(json.dumps({"fact": fact, **details}), flush=True)


def the_time(city: str) -> str:
    """The function that judges offer to the model."""
    tell("called", city=city)
    return f"It is noon in {city}."


@asynccontextmanager
async def step(name: str, limit_s: float = STEP_LIMIT_S) -> AsyncIterator[None]:
    """Raises StepFailed, naming the step, when it takes longer."""
    try:
        async with asyncio.timeout(limit_s):
            yield
    except TimeoutError as error:
        raise StepFailed(f"{name}: not done within {limit_s:g} s") from error


def main(story: Coroutine[Any, Any, None]) -> None:
    """Runs the story; a step that failed is one sentence and exit code 1."""
    try:
        asyncio.run(story)
    except StepFailed as failed:
        sys.exit(str(failed))
    tell("end")
