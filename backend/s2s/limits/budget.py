"""Budget of a gateway: reserves for calls before they begin, charges what passes, and ends calls that have spent it.

The ledger decides (`s2s.limits.ledger`), the journal keeps (`s2s.limits.usage_journal`). Nothing here runs for a frame
of audio: once a second each call is asked what it has used, and one transaction in a separate thread writes it all.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

from s2s.errors import BudgetUnavailable, ClientError, DailyBudgetExceeded, IdentityBudgetExceeded, PaidCallsOff
from s2s.limits.ledger import DAY, NOTHING, Account, Balance, Ledger, Limits, Need, Refusal, Request, grant
from s2s.limits.paid_calls import PAID_CALLS_OFF_NOTICE
from s2s.limits.session_limits import LimitNotice
from s2s.limits.usage import Usage
from s2s.limits.usage_journal import Answer, UsageJournal, UsageRow
from s2s.logs import LOGGER

FILE = "usage.sqlite"
EXCHANGE_INTERVAL_S = 1.0
MIN_INTERVAL_S = 0.05
RESERVED_RETRY_S = 60.0
"""A call that was refused because of what others have reserved may try again by then."""
# A disk that hangs must not hold up who creates a call for longer.
JOURNAL_TIMEOUT_S = 5.0
CHECKPOINT_INTERVAL_S = 5.0
DAY_NOTICE = LimitNotice("day_limit", "Today’s budget is used up.", "It resets at midnight UTC.", final=True)
OWN_NOTICE = LimitNotice(
    "identity_limit",
    "You’ve used up your budget for today.",
    "It resets at midnight UTC.",
    final=True,
)
JOURNAL_NOTICE = LimitNotice(
    "budget_unavailable",
    "The server can’t keep track of costs right now, so this conversation is ending.",
    "Try again in a few minutes, or tell whoever runs this server.",
    final=True,
)


class Spender(Protocol):
    """What uses tokens and money: a call, or a voice sample."""

    @property
    def is_paid(self) -> bool:
        """Whether it costs money."""
        ...

    @property
    def running_usage(self) -> Usage:
        """All that was used so far, the current turn included."""
        ...

    def need(self) -> Need:
        """What is to be reserved from now on."""
        ...

    def on_used_up(self, notice: LimitNotice) -> None:
        """End soon: nothing more can be reserved."""
        ...


class Budget:
    """Usage of one gateway process, and what all processes together may use."""

    def __init__(
        self,
        path: Path,
        *,
        worker: int = 0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        check_paid_calls: Callable[[], None] = lambda: None,
    ) -> None:
        """`path`: file of the journal, shared by all processes. `worker`: number of this process. `check_paid_calls`
        raises PaidCallsOff while nothing that costs money is allowed."""
        self.path = path
        self._check_paid_calls = check_paid_calls
        self.fault = ""
        """Why the journal cannot be written; empty while it can."""
        self._clock = clock
        self._journal = UsageJournal(path, f"{worker}-{uuid4().hex}", worker)
        self._ledger = Ledger(clock().date())
        self._spenders: dict[str, Spender] = {}
        self._ended: set[str] = set()
        """Calls of which only the bill is awaited."""
        self._others: dict[Account, Balance] = {}
        """Balances of other and earlier processes, as they were at the last exchange."""
        self._newest = self._ledger.day
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="usage journal")
        self._running: asyncio.Future[Answer] | None = None
        self._exchanging = asyncio.Lock()
        self._exchanged_at = self._checkpoint_at = float("-inf")
        self._has_news = asyncio.Event()
        self._is_urgent = asyncio.Event()
        """A call has ended: what it has used is written at once."""
        self._ticking: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Read what was used before, and write once a second from now on what is used."""
        await self.exchange()
        self._ticking = asyncio.create_task(self._tick(), name="budget")

    async def stop(self) -> None:
        """Write the rest and close the journal."""
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.gather(self._ticking, return_exceptions=True)
        await self.exchange()
        if not self.fault:
            self._thread.submit(self._journal.close)
        self._thread.shutdown(wait=not self.fault)

    async def reserve(self, call: str, limits: Limits, spender: Spender) -> None:
        """Reserve a minute's worth for a call that begins; it is charged until `close`.

        Raises DailyBudgetExceeded, IdentityBudgetExceeded; what `check_paid_calls` does if it costs money, and
        BudgetUnavailable if the journal fails.
        """
        request = Request(call, limits, spender.need().ahead)
        async with self._exchanging:
            self._charge()
            answer = await self._ask([request])
            if answer is None and spender.is_paid:
                raise BudgetUnavailable(f"what calls use cannot be written to {self.path.name}: {self.fault}")
            granted = self._grant_from_memory(request) if answer is None else answer.granted[call]
            if isinstance(granted, Refusal):
                raise self._refusal(granted)
            if spender.is_paid:
                # The operator may have ended all calls while this one waited for the journal.
                self._check_paid_calls()
            self._ledger.open(call, limits, granted, is_paid=spender.is_paid)
            self._spenders[call] = spender
        self._has_news.set()

    def refuse_if_spent(self, limits: Limits, spender: Spender) -> None:
        """Raise what `reserve` would, by what is known here and now: before anything gives way to a call."""
        self._charge()
        granted = self._grant_from_memory(Request("", limits, spender.need().ahead))
        if isinstance(granted, Refusal):
            raise self._refusal(granted)

    def release(self, call: str) -> None:
        """Give back what an ended call has reserved; its bill may still come until `close`. Unknown ids are ignored."""
        if call in self._ledger:
            self._ledger.set_used(call, self._spenders[call].running_usage)
            self._ledger.release(call)
            self._ended.add(call)
            self._is_urgent.set()

    def close(self, call: str) -> None:
        """Charge what a call has used in the end. Unknown ids are ignored."""
        if call in self._ledger:
            self._ledger.set_used(call, self._spenders.pop(call).running_usage)
            self._ledger.close(call)
            self._ended.discard(call)
            self._has_news.set()
            self._is_urgent.set()

    def used_today(self) -> Usage:
        """Return what all calls of all processes have used today."""
        return self._balance(DAY).used

    def is_day_used_up(self, limit: Usage) -> bool:
        """Whether a limit for everything in a day (0: none) is reached, reservations included."""
        balance = self._balance(DAY)
        left = limit - balance.used - balance.reserved
        return bool((limit.tokens and left.tokens <= 0) or (limit.usd and left.usd <= 0))

    def seconds_to_midnight(self) -> int:
        """Seconds until the budget is renewed, at least 1. Longer than a day if the clock was set back."""
        midnight = datetime.combine(max(self._ledger.day, self._today()) + timedelta(days=1), datetime.min.time(), UTC)
        return max(1, int((midnight - self._clock()).total_seconds()))

    @property
    def warnings(self) -> list[str]:
        """What an operator has to know, as sentences."""
        found = []
        if self.fault:
            found.append(
                f"What calls use cannot be written to {self.path} ({self.fault}): new paid calls are refused. Make "
                "room on the disk, or make the file writable; one that is damaged has to be moved away."
            )
        if self._newest > self._today() + timedelta(days=1):
            found.append(
                f"{self.path} has usage of {self._newest.isoformat()}, which is to come: it counts as today's. Set the "
                "clock; if that day was wrong, stop the gateway and move the file away."
            )
        return found

    async def rows(self, day: date | None = None) -> list[UsageRow]:
        """Return what each account has used on a day, today if it is None. Raises BudgetUnavailable."""
        await self.exchange()
        wanted = (day or max(self._today(), self._ledger.day)).isoformat()
        try:
            async with asyncio.timeout(JOURNAL_TIMEOUT_S):
                return await asyncio.wrap_future(self._thread.submit(self._journal.rows, wanted))
        except (OSError, sqlite3.Error, TimeoutError) as fault:
            raise BudgetUnavailable(f"{self.path.name} cannot be read: {_reason(fault)}") from fault

    async def refresh(self) -> None:
        """Learn what calls have used, and other processes, of which that is known to the second."""
        self._charge()
        if asyncio.get_running_loop().time() - self._exchanged_at >= EXCHANGE_INTERVAL_S:
            await self.exchange()

    async def exchange(self) -> None:
        """Charge what has passed, write it down, reserve for who needs more, and end the calls that get nothing."""
        async with self._exchanging:
            self._charge()
            needs = {call: spender.need() for call, spender in self._spenders.items() if call not in self._ended}
            requests = self._ledger.requests(needs)
            answer = await self._ask(requests)
            for request in requests:
                self._extend(request, answer, needs[request.call].last_words)

    async def _tick(self) -> None:
        while True:
            await self._has_news.wait()
            await self._wait_for_interval()
            if not len(self._ledger):
                # What ends from here on sets it again.
                self._has_news.clear()
            await self.exchange()
            self._end_if_switched_off()
            if self.fault:
                self._has_news.set()

    def _end_if_switched_off(self) -> None:
        """End what costs money if that was switched off, perhaps by a process that could not reach this one."""
        try:
            self._check_paid_calls()
        except PaidCallsOff:
            for call, spender in list(self._spenders.items()):
                if spender.is_paid and call not in self._ended:
                    spender.on_used_up(PAID_CALLS_OFF_NOTICE)

    async def _wait_for_interval(self) -> None:
        """Wait until it is time for the next exchange: soon if a call has ended, whose usage a kill would lose."""
        await asyncio.sleep(MIN_INTERVAL_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(EXCHANGE_INTERVAL_S - MIN_INTERVAL_S):
                await self._is_urgent.wait()
        self._is_urgent.clear()

    def _charge(self) -> None:
        """Ask every call what it has used."""
        for call, spender in self._spenders.items():
            self._ledger.set_used(call, spender.running_usage)
        self._turn_day(self._today())

    def _turn_day(self, today: date) -> None:
        """Begin a new day. One that was begun is not left again, whatever the clock says."""
        if today > self._ledger.day:
            self._ledger.turn_day(today)
            self._others.clear()

    def _extend(self, request: Request, answer: Answer | None, last_words: Usage) -> None:
        call = request.call
        spender = self._spenders.get(call)
        if spender is None or call in self._ended:
            return
        if answer is not None:
            granted: Usage | Refusal | None = answer.granted[call]
        else:
            granted = None if self._ledger.is_paid(call) else self._grant_from_memory(request)
        if isinstance(granted, Usage):
            self._ledger.extend(call, granted)
        elif self._ledger.is_used_up(call, last_words):
            spender.on_used_up(JOURNAL_NOTICE if granted is None else _notice(granted))

    async def _ask(self, requests: list[Request]) -> Answer | None:
        """Exchange with the journal; None if it fails."""
        try:
            async with asyncio.timeout(JOURNAL_TIMEOUT_S):
                answer = await self._in_thread(requests)
        except (OSError, sqlite3.Error, TimeoutError) as fault:
            self._on_failure(_reason(fault))
            return None
        self._exchanged_at = asyncio.get_running_loop().time()
        self._on_success(answer)
        return answer

    async def _in_thread(self, requests: list[Request]) -> Answer:
        if self._running is not None and not self._running.done():
            raise TimeoutError
        loop = asyncio.get_running_loop()
        sync = loop.time() - self._checkpoint_at >= CHECKPOINT_INTERVAL_S
        if sync:
            self._checkpoint_at = loop.time()
        snapshot, today = self._ledger.snapshot(), self._today()

        def exchange() -> Answer:
            answer = self._journal.exchange(snapshot, requests, today)
            if sync:
                self._journal.checkpoint()
            return answer

        self._running = asyncio.wrap_future(self._thread.submit(exchange))
        # The wait may have timed out, and then the failure has been logged already.
        self._running.add_done_callback(lambda done: done.cancelled() or done.exception())
        answer = await asyncio.shield(self._running)
        self._ledger.forget_earlier(snapshot.earlier)
        return answer

    def _on_failure(self, reason: str) -> None:
        if not self.fault:
            LOGGER.error("what calls use cannot be written to %s: %s", self.path, reason, extra={"code": "usage_file"})
        self.fault = reason

    def _on_success(self, answer: Answer) -> None:
        if self.fault:
            LOGGER.info("what calls use can be written again", extra={"code": "usage_file"})
        self.fault = ""
        self._others |= answer.others
        self._newest = answer.newest
        if answer.newest > self._ledger.day:
            # Another process, or the same one before the clock was set back: what it used was counted for today above.
            self._ledger.turn_day(answer.newest)

    def _grant_from_memory(self, request: Request) -> Usage | Refusal:
        return grant(self._ledger.balances(), self._others, [request])[request.call]

    def _balance(self, account: Account) -> Balance:
        own: Mapping[Account, Balance] = self._ledger.balances()
        return own.get(account, NOTHING) + self._others.get(account, NOTHING)

    def _today(self) -> date:
        return self._clock().date()

    def _refusal(self, refusal: Refusal) -> ClientError:
        wait_s = RESERVED_RETRY_S if refusal.is_reserved else self.seconds_to_midnight()
        state = "reserved by calls that run" if refusal.is_reserved else "used up"
        if refusal.account.kind == "day":
            return DailyBudgetExceeded(f"the limit of tokens or money for this day is {state}", wait_s)
        return IdentityBudgetExceeded(f"the budget of this {refusal.account.kind} for the day is {state}", wait_s)


def _notice(refusal: Refusal) -> LimitNotice:
    return DAY_NOTICE if refusal.account.kind == "day" else OWN_NOTICE


def _reason(fault: Exception) -> str:
    return str(fault) or ("the disk does not answer" if isinstance(fault, TimeoutError) else type(fault).__name__)
