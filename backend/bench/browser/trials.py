"""What is tried in the page, many times: an answer and the button, an interruption by voice, the path, a beginning."""

import asyncio
import base64
import io
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.analysis.audio_analysis import lag
from bench.browser.cdp import BrowserError, Page
from bench.browser.click_echo import IN_RATE, click
from bench.browser.take import Paused, PingClock, Rejected, Story, Take, Waited, is_sounding, silence_after
from bench.clients.sentences import Clip
from s2s import wire

ANSWER_LIMIT_MS = 10_000
OPEN_LIMIT_MS = 20_000
HEARD_ENOUGH_MS = 300
PAUSE_MS = 500
# A session's own limits are far away; a fresh page now and then shows that no figure grows with its age.
TURNS_PER_CALL = 25
LONG_ANSWER = "Tell me a story."
# Trials for each one that is wanted; a machine on which more of them fail measures itself.
MOST_TRIALS = 2

Progress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Figures:
    """What a run found. Milliseconds."""

    waited: list[Waited] = field(default_factory=list)
    button_ms: list[float] = field(default_factory=list)
    duck_ms: list[float] = field(default_factory=list)
    barge_in_ms: list[float] = field(default_factory=list)
    path_ms: list[float] = field(default_factory=list)
    open_ms: list[float] = field(default_factory=list)
    """Session creation asked for, audio channel open."""
    greeting_ms: list[float] = field(default_factory=list)
    """Click on Start, first sound of the answer to a "Hello" that is typed as soon as that is possible."""
    output_ms: list[float] = field(default_factory=list)
    """What the browser adds for its sound device; not in any other figure."""
    round_trip_ms: list[float] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)
    """Trials in which the instruments failed, by reason."""
    early: int = 0
    """Answers that began in a pause of the person."""
    unanswered: int = 0
    not_ducked: int = 0
    not_silenced: int = 0
    paused_at_press: int = 0
    paused_at_voice: int = 0
    """The answer paused just when it was made quieter: there was nothing to be heard."""

    def reject(self, kind: str, why: object) -> None:
        name = f"{kind}: {str(why).split(' (')[0].split(' at ')[0]}"
        self.rejected[name] = self.rejected.get(name, 0) + 1


def wav(pcm: bytes) -> str:
    """PCM16LE mono 16 kHz as a WAV file in base64."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(wire.INPUT_RATE)
        out.writeframes(pcm)
    return base64.b64encode(file.getvalue()).decode()


class Visitor:
    """A person at the page. Raises BrowserError where the page does not do what a page does."""

    def __init__(self, page: Page, url: str, figures: Figures) -> None:
        self.page, self.figures = page, figures
        self.clock = PingClock()
        self._url = url
        self._loaded: set[str] = set()

    async def enter(self) -> float:
        """Loads the page and presses Start; answers the time of the press when the call is up."""
        self.clock, self._loaded = PingClock(), set()
        await self.page.go(f"{self._url}/app/")
        pressed = await self.page.do("pressWhenOpen", "Start Conversation", OPEN_LIMIT_MS)
        if pressed is None:
            raise BrowserError("The page has no button Start Conversation: is the client built? (npm run build)")
        return float(pressed)

    async def settle(self) -> None:
        """The call is up and nothing is noted of its beginning. Raises BrowserError."""
        told = await self.page.do("told", "ready", OPEN_LIMIT_MS)
        if not (told and await self.page.do("earIsOpen", OPEN_LIMIT_MS)):
            text = await self.page.run("document.body.innerText")
            raise BrowserError(f"The call did not begin. The page says:\n{text}")
        await self.page.do("rest", PAUSE_MS)
        self.clock.learn(await self.take())
        await self.page.do("forget")

    async def leave(self) -> None:
        await self.page.do("press", "End Session")

    async def say(self, clip: Clip) -> int:
        """Answers the frame of the mouth at which the clip begins, which is a moment from now."""
        if clip.name not in self._loaded:
            await self.page.do("load", clip.name, wav(clip.pcm))
            self._loaded.add(clip.name)
        return int(await self.page.do("say", clip.name, 60))

    async def take(self) -> Take:
        noted: dict[str, Any] = await self.page.do("take")
        return Take(noted)

    async def answer(self, clip: Clip) -> None:
        """Says a sentence, hears the beginning of its answer, presses Interrupt."""
        page, figures = self.page, self.figures
        await page.do("forget")
        frame = await self.say(clip)
        began = await page.run("Date.now()")
        answered = await page.do("sounds", began, clip.ends_ms + ANSWER_LIMIT_MS)
        await page.do("saidUntil", frame + len(clip.pcm) // 2 * 3, OPEN_LIMIT_MS)
        await page.do("rest", HEARD_ENOUGH_MS)
        pressed = await page.do("press", "Interrupt AI")
        await page.do("quietFor", 300, ANSWER_LIMIT_MS)
        await page.do("rest", PAUSE_MS)
        take = await self.take()
        self.clock.learn(take)
        try:
            if not answered:
                take.need_whole_microphone(clip)
                figures.unanswered += 1
                return
            take.need_whole_ear(take.mouth.spoken_ms(frame))
            self._judge_answer(Story(take, clip, frame, self.clock))
            self._judge_button(take, pressed)
        except Rejected as why:
            figures.reject("answer", why)

    def _judge_answer(self, story: Story) -> None:
        figures, waited = self.figures, story.waited()
        if waited is None:
            figures.early += 1
        else:
            figures.waited.append(waited)
            figures.round_trip_ms.append(self.clock.round_trip_ms)

    def _judge_button(self, take: Take, pressed: float | None) -> None:
        if pressed is None or not is_sounding(take, pressed):
            self.figures.paused_at_press += 1
            return
        silent = silence_after(take, pressed, since_ms=pressed)
        if silent is None:
            self.figures.not_silenced += 1
        else:
            self.figures.button_ms.append(max(0.0, silent))
            self.figures.output_ms.append(take.output_ms)

    async def barge_in(self, clip: Clip) -> None:
        """Asks for a long answer, talks over it."""
        page, figures = self.page, self.figures
        await page.do("forget")
        asked = await page.do("type", LONG_ANSWER, OPEN_LIMIT_MS)
        if asked is None or not await page.do("sounds", asked, ANSWER_LIMIT_MS):
            figures.unanswered += 1
            return
        await page.do("rest", 1_200)
        frame = await self.say(clip)
        flushed = await page.do("told", "flush", clip.ends_ms + 4_000)
        await page.do("saidUntil", frame + len(clip.pcm) // 2 * 3, OPEN_LIMIT_MS)
        await page.do("rest", 250)
        take = await self.take()
        self.clock.learn(take)
        try:
            take.need_whole_ear(take.mouth.spoken_ms(frame) - 600)
            take.need_whole_microphone(clip)
            self._judge_barge_in(Story(take, clip, frame, self.clock), take, bool(flushed))
        except Rejected as why:
            figures.reject("interruption", why)
        # What was said over it is answered, too.
        await page.do("sounds", await page.run("Date.now()"), 3_000)
        await page.do("press", "Interrupt AI")
        await page.do("quietFor", 300, ANSWER_LIMIT_MS)
        await page.do("rest", PAUSE_MS)

    def _judge_barge_in(self, story: Story, take: Take, flushed: bool) -> None:
        figures = self.figures
        silenced = story.silenced_ms() if flushed else None
        try:
            ducked = story.ducked_ms(take.came[0].turn) if take.came else None
            if ducked is not None:
                figures.duck_ms.append(ducked)
            else:
                figures.not_ducked += 1
        except Paused:
            figures.paused_at_voice += 1
        if silenced is None:
            figures.not_silenced += 1
        else:
            figures.barge_in_ms.append(silenced)

    async def path(self, number: int) -> None:
        """A click into the microphone, and the one that comes back from the mirror."""
        page = self.page
        await page.do("forget")
        pulse = Clip("click", "", click(IN_RATE), 0, 60)
        # Frames, quanta and buffers have phases; a step that shares none with them visits all.
        await page.do("rest", 7.3 * (number % 13))
        frame = await self.say(pulse)
        began = await page.run("Date.now()")
        heard = await page.do("sounds", began, 2_000)
        await page.do("quietFor", 150, 2_000)
        try:
            take = await self.take()
            _, alike = lag(np.frombuffer(pulse.pcm, "<i2"), take.microphone.pcm)
            if alike < 0.9 or not heard:
                raise Rejected(f"the click was not {'heard back' if alike >= 0.9 else 'whole in the microphone'}")
            take.need_whole_ear(take.mouth.spoken_ms(frame))
            story = Story(take, pulse, frame, self.clock)
            sounded = story.sounded()
            assert sounded is not None
            self.figures.path_ms.append(sounded - story.mouth_ms(0))
        except Rejected as why:
            self.figures.reject("path", why)

    async def beginning(self) -> None:
        """Click on Start, the channels, a typed "Hello", the first sound."""
        pressed = await self.enter()
        asked = await self.page.do("type", "Hello", OPEN_LIMIT_MS)
        if asked is None or not await self.page.do("sounds", pressed, ANSWER_LIMIT_MS):
            self.figures.unanswered += 1
            return
        noted = await self.page.do("take")
        await self.leave()
        try:
            take = Take(noted)
            take.need_whole_ear(take.came[0].at_ms)
        except Rejected as why:
            self.figures.reject("beginning", why)
            return
        created = next(one[0] for one in noted["log"]["rest"] if "/api/session/create" in one[1])
        opened = next(at for at, label in noted["log"]["opened"] if label == "audio")
        heard = take.ear.first_beyond()
        assert heard is not None
        self.figures.open_ms.append(opened - created)
        self.figures.greeting_ms.append(take.ear_time.sounded_ms(heard) - pressed)


async def until_counted(
    label: str, wanted: int, counted: Callable[[], int], trial: Callable[[int], Awaitable[None]], progress: Progress
) -> None:
    """Holds trials until so many of them count, or twice as many were held."""
    for number in range(MOST_TRIALS * wanted):
        if counted() >= wanted:
            return
        await trial(number)
        progress(label, min(counted(), wanted), wanted)


async def calls(visitor: Visitor, clips: list[Clip], trial: Callable[[int], Awaitable[None]], number: int) -> None:
    """The trial, in a new page every so often. The very first answer warms the engine up and does not count."""
    if number % TURNS_PER_CALL == 0:
        if number:
            await visitor.leave()
        await visitor.enter()
        await visitor.settle()
    if not number:
        counted, visitor.figures = visitor.figures, Figures()
        await visitor.answer(clips[-1])
        visitor.figures = counted
    await trial(number)


async def conversations(visitor: Visitor, clips: list[Clip], turns: int, progress: Progress) -> None:
    """Answers until `turns` of them count."""

    async def trial(number: int) -> None:
        await calls(visitor, clips, lambda at: visitor.answer(clips[at * 37 % len(clips)]), number)

    figures = visitor.figures
    await until_counted("answers and the interrupt button", turns, lambda: len(figures.waited), trial, progress)
    await visitor.leave()


async def interruptions(visitor: Visitor, clips: list[Clip], times: int, progress: Progress) -> None:
    """Openings until so many were judged for "quieter" and for "silent"."""

    async def trial(number: int) -> None:
        await calls(visitor, clips, lambda at: visitor.barge_in(clips[at * 41 % len(clips)]), number)

    figures = visitor.figures

    def counted() -> int:
        return min(len(figures.duck_ms), len(figures.barge_in_ms))

    await until_counted("interruptions by voice", times, counted, trial, progress)
    await visitor.leave()


async def paths(visitor: Visitor, times: int, progress: Progress) -> None:
    await visitor.enter()
    await visitor.settle()
    await until_counted("the path alone", times, lambda: len(visitor.figures.path_ms), visitor.path, progress)
    await visitor.leave()


async def beginnings(visitor: Visitor, times: int, progress: Progress) -> None:
    """The first one pays for what a gateway and an engine load once, and does not count."""
    figures, visitor.figures = visitor.figures, Figures()
    await visitor.beginning()
    visitor.figures = figures

    async def trial(_number: int) -> None:
        await visitor.beginning()
        await asyncio.sleep(0.3)

    await until_counted("beginnings", times, lambda: len(figures.greeting_ms), trial, progress)
