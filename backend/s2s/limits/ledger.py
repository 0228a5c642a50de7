"""Ledger of one gateway process: what its calls may still use today, and what they have used. Pure, virtual time.

A call reserves before it begins, and again as it goes on: it never uses more than it has reserved, but for the answer
that was begun when nothing was left. So all calls together stay within every limit, to within that one answer of each
(`Need.last_words`), whatever they do at the same moment. What counts is what passes, from second to second; the
service's own count replaces it (`s2s.limits.usage`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, NamedTuple

from s2s.limits.usage import NO_USAGE, Usage

Kind = Literal["day", "identity", "address", "group", "local", "service"]
# A call whose reservation was small from the start keeps this share of it for its last words.
LAST_WORDS_SHARE = 0.1


class Account(NamedTuple):
    """What usage is charged to."""

    kind: Kind
    name: str = ""


DAY = Account("day")
"""Everything that all calls use in a day."""

Limits = Mapping[Account, Usage]
"""Accounts that a call is charged to, with the limit of each for a day; 0 tokens or 0 dollars: no limit."""


@dataclass(frozen=True, slots=True)
class Balance:
    """State of an account on one day."""

    used: Usage = NO_USAGE
    reserved: Usage = NO_USAGE
    """Reserved by open calls and not used yet."""
    calls: int = 0
    """Calls that began on this day."""

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(self.used + other.used, self.reserved + other.reserved, self.calls + other.calls)


NOTHING = Balance()


class Need(NamedTuple):
    """What a call wants to have reserved, by what it costs now."""

    ahead: Usage
    """For the next minute."""
    last_words: Usage
    """To finish the answer that runs: with no more than this left, the call ends."""


@dataclass(frozen=True, slots=True)
class Request:
    """A call's request for a reservation."""

    call: str
    limits: Limits
    want: Usage


@dataclass(frozen=True, slots=True)
class Refusal:
    """Nothing can be reserved: this account has nothing left."""

    account: Account
    is_reserved: bool = False
    """Calls that run have reserved the rest, and may not need it."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State of the ledger for the journal: absolute numbers, so writing one twice does no harm."""

    day: date
    balances: dict[Account, Balance]
    earlier: dict[tuple[date, Account], Balance]
    """Days that have ended and are not in the journal yet."""


@dataclass(slots=True)
class _Call:
    limits: Limits
    is_paid: bool
    granted: Usage
    used: Usage = NO_USAGE
    used_before_today: Usage = NO_USAGE
    began_today: bool = True

    @property
    def ahead(self) -> Usage:
        return (self.granted - self.used).at_least(NO_USAGE)


@dataclass(slots=True)
class Ledger:
    """Open calls of one process, and the balance of every account since this process began."""

    day: date
    """Never goes back: a clock that is set back leaves the ledger on its day."""
    _calls: dict[str, _Call] = field(default_factory=dict)
    _closed: dict[Account, Balance] = field(default_factory=dict)
    """Of calls that have ended today."""
    _earlier: dict[tuple[date, Account], Balance] = field(default_factory=dict)

    def __contains__(self, call: str) -> bool:
        return call in self._calls

    def __len__(self) -> int:
        return len(self._calls)

    def open_calls(self) -> list[str]:
        return list(self._calls)

    def open(self, call: str, limits: Limits, granted: Usage, *, is_paid: bool) -> None:
        """Begin a call with what was granted to it."""
        self._calls[call] = _Call(limits, is_paid, granted)

    def set_used(self, call: str, used: Usage) -> None:
        """Set all that a call has used so far. A correction may make it less."""
        self._calls[call].used = used

    def extend(self, call: str, more: Usage) -> None:
        """Add to the reservation of a call; one that has ended in the meantime is ignored."""
        if call in self._calls:
            self._calls[call].granted += more

    def release(self, call: str) -> None:
        """Give back what a call has reserved and not used: only its bill is awaited."""
        self._calls[call].granted = self._calls[call].used

    def close(self, call: str) -> None:
        """End a call: what it has used is final."""
        ended = self._calls.pop(call)
        for account in ended.limits:
            self._closed[account] = self._closed.get(account, NOTHING) + _used_today(ended)

    def turn_day(self, today: date) -> None:
        """Go on to the next day. Open calls go on with their reservations; their usage so far stays on its day."""
        if today <= self.day:
            return
        for account, balance in self.balances().items():
            self._earlier[self.day, account] = replace(balance, reserved=NO_USAGE)
        self._closed.clear()
        for call in self._calls.values():
            call.used_before_today, call.began_today = call.used, False
        self.day = today

    def forget_earlier(self, written: Iterable[tuple[date, Account]]) -> None:
        """Drop days that are in the journal."""
        for key in written:
            self._earlier.pop(key, None)

    def balances(self) -> dict[Account, Balance]:
        """Return the balance of each account that was used today."""
        found = dict(self._closed)
        for call in self._calls.values():
            for account in call.limits:
                found[account] = found.get(account, NOTHING) + replace(_used_today(call), reserved=call.ahead)
        return found

    def snapshot(self) -> Snapshot:
        return Snapshot(self.day, self.balances(), dict(self._earlier))

    def requests(self, needs: Mapping[str, Need]) -> list[Request]:
        """Return a request for each call that has less than half of a minute's worth ahead."""
        found = []
        for name, call in self._calls.items():
            ahead, want = call.ahead, needs[name].ahead if name in needs else NO_USAGE
            if 2 * ahead.tokens < want.tokens or 2 * ahead.usd < want.usd:
                found.append(Request(name, call.limits, (want - ahead).at_least(NO_USAGE)))
        return found

    def is_used_up(self, call: str, last_words: Usage) -> bool:
        """Whether what a call has left is needed for its last words, so that it ends if it gets no more."""
        mine = self._calls[call]
        ahead, least = mine.ahead, last_words.at_most(_share(mine.granted))
        return ahead.tokens <= least.tokens or (mine.is_paid and ahead.usd <= least.usd)

    def is_paid(self, call: str) -> bool:
        """Whether a call costs money."""
        return self._calls[call].is_paid


def grant(
    own: dict[Account, Balance], others: Mapping[Account, Balance], requests: Iterable[Request]
) -> dict[str, Usage | Refusal]:
    """Grant to each request as much of what it wants as every account has left; a Refusal if one has nothing left.

    `own`: balances of this process, to which what is granted is added. `others`: those of all others.
    """
    granted: dict[str, Usage | Refusal] = {}
    for request in requests:
        possible = _possible(own, others, request)
        granted[request.call] = possible
        if isinstance(possible, Usage):
            for account in request.limits:
                own[account] = own.get(account, NOTHING) + Balance(reserved=possible)
    return granted


def _possible(own: Mapping[Account, Balance], others: Mapping[Account, Balance], request: Request) -> Usage | Refusal:
    possible = request.want
    for account, limit in request.limits.items():
        balance = own.get(account, NOTHING) + others.get(account, NOTHING)
        left = limit - balance.used - balance.reserved
        # Of what costs nothing no dollars are wanted, so a limit in dollars does not touch it.
        counts_tokens, counts_usd = bool(limit.tokens and possible.tokens), bool(limit.usd and possible.usd)
        if (counts_tokens and left.tokens <= 0) or (counts_usd and left.usd <= 0):
            unspent = left + balance.reserved
            is_spent = (counts_tokens and unspent.tokens <= 0) or (counts_usd and unspent.usd <= 0)
            return Refusal(account, is_reserved=not is_spent)
        possible = Usage(
            min(possible.tokens, left.tokens) if counts_tokens else possible.tokens,
            min(possible.usd, left.usd) if counts_usd else possible.usd,
        )
    return possible


def _used_today(call: _Call) -> Balance:
    return Balance(call.used - call.used_before_today, calls=int(call.began_today))


def _share(granted: Usage) -> Usage:
    return Usage(int(granted.tokens * LAST_WORDS_SHARE), granted.usd * LAST_WORDS_SHARE)
