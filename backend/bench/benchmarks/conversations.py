"""Conversations with the local engine, many at once: from the true end of a sentence to the first sound of its answer.

The emulator runs in a separate process. Each talker plays recordings of people over a WebSocket in real time, 20 ms at
a time, listens to the answer and talks over its tail. What the talkers' own process was late is reported, too.
"""

import asyncio
import base64
import json
import os
import random
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from websockets.asyncio.client import ClientConnection, connect

from bench.benchmarks.latency import summary
from bench.clients.headless import TalkerError
from bench.clients.sentences import Clip, questions
from bench.results.environment import machine

BACKEND = Path(__file__).resolve().parents[2]
PATH = "/ws/google.cloud.aiplatform.v1beta1.LlmBidiService/BidiGenerateContent"
AUTH = {"Authorization": "Bearer any"}
FRAME_S, FRAME_BYTES = 0.02, 640
TIMEOUT_S, START_LIMIT_S = 15.0, 60.0
SENTENCES = 45
"""Over all talkers, unless --sentences says more."""
GOAL_MS = {1: (250.0, 600.0), 24: (None, 700.0)}
"""p50 and p95 by the number of talkers."""
_NOISE = np.random.default_rng(1).integers(-3, 4, 320 * 50).astype("<i2").tobytes()


@dataclass
class Turn:
    """One sentence and its answer. Times are seconds of the loop's clock, `None` what did not happen."""

    clip: Clip
    began: float
    words: str = ""
    interim_at: float | None = None
    end_noticed: float | None = None
    """The last `ACTIVITY_END`."""
    answers: list[float] = field(default_factory=list)
    """The first sound of each answer that was not interrupted."""
    cut_in: int = 0
    """Answers that began before the sentence was over, and ended because it went on."""

    @property
    def true_end(self) -> float:
        return self.began + self.clip.ends_ms / 1000

    @property
    def answered(self) -> float | None:
        return self.answers[0] if self.answers else None


def _frame(pcm: bytes) -> str:
    data = base64.b64encode(pcm.ljust(FRAME_BYTES, b"\0")).decode()
    return json.dumps({"realtimeInput": {"audio": {"data": data, "mimeType": "audio/pcm;rate=16000"}}})


class Frames:
    """Every clip as messages, made once: the talkers must not cost what is measured."""

    def __init__(self, clips: Sequence[Clip]) -> None:
        self.quiet = [_frame(_NOISE[at : at + FRAME_BYTES]) for at in range(0, len(_NOISE), FRAME_BYTES)]
        self.of = {
            clip.name: [_frame(clip.pcm[at : at + FRAME_BYTES]) for at in range(0, len(clip.pcm), FRAME_BYTES)]
            for clip in clips
        }


class EngineTalker:
    """One person at one connection."""

    def __init__(self, socket: ClientConnection, frames: Frames, loop: asyncio.AbstractEventLoop) -> None:
        self._socket, self._frames = socket, frames
        self._loop = loop
        self._saying: list[str] = []
        self._frame_at = 0.0
        self._speaking_model = False
        self._changed = asyncio.Event()
        self.turn: Turn | None = None
        self.lateness_ms: list[float] = []

    async def set_up(self, silence_ms: int | None) -> None:
        detection = {"silenceDurationMs": silence_ms} if silence_ms else {}
        setup = {
            "model": "projects/p/locations/us-central1/publishers/google/models/gemini-3.8-live",
            "inputAudioTranscription": {}, "outputAudioTranscription": {}, "explicitVadSignal": True,
            "realtimeInputConfig": {"automaticActivityDetection": detection},
        }  # fmt: skip
        await self._socket.send(json.dumps({"setup": setup}))
        if "setupComplete" not in json.loads(await self._socket.recv()):
            raise TalkerError("The emulator did not accept the setup.")

    async def ask(self, clip: Clip) -> Turn:
        """Speak the sentence and wait for the first audio of the answer to all of it, or for the timeout."""
        # The frame of this moment is taken already: the voice begins with the next one.
        turn = self.turn = Turn(clip, self._frame_at + FRAME_S)
        self._saying = list(self._frames.of[clip.name])
        try:
            async with asyncio.timeout(clip.ends_ms / 1000 + TIMEOUT_S):
                while turn.answered is None or self._loop.time() < turn.true_end:
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            pass
        return turn

    async def speak(self) -> None:
        """The microphone, until cancelled."""
        began = self._loop.time()
        for number in range(10**9):
            self._frame_at = began + number * FRAME_S
            message = self._saying.pop(0) if self._saying else self._frames.quiet[number % len(self._frames.quiet)]
            # A microphone hands a frame over when its last sample was taken.
            due = self._frame_at + FRAME_S
            await asyncio.sleep(due - self._loop.time())
            self.lateness_ms.append((self._loop.time() - due) * 1000)
            await self._socket.send(message)

    async def listen(self) -> None:
        async for data in self._socket:
            self.hear(json.loads(data), self._loop.time())

    def hear(self, message: dict[str, Any], now: float) -> None:
        content, turn = message.get("serverContent", {}), self.turn
        if "interrupted" in content or "turnComplete" in content:
            self._speaking_model = False
        if turn is None:
            return
        if "interrupted" in content and turn.answers:
            turn.cut_in += 1
            turn.answers.clear()
        if "interimInputTranscription" in content and turn.interim_at is None:
            turn.interim_at = now
        if "inputTranscription" in content:
            turn.words += content["inputTranscription"]["text"]
        if message.get("voiceActivity", {}).get("type") == "ACTIVITY_END":
            turn.end_noticed = now
        if "modelTurn" in content:
            # The rest of the last answer does not count until the new sentence has ended it.
            if not self._speaking_model:
                turn.answers.append(now)
            self._speaking_model = True
            self._changed.set()


@asynccontextmanager
async def emulator() -> AsyncIterator[tuple[str, int]]:
    """Address and process id, when it is ready to talk."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "gemini_emulator", "start", "--port", "0", "--announce", "--exit-on-stdin-eof"),
        cwd=BACKEND,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        address = ""
        async with asyncio.timeout(START_LIMIT_S):
            while line := await process.stdout.readline():
                match json.loads(line):
                    case {"event": "listening", "host": host, "port": port}:
                        address = f"ws://{host}:{port}{PATH}"
                    case {"event": "engine", "state": "ready"}:
                        break
                    case {"event": "engine", "state": "missing", "message": why}:
                        raise TalkerError(why)
        if not address:
            raise TalkerError("The emulator did not start.")
        yield address, process.pid
    finally:
        process.stdin.close()
        await process.wait()


async def _converse(
    talker: EngineTalker, clips: Sequence[Clip], options: Namespace, done: list[Turn], phase: float
) -> None:
    dice = random.Random(phase)
    await asyncio.sleep(phase * 4.0)
    for clip in clips:
        turn = await talker.ask(clip)
        done.append(turn)
        print(f"\r{len(done)} sentences answered ", end="", file=sys.stderr, flush=True)
        rest_s = turn.true_end + clip_rest_s(clip) - asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, rest_s) + options.listen * dice.uniform(0.7, 1.3))


def clip_rest_s(clip: Clip) -> float:
    """Silence at the end of the recording."""
    return len(clip.pcm) / 32_000 - clip.ends_ms / 1000


async def measure(options: Namespace) -> dict[str, Any]:
    clips = questions()
    random.Random(options.seed).shuffle(clips)
    per_talker = max(2, -(-options.sentences // options.n))
    frames, load_before = Frames(clips), os.getloadavg()[0]
    turns: list[Turn] = []
    async with emulator() as (url, pid), AsyncExitStack() as stack:
        talkers = []
        for _ in range(options.n):
            socket = await stack.enter_async_context(
                connect(url, compression=None, max_size=None, additional_headers=AUTH)
            )
            talkers.append(EngineTalker(socket, frames, asyncio.get_running_loop()))
            await talkers[-1].set_up(options.silence_ms)
        background = [asyncio.create_task(task) for talker in talkers for task in (talker.listen(), talker.speak())]
        process = psutil.Process(pid)
        before, began = process.cpu_times(), time.monotonic()
        async with asyncio.TaskGroup() as group:
            for index, talker in enumerate(talkers):
                mine = [clips[(index * per_talker + number) % len(clips)] for number in range(per_talker)]
                group.create_task(_converse(talker, mine, options, turns, index / options.n))
        after, took = process.cpu_times(), time.monotonic() - began
        memory_mb = process.memory_info().rss / 2**20
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
    print(file=sys.stderr)
    cores = (after.user + after.system - before.user - before.system) / took
    late = sorted(ms for talker in talkers for ms in talker.lateness_ms)
    return {
        "machine": machine(),
        "load_average": [round(load_before, 2), round(os.getloadavg()[0], 2)],
        "talkers": options.n,
        "silence_ms": options.silence_ms,
        "cores": round(cores, 2),
        "memory_mb": round(memory_mb),
        "talkers_late_p99_ms": round(late[len(late) * 99 // 100], 1),
        **figures(turns),
        "slowest": [_told(turn) for turn in sorted(turns, key=_latency_ms)[-8:]],
    }


def _latency_ms(turn: Turn) -> float:
    return float("inf") if turn.answered is None else (turn.answered - turn.true_end) * 1000


def _told(turn: Turn) -> dict[str, Any]:
    noticed = None if turn.end_noticed is None else round((turn.end_noticed - turn.true_end) * 1000)
    ms = None if turn.answered is None else round(_latency_ms(turn))
    return {"ms": ms, "end_noticed_ms": noticed, "said": turn.clip.text, "heard": turn.words.strip()}


def figures(turns: Sequence[Turn]) -> dict[str, Any]:
    """Milliseconds, over the sentences that were answered."""
    good = [turn for turn in turns if turn.answered is not None]
    if not good:
        raise TalkerError("Nothing was answered.")
    noticed = [(turn.end_noticed - turn.true_end) * 1000 for turn in good if turn.end_noticed is not None]
    interim = [
        (turn.interim_at - turn.began) * 1000 - turn.clip.begins_ms for turn in good if turn.interim_at is not None
    ]
    return {
        "sentences": len(turns),
        "unanswered": len(turns) - len(good),
        "answered_before_the_end_and_joined": sum(turn.cut_in > 0 for turn in good),
        "first_audio_ms": summary([_latency_ms(turn) for turn in good]),
        "end_noticed_ms": summary(noticed),
        "first_interim_ms": summary(interim) if interim else None,
        "with_interim": len(interim),
    }


def as_text(report: dict[str, Any]) -> str:
    """Format the report as Markdown."""
    host = report["machine"]
    rows = {
        "end of speech to first audio": report["first_audio_ms"],
        "of that: until the end was noticed": report["end_noticed_ms"],
        "beginning of speech to first interim transcript": report["first_interim_ms"],
    }
    return "\n".join(
        [
            f"# {report['talkers']} conversations with the local engine at once",
            "",
            f"{host['cpu']}, {host['cores']} cores, {host['system']}, Python {host['python']}, "
            f"S2S {host['s2s']} at {host['commit']}; load average {report['load_average'][0]} before, "
            f"{report['load_average'][1]} after",
            "",
            "| milliseconds | p50 | p95 | lowest | highest |",
            "|---|---|---|---|---|",
            *(
                f"| {name} | {v['p50']:.0f} | {v['p95']:.0f} | {v['min']:.0f} | {v['max']:.0f} |"
                for name, v in rows.items()
                if v
            ),
            "",
            f"{report['sentences']} sentences, {report['unanswered']} without an answer, "
            f"{report['answered_before_the_end_and_joined']} answered before their end and then as a whole, "
            f"{report['with_interim']} with interim transcripts.",
            f"Emulator: {report['cores']} cores, {report['memory_mb']} MB. The talkers themselves were late by "
            f"{report['talkers_late_p99_ms']} ms at the 99th percentile.",
            *(f"Goal missed: {name}" for name in missed(report)),
        ]
    )


def missed(report: dict[str, Any]) -> list[str]:
    """The goals for this number of talkers that were not reached."""
    p50, p95 = GOAL_MS.get(report["talkers"], (None, None))
    found = report["first_audio_ms"]
    wanted = {"p50": p50, "p95": p95}
    return [f"{name} {found[name]} ms, wanted {ms} ms" for name, ms in wanted.items() if ms and found[name] > ms]


def arguments(parser: ArgumentParser) -> None:
    """Add the options of `python -m bench conversations`."""
    parser.add_argument("--n", type=int, default=1, help="conversations at once (default 1)")
    parser.add_argument("--sentences", type=int, help=f"sentences over all of them (default {SENTENCES}, or 8 each)")
    parser.add_argument("--listen", type=float, help="seconds to listen before the next sentence (default 1, or 3)")
    parser.add_argument("--silence-ms", type=int, help="silenceDurationMs to ask for (default: adaptive)")
    parser.add_argument("--seed", type=int, default=1, help="which sentence comes when (default 1)")
    parser.add_argument("--json", type=Path, help="write the report here as well")


def main(options: Namespace) -> int:
    """Print the report; returns the exit code: 1 when it cannot be measured, 2 when a goal is missed."""
    options.sentences = options.sentences or max(SENTENCES, 8 * options.n if options.n > 1 else 0)
    options.listen = options.listen or (1.0 if options.n == 1 else 3.0)
    try:
        report = asyncio.run(measure(options))
    except (TalkerError, TimeoutError) as fault:
        print(str(fault) or "The emulator did not get ready in time.", file=sys.stderr)
        return 1
    print(as_text(report))
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 2 if missed(report) else 0
