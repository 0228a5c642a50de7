"""What one caller may use: the owner's settings, what a token grants, defaults for who is not at this machine. Pure.

A setting that the owner has written wins, 0 switches a limit off. Where nothing is written, a local caller has no limit
but the old ones, and everybody else has the defaults below. A grant can only make a written limit smaller.
"""

from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from typing import TypeVar

from s2s.access.caller import Caller
from s2s.limits.ledger import DAY, Account, Limits
from s2s.limits.rate_limit import NETWORK_CALLERS, network_of
from s2s.limits.session_limits import SessionLimits
from s2s.limits.usage import NO_USAGE, Usage

Number = TypeVar("Number", int, float)

DEFAULT_SESSIONS = 4
"""Conversations at the same time: of one identity, or of one address for the anonymous."""
DEFAULT_CREATES_PER_MINUTE = 10
LOCAL_CREATES_PER_MINUTE = 120
DEFAULT_SESSION_MINUTES = 60.0
DEFAULT_DAY_USD = 10.0
"""For paid upstreams."""
# A shorter conversation could not begin; 0 would be "no limit".
_MIN_SESSION_S = 1.0
_MIN_TOKENS, _MIN_USD = 1, 1e-9
# So many calls in a row from one private address look like a proxy that is not named.
MANY_CALLS = 10


@dataclass(frozen=True, slots=True)
class CallerLimits:
    """Limits of one caller. 0 means "no limit"."""

    sessions: int
    creates_per_minute: int
    session: SessionLimits
    accounts: Limits
    """Accounts that this caller's calls are charged to, with the limit of each for a day."""


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """The owner's settings. None: not written; 0: no limit."""

    sessions: int | None = None
    creates_per_minute: int | None = None
    session_minutes: float | None = None
    day_usd: float | None = None
    day_tokens: int = 0
    identity_day: Usage = NO_USAGE
    address_day: Usage = NO_USAGE
    group_day: Usage = NO_USAGE
    session: SessionLimits = field(default_factory=SessionLimits)
    """`session_s` is not used: see `session_minutes`."""
    is_paid: bool = False
    """Whether the upstream costs money."""
    admits_strangers: bool = True
    """Whether anybody who is not at this machine may call at all."""

    def limits_of(self, caller: Caller) -> CallerLimits:
        """Return the limits of one caller."""
        local = caller.is_local
        day_usd = self.day_usd if self.day_usd is not None else 0.0 if local or not self.is_paid else DEFAULT_DAY_USD
        accounts = {DAY: Usage(self.day_tokens, day_usd), self._own_account(caller): self._own_limit(caller)}
        network = network_of(caller.address)
        if network != caller.address and not caller.identity and not local:
            # One stranger may have 65,536 IPv6 address groups.
            accounts[Account("address", network)] = Usage(0, NETWORK_CALLERS * self.address_day.usd)
        if caller.identity:
            accounts |= {Account("group", group): self.group_day for group in caller.groups}
        return CallerLimits(
            sessions=_written_or(self.sessions, 0 if local else DEFAULT_SESSIONS),
            creates_per_minute=_written_or(
                self.creates_per_minute, LOCAL_CREATES_PER_MINUTE if local else DEFAULT_CREATES_PER_MINUTE
            ),
            session=replace(self.session, session_s=self._session_s(caller)),
            accounts=accounts,
        )

    @property
    def day(self) -> Usage:
        """The written limit for everything in a day, which holds for local callers, too."""
        return Usage(self.day_tokens, self.day_usd or 0.0)

    @property
    def summary(self) -> str:
        """The limits of who is not at this machine, for the last line at start; empty if the upstream costs nothing."""
        if not self.is_paid:
            return ""
        limits = self.limits_of(Caller(address="elsewhere"))
        day = limits.accounts[DAY]
        parts = [
            f"{limits.sessions} calls" if limits.sessions else "any number of calls",
            f"{limits.creates_per_minute} new ones a minute each" if limits.creates_per_minute else "",
            f"{limits.session.session_s / 60:g} min a call" if limits.session.session_s else "calls of any length",
            f"{day.usd:g} USD a day in all" if day.usd else "no limit of USD a day",
        ]
        refused = "" if self.admits_strangers else "refused until S2S_AUTH is set, then "
        return f"callers from elsewhere: {refused}{', '.join(filter(None, parts))}"

    def _session_s(self, caller: Caller) -> float:
        default = 0.0 if caller.is_local else DEFAULT_SESSION_MINUTES
        granted = caller.grants.session_minutes
        if granted is None:
            return _written_or(self.session_minutes, default) * 60
        written = self.session_minutes or float("inf")
        return max(_MIN_SESSION_S, min(granted, written) * 60)

    def _own_account(self, caller: Caller) -> Account:
        if caller.identity:
            return Account("identity", caller.identity)
        return Account("local") if caller.is_local else Account("address", caller.address)

    def _own_limit(self, caller: Caller) -> Usage:
        if not caller.identity:
            return NO_USAGE if caller.is_local else self.address_day
        grants, written = caller.grants, self.identity_day
        tokens, usd = written.tokens, written.usd
        if grants.day_tokens is not None:
            tokens = max(_MIN_TOKENS, min(grants.day_tokens, tokens or grants.day_tokens))
        if grants.day_usd is not None:
            usd = max(_MIN_USD, min(grants.day_usd, usd or grants.day_usd))
        return Usage(tokens, usd)


def _written_or(written: Number | None, default: Number) -> Number:
    return default if written is None else written


class ProxyWatch:
    """Notices when all callers seem to come from one private address: a proxy that is not named to the gateway."""

    def __init__(self) -> None:
        self._address = ""
        self._calls = 0
        self._is_varied = False

    def on_call(self, caller: Caller) -> None:
        """Note where a call came from. Local ones say nothing."""
        if caller.is_local or not caller.address or self._is_varied:
            return
        self._is_varied = bool(self._address) and caller.address != self._address
        self._address = caller.address
        self._calls += 1

    @property
    def warnings(self) -> list[str]:
        """One sentence, or none."""
        if self._is_varied or self._calls < MANY_CALLS or not _is_private(self._address):
            return []
        return [
            f"All {self._calls} callers seem to come from {self._address}: if that is a proxy, name it in "
            "FORWARDED_ALLOW_IPS, or they all share the limits of one address."
        ]


def _is_private(address: str) -> bool:
    try:
        return ip_network(address).is_private if "/" in address else ip_address(address).is_private
    except ValueError:
        return False
