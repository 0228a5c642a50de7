"""Create, find, count and end the sessions of one gateway, and decide who is admitted."""

import asyncio
import itertools
import math
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from s2s.access.caller import LOCAL_CALLER, Caller
from s2s.cluster.routing import worker_prefix
from s2s.cluster.shared_counters import SharedCounters
from s2s.errors import (
    ClientError,
    GatewayStopping,
    RateLimited,
    SessionNotFound,
    TooManySessions,
    TooManySessionsFromAddress,
    UpstreamUnavailable,
)
from s2s.latency_stats import LatencyStats
from s2s.limits.budget import Budget
from s2s.limits.circuit_breaker import CircuitBreaker
from s2s.limits.half_open import (
    HalfOpenSession,
    max_half_open,
    max_of_network,
    session_to_evict,
    session_to_replace,
)
from s2s.limits.ledger import DAY
from s2s.limits.rate_limit import TRANSPORTS, PerCallerRateLimiter, RateLimiter, network_of
from s2s.limits.session_limits import LimitNotice
from s2s.limits.usage import Price
from s2s.limits.usage_estimate import estimate_for
from s2s.logs import LOGGER
from s2s.recording.recorder import Recorder
from s2s.session.caller_limits import CallerLimits, LimitSettings, ProxyWatch
from s2s.session.final_bill import FinalBills
from s2s.session.kept_recordings import KeptRecording, KeptRecordings
from s2s.session.ports import OpenModel, Tools
from s2s.session.session import Session
from s2s.session.session_keys import SessionKeys
from s2s.session.supervisor import FINAL_NOTICE_S, FINISH_ANSWER_S, SessionSupervisor
from s2s.upstream.codec.setup_message import SessionConfig
from s2s.upstream.target.endpoints import UpstreamTarget

ELSEWHERE = Caller(address="elsewhere")
"""Anybody who is not at this machine and has not said who they are: GET /health tells their limits."""
SHUTDOWN_NOTICE = LimitNotice(
    "gateway_stopping",
    "The server is restarting. This conversation pauses after the current answer.",
    "It reconnects on its own and continues.",
    final=True,
)


@dataclass(frozen=True, slots=True)
class AdmissionLimits:
    """How many sessions are admitted. 0 means "no limit", except for `sessions`."""

    sessions: int = 100
    """Maximum for this process."""
    sessions_of_all: int = 100
    """Maximum for all processes behind one address."""
    callers: LimitSettings = field(default_factory=LimitSettings)
    """What one caller may use."""


@dataclass(slots=True)
class _Entry:
    session: Session
    supervisor: SessionSupervisor
    recorder: Recorder | None
    caller: Caller
    transport_rate: RateLimiter = field(default_factory=lambda: RateLimiter(*TRANSPORTS))


class SessionManager:
    """Creates, finds, counts and ends sessions."""

    def __init__(
        self,
        target: UpstreamTarget,
        open_model: OpenModel,
        tools: Tools,
        limits: AdmissionLimits,
        budget: Budget,
        *,
        find_price: Callable[[str], Price | None],
        playout_lead_ms: int,
        expires_s: float,
        record: Callable[[SessionConfig], Recorder | None] = lambda _: None,
        worker: int = 0,
        shared_counters: SharedCounters | None = None,
    ) -> None:
        """Manage the sessions of one gateway process.

        `find_price` returns a model's price, None for one that is not billed. `record` returns the recorder of a new
        session, None for no recording. `worker` and `shared_counters` are this process's number and the counters it
        shares with the other processes; 0 and None if there is only one.
        """

        self.choice = target
        """The upstream target of new sessions."""
        self._open_model = open_model
        self._tools = tools
        self._find_price = find_price
        self._record = record
        self._playout_lead_ms = playout_lead_ms
        self.limits = limits
        self.budget = budget
        self.expires_s = expires_s
        self.created = 0
        self.refused: Counter[str] = Counter()
        """Number of refused calls by error code."""
        self.events: Counter[str] = Counter()
        """Number of notices sent, upstream failures and session ends, each by its code."""
        self.breaker = CircuitBreaker(target.backend)
        self.latency = LatencyStats()
        self.stopping = False
        self._prefix, self._shared_counters = worker_prefix(worker), shared_counters
        self._create_rate = PerCallerRateLimiter() if shared_counters is None else shared_counters
        self.keys = SessionKeys()
        self._entries: dict[str, _Entry] = {}
        self._admitting: dict[str, Caller] = {}
        """Sessions that count already while money is reserved for them."""
        self._bills = FinalBills(budget.close)
        self.proxy_watch = ProxyWatch()
        self._kept_recordings = KeptRecordings(self.keys.forget_key)
        self._evictions: set[asyncio.Task[None]] = set()

    async def create(self, config: SessionConfig, caller: Caller = LOCAL_CALLER) -> tuple[Session, str]:
        """Admit and create a session. Return it with its key, which is not kept.

        Raises the ClientError or UpstreamUnavailable that refuses the call.
        """
        now = asyncio.get_running_loop().time()
        session_id = self._prefix + secrets.token_hex(16)
        limits = self.limits.callers.limits_of(caller)
        self.proxy_watch.on_call(caller)
        supervisor = self._supervisor(config, limits)
        try:
            self._check_admission(caller, limits, supervisor, now)
            self._register(session_id, caller, limits)
            self.breaker.on_session_start(session_id, now)
            await self._reserve(session_id, limits, supervisor)
        except ClientError as fault:
            if not self._has_room_elsewhere(fault):
                self.refused[fault.code] += 1
            raise
        except UpstreamUnavailable as fault:
            self.refused[fault.code] += 1
            self.breaker.count_refusal()
            raise
        finally:
            self._admitting.pop(session_id, None)
        try:
            session = self._start(session_id, config, supervisor, caller)
        except BaseException:
            self._withdraw(session_id)
            raise
        return session, self.keys.issue_key(session_id)

    def _start(self, session_id: str, config: SessionConfig, supervisor: SessionSupervisor, caller: Caller) -> Session:
        config = replace(config, seed=secrets.randbits(32))
        recorder = self._record(config)
        session = Session(
            session_id,
            self.choice,
            self._bills.connect(session_id, self._open_model, supervisor),
            config,
            self._tools,
            latency=self.latency,
            playout_lead_ms=self._playout_lead_ms,
            expires_s=self.expires_s,
            on_end=self._on_session_end,
            observers=(supervisor,) if recorder is None else (supervisor, recorder),
            dials_early=caller.is_trusted,
        )
        supervisor.bind(session)
        self._entries[session.id] = _Entry(session, supervisor, recorder, caller)
        self.created += 1
        LOGGER.info("session created", extra={"session": session.id})
        return session

    def _supervisor(self, config: SessionConfig, limits: CallerLimits) -> SessionSupervisor:
        return SessionSupervisor(
            limits.session,
            [self._find_price(model) for model in self.choice.candidates().names],
            self.breaker,
            self.events,
            estimate=estimate_for(config),
            bills_silence=[can.bills_silence for can in self.choice.abilities()],
        )

    async def _reserve(self, session_id: str, limits: CallerLimits, supervisor: SessionSupervisor) -> None:
        try:
            await self.budget.reserve(session_id, limits.accounts, supervisor)
            if self.stopping:
                raise GatewayStopping("the gateway is being stopped or restarted")
        except BaseException:
            self._withdraw(session_id)
            raise

    def _withdraw(self, session_id: str) -> None:
        """Undo what was counted for a session that does not begin."""
        self.budget.close(session_id)
        self.breaker.on_session_end(session_id)
        if self._shared_counters is not None:
            self._shared_counters.remove_session(session_id)

    def find(self, session_id: str) -> Session:
        """Return the session with this id. Raises SessionNotFound."""
        try:
            return self._entries[session_id].session
        except KeyError:
            raise SessionNotFound("no session has this id") from None

    def caller_of(self, session_id: str) -> Caller:
        """Return who created this session. Raises SessionNotFound."""
        self.find(session_id)
        return self._entries[session_id].caller

    def check_key(self, session_id: str, key: str, *, address: str, is_new_transport: bool = False) -> None:
        """Check the key of a `hello` in a running session. Raises as `SessionKeys.check_key`.

        `is_new_transport`: it also counts as a new transport of the session. Not before the key was right: else a
        stranger with the id could use up the rate, and the session's own page could not come back.
        """
        self.find(session_id)
        self.keys.check_key(session_id, key, address)
        if is_new_transport:
            self.check_transport_rate(session_id)

    def check_transport_rate(self, session_id: str) -> None:
        """Count one more transport for a session. Raises RateLimited, SessionNotFound."""
        self.find(session_id)
        if wait_s := self._entries[session_id].transport_rate.retry_after_s(asyncio.get_running_loop().time()):
            raise RateLimited("too many connections for one session", wait_s)

    def recording(self, session_id: str) -> Recorder | None:
        """Return the recorder of a running or recently ended session; None if nothing is recorded.

        Raises SessionNotFound.
        """
        if kept := self._kept_recordings.get(session_id):
            return kept.recorder
        self.find(session_id)
        return self._entries[session_id].recorder

    def creator_of(self, session_id: str) -> Caller:
        """Return who created a running or recently ended session. Later requests prove no identity, but its key.

        Raises SessionNotFound.
        """
        if kept := self._kept_recordings.get(session_id):
            return kept.caller
        self.find(session_id)
        return self._entries[session_id].caller

    def forget_recordings(self, keys: Mapping[str, str], identity: str) -> int:
        """Drop the recordings of the sessions whose key is right, and of all of `identity`. Return how many.

        `keys`: session key by session id. `identity`: empty for none. A running session is not recorded any more.
        """
        mine = {session_id for session_id, key in keys.items() if self.keys.is_key_of(session_id, key)}
        if identity:
            running = ((session_id, entry.caller) for session_id, entry in self._entries.items())
            everyone = itertools.chain(running, self._kept_recordings.callers())
            mine |= {session_id for session_id, caller in everyone if caller.identity == identity}
        dropped = 0
        for session_id in mine:
            entry = self._entries.get(session_id)
            if session_id in self._kept_recordings:
                self._kept_recordings.drop_recording(session_id)
                dropped += 1
            elif entry is not None and entry.recorder is not None:
                entry.recorder.discard()
                entry.recorder = None
                dropped += 1
        return dropped

    def all_sessions(self) -> list[Session]:
        return [entry.session for entry in self._entries.values()]

    @property
    def is_full(self) -> bool:
        return len(self._entries) + len(self._admitting) >= self.limits.sessions

    @property
    def accepts_calls(self) -> bool:
        """Whether a new caller would be admitted, per-address limits aside."""
        waiting_s = self.breaker.probe_after_s(asyncio.get_running_loop().time())
        return not (self.is_full or self.stopping or self.budget.is_day_used_up(self.limits.callers.day) or waiting_s)

    def health_report(self) -> dict[str, Any]:
        """Return the session part of GET /health."""
        now = asyncio.get_running_loop().time()
        others = self.limits.callers.limits_of(ELSEWHERE)
        per_session, day, today = others.session, others.accounts[DAY], self.budget.used_today()
        return {
            "refused": dict(self.refused),
            "events": dict(self.events),
            "incidents": dict(self.latency.incidents),
            "breaker": {
                "state": self.breaker.state,
                "why": self.breaker.why,
                "retry_after_s": math.ceil(self.breaker.probe_after_s(now)),
                "opened": self.breaker.opened,
            },
            "usage_today": {"tokens": today.tokens, "usd": round(today.usd, 4)},
            "limits": {
                "sessions_per_address": others.sessions,
                "creates_per_minute": others.creates_per_minute,
                "session_minutes": per_session.session_s / 60,
                "idle_minutes": per_session.idle_s / 60,
                "session_tokens": per_session.tokens,
                "session_usd": per_session.usd,
                "day_tokens": day.tokens,
                "day_usd": day.usd,
                "summary": self.limits.callers.summary,
            },
        }

    async def close(self, session_id: str) -> None:
        """End a session. Idempotent: unknown ids are ignored."""
        entry = self._entries.get(session_id)
        if entry is not None:
            await entry.session.close()

    def end_all(self, notice: LimitNotice) -> int:
        """End all sessions, each when its answer is finished. Return how many."""
        entries = list(self._entries.values())
        for entry in entries:
            entry.supervisor.end_session(notice, FINISH_ANSWER_S)
        return len(entries)

    async def drain(self, within_s: float) -> None:
        """Refuse new calls, notify the running ones and wait until they have ended.

        Each ends at its next pause in the conversation, after `within_s` at the latest.
        """
        self.stopping = True
        entries = list(self._entries.values())
        if not entries:
            return
        LOGGER.info("stopping: %d calls may finish within %.0f s", len(entries), within_s)
        for entry in entries:
            entry.supervisor.end_session(SHUTDOWN_NOTICE, within_s)
        try:
            async with asyncio.timeout(within_s + 2 * FINAL_NOTICE_S):
                await asyncio.gather(*(place.session.ended.wait() for place in entries))
        except TimeoutError:
            LOGGER.warning("some calls did not end in time", extra={"code": "drain_deadline"})

    async def close_all(self) -> None:
        """End all sessions at once and write down what they have used."""
        await asyncio.gather(*(session.close() for session in self.all_sessions()))
        await self._bills.close()
        await self.budget.stop()

    def _check_admission(self, caller: Caller, limits: CallerLimits, supervisor: SessionSupervisor, now: float) -> None:
        if self.stopping:
            raise GatewayStopping("the gateway is being stopped or restarted")
        if self._shared_counters is None:
            self._check_rate(caller, limits, now)
        self.budget.refuse_if_spent(limits.accounts, supervisor)
        if wait_s := self.breaker.probe_after_s(now):
            raise UpstreamUnavailable(self.breaker.why, math.ceil(wait_s))
        self._check_network(caller, limits)
        self._make_room(caller)
        if self._shared_counters is not None:
            # Last: the proxy may offer a call that is refused here for another reason to the next process.
            self._check_rate(caller, limits, now)

    def _check_network(self, caller: Caller, limits: CallerLimits) -> None:
        """Refuse an anonymous caller of an IPv6 network whose callers have their share of this process's lines."""
        network = network_of(caller.address)
        if network == caller.address or caller.is_trusted or not limits.sessions:
            return
        callers = [*(entry.caller for entry in self._entries.values()), *self._admitting.values()]
        used = sum(not other.is_trusted and network_of(other.address) == network for other in callers)
        if used >= max_of_network(self.limits.sessions, limits.sessions):
            raise TooManySessionsFromAddress(f"the anonymous callers of {network} have {used} sessions")

    def _make_room(self, caller: Caller) -> None:
        """Keep sessions that wait for their browser to their share of the lines. Raises TooManySessions.

        Local callers are not counted: a stranger cannot be one. Those who are being admitted are, but cannot make room.
        """
        newcomer = HalfOpenSession("", network_of(caller.address), caller.grants.priority)
        waiting = [
            HalfOpenSession(entry.session.id, network_of(entry.caller.address), entry.caller.grants.priority)
            for entry in self._entries.values()
            if entry.session.awaits_first_browser and not entry.caller.is_local
        ]
        if self.is_full:
            replaced = session_to_replace(waiting, newcomer)
            if replaced is None:
                whose = "" if self._shared_counters is None else " of this process"
                used = len(self._entries) + len(self._admitting)
                raise TooManySessions(f"{used} of {self.limits.sessions} sessions{whose} are in use")
            self._evict(replaced.session_id)
            return
        half_open = len(waiting) + sum(not other.is_local for other in self._admitting.values())
        if not caller.is_local and half_open >= max_half_open(self.limits.sessions):
            evicted = session_to_evict(waiting, newcomer)
            if evicted is None:
                raise TooManySessions(f"{half_open} sessions wait for their browser, and none may make room")
            self._evict(evicted.session_id)

    def _evict(self, session_id: str) -> None:
        """End a session that no browser has connected to. Its line is free at once."""
        entry = self._entries.pop(session_id)
        if self._shared_counters is not None:
            self._shared_counters.remove_session(session_id)
        self.events["half_open_evicted"] += 1
        LOGGER.info("a session that waited for its browser made room", extra={"session": session_id})
        closing = asyncio.create_task(entry.session.close(), name="eviction")
        self._evictions.add(closing)
        closing.add_done_callback(self._evictions.discard)

    def _check_rate(self, caller: Caller, limits: CallerLimits, now: float) -> None:
        if wait_s := self._create_rate.delay_s(_counted_as(caller), limits.creates_per_minute, now):
            raise RateLimited(f"more than {limits.creates_per_minute} sessions a minute", wait_s)

    def _register(self, session_id: str, caller: Caller, limits: CallerLimits) -> None:
        most, name = limits.sessions, _counted_as(caller)
        if self._shared_counters is not None:
            registered = self._shared_counters.add_session(session_id, name, most)
        else:
            callers = [*(entry.caller for entry in self._entries.values()), *self._admitting.values()]
            registered = not (most and name and sum(_counted_as(other) == name for other in callers) >= most)
        if not registered:
            raise TooManySessionsFromAddress(f"{most} sessions of one caller are the limit")
        self._admitting[session_id] = caller

    def _has_room_elsewhere(self, fault: ClientError) -> bool:
        if self._shared_counters is None or not isinstance(fault, TooManySessions):
            return False
        return self._shared_counters.count_sessions() < self.limits.sessions_of_all

    def _on_session_end(self, session: Session) -> None:
        entry = self._entries.pop(session.id, None)
        self.budget.release(session.id)
        if self._shared_counters is not None:
            self._shared_counters.remove_session(session.id)
        if entry is not None and entry.recorder is not None:
            self._kept_recordings.add(session.id, KeptRecording(entry.recorder, entry.caller))
        else:
            self.keys.forget_key(session.id)


def _counted_as(caller: Caller) -> str:
    """Return the name under which a caller's sessions are counted; empty if nothing is known of them."""
    return caller.account if caller.identity or caller.address else ""
