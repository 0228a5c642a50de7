"""One judge on the stand: a process of its own, an emulator of its own, its facts, and what the emulator saw."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gemini_emulator.speech.engine import Engine, Key, Progress, VoiceProbability
from gemini_emulator.speech.speech_engine import SpeechEngine
from gemini_emulator.testing import Emulator, Seen, running_emulator
from tests.judges import environments

HERE = Path(__file__).resolve().parent
KEY = "judge"
SPEED = 20.0
"""Voice comes this much faster than real time, so that stories are short."""
GO_AWAY_S = 0.5
LIMIT_S = 120
CLIPS = {"question": "What time is it in Tokyo?", "interruption": "What time is it in Paris?"}
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TEMP", "TMP")


@dataclass(frozen=True, slots=True)
class Judge:
    """A client, and the way it is pointed at the emulator."""

    environment: str
    """Its environment, see environments.py."""
    story: str
    """A script beside this file, or the name of a JavaScript package."""
    backend: str
    version: str
    """What the client says of itself."""
    user_agent: str
    """What its SDK says of itself, in the handshake."""
    path: str
    """The end of the request path."""
    tls: bool = True
    waits_to_be_told: bool = False
    """It does not show when it is connected again, and waits for a line."""
    model: str = ""
    """Another one than usual."""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.environment, self.version, self.backend, self.model)))

    @property
    def more(self) -> list[str]:
        return ["--model", self.model] if self.model else []

    def command(self) -> list[str]:
        """Prepares the environment. Raises environments.Missing."""
        place = environments.prepare(self.environment)
        if self.environment == environments.JAVASCRIPT:
            return [environments.node(), str(place / "story.mjs"), self.story]
        return [str(place), str(HERE / self.story)]


@dataclass(slots=True)
class Performance:
    """A story as it went."""

    facts: list[dict[str, Any]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    exit_code: int | None = None
    complaint: str = ""
    """Its standard error, or why it was stopped."""

    def fact(self, name: str) -> dict[str, Any]:
        """Raises AssertionError, with the judge's own words, when the story did not get there."""
        for fact in self.facts:
            if fact["fact"] == name:
                return fact
        told = ", ".join(fact["fact"] for fact in self.facts)
        raise AssertionError(f"the story never got to '{name}' (told: {told})\n{self.complaint}")

    def received(self, kind: str) -> list[Any]:
        """Bodies of the client's messages of that kind, in either spelling."""
        messages = [message for seen in self.seen for message in seen.received]
        return [body for message in messages for name, body in message.items() if _flat(name) == _flat(kind)]

    def sent(self, kind: str) -> list[Any]:
        return [message[kind] for seen in self.seen for message in seen.sent if kind in message]


def _flat(name: str) -> str:
    return name.replace("_", "").lower()


def speak_clips(folder: Path) -> None:
    """The user's questions, spoken by another synthesizer than the engine's own."""
    if shutil.which("flite") is None:
        raise environments.Missing("The judges speak with flite: install it (Debian: apt-get install flite).")
    for name, words in CLIPS.items():
        command = ["flite", "-voice", "slt", "-t", words, "-o", str(folder / f"{name}.wav")]
        subprocess.run(command, check=True)


class SharedEngine:
    """One speech engine for several emulators at once: loaded by the first, ended by `end`."""

    def __init__(self) -> None:
        self._speech = SpeechEngine()
        self._first = threading.Lock()
        self._loaded = False
        self._seats = itertools.count(1)

    def load(self, progress: Progress) -> None:
        with self._first:
            if not self._loaded:
                self._speech.load(progress)
            self._loaded = True

    def seat(self) -> Seat:
        """The engine as one emulator sees it."""
        return Seat(self, self._speech, next(self._seats))

    def end(self) -> None:
        self._speech.close()


class Seat:
    """Every emulator numbers its connections from 1, so that their jobs would be taken for each other's here."""

    def __init__(self, shared: SharedEngine, speech: SpeechEngine, number: int) -> None:
        self._shared, self._speech, self._number = shared, speech, number

    def load(self, progress: Progress) -> None:
        self._shared.load(progress)

    def open_voice_detector(self) -> VoiceProbability:
        return self._speech.open_voice_detector()

    def recognize(self, key: Key, pcm: bytes, final: bool, done: Callable[[str], None]) -> None:
        self._speech.recognize(self._own(key), pcm, final, done)

    def recognize_interim(self, key: Key, pcm: bytes, done: Callable[[str], None]) -> None:
        self._speech.recognize_interim(self._own(key), pcm, done)

    def prioritise_job(self, key: Key) -> None:
        self._speech.prioritise_job(self._own(key))

    def synthesize(self, key: Key, text: str, rate: float, done: Callable[[bytes], None]) -> None:
        self._speech.synthesize(self._own(key), text, rate, done)

    def cancel_job(self, key: Key) -> None:
        self._speech.cancel_job(self._own(key))

    def close(self) -> None:
        """One of the emulators has ended."""

    def _own(self, key: Key) -> Key:
        return (self._number * 1_000 + key[0], key[1])


async def perform(judge: Judge, command: list[str], folder: Path, engine: Engine) -> Performance:
    """The whole story, whatever comes of it. `folder` has the clips, and keeps the certificate."""
    performance = Performance()
    async with running_emulator(engine=engine, tls_folder=folder / "tls", speed=SPEED) as emulator:
        performance.seen = emulator.seen
        process = await asyncio.create_subprocess_exec(
            *command, "--backend", judge.backend, "--clips", str(folder), *judge.more,
            env=_environment(judge, emulator), stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(LIMIT_S):
                performance.complaint = await _listen(judge, process, emulator, performance.facts)
                performance.exit_code = await process.wait()
        except TimeoutError:
            performance.complaint = f"stopped after {LIMIT_S} s without an end, or without a new connection"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return performance


def _environment(judge: Judge, emulator: Emulator) -> dict[str, str]:
    """Only documented variables: where the service is, whom to trust, and the key."""
    url = emulator.tls_url if judge.tls else emulator.base_url.replace("ws://", "http://")
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    return kept | {
        "GOOGLE_API_KEY": KEY,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GOOGLE_VERTEX_BASE_URL": url,
        "SSL_CERT_FILE": str(emulator.certificate),
        "NODE_EXTRA_CA_CERTS": str(emulator.certificate),
        "NO_PROXY": "127.0.0.1,localhost",
    }


async def _listen(
    judge: Judge, process: asyncio.subprocess.Process, emulator: Emulator, facts: list[dict[str, Any]]
) -> str:
    """Collects facts to the end, and pulls the plug when the judge is ready. Returns its standard error."""
    if process.stdout is None or process.stderr is None or process.stdin is None:
        raise AssertionError("the judge was started without pipes")
    complaint = asyncio.create_task(process.stderr.read())
    async for line in process.stdout:
        facts.append(json.loads(line))
        pull = {"ready for goAway": lambda: emulator.go_away(GO_AWAY_S), "ready for the drop": emulator.drop}
        if facts[-1]["fact"] not in pull:
            continue
        heard_again = _heard_again(emulator)
        pull[facts[-1]["fact"]]()
        if judge.waits_to_be_told:
            await emulator.wait_for(heard_again, timeout_s=60)
            process.stdin.write(b"connected\n")
    return (await complaint).decode(errors="replace")


def _heard_again(emulator: Emulator) -> Callable[[], bool]:
    """Audio arrives on a connection that began after this."""
    before = len(emulator.seen)
    return lambda: any(seen.audio_bytes for seen in emulator.seen[before:])
