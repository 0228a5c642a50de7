"""Count tokens and money of one session, each once.

Upstream's `usageMetadata` is cumulative: the prompt of a turn is the whole context so far, the counts of one turn's
messages grow, and a late message repeats itself (GEMINI dossier 6.3; livekit/agents-js#510). So tokens are counted as
the growth of the total, and money as the service bills it: by the last count of each turn, its whole context included.
"""

from dataclasses import dataclass, fields

import msgspec

from s2s.core.effects import Effect
from s2s.core.events import (
    Interrupted,
    LinkLost,
    ModelAudio,
    ModelTranscriptDelta,
    SocketLost,
    ToolCalled,
    TurnComplete,
    UsageCounted,
)
from s2s.core.observer import SessionClosed, SessionEvent
from s2s.limits.usage_estimate import EstimatedTurn, UsageEstimate
from s2s.upstream.models.model_table import bare_name, prices_of

_MILLION = 1_000_000


class PricesError(ValueError):
    """The price file cannot be used; the message says why."""


class Price(msgspec.Struct, frozen=True):
    """US dollars per million tokens. Thought tokens are billed as text output."""

    model: str
    """Prefix of the model names that this price applies to."""
    text_in: float
    audio_in: float
    text_out: float
    audio_out: float
    as_of: str
    source: str
    image_in: float | None = None
    """None: billed as audio, as in price files without this field."""
    video_in: float | None = None

    @property
    def per_million(self) -> dict[str, float]:
        """Prices by the names that the wire uses."""
        return {
            "text_in": self.text_in,
            "audio_in": self.audio_in,
            "image_in": self.audio_in if self.image_in is None else self.image_in,
            "video_in": self.audio_in if self.video_in is None else self.video_in,
            "text_out": self.text_out,
            "audio_out": self.audio_out,
        }

    def cost_of_turn(self, usage: UsageCounted) -> float:
        """Cost of one turn in US dollars."""
        return self.cost_of_tokens(BilledTokens.from_turn(usage))

    def cost_of_tokens(self, billed: "BilledTokens") -> float:
        """Cost of these tokens in US dollars."""
        prices = self.per_million
        cost = billed.prompt_text * prices["text_in"] + billed.prompt_audio * prices["audio_in"]
        cost += billed.prompt_image * prices["image_in"] + billed.prompt_video * prices["video_in"]
        cost += billed.response_text * prices["text_out"] + billed.response_audio * prices["audio_out"]
        return cost / _MILLION


class _Table(msgspec.Struct, frozen=True):
    prices: list[Price]


def find_price(model: str, table: bytes) -> Price | None:
    """Return the first matching entry of a price file, None if there is none. Raises PricesError."""
    try:
        prices = msgspec.json.decode(table, type=_Table).prices
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise PricesError(f"the price file cannot be read: {fault}") from fault
    return next((price for price in prices if model.startswith(price.model)), None)


def built_in_price(model: str) -> Price:
    """Return the price of a model from `upstream/models/models.json`."""
    listed = prices_of(model)
    return Price(
        bare_name(model),
        text_in=listed.text_in,
        audio_in=listed.audio_in,
        text_out=listed.text_out,
        audio_out=listed.audio_out,
        as_of=listed.as_of,
        source=listed.source,
        image_in=listed.image_in,
        video_in=listed.video_in,
    )


@dataclass(frozen=True, slots=True)
class BilledTokens:
    """Tokens by kind as the service bills them: every turn bills the whole context again."""

    prompt_text: int = 0
    prompt_audio: int = 0
    response_text: int = 0
    """Includes thought tokens."""
    response_audio: int = 0
    prompt_image: int = 0
    prompt_video: int = 0

    @classmethod
    def from_turn(cls, usage: UsageCounted) -> "BilledTokens":
        """Split the usage of one turn by kind.

        Tokens without a kind are taken as audio, the more expensive one. Where upstream counts only the prompt and the
        total (seen on 3.1), the rest is the response.
        """
        left = usage.prompt_tokens
        text_in = min(usage.prompt_text_tokens, left)
        image_in = min(usage.prompt_image_tokens, left - text_in)
        video_in = min(usage.prompt_video_tokens, left - text_in - image_in)
        response = usage.response_tokens or _uncounted_response(usage)
        text_out = min(usage.response_text_tokens, response)
        return cls(
            text_in,
            left - text_in - image_in - video_in,
            text_out + usage.thought_tokens,
            response - text_out,
            image_in,
            video_in,
        )

    @property
    def prompt(self) -> int:
        return self.prompt_text + self.prompt_audio + self.prompt_image + self.prompt_video

    @property
    def total(self) -> int:
        return self.prompt + self.response_text + self.response_audio

    def __add__(self, other: "BilledTokens") -> "BilledTokens":
        return BilledTokens(
            self.prompt_text + other.prompt_text,
            self.prompt_audio + other.prompt_audio,
            self.response_text + other.response_text,
            self.response_audio + other.response_audio,
            self.prompt_image + other.prompt_image,
            self.prompt_video + other.prompt_video,
        )


def _uncounted_response(usage: UsageCounted) -> int:
    rest = max(0, usage.total_tokens - usage.prompt_tokens)
    return 0 if rest == usage.thought_tokens else rest


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens and US dollars used by a session, or added by one message."""

    tokens: int = 0
    usd: float = 0.0

    def __sub__(self, other: "Usage") -> "Usage":
        return Usage(self.tokens - other.tokens, self.usd - other.usd)

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(self.tokens + other.tokens, self.usd + other.usd)

    def at_most(self, other: "Usage") -> "Usage":
        """The smaller of each."""
        return Usage(min(self.tokens, other.tokens), min(self.usd, other.usd))

    def at_least(self, other: "Usage") -> "Usage":
        """The larger of each."""
        return Usage(max(self.tokens, other.tokens), max(self.usd, other.usd))


NO_USAGE = Usage()
_TURN_BEGINS = (ModelAudio, ModelTranscriptDelta, ToolCalled)
_TURN_ENDS = (TurnComplete, SocketLost, SessionClosed)
_COUNTED = (UsageCounted, Interrupted, LinkLost, *_TURN_BEGINS, *_TURN_ENDS)


class UsageMeter:
    """Usage counter of one session, over all its upstream sockets.

    The service's count is authoritative. `estimate` runs alongside and supplies the turns that the service does not
    count, until it does.
    """

    def __init__(self, price: Price | None, estimate: UsageEstimate | None = None) -> None:
        """`price`: None if nothing is billed. `estimate`: None for no estimates."""
        self.price = price
        self._earlier_usd = 0.0
        """Extra cost of tokens used before price changes, over what they would cost at the current price."""
        self.estimated_turns = 0
        """Number of turns that the service has not counted."""
        self._estimate = estimate
        self._guess: EstimatedTurn | None = None
        """Estimate of the last turn, while the service may still count it."""
        self._guessed_tokens = 0
        """Tokens of turns estimated since the last count; the next count of the same context includes them."""
        self._counted = False
        """Whether the service has counted the current turn."""
        self._tokens = 0
        self._spent: Usage | None = None
        """Cached sum; None if it is out of date."""
        self._billed = self._turn_billed = BilledTokens()
        self._turn: UsageCounted | None = None
        self._over = False
        self._begun = False

    @property
    def usage(self) -> Usage:
        # Read on every event, changed by few.
        if self._spent is None:
            self._spent = self._add_up()
        return self._spent

    def _add_up(self) -> Usage:
        tokens, billed = self._tokens + self._guessed_tokens, self.billed
        if self._guess is not None:
            tokens, billed = tokens + self._guess.new_tokens, billed + BilledTokens.from_turn(self._guess.usage)
        return Usage(tokens, self._usd(billed) + self._earlier_usd)

    @property
    def running(self) -> Usage:
        """Usage with what has passed of the current turn and is in no count yet."""
        turn = self._estimate.uncounted() if self._estimate is not None else None
        return self.usage if turn is None else self.usage + self._usage_of(turn)

    @property
    def awaits_bill(self) -> bool:
        """Whether the service, if it counts at all, will still count an answer that has begun."""
        counts = self._turn is not None or not self.estimated_turns
        return counts and self._estimate is not None and self._estimate.is_answer_uncounted

    def next_exchange(self, seconds: float) -> Usage:
        """Return the cost of one more turn with so many seconds of audio from each side; nothing without estimates."""
        return NO_USAGE if self._estimate is None else self._usage_of(self._estimate.next_exchange(seconds))

    def await_bill(self) -> None:
        """End the current turn with its estimate, which a late count replaces. SessionClosed makes it final."""
        self._spent = None
        self._end_last_turn()
        self._over, self._begun = True, False

    def _usage_of(self, turn: EstimatedTurn) -> Usage:
        return Usage(turn.new_tokens, self._usd(BilledTokens.from_turn(turn.usage)))

    @property
    def billed(self) -> BilledTokens:
        """Billed tokens by kind, without a turn that the service may still count."""
        return self._billed + self._turn_billed

    def change_price(self, price: Price | None) -> None:
        """Use another model's price from now on. Tokens used so far keep theirs."""
        before = self.usage.usd
        self.price, self._spent = price, None
        self._earlier_usd += before - self.usage.usd
        self._spent = None

    def _usd(self, billed: BilledTokens) -> float:
        return self.price.cost_of_tokens(billed) if self.price is not None else 0.0

    def on_event(self, event: SessionEvent) -> Usage:
        """Count one event and return what it added, which is negative where a count corrects an estimate."""
        if isinstance(event, _TURN_BEGINS) and not self._over:
            self._on_model_output(event)
            return NO_USAGE
        if not isinstance(event, _COUNTED):
            return NO_USAGE
        before, self._spent = self.usage, None
        if isinstance(event, UsageCounted):
            usage = _clamped(event)
            # A message without counts carries no information.
            if usage.total_tokens or usage.prompt_tokens or usage.response_tokens:
                self._guess = None
                self._count(usage)
        elif isinstance(event, _TURN_BEGINS):
            if not self._begun:
                self._end_turn()
                self._settle()
            self._begun = True
            self._on_model_output(event)
        else:
            if isinstance(event, SessionClosed):
                self._end_last_turn()
            elif isinstance(event, _TURN_ENDS):
                self._end_turn()
            self._over, self._begun = True, False
        if isinstance(event, SessionClosed):
            self._settle()
        return self.usage - before

    def add_user_audio(self, pcm_bytes: int) -> None:
        """Add user audio that was sent to the model: PCM16 mono, 16 kHz."""
        if self._estimate is not None:
            self._estimate.add_user_audio(pcm_bytes)

    def on_effect(self, effect: Effect) -> None:
        """Pass on what else was sent to the model to the estimate."""
        if self._estimate is not None:
            self._estimate.on_effect(effect)

    def _on_model_output(self, event: SessionEvent) -> None:
        if self._estimate is not None:
            self._estimate.on_model_output(event)

    def _end_turn(self) -> None:
        turn = self._estimate.end_turn() if self._estimate is not None else None
        if turn is not None and not self._counted:
            self._settle()
            self._guess = turn
        self._counted = False

    def _end_last_turn(self) -> None:
        """End the turn in progress for good: what has passed of it is charged, whether it was answered or not."""
        rest = self._estimate.end_last_turn() if self._estimate is not None else None
        if rest is not None:
            self._settle()
            self._guess = rest
        self._counted = False

    def _settle(self) -> None:
        """Make the last turn's estimate final, since no count of it will come."""
        guess, self._guess = self._guess, None
        if guess is not None:
            self._guessed_tokens += guess.new_tokens
            self._billed = self._billed + BilledTokens.from_turn(guess.usage)
            self.estimated_turns += 1

    def _count(self, usage: UsageCounted) -> None:
        last, total = self._turn, _context_tokens(usage)
        counted = _context_tokens(last) if last is not None else 0
        grown = total - counted
        fresh = last is None or self._begun or (self._over and usage.prompt_tokens >= counted) or grown < 0
        # A smaller context was compressed or is a new one: its content was counted when it was first sent.
        self._tokens += grown if grown >= 0 else usage.response_tokens
        self._tokens += usage.thought_tokens
        if last is not None and not fresh:
            self._tokens -= min(last.thought_tokens, usage.thought_tokens)
        if fresh and grown >= 0:
            self._guessed_tokens = 0
        if fresh:
            self._billed, self._turn_billed = self.billed, BilledTokens()
            self._over = self._begun = False
        self._turn, self._counted = usage, True
        self._turn_billed = max(self._turn_billed, BilledTokens.from_turn(usage), key=lambda billed: billed.total)
        if self._estimate is not None:
            kinds = BilledTokens.from_turn(usage)
            self._estimate.correct(
                text=kinds.prompt_text + kinds.response_text - usage.thought_tokens,
                audio=kinds.prompt_audio + kinds.response_audio,
                image=kinds.prompt_image,
                video=kinds.prompt_video,
            )


def _clamped(usage: UsageCounted) -> UsageCounted:
    """Replace negative counts from upstream with 0."""
    numbers = (getattr(usage, field.name) for field in fields(usage))
    return UsageCounted(*(max(0, number) for number in numbers))


def _context_tokens(usage: UsageCounted) -> int:
    """Tokens in the context after the turn. Thoughts are not kept, so a total that includes them is reduced."""
    known = usage.prompt_tokens + usage.response_tokens
    contained = usage.thought_tokens if usage.total_tokens >= known + usage.thought_tokens else 0
    return max(usage.total_tokens - contained, known)
