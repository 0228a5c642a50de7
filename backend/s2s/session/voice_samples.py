"""Record one spoken sentence per voice from the model that answers calls, and cache it.

A sample is a very short call: one socket to the model, one sentence, nothing else. It counts towards the daily budget
like any other call.
"""

import asyncio
import io
import secrets
import wave
from collections.abc import Callable

from s2s.access.caller import Caller
from s2s.core.effects import Dial, SendText
from s2s.core.events import GenerationComplete, ModelAudio, SetupComplete, SocketLost, TurnComplete, UpstreamEvent
from s2s.core.observer import SessionClosed
from s2s.errors import RateLimited, UpstreamUnavailable
from s2s.limits.budget import Budget
from s2s.limits.ledger import DAY, Account, Need
from s2s.limits.rate_limit import VOICE_SAMPLES, RateLimiter
from s2s.limits.session_limits import LimitNotice
from s2s.limits.usage import NO_USAGE, Price, Usage, UsageMeter
from s2s.limits.usage_estimate import estimate_for
from s2s.logs import LOGGER
from s2s.session.caller_limits import LimitSettings
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
        budget: Budget,
        limits: LimitSettings,
        candidates: Callable[[], Candidates],
        price_of: Callable[[str], Price | None],
        *,
        one_voice: bool,
    ) -> None:
        """`candidates` returns the models that may answer now. `one_voice`: the service has only one voice, whatever
        name is requested."""
        self._open_model, self._budget, self._limits = open_model, budget, limits
        self._candidates, self._price_of = candidates, price_of
        self.one_voice = one_voice
        self._made: dict[str, bytes] = {}
        self._making = asyncio.Lock()
        self._waiting = 0
        self._not_before_s = float("-inf")
        self._chores: set[asyncio.Task[None]] = set()
        # A burst for all voices once, then one every ten seconds; a repeated request is served from the cache.
        self._rate = RateLimiter(*VOICE_SAMPLES)

    async def sample_for(self, voice: str, caller: Caller) -> bytes:
        """Return the WAV file of a voice, recording it on the first request. `caller`: who asks for it.

        Raises RateLimited, DailyBudgetExceeded, BudgetUnavailable, UpstreamUnavailable.
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
                    self._made[key] = wav(await self._spoken(voice, caller))
                return self._made[key]
        finally:
            self._waiting -= 1

    async def close(self) -> None:
        """Cancel recordings in progress."""
        for chore in self._chores:
            chore.cancel()
        await asyncio.gather(*self._chores, return_exceptions=True)

    async def _spoken(self, voice: str, caller: Caller) -> bytes:
        now = asyncio.get_running_loop().time()
        if now < self._not_before_s:
            raise UpstreamUnavailable("the last voice sample could not be made", self._not_before_s - now)
        if wait_s := self._rate.retry_after_s(now):
            raise RateLimited("more voice samples than are made", wait_s)
        config = SessionConfig(voice=voice, system_instruction=instruction(voice))
        take = _SampleRecording(self._candidates(), self._price_of, config)
        # All callers hear the sample, so it is not charged to the one who asked first.
        limits = {DAY: self._limits.limits_of(caller).accounts[DAY], Account("service", "voice samples"): NO_USAGE}
        await self._budget.reserve(take.id, limits, take)
        model = self._open_model(config, take.on_upstream_event)
        take.on_ready = lambda: _ask(model, take)
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
            take.meter.on_event(SessionClosed())
            self._budget.close(take.id)
            await model.close()


class _SampleRecording:
    """Audio, usage and end of one sample's connection."""

    def __init__(self, candidates: Candidates, price_of: Callable[[str], Price | None], config: SessionConfig) -> None:
        self.id = f"sample-{secrets.token_hex(8)}"
        self._candidates, self._price_of = candidates, price_of
        self.model = 0
        self.dial: Callable[[int], None] = lambda _: None
        self.pcm = bytearray()
        self.failed = ""
        self.spoken = asyncio.Event()
        self.over = asyncio.Event()
        """Set once the usage report has arrived and nothing more is needed from the connection."""
        self.meter = UsageMeter(price_of(candidates.names[0]), estimate_for(config))
        self.is_paid = any(price_of(name) is not None for name in candidates.names)
        self.on_ready: Callable[[], None] = lambda: None

    @property
    def running_usage(self) -> Usage:
        return self.meter.running

    def need(self) -> Need:
        """Return the cost of the whole sample: nothing more is ever needed."""
        whole = self.meter.next_exchange(MAX_BYTES / OUTPUT_RATE / 2)
        return Need(whole, NO_USAGE)

    def on_used_up(self, notice: LimitNotice) -> None:
        """Go on: a sample ends within seconds."""

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


def _ask(model: ModelConnection, take: _SampleRecording) -> None:
    asked = SendText(ASKED)
    model.send(asked)
    take.meter.on_effect(asked)


def wav(pcm: bytes) -> bytes:
    """Wrap PCM16LE mono 24 kHz in a WAV file."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(OUTPUT_RATE)
        file.writeframes(pcm)
    return out.getvalue()
