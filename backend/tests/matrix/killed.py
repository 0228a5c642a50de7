"""The row of the gateway itself: it is killed without a word while six people talk, one in each phase, and started
again. Each page sees its line end, comes back, and tells the new gateway what was said.
"""

import asyncio
from collections import Counter
from pathlib import Path

import httpx

from bench.clients.transports import WebSocketTransport
from gemini_emulator.testing import running_emulator
from s2s import wire
from tests.calls.test_killed import gateway_process
from tests.matrix.cell import AFTERWARDS, ASKED, PACE, WARM_UP, Outcome
from tests.matrix.faults import Phase
from tests.matrix.person import Person
from tests.matrix.run import Result
from tests.matrix.signs import ANSWERS, SignEngine, SignMind
from tests.processes import free_port

KEY = "gateway: killed and started again"
NOTICED_WITHIN_S = 30.0
"""Sooner than a ping that stays unanswered would tell (40 s)."""
SHOWS = {Phase.THINKING: "thinking", Phase.SPEAKING: "speaking", Phase.DRAINING: "speaking"}
"""Where a phase has a face. A function of this gateway would die with it: the built-in ones are not slow enough."""
PHASES = (Phase.LISTENING, Phase.HEARING, *SHOWS)


async def play_killed(folder: Path) -> list[Result]:
    """Raises AssertionError, TimeoutError or TalkerError where a page did not notice or come back."""
    port = free_port()
    async with (
        running_emulator(SignEngine(), mind=SignMind(), **PACE) as emulator,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30, verify=False) as http,
    ):
        async with gateway_process(port, emulator.base_url, folder) as gateway:
            people = {phase: await _talking(http) for phase in PHASES}
            await asyncio.gather(*(_reach(person, phase) for phase, person in people.items()))
            killed_at = asyncio.get_running_loop().time()
            gateway.kill()
            noticed = await asyncio.gather(*(_notices(person) for person in people.values()))
        await emulator.wait_for(lambda: emulator.open_sessions == 0, 30)
        async with gateway_process(port, emulator.base_url, folder):
            results = []
            for (phase, person), at in zip(people.items(), noticed, strict=True):
                assert at - killed_at < NOTICED_WITHIN_S, f"noticed after {at - killed_at:.1f} s"
                outcome = await _goes_on(person, round((at - killed_at) * 1000))
                results.append(Result(KEY, phase, outcome, ""))
                await person.close()
        return results


async def _talking(http: httpx.AsyncClient) -> Person:
    person = Person(http)
    await person.open()
    person.ask(WARM_UP)
    await person.wait_until(lambda: person.has_come(WARM_UP) and person.phase == "listening", "first answer")
    return person


async def _reach(person: Person, phase: Phase) -> None:
    told, sent, frames = len(person.messages), person.mic_frames, len(person.arrivals)
    if phase is Phase.LISTENING:
        return
    person.ask(ASKED)
    if phase is Phase.HEARING:
        # The microphone tells nobody of its frames; a second thing that is told every 20 ms does not exist here.
        while person.mic_frames < sent + 20:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    elif phase is Phase.THINKING:
        await person.wait_until(
            lambda: any(isinstance(one, wire.State) and one.phase == "thinking" for one in person.messages[told:]),
            "thought",
        )
    else:
        least = 45 if phase is Phase.SPEAKING else 70
        await person.wait_until(lambda: len(person.arrivals) - frames >= least, "voice")


async def _notices(person: Person) -> float:
    """When the line ended: what the page shows then is its own message."""
    line = person._transport
    assert isinstance(line, WebSocketTransport)
    async with asyncio.timeout(NOTICED_WITHIN_S):
        await line._socket.wait_closed()
    at = asyncio.get_running_loop().time()
    await person.lose_carrier()
    return at


async def _goes_on(person: Person, noticed_ms: int) -> Outcome:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await person.begin_anew(_record(person))
    await person.wait_until(
        lambda: any(one.status == "live" for _, one in person.since(began, wire.Upstream)), "upstream"
    )
    back_ms = round((loop.time() - began) * 1000)
    person.ask(AFTERWARDS)
    await person.wait_until(lambda: person.has_come(AFTERWARDS) and person.phase == "listening", "answer afterwards")
    heard = person.heard()
    return Outcome(
        noticed="page: the line is lost",
        lost=len(set(ANSWERS[AFTERWARDS]) - set(heard)),
        twice=sum(count - 1 for count in Counter(heard).values()),
        pause_ms=noticed_ms,
        back_ms=back_ms,
        goes_on=True,
    )


def _record(person: Person) -> list[dict[str, str]]:
    """What the page has on its screen, as it tells it to a new gateway."""
    said = {told.id: told.text for told in person.messages if isinstance(told, wire.UserTranscript)}
    answers: dict[int, str] = {}
    for told in person.messages:
        if isinstance(told, wire.ModelTranscript):
            answers[told.turn] = answers.get(told.turn, "") + told.text
    turns = [{"role": "user", "text": text} for text in said.values()]
    turns += [{"role": "model", "text": text} for text in answers.values()]
    return turns
