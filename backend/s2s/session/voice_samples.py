"""Record one spoken sentence per voice from the model that answers calls, and cache it.

A sample is a very short call: one socket to the model, one sentence, nothing else. It counts towards the daily budget
like any other call.
"""

import asyncio
import io
import wave
from collections.abc import Callable

from s2s.core.effects import Dial, SendText
from s2s.core.events import GenerationComplete, ModelAudio, SetupComplete, SocketLost, TurnComplete, UpstreamEvent
from s2s.errors import DailyBudgetExceeded, RateLimited, UpstreamUnavailable
from s2s.limits.daily_budget import DailyBudget
from s2s.limits.rate_limit import VOICE_SAMPLES, RateLimiter
from s2s.limits.usage import Price, UsageMeter
from s2s.logs import LOGGER
from s2s.session.ports import ModelConnection, OpenModel
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.models.model_candidates import Candidates
from s2s.upstream.refusals.close_codes import Verdict, diagnose
from s2s.wire import OUTPUT_RATE

SAMPLE_TIMEOUT_S = 20.0
# Usage is reported at the end of the turn, which the service sends only when playback would have ended.
USAGE_TIMEOUT_S = 15.0
MAX_WAITING = 4
# For this long after a failure, further requests fail at once.
PAUSE_S = 10.0
MAX_BYTES = 10 * OUTPUT_RATE * 2
ASKED = "Hello! Who are you?"


def instruction(voice: str) -> str:
    """Return the instruction for a sample. The local engine ignores it and chooses the sentence itself."""
    return (
        f'You let somebody hear your voice. Whatever you are asked, say exactly this, warmly: "Hello, I am {voice}. '
        'This is how I sound." Say nothing else.'
    )


class VoiceSamples:
    """Cache of voice samples: WAV files, PCM16 mono 24 kHz, by voice. Recorded one at a time."""

    def __init__(
        self,
        open_model: OpenModel,
        ledger: DailyBudget,
        candidates: Callable[[], Candidates],
        price_of: Callable[[str], Price | None],
        *,
        one_voice: bool,
    ) -> None:
        """`candidates` returns the models that may answer now. `one_voice`: the service has only one voice, whatever
        name is requested."""
        self._open_model, self._ledger = open_model, ledger
        self._candidates, self._price_of = candidates, price_of
        self.one_voice = one_voice
        self._made: dict[str, bytes] = {}
        self._making = asyncio.Lock()
        self._waiting = 0
        self._not_before_s = float("-inf")
        self._chores: set[asyncio.Task[None]] = set()
        # A burst for all voices once, then one every ten seconds; a repeated request is served from the cache.
        self._rate = RateLimiter(*VOICE_SAMPLES)

    async def sample_for(self, voice: str) -> bytes:
        """Return the WAV file of a voice, recording it on the first request.

        Raises RateLimited, DailyBudgetExceeded, UpstreamUnavailable.
        """
        key = "" if self.one_voice else voice
        if key in self._made:
            return self._made[key]
        if self._waiting >= MAX_WAITING:
            raise RateLimited("other voice samples are still being made")
        self._waiting += 1
        try:
            async with self._making:
                if key not in self._made:
                    self._made[key] = wav(await self._spoken(voice))
                return self._made[key]
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Cancel recordings in progress."""
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def _spoken(self, voice: str) -> bytes:
        now = asyncio.get_running_loop().time()
        if now < self._not_before_s:
            raise UpstreamUnavailable("the last voice sample could not be made", self._not_before_s - now)
        if wait_s := self._rate.retry_after_s(now):
            raise RateLimited("more voice samples than are made", wait_s)
        if self._ledger.is_exceeded:
            raise DailyBudgetExceeded(
                "the limit of tokens or money for this day is reached", self._ledger.seconds_to_midnight()
            )
        take = _SampleRecording(self._candidates(), self._price_of)
        config = SessionConfig(voice=voice, system_instruction=instruction(voice))
        model = self._open_model(config, take.on_upstream_event)
        take.on_ready = lambda: model.send(SendText(ASKED))
        take.dial = lambda index: model.dial(Dial(None, model=index))
        take.dial(take.model)
        try:
            async with asyncio.timeout(SAMPLE_TIMEOUT_S):
                await take.spoken.wait()
        except TimeoutError:
            take.failed = "it said nothing in time"
        finally:
            chore = asyncio.create_task(self._settle(model, take), name="voice sample's bill")
            self._chores.add(chore)
            chore.add_done_callback(self._chores.discard)
        if take.failed or not take.pcm:
            self._not_before_s = asyncio.get_running_loop().time() + PAUSE_S
            raise UpstreamUnavailable(f"no voice sample: {take.failed or 'it said nothing'}")
        return bytes(take.pcm[:MAX_BYTES])

    async def _settle(self, model: ModelConnection, take: "_SampleRecording") -> None:
        try:
            if not take.failed:
                async with asyncio.timeout(USAGE_TIMEOUT_S):
                    await take.over.wait()
        except TimeoutError:
            LOGGER.info("a voice sample came without its bill")
        finally:
            self._ledger.add_usage(take.meter.usage)
            await model.close()


class _SampleRecording:
    """Audio, usage and end of one sample's connection."""

    def __init__(self, candidates: Candidates, price_of: Callable[[str], Price | None]) -> None:
        self._candidates, self._price_of = candidates, price_of
        self.model = 0
        self.dial: Callable[[int], None] = lambda _: None
        self.pcm = bytearray()
        self.failed = ""
        self.spoken = asyncio.Event()
        self.over = asyncio.Event()
        """Set once the usage report has arrived and nothing more is needed from the connection."""
        self.meter = UsageMeter(price_of(candidates.names[0]))
        self.on_ready: Callable[[], None] = lambda: None

    def on_upstream_event(self, event: UpstreamEvent) -> None:
        self.meter.on_event(event)
        match event:
            case SetupComplete():
                self.on_ready()
            case ModelAudio(pcm=pcm):
                self.pcm += pcm
                if len(self.pcm) >= MAX_BYTES:
                    self.spoken.set()
            case SocketLost() if not self.pcm and (following := self._next_model(event)) is not None:
                self.model = following
                self.meter.change_price(self._price_of(self._candidates.names[following]))
                self.dial(following)
            case SocketLost(code=code):
                self.failed = "" if self.spoken.is_set() else f"the connection was closed ({code})"
                self.spoken.set()
                self.over.set()
            case GenerationComplete():
                self.spoken.set()
            case TurnComplete():
                self.spoken.set()
                self.over.set()
            case _:
                pass

    def _next_model(self, lost: SocketLost) -> int | None:
        """Position of the next candidate if the model is unknown or retired, as in a call; else None."""
        diagnosis = diagnose(lost.code, lost.reason, was_live=False, backend=self._candidates.backend)
        if diagnosis.verdict is not Verdict.CHANGE_MODEL:
            return None
        return self._candidates.next_after(self.model, diagnosis)


def wav(pcm: bytes) -> bytes:
    """Wrap PCM16LE mono 24 kHz in a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(OUTPUT_RATE)
        file.writeframes(pcm)
    return out.getvalue()
