"""The asyncio shell of one core: feed events, carry out effects, re-arm one timer."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, assert_never

from msgspec import UNSET

from s2s import wire
from s2s.core.effects import (
    Dial,
    Effect,
    HangUp,
    Incident,
    LinkFailed,
    LogTranscript,
    PlayFrame,
    Redial,
    RunTool,
    SendToBrowser,
    StopTool,
    UpstreamStatusChanged,
    is_flush,
)
from s2s.core.events import (
    BrowserAttached,
    BrowserDetached,
    DeadlineReached,
    Event,
    InterruptPressed,
    SocketLost,
    ToolFinished,
)
from s2s.core.interruption import InterruptOutcome
from s2s.core.link.upstream_buffer import UpstreamEffect
from s2s.core.link.upstream_link import LinkState
from s2s.core.observer import SessionClosed, SessionEvent, SessionObserver, SessionOpened
from s2s.core.session_core import SessionCore
from s2s.core.texts.notices import CONTINUED_ELSEWHERE
from s2s.latency_stats import LatencyStats, TurnTrace
from s2s.limits.rate_limit import IMAGES, RateLimiter
from s2s.logs import CONVERSATION, LOGGER
from s2s.session.ports import Browser, OpenModel, Tools
from s2s.session.text_pace import TextPace
from s2s.tools.session_context import SESSION
from s2s.transport.ice_candidates import CandidateQueue
from s2s.transport.mic_reorder import MicReorderBuffer
from s2s.transport.opus_codec import CODECS
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.target.endpoints import UpstreamTarget

MAX_PENDING_BROWSERS = 3
CONTINUED_ELSEWHERE_CODE = 4409
"""Close code of the WebSocket of a listener that another one has replaced."""
MAX_QUEUED_NOTICES = 8


class Session:
    """The shell of one call: feeds the core, carries out its effects in order and keeps its timer armed."""

    def __init__(
        self,
        session_id: str,
        choice: UpstreamTarget,
        open_model: OpenModel,
        config: SessionConfig,
        tools: Tools,
        *,
        latency: LatencyStats,
        playout_lead_ms: int,
        expires_s: float,
        on_end: Callable[["Session"], None],
        observers: Sequence[SessionObserver] = (),
        dials_early: bool = True,
    ) -> None:
        """`dials_early`: whether the model is dialled before a browser has connected."""
        self.id = session_id
        self.config = config
        self.browser: Browser | None = None
        """The listener: the browser that has sent the right `hello`, last of all. None while there is none."""
        self.pending_browsers: deque[Browser] = deque()
        """All open peer connections, oldest first, with or without a `hello`."""
        self.core = SessionCore(
            choice.abilities(),
            playout_lead_ms=playout_lead_ms,
            manual_activity=config.manual_activity,
            history=config.history,
            tools=config.tools,
            seed=config.seed,
            reply_limit_s=choice.reply_limit_s,
            candidates=choice.candidates(),
        )
        self.conversation, self.link = self.core.conversation, self.core.link
        self.ended = asyncio.Event()
        """Set once all resources of the session have been released."""
        self.browser_gone = asyncio.Event()
        """Set while no browser is attached."""
        self.trickle = CandidateQueue()
        self.mic_order: MicReorderBuffer[wire.Frame] = MicReorderBuffer()
        # A camera shows one frame a second.
        self.image_rate = RateLimiter(*IMAGES)
        self.text_pace = TextPace(self.feed, asyncio.get_running_loop())
        self.browser_gone.set()
        self._choice = choice
        self._names = choice.candidates().names
        self._loss_reason = ""
        self._awaits_first_browser = True
        self._queued_notices: deque[wire.Notice] = deque(maxlen=MAX_QUEUED_NOTICES)
        """Notices from before the first `hello`, sent once it arrives."""
        self._model = open_model(config, self.feed)
        self._registry = tools
        self._latency = latency
        self._trace = TurnTrace()
        self._observers = observers
        self._on_end = on_end
        self._expires_s = expires_s
        self._dials_early = dials_early
        self._loop = asyncio.get_running_loop()
        self._link_status = UpstreamStatusChanged("connecting")
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._tools: dict[str, asyncio.Task[None]] = {}
        self._background_tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        self._arm_expiry()

    # --- events ---

    def feed(self, event: Event) -> None:
        """Feed one event to the core and carry out its effects. Synchronous and not reentrant: no effect calls back
        before it returns."""
        if self._closed:
            return
        now = self._loop.time()
        self._notify_observers(event, now)
        if isinstance(event, SocketLost):
            self._loss_reason = f"{event.code} {event.reason}".strip()
            self._latency.incidents["upstream_lost"] += 1
            facts = {"code": "upstream_lost", "session": self.id}
            LOGGER.warning("upstream lost: %s %s", event.code, event.reason, extra=facts)
        effects = self.core.handle(event, now)
        talk = self.conversation
        latency = self._trace.watch(event, effects, talk.user_speech.speech_ended_at, now, talk.audio_turn)
        # A flush is the first effect and is sent at once; the other effects of one event may be sent as a batch.
        browser = self.browser if len(effects) > 1 and not is_flush(effects[0]) else None
        if browser is not None:
            browser.begin_batch()
        try:
            for effect in effects:
                self._carry_out(effect)
            if latency is not None:
                self._latency.record_turn(latency.marks)
                self.send_to_browser(latency)
        finally:
            if browser is not None:
                browser.end_batch()
        self._rearm()

    def interrupt(self) -> InterruptOutcome:
        """Interrupt the model as the page's button does, for the REST route; return what it did."""
        self.feed(InterruptPressed())
        return self.conversation.last_interrupt

    def send_to_browser(self, message: wire.ToBrowser) -> None:
        """Send a control message if a browser is attached."""
        if self.browser is not None:
            self.browser.send_control(wire.encode(message))

    # --- browsers attach and detach ---

    @property
    def awaits_first_browser(self) -> bool:
        """Whether no browser has ever been attached."""
        return self._awaits_first_browser

    def expect_browser(self) -> None:
        """Dial the model ahead of the browser's arrival, if the caller is trusted to come."""
        if self._dials_early:
            self.open_upstream()

    def on_transport_connected(self) -> None:
        """Dial the model, if that has waited until a browser has really connected: it is shown by an answered ICE
        check or a hello."""
        if not self._dials_early:
            self.open_upstream()

    def open_upstream(self) -> None:
        """Dial the model. Idempotent."""
        if not self._closed:
            if self.browser is None:
                # The model may answer an earlier question before a browser is attached.
                self.feed(BrowserDetached())
            now = self._loop.time()
            self._notify_observers(SessionOpened(), now)
            for effect in self.core.open(now):
                self._carry_out(effect)

    async def add_pending_browser(self, browser: Browser) -> None:
        """Register a peer connection that has not sent `hello` yet. Several may race; of more than MAX_PENDING_BROWSERS
        the oldest is closed."""
        if self._closed:
            await browser.close()
            return
        self.pending_browsers.append(browser)
        if len(self.pending_browsers) > MAX_PENDING_BROWSERS:
            oldest = self.pending_browsers.popleft()
            if oldest is not self.browser:
                await oldest.close()

    def attach(self, browser: Browser) -> None:
        """Make the browser that sent the right `hello` the listener and send it the current state. An earlier listener
        is dismissed with a notice."""
        previous, self.browser = self.browser, browser
        took_over = previous is not None and previous is not browser
        if previous is not None and took_over:
            previous.dismiss(wire.encode(CONTINUED_ELSEWHERE), CONTINUED_ELSEWHERE_CODE)
        self.browser_gone.clear()
        if self._expiry is not None:
            self._expiry.cancel()
        choice = self._choice
        tools = tuple(str(tool["name"]) for tool in self.config.tools)
        self.send_to_browser(
            wire.Ready(
                session_id=self.id,
                backend=choice.backend,
                model=self.answering_model,
                tools=tools,
                images=self.conversation.capabilities.images,
                codecs=CODECS,
                took_over=took_over or UNSET,
            )
        )
        self._send_upstream_status()
        self._send_upstream_failure()
        self._awaits_first_browser = False
        while self._queued_notices:
            self.send_to_browser(self._queued_notices.popleft())
        self.send_to_browser(wire.State(phase=self.conversation.phase))
        self.feed(BrowserAttached())

    def detach(self, browser: Browser) -> None:
        """Detach a browser that is gone. Another may attach until the session expires."""
        if browser in self.pending_browsers:
            self.pending_browsers.remove(browser)
        if self.browser is browser:
            self.browser = None
            self.feed(BrowserDetached())
            self.browser_gone.set()
            self._arm_expiry()

    # --- the end ---

    async def close(self) -> None:
        """Release browser, upstream connection, tools and timers. Idempotent."""
        if self._closed:
            return
        now = self._loop.time()
        self._notify_observers(SessionClosed(), now)
        for effect in self.core.close(now):
            self._carry_out(effect)
        self._closed = True
        self.text_pace.close()
        for timer in (self._timer, self._expiry):
            if timer is not None:
                timer.cancel()
        tasks = list(self._tools.values())
        for task in tasks:
            task.cancel()
        browsers = {*self.pending_browsers} | ({self.browser} if self.browser is not None else set())
        self.browser = None
        self._on_end(self)
        background_tasks = [chore for chore in self._background_tasks if chore is not asyncio.current_task()]
        await asyncio.gather(*tasks, *background_tasks, self._model.close(), return_exceptions=True)
        for browser in browsers:
            await browser.close()
        self.ended.set()
        LOGGER.info("session ended", extra={"session": self.id})

    # --- effects ---

    def _notify_observers(self, event: SessionEvent, now: float) -> None:
        for observer in self._observers:
            observer.on_event(event, now)

    def _carry_out(self, effect: Effect) -> None:
        # Execute first, then notify the observers: a flush must not wait until it is recorded.
        self._execute(effect)
        for observer in self._observers:
            observer.on_effect(effect)

    def _execute(self, effect: Effect) -> None:
        if isinstance(effect, UpstreamEffect):
            self._model.send(effect)
            return
        match effect:
            case PlayFrame():
                self._send_audio_frame(effect)
            case SendToBrowser(message=message):
                self.send_to_browser(message)
                if self._awaits_first_browser and isinstance(message, wire.Notice):
                    self._queued_notices.append(message)
            case RunTool():
                self._tools[effect.id] = asyncio.create_task(self._run_tool(effect), name=f"tool {effect.name}")
            case StopTool(id=call_id):
                if call_id in self._tools:
                    self._tools.pop(call_id).cancel()
            case LogTranscript(who=who, text=text):
                CONVERSATION.info("%s: %s", who, text, extra={"session": self.id})
            case Incident(code=code, text=text):
                self._latency.incidents[code] += 1
                # The sample of what the service sent, in brackets, may be words of the call.
                quote = text.partition(" (")[2].removesuffix(").") if code == "upstream_oddity" else ""
                LOGGER.warning("%s", text, extra={"code": code, "session": self.id, "quote": quote})
            case _:
                self._carry_out_link(effect)

    def _send_audio_frame(self, effect: PlayFrame) -> None:
        if self.browser is None:
            return
        frame = wire.Frame(
            turn=effect.turn,
            seq=effect.seq & 0xFFFFFFFF,
            clock_ms=int(self._loop.time() * 1000),
            pcm=effect.pcm,
            flags=wire.FLAG_LAST_OF_TURN if effect.last else 0,
        )
        self.browser.send_frame(wire.encode_frame(frame))

    async def _run_tool(self, call: RunTool) -> None:
        # The registry logs why a call failed, with the id of this session.
        SESSION.set(self.id)
        outcome = await self._registry.call(call.name, dict(call.args))
        self._tools.pop(call.id, None)
        self.feed(ToolFinished(call.id, outcome.ok, outcome.response, outcome.summary))

    def _carry_out_link(self, effect: Dial | Redial | HangUp | UpstreamStatusChanged | LinkFailed) -> None:
        match effect:
            case Dial():
                self._model.dial(effect)
            case Redial():
                LOGGER.info("changing the connection to the model", extra={"session": self.id})
                self._model.redial(effect)
            case HangUp():
                self._spawn(self._model.hang_up())
            case UpstreamStatusChanged():
                self._link_status = effect
                self._send_upstream_status()
            case LinkFailed(code=code, message=message, hint=hint):
                facts = {"code": code, "session": self.id}
                LOGGER.error("%s %s [%s]", message, hint, self._loss_reason, extra=facts)
                self._send_upstream_failure()
            case _:
                assert_never(effect)

    @property
    def answering_model(self) -> str:
        """Name of the model that is connected or being dialled."""
        return self._names[self.link.model]

    def _send_upstream_status(self) -> None:
        now = self._link_status
        backend, model = self._choice.backend, self.answering_model
        self.send_to_browser(wire.Upstream(status=now.status, backend=backend, model=model, detail=now.detail))

    def _send_upstream_failure(self) -> None:
        """Send why upstream is no longer dialled, also to a page that attaches later."""
        if self.link.state is LinkState.CLOSED and self.link.failure is not None:
            failure = self.link.failure
            self.send_to_browser(
                wire.Notice(level="error", code=failure.code, message=failure.message, hint=failure.hint)
            )

    # --- time ---

    def _rearm(self) -> None:
        due = self.core.deadline
        if self._timer is not None:
            # Not `self._timer.when()`: for a deadline that has passed, uvloop returns a handle without a time.
            if due == self._due:
                return
            self._timer.cancel()
            self._timer = None
        if due is not None:
            self._timer, self._due = self._loop.call_at(due, self._tick), due

    def _tick(self) -> None:
        self._timer = None
        self.feed(DeadlineReached())

    def _arm_expiry(self) -> None:
        if not self._closed:
            self._expiry = self._loop.call_later(self._expires_s, self._expire)

    def _expire(self) -> None:
        LOGGER.info("session expired: nobody is connected", extra={"session": self.id})
        self._spawn(self.close())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._background_tasks.add(task)
        task.add_done_callback(self._background_tasks.discard)
