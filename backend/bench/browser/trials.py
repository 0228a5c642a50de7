"""What is tried in the page, many times: an answer and the button, an interruption by voice, the path, a beginning."""

import asyncio
import base64
import io
import wave
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bench.analysis.audio_analysis import find_lag
from bench.browser.cdp import BrowserError, Page
from bench.browser.click_echo import IN_RATE, click
from bench.browser.take import InvalidTrial, PingClock, Story, Take, VoicePaused, Waited, is_sounding, silence_after
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
MAX_TRIALS = 2

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


class PageUser:
    """A simulated user of the page. Raises BrowserError where the page does not respond as expected."""

    def __init__(self, page: Page, url: str, figures: Figures) -> None:
        self.page, self.figures = page, figures
        self.clock = PingClock()
        self._url = url
        self._loaded: set[str] = set()

    async def start_call(self) -> float:
        """Load the page and press Start; returns the time of the press once the call is up."""
        self.clock, self._loaded = PingClock(), set()
        await self.page.navigate(f"{self._url}/app/")
        pressed = await self.page.call_script("pressWhenOpen", "Start Conversation", OPEN_LIMIT_MS)
        if pressed is None:
            raise BrowserError("The page has no button Start Conversation: is the client built? (npm run build)")
        return float(pressed)

    async def wait_until_ready(self) -> None:
        """The call is up and nothing is noted of its beginning. Raises BrowserError."""
        told = await self.page.call_script("told", "ready", OPEN_LIMIT_MS)
        if not (told and await self.page.call_script("earIsOpen", OPEN_LIMIT_MS)):
            text = await self.page.run("document.body.innerText")
            raise BrowserError(f"The call did not begin. The page says:\n{text}")
        await self.page.call_script("rest", PAUSE_MS)
        self.clock.add_pings(await self.read_recording())
        await self.page.call_script("forget")

    async def end_call(self) -> None:
        await self.page.call_script("press", "End Session")

    async def play_clip(self, clip: Clip) -> int:
        """Answers the frame of the mouth at which the clip begins, which is a moment from now."""
        if clip.name not in self._loaded:
            await self.page.call_script("load", clip.name, wav(clip.pcm))
            self._loaded.add(clip.name)
        return int(await self.page.call_script("say", clip.name, 60))

    async def read_recording(self) -> Take:
        noted: dict[str, Any] = await self.page.call_script("take")
        return Take(noted)

    async def measure_answer(self, clip: Clip) -> None:
        """Says a sentence, hears the beginning of its answer, presses Interrupt."""
        page, figures = self.page, self.figures
        await page.call_script("forget")
        frame = await self.play_clip(clip)
        began = await page.run("Date.now()")
        answered = await page.call_script("sounds", began, clip.ends_ms + ANSWER_LIMIT_MS)
        await page.call_script("saidUntil", frame + len(clip.pcm) // 2 * 3, OPEN_LIMIT_MS)
        await page.call_script("rest", HEARD_ENOUGH_MS)
        pressed = await page.call_script("press", "Interrupt AI")
        await page.call_script("quietFor", 300, ANSWER_LIMIT_MS)
        await page.call_script("rest", PAUSE_MS)
        take = await self.read_recording()
        self.clock.add_pings(take)
        try:
            if not answered:
                take.check_microphone_complete(clip)
                figures.unanswered += 1
                return
            take.check_output_complete(take.mouth.spoken_ms(frame))
            self._judge_answer(Story(take, clip, frame, self.clock))
            self._judge_button(take, pressed)
        except InvalidTrial as why:
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

    async def measure_barge_in(self, clip: Clip) -> None:
        """Asks for a long answer, talks over it."""
        page, figures = self.page, self.figures
        await page.call_script("forget")
        asked = await page.call_script("type", LONG_ANSWER, OPEN_LIMIT_MS)
        if asked is None or not await page.call_script("sounds", asked, ANSWER_LIMIT_MS):
            figures.unanswered += 1
            return
        await page.call_script("rest", 1_200)
        frame = await self.play_clip(clip)
        flushed = await page.call_script("told", "flush", clip.ends_ms + 4_000)
        await page.call_script("saidUntil", frame + len(clip.pcm) // 2 * 3, OPEN_LIMIT_MS)
        await page.call_script("rest", 250)
        take = await self.read_recording()
        self.clock.add_pings(take)
        try:
            take.check_output_complete(take.mouth.spoken_ms(frame) - 600)
            take.check_microphone_complete(clip)
            self._judge_barge_in(Story(take, clip, frame, self.clock), take, bool(flushed))
        except InvalidTrial as why:
            figures.reject("interruption", why)
        # What was said over it is answered, too.
        await page.call_script("sounds", await page.run("Date.now()"), 3_000)
        await page.call_script("press", "Interrupt AI")
        await page.call_script("quietFor", 300, ANSWER_LIMIT_MS)
        await page.call_script("rest", PAUSE_MS)

    def _judge_barge_in(self, story: Story, take: Take, flushed: bool) -> None:
        figures = self.figures
        silenced = story.silenced_ms() if flushed else None
        try:
            ducked = story.ducked_ms(take.came[0].turn) if take.came else None
            if ducked is not None:
                figures.duck_ms.append(ducked)
            else:
                figures.not_ducked += 1
        except VoicePaused:
            figures.paused_at_voice += 1
        if silenced is None:
            figures.not_silenced += 1
        else:
            figures.barge_in_ms.append(silenced)

    async def measure_path(self, number: int) -> None:
        """A click into the microphone, and the one that comes back from the mirror."""
        page = self.page
        await page.call_script("forget")
        pulse = Clip("click", "", click(IN_RATE), 0, 60)
        # Frames, quanta and buffers have phases; a step that shares none with them visits all.
        await page.call_script("rest", 7.3 * (number % 13))
        frame = await self.play_clip(pulse)
        began = await page.run("Date.now()")
        heard = await page.call_script("sounds", began, 2_000)
        await page.call_script("quietFor", 150, 2_000)
        try:
            take = await self.read_recording()
            _, alike = find_lag(np.frombuffer(pulse.pcm, "<i2"), take.microphone.pcm)
            if alike < 0.9 or not heard:
                raise InvalidTrial(f"the click was not {'heard back' if alike >= 0.9 else 'whole in the microphone'}")
            take.check_output_complete(take.mouth.spoken_ms(frame))
            story = Story(take, pulse, frame, self.clock)
            sounded = story.sounded()
            assert sounded is not None
            self.figures.path_ms.append(sounded - story.mouth_ms(0))
        except InvalidTrial as why:
            self.figures.reject("path", why)

    async def measure_start(self) -> None:
        """Click on Start, the channels, a typed "Hello", the first sound."""
        pressed = await self.start_call()
        asked = await self.page.call_script("type", "Hello", OPEN_LIMIT_MS)
        if asked is None or not await self.page.call_script("sounds", pressed, ANSWER_LIMIT_MS):
            self.figures.unanswered += 1
            return
        noted = await self.page.call_script("take")
        await self.end_call()
        try:
            take = Take(noted)
            take.check_output_complete(take.came[0].at_ms)
        except InvalidTrial as why:
            self.figures.reject("beginning", why)
            return
        created = next(one[0] for one in noted["log"]["rest"] if "/api/session/create" in one[1])
        opened = next(at for at, label in noted["log"]["opened"] if label == "audio")
        heard = take.ear.first_frame_above()
        assert heard is not None
        self.figures.open_ms.append(opened - created)
        self.figures.greeting_ms.append(take.ear_time.sounded_ms(heard) - pressed)


async def until_counted(
    label: str, wanted: int, counted: Callable[[], int], trial: Callable[[int], Awaitable[None]], progress: Progress
) -> None:
    """Holds trials until so many of them count, or twice as many were held."""
    for number in range(MAX_TRIALS * wanted):
        if counted() >= wanted:
            return
        await trial(number)
        progress(label, min(counted(), wanted), wanted)


async def calls(visitor: PageUser, clips: list[Clip], trial: Callable[[int], Awaitable[None]], number: int) -> None:
    """The trial, in a new page every so often. The very first answer warms the engine up and does not count."""
    if number % TURNS_PER_CALL == 0:
        if number:
            await visitor.end_call()
        await visitor.start_call()
        await visitor.wait_until_ready()
    if not number:
        counted, visitor.figures = visitor.figures, Figures()
        await visitor.measure_answer(clips[-1])
        visitor.figures = counted
    await trial(number)


async def conversations(visitor: PageUser, clips: list[Clip], turns: int, progress: Progress) -> None:
    """Answers until `turns` of them count."""

    async def trial(number: int) -> None:
        await calls(visitor, clips, lambda at: visitor.measure_answer(clips[at * 37 % len(clips)]), number)

    figures = visitor.figures
    await until_counted("answers and the interrupt button", turns, lambda: len(figures.waited), trial, progress)
    await visitor.end_call()


async def interruptions(visitor: PageUser, clips: list[Clip], times: int, progress: Progress) -> None:
    """Openings until so many were judged for "quieter" and for "silent"."""

    async def trial(number: int) -> None:
        await calls(visitor, clips, lambda at: visitor.measure_barge_in(clips[at * 41 % len(clips)]), number)

    figures = visitor.figures

    def counted() -> int:
        return min(len(figures.duck_ms), len(figures.barge_in_ms))

    await until_counted("interruptions by voice", times, counted, trial, progress)
    await visitor.end_call()


async def paths(visitor: PageUser, times: int, progress: Progress) -> None:
    await visitor.start_call()
    await visitor.wait_until_ready()
    await until_counted("the path alone", times, lambda: len(visitor.figures.path_ms), visitor.measure_path, progress)
    await visitor.end_call()


async def beginnings(visitor: PageUser, times: int, progress: Progress) -> None:
    """The first one pays for what a gateway and an engine load once, and does not count."""
    figures, visitor.figures = visitor.figures, Figures()
    await visitor.measure_start()
    visitor.figures = figures

    async def trial(_number: int) -> None:
        await visitor.measure_start()
        await asyncio.sleep(0.3)

    await until_counted("beginnings", times, lambda: len(figures.greeting_ms), trial, progress)
