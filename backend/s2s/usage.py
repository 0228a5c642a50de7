"""Tokens and money of one session, each counted once.

Upstream's `usageMetadata` is cumulative: the prompt of a turn is the whole context so far, several messages of one turn
grow, a late one repeats itself (GEMINI dossier 6.3; livekit/agents-js#510). So tokens are the growth of the total, and
money is what the service bills: the last word on each turn, its whole context included.
"""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from s2s.vocabulary import (
    Interrupted,
    LinkLost,
    ModelSaid,
    SocketLost,
    ToolCalled,
    TurnComplete,
    UsageCounted,
    VoiceOut,
)
from s2s.witness import Fact

_MILLION = 1_000_000


class PricesError(ValueError):
    """The price file cannot be used; the text says why."""


class Price(msgspec.Struct, frozen=True):
    """US dollars per million tokens."""

    model: str
    """What the names of the models begin with."""
    text_in: float
    audio_in: float
    text_out: float
    audio_out: float
    as_of: str
    source: str

    @property
    def per_million(self) -> dict[str, float]:
        return {name: getattr(self, name) for name in ("text_in", "audio_in", "text_out", "audio_out")}

    def of(self, usage: UsageCounted) -> float:
        """US dollars of one turn. What upstream did not call text is taken as audio, the dearer one."""
        billed = Billed.of(usage)
        cost = billed.prompt_text * self.text_in + billed.prompt_audio * self.audio_in
        cost += billed.response_text * self.text_out + billed.response_audio * self.audio_out
        return cost / _MILLION


class _Table(msgspec.Struct, frozen=True):
    prices: list[Price]


def price_of(model: str, table: bytes) -> Price | None:
    """The first entry of a price file that fits. Raises PricesError."""
    try:
        prices = msgspec.json.decode(table, type=_Table).prices
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise PricesError(f"the price file cannot be read: {fault}") from fault
    return next((price for price in prices if model.startswith(price.model)), None)


def built_in_prices() -> bytes:
    """The table that comes with the gateway."""
    return (Path(__file__).parent / "prices.json").read_bytes()


@dataclass(frozen=True, slots=True)
class Billed:
    """Tokens by kind as the service bills them: the whole context again on every turn."""

    prompt_text: int = 0
    prompt_audio: int = 0
    response_text: int = 0
    response_audio: int = 0

    @classmethod
    def of(cls, usage: UsageCounted) -> "Billed":
        """One turn. What upstream did not call text is taken as audio, the dearer one."""
        text_in = min(usage.prompt_text_tokens, usage.prompt_tokens)
        text_out = min(usage.response_text_tokens, usage.response_tokens)
        return cls(text_in, usage.prompt_tokens - text_in, text_out, usage.response_tokens - text_out)

    @property
    def total(self) -> int:
        return self.prompt_text + self.prompt_audio + self.response_text + self.response_audio

    def __add__(self, other: "Billed") -> "Billed":
        return Billed(
            self.prompt_text + other.prompt_text,
            self.prompt_audio + other.prompt_audio,
            self.response_text + other.response_text,
            self.response_audio + other.response_audio,
        )


@dataclass(frozen=True, slots=True)
class Spent:
    """What a session has used, or what one message added."""

    tokens: int = 0
    usd: float = 0.0

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens - other.tokens, self.usd - other.usd)

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens + other.tokens, self.usd + other.usd)


class UsageMeter:
    """One session's counter, over all its upstream sockets."""

    def __init__(self, price: Price | None) -> None:
        """`price` None: nothing is billed."""
        self.price = price
        self._tokens = 0
        self._billed = self._turn_billed = Billed()
        self._billed_usd = 0.0
        self._turn: UsageCounted | None = None
        self._turn_usd = 0.0
        self._over = False
        self._begun = False

    @property
    def spent(self) -> Spent:
        return Spent(self._tokens, self._billed_usd + self._turn_usd)

    @property
    def billed(self) -> Billed:
        return self._billed + self._turn_billed

    def watch(self, fact: Fact) -> Spent:
        """Takes in one fact; answers what it added."""
        match fact:
            case UsageCounted():
                before = self.spent
                self._count(fact)
                return self.spent - before
            case TurnComplete() | Interrupted() | SocketLost() | LinkLost():
                self._over, self._begun = True, False
            case VoiceOut() | ModelSaid() | ToolCalled() if self._over:
                self._begun = True
            case _:
                pass
        return Spent()

    def _count(self, usage: UsageCounted) -> None:
        last, total = self._turn, _total(usage)
        counted = _total(last) if last is not None else 0
        grown = total - counted
        # A smaller context is a shortened or a fresh one: what it holds was counted when it was new.
        self._tokens += grown if grown >= 0 else usage.response_tokens
        if last is None or self._begun or (self._over and usage.prompt_tokens >= counted) or grown < 0:
            self._billed_usd += self._turn_usd
            self._turn_usd = 0.0
            self._billed, self._turn_billed = self.billed, Billed()
            self._over = self._begun = False
        self._turn = usage
        self._turn_billed = max(self._turn_billed, Billed.of(usage), key=lambda billed: billed.total)
        if self.price is not None:
            self._turn_usd = max(self._turn_usd, self.price.of(usage))


def _total(usage: UsageCounted) -> int:
    return max(usage.total_tokens, usage.prompt_tokens + usage.response_tokens)
