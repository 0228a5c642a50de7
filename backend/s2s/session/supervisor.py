"""Enforce one session's limits, count its tokens and report upstream health to the circuit breaker."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from s2s import wire
from s2s.core.effects import Dial, Effect, LinkFailed, PlayFrame, Redial, SendAudio, SendToBrowser
from s2s.core.events import (
    DeadlineReached,
    MicAudio,
    PlayedReport,
    RoundTripMeasured,
    SetupComplete,
    SocketLost,
    UpstreamEvent,
    UsageCounted,
)
from s2s.core.observer import SessionClosed, SessionEvent
from s2s.core.user_speech import UserSpeech
from s2s.limits.circuit_breaker import CircuitBreaker
from s2s.limits.ledger import Need
from s2s.limits.session_limits import LimitNotice, SessionLimiter, SessionLimits
from s2s.limits.usage import Price, Usage, UsageMeter
from s2s.limits.usage_estimate import UsageEstimate
from s2s.logs import LOGGER

if TYPE_CHECKING:
    from s2s.session.session import Session

# An answer in progress when a limit is reached may finish within this time.
FINISH_ANSWER_S = 10.0
# What one turn is reckoned to be when money is reserved: so many seconds of audio from each side, and the context.
TURN_S = 15.0
TURNS_PER_MINUTE = 4
# The last notice must arrive before the transport closes: the page disconnects once it has read it, else the gateway
# does after this time.
FINAL_NOTICE_S = 1.0
# Frequent events that count neither as activity nor as cost; time limits have their own timer.
_IGNORED_EVENTS = (MicAudio, PlayedReport, RoundTripMeasured, DeadlineReached)


class SessionSupervisor:
    """Observer of one session that may end it. `bind` is called right after the session was created."""

    def __init__(
        self,
        limits: SessionLimits,
        prices: Sequence[Price | None],
        breaker: CircuitBreaker,
        events: Counter[str],
        *,
        estimate: UsageEstimate | None = None,
        bills_silence: Sequence[bool] = (False,),
    ) -> None:
        """Observe a session that does not exist yet; `bind` supplies it.

        `prices` and `bills_silence` (all audio is billed, not only speech) hold one entry per candidate model, indexed
        by `Dial.model`. `estimate` is used for turns that the service has not counted.
        """
        self._loop = asyncio.get_running_loop()
        self._limiter = SessionLimiter(limits, self._loop.time())
        self._limits = limits
        self._prices, self._silence = prices, bills_silence
        self._meter = UsageMeter(prices[0], estimate)
        self._bills_silence = bills_silence[0]
        self._breaker = breaker
        self._events = events
        self._session: Session | None = None
        self._user_speech: UserSpeech | None = None
        self._user_audio_bytes = 0
        """Bytes of billable user audio sent to the model since the last count."""
        self._live = False
        self.awaits_bill = False
        """The session has ended in an answer, which the service may still count (`finish_bill`)."""
        self._timer: asyncio.TimerHandle | None = None
        self._final_notice: LimitNotice | None = None
        self._end_by = 0.0
        self._closing: asyncio.Task[None] | None = None

    def bind(self, session: "Session") -> None:
        """Attach to the new session and start the timer of its limits."""
        self._session, self._user_speech = session, session.conversation.user_speech
        self._rearm()

    @property
    def is_paid(self) -> bool:
        """Whether any model that may answer costs money."""
        return any(price is not None for price in self._prices)

    @property
    def running_usage(self) -> Usage:
        """What the session has used so far, the current turn included."""
        self._pass_user_audio()
        return self._meter.running

    def need(self) -> Need:
        """Return what is to be reserved for the session: a minute's worth, and enough to finish an answer."""
        turn = self._meter.next_exchange(TURN_S)
        return Need(sum((turn for _ in range(TURNS_PER_MINUTE)), Usage()), turn)

    def on_used_up(self, notice: LimitNotice) -> None:
        """End the session: nothing more can be reserved for it."""
        self.end_session(notice, FINISH_ANSWER_S)

    def on_late_event(self, event: UpstreamEvent) -> None:
        """Take the service's count of the answer that the session ended in."""
        if isinstance(event, UsageCounted):
            self._meter.on_event(event)

    def finish_bill(self) -> None:
        """Make the usage final. Idempotent."""
        if self.awaits_bill:
            self.awaits_bill = False
            self._meter.on_event(SessionClosed())

    def end_session(self, notice: LimitNotice, within_s: float) -> None:
        """End the session at the next pause in the conversation, after `within_s` at the latest.

        Only the first call has an effect, so the first reason is the one reported.
        """
        if self._final_notice is not None or self._session is None:
            return
        self._final_notice, self._end_by = notice, self._loop.time() + within_s
        self._send_notice(notice, within_s)
        self._events[f"ended.{notice.code}"] += 1
        self._end_if_due()

    # --- observer ---

    def on_event(self, event: SessionEvent, now: float) -> None:
        """Count usage at once; act on it only after the session has handled the event."""
        if isinstance(event, SessionClosed):
            self._on_closed(event)
            return
        if isinstance(event, _IGNORED_EVENTS) and self._final_notice is None:
            return
        self._report_upstream_health(event, now)
        estimated = self._meter.estimated_turns
        self._count_usage(event)
        if isinstance(event, UsageCounted) or self._meter.estimated_turns != estimated:
            self._loop.call_soon(self._send_usage)
        notices = self._limiter.handle(event, now, self._meter.usage)
        if notices or self._final_notice is not None or not isinstance(event, _IGNORED_EVENTS):
            self._loop.call_soon(self._apply_notices, notices)

    def on_effect(self, effect: Effect) -> None:
        """Count notices to the user and input to the model."""
        # Audio frames come 50 times a second in each direction, so they are dealt with first.
        if isinstance(effect, PlayFrame):
            return
        if isinstance(effect, SendAudio):
            if self._bills_silence or (self._user_speech is not None and self._user_speech.is_speaking):
                self._user_audio_bytes += len(effect.pcm)
            return
        self._meter.on_effect(effect)
        if isinstance(effect, Dial | Redial):
            self._live = False
            self._meter.change_price(self._prices[effect.model])
            self._bills_silence = self._silence[effect.model]
        elif isinstance(effect, LinkFailed):
            self._events[f"upstream.{effect.code}"] += 1
        elif isinstance(effect, SendToBrowser) and isinstance(effect.message, wire.Notice):
            self._events[f"notice.{effect.message.code}"] += 1

    def _on_closed(self, event: SessionClosed) -> None:
        self._pass_user_audio()
        self.awaits_bill = self.is_paid and self._live and self._meter.awaits_bill
        if self.awaits_bill:
            self._meter.await_bill()
        else:
            self._meter.on_event(event)
        self._stop()

    def _count_usage(self, event: SessionEvent) -> None:
        self._pass_user_audio()
        self._meter.on_event(event)

    def _pass_user_audio(self) -> None:
        if self._user_audio_bytes:
            self._meter.add_user_audio(self._user_audio_bytes)
            self._user_audio_bytes = 0

    def _report_upstream_health(self, event: SessionEvent, now: float) -> None:
        if isinstance(event, SetupComplete):
            self._live = True
            self._breaker.on_success()
        elif isinstance(event, SocketLost) and self._session is not None:
            was_live, self._live = self._live, False
            if self._breaker.on_failure(self._session.id, event.code, event.reason, now, was_live=was_live):
                LOGGER.error("calls are refused for a while: %s", self._breaker.why, extra={"code": "breaker_open"})

    # --- notices and the end ---

    def _apply_notices(self, notices: list[LimitNotice]) -> None:
        for notice in notices:
            if notice.final:
                self.end_session(notice, FINISH_ANSWER_S)
            else:
                self._send_notice(notice, notice.ends_in_s)
        self._end_if_due()
        self._rearm()

    def _send_usage(self) -> None:
        if self._session is None:
            return
        billed, spent, price = self._meter.billed, self._meter.usage, self._meter.price
        message = wire.Spent(
            prompt_text_tokens=billed.prompt_text,
            prompt_audio_tokens=billed.prompt_audio,
            response_text_tokens=billed.response_text,
            response_audio_tokens=billed.response_audio,
            prompt_image_tokens=billed.prompt_image,
            prompt_video_tokens=billed.prompt_video,
            estimated_turns=self._meter.estimated_turns,
            tokens=spent.tokens,
            usd=round(spent.usd, 6),
            limit_tokens=self._limits.tokens,
            limit_usd=self._limits.usd,
        )
        if price is not None:
            message = msgspec.structs.replace(
                message, usd_per_million=price.per_million, prices_as_of=price.as_of, prices_source=price.source
            )
        self._session.send_to_browser(message)

    def _send_notice(self, word: LimitNotice, ends_in_s: float | None) -> None:
        assert self._session is not None
        notice = wire.Notice(level="warning", code=word.code, message=word.message, hint=word.hint)
        if ends_in_s is not None:
            ends_in_ms = max(0, round(ends_in_s * 1000))
            notice = wire.Notice("warning", word.code, word.message, word.hint, ends_in_ms)
        self._session.send_to_browser(notice)
        LOGGER.log(logging.INFO, "%s", word.message, extra={"code": word.code, "session": self._session.id})

    def _end_if_due(self) -> None:
        session = self._session
        if session is None or self._final_notice is None or self._closing is not None:
            return
        quiet = session.conversation.is_idle or session.browser_gone.is_set()
        if quiet or self._loop.time() >= self._end_by:
            self._closing = asyncio.create_task(self._close_session(session, self._final_notice), name="farewell")

    async def _close_session(self, session: "Session", notice: LimitNotice) -> None:
        if not session.browser_gone.is_set():
            self._send_notice(notice, 0.0)
            try:
                async with asyncio.timeout(FINAL_NOTICE_S):
                    await session.browser_gone.wait()
            except TimeoutError:
                LOGGER.debug("the page did not leave by itself", extra={"session": session.id})
        await session.close()

    def _rearm(self) -> None:
        self._cancel()
        times = [t for t in (self._limiter.deadline, self._end_by if self._final_notice is not None else None) if t]
        if times and self._session is not None and self._closing is None:
            self._timer = self._loop.call_at(min(times), self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._apply_notices(self._limiter.handle(None, self._loop.time(), self._meter.usage))

    def _stop(self) -> None:
        self._cancel()
        if self._session is not None:
            self._breaker.on_session_end(self._session.id)
        self._session = None

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
