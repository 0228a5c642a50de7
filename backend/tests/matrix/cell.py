"""One cell of the fault matrix: a call is brought into a phase, a fault happens, and what the person notices is taken
down. Real gateway, real emulator, real sockets, real time.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import httpx
import uvicorn

from bench.clients.headless import TalkerError
from bench.clients.transports import TransportKind
from gemini_emulator.testing import Emulator, running_emulator
from main import create_app
from s2s import wire
from s2s.gateway import Gateway
from s2s.settings import Settings
from tests.calls.serving import ListeningServer
from tests.matrix.faults import Fault, Phase
from tests.matrix.person import Person
from tests.matrix.signs import ANSWERS, QUESTIONS, TOOL, TOOL_QUESTION, SignEngine, SignMind
from tools import ToolRegistry

LIMIT_S = 40.0
QUIET_S = 9.0
NOTICED_S = 0.5
"""A silence that is shorter than this is not noticed."""
SHOWN_S = 0.3
""" "Reconnecting" that stands for less than this is not read."""
WARM_UP, ASKED, AFTERWARDS = 0, 1, 2
ENVIRONMENT = {
    # A twelfth of the usual patience, so that the matrix takes no hour.
    "S2S_REPLY_LIMIT_S": "1.5",
    "S2S_SILENCE_DURATION_MS": "200",
    "S2S_RECORDER": "false",
    "S2S_CREATES_PER_MINUTE": "0",
}
PACE = {"speed": 1.5, "chunk_ms": 100, "first_delay_s": 0.4, "adaptive_end_of_turn": False}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one cell."""

    noticed: str
    """`nothing`, `pause`, what was shown (codes of messages and `reconnecting`), or `asked again`: no answer came and
    nothing was said, so the person asked once more."""
    lost: int
    """Words that should have been heard, at either end, and were not."""
    twice: int
    """Words that were heard more than once."""
    pause_ms: int
    """Silence beyond that of the same phase without a fault."""
    back_ms: int
    """From the fault until the model could be talked to again; 0: it always could, or not again."""
    goes_on: bool
    """A question afterwards was answered. Else a message said why not."""


@dataclass(slots=True)
class Call:
    """A running call and everything around it."""

    emulator: Emulator
    gateway: Gateway
    person: Person
    mind: SignMind
    release: asyncio.Event
    """Lets the function answer."""
    ran: list[str]
    """Runs of the function."""


class QuietServer(ListeningServer):
    """Many of them run at once: none may take the process's signals."""

    @contextmanager
    def capture_signals(self):
        yield


@asynccontextmanager
async def _serving(folder: Path, emulator_url: str, registry: ToolRegistry) -> AsyncIterator[tuple[str, Gateway]]:
    environ = {
        "S2S_LOG_DIR": str(folder),
        "S2S_CLIENT_DIR": str(folder / "no-client"),
        "S2S_EMULATOR_URL": emulator_url,
        "SERVICE_ACCOUNT_KEY_PATH": str(folder / "none.json"),
        **ENVIRONMENT,
    }
    app = create_app(Settings.from_env(environ), registry)
    server = QuietServer(uvicorn.Config(app, port=0, log_config=None, log_level="critical", ws_ping_interval=None))
    running = asyncio.create_task(server.serve())
    await server.listening.wait()
    try:
        yield f"http://{server.address}", app.state.gateway
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def calling(folder: Path, fault: Fault) -> AsyncIterator[Call]:
    """A call that is through. At its end nothing of it may be left."""
    mind, release, ran = SignMind(), asyncio.Event(), []

    async def look_up(word: str) -> dict:
        ran.append(word)
        await release.wait()
        return {"found": word, "summary": "Found it."}

    registry = ToolRegistry()
    parameters = {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}
    registry.register(TOOL, look_up, {"name": TOOL, "description": "Looks a word up.", "parameters": parameters})
    async with (
        running_emulator(SignEngine(), mind=mind, **PACE) as emulator,
        _serving(folder, emulator.base_url, registry) as (url, gateway),
        httpx.AsyncClient(base_url=url, timeout=30, verify=False) as http,
    ):
        person = Person(http, TransportKind.PLAIN if fault.carrier == "webrtc" else TransportKind.SOCKET)
        try:
            await person.open()
            await person.wait_until(lambda: bool(_live(person, 0.0)), "upstream")
            yield Call(emulator, gateway, person, mind, release, ran)
        finally:
            await person.close()
        assert gateway.upstream.open_sockets == 0, "a socket to the model was left open"
        if not fault.leaves_socket:
            await emulator.wait_for(lambda: emulator.open_sessions == 0, 30)


async def play(folder: Path, fault: Fault, phase: Phase, baseline_s: float = 0.0) -> tuple[Outcome, float]:
    """Raises AssertionError where the call did not survive. Also answers the seconds to the first voice, or 0."""
    loop = asyncio.get_running_loop()
    async with calling(folder, fault) as call:
        person = call.person
        person.ask(WARM_UP)
        await _heard_out(call, WARM_UP)
        asked = TOOL_QUESTION if phase is Phase.TOOL else ASKED
        asked_at = await _reach(call, phase)
        fault_at = loop.time()
        await fault.play(call)
        if phase is Phase.TOOL:
            loop.call_later(0.3, call.release.set)
        else:
            call.release.set()
        questions = [AFTERWARDS] if phase is Phase.LISTENING else [asked, AFTERWARDS]
        waits: list[float] = []
        asked_again = False
        for number in questions:
            if number is AFTERWARDS:
                asked_at = person.ask(AFTERWARDS)
            waits.append(asked_at)
            await _heard_out(call, number)
            if _refused(person) is not None:
                break
            if not set(ANSWERS[number]) & set(person.heard()):
                asked_again = True
                person.ask(number)
                await _heard_out(call, number)
        refused = _refused(person)
        goes_on = person.has_come(AFTERWARDS)
        first = next((begin - waits[0] for begin, _, _ in person.sounds(questions[0])), 0.0)
        pause_s = _pause_s(person, questions[0], phase, first - baseline_s)
        expected = questions if goes_on or refused is None else []
        outcome = Outcome(
            noticed="asked again" if asked_again else _noticed(person, fault_at, pause_s),
            lost=_lost(call, expected),
            twice=sum(count - 1 for word, count in Counter(person.heard()).items() if count > 1),
            pause_ms=round(pause_s * 1000) if expected else 0,
            back_ms=_back_ms(person, fault_at),
            goes_on=goes_on,
        )
        assert goes_on or refused is not None, f"nobody answers any more, and nobody says why: {person.messages[-8:]}"
        _every_call_is_answered_once(call, fault, runs=2 if asked_again else 1)
    return outcome, first


async def _reach(call: Call, phase: Phase) -> float:
    """Answers when the question that is open then was asked to its end."""
    person, seen = call.person, call.emulator.seen[-1]
    if phase is Phase.LISTENING:
        return 0.0
    told, frames, audio = len(person.messages), len(person.arrivals), seen.audio_bytes
    asked_at = person.ask(TOOL_QUESTION if phase is Phase.TOOL else ASKED)
    generated = seen.sent_kinds["generationComplete"]

    def showed(name: str) -> bool:
        return any(isinstance(one, wire.State) and one.phase == name for one in person.messages[told:])

    match phase:
        case Phase.HEARING:
            await call.emulator.wait_for(lambda: seen.audio_bytes >= audio + 32_000 * 0.4, 30)
        case Phase.THINKING:
            await person.wait_until(lambda: showed("thinking"), "thought")
        case Phase.TOOL:
            await person.wait_until(lambda: showed("tool") and bool(call.ran), "call")
        case Phase.SPEAKING:
            await person.wait_until(lambda: len(person.arrivals) - frames >= 45, "voice")
        case Phase.DRAINING:
            await call.emulator.wait_for(lambda: seen.sent_kinds["generationComplete"] > generated, 30)
    return asked_at


async def _heard_out(call: Call, number: int) -> None:
    """Until a whole answer was heard, or it is clear that it will not be."""
    person, loop = call.person, asyncio.get_running_loop()
    give_up = loop.time() + LIMIT_S
    while loop.time() < give_up:
        news = len(person.messages) + len(person.arrivals)
        with suppress(TalkerError):
            await person.wait_until(lambda: person.has_come(number) or _refused(person) is not None, "answer", QUIET_S)
        if _refused(person) is not None:
            return
        if person.has_come(number):
            with suppress(TalkerError):
                await person.wait_until(lambda: person.phase == "listening", "end", QUIET_S)
            return
        if person.phase == "listening" and len(person.messages) + len(person.arrivals) == news:
            return


def _live(person: Person, since: float) -> list[float]:
    return [at for at, told in person.since(since, wire.Upstream) if told.status == "live"]


def _refused(person: Person) -> wire.Upstream | None:
    return next((one for one in person.messages if isinstance(one, wire.Upstream) and one.status == "refused"), None)


def _back_ms(person: Person, since: float) -> int:
    live = _live(person, since)
    return round((live[-1] - since) * 1000) if live else 0


def _pause_s(person: Person, number: int, phase: Phase, later_s: float) -> float:
    if phase not in (Phase.SPEAKING, Phase.DRAINING):
        return max(0.0, later_s)
    spans = person.sounds(number)
    between = [max(0.0, after[0] - before[1]) for before, after in pairwise(spans)]
    return sum(between) + sum(inside for _, _, inside in spans)


def _noticed(person: Person, since: float, pause_s: float) -> str:
    codes = {told.code for _, told in person.since(since, wire.Notice)}
    states = person.since(since, wire.State)
    ends = [*(at for at, _ in states[1:]), asyncio.get_running_loop().time()]
    shown = [end - at for (at, told), end in zip(states, ends, strict=False) if told.phase == "reconnecting"]
    if _refused(person) is None and any(length >= SHOWN_S for length in shown):
        codes.add("reconnecting")
    return ", ".join(sorted(codes)) or ("pause" if pause_s >= NOTICED_S else "nothing")


def _lost(call: Call, questions: list[int]) -> int:
    heard = set(call.person.heard())
    understood = {word for text in call.mind.heard for word in text.replace(".", " ").split()}
    lost = 0
    for number in questions:
        lost += len(set(ANSWERS[number]) - heard)
        lost += len(set(QUESTIONS[number]) - understood)
    return lost


def _every_call_is_answered_once(call: Call, fault: Fault, runs: int) -> None:
    for seen in call.emulator.seen:
        asked = [one["id"] for message in seen.sent for one in message.get("toolCall", {}).get("functionCalls", [])]
        responses = [message["toolResponse"] for message in seen.received if "toolResponse" in message]
        answered = Counter(one["id"] for response in responses for one in response["functionResponses"])
        assert all(answered[one] <= 1 for one in asked), f"answered twice: {answered}"
        assert set(answered) <= set(asked), f"answered what nobody asked here: {answered}"
        # Where the call was made on a connection that lives, it must have been answered.
        reached = seen.open and not (fault.leaves_socket and seen is call.emulator.seen[0])
        assert not reached or _cancelled(seen.sent) or set(answered) == set(asked), f"never answered: {asked}"
    assert len(call.ran) <= runs, f"the function ran {len(call.ran)} times"


def _cancelled(sent: list[dict]) -> bool:
    return any("toolCallCancellation" in message for message in sent)
