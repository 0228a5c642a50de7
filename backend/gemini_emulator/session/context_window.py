"""The context window: what each exchange of a conversation weighs, and what is forgotten when it is cut. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any

from gemini_emulator.responder.conversation_state import Memory

_NOT_LEARNED = frozenset(["turns", "instruction", "functions", "model_failed"])
"""Fields of a memory that no single exchange has taught."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """From the beginning of a user's turn to the end of the model's."""

    tokens: Mapping[str, int] = field(default_factory=dict)
    """By modality: TEXT, AUDIO, IMAGE, VIDEO."""
    turns: int = 0
    """How many of the memory's turns it added."""
    learned: frozenset[str] = frozenset()
    """Fields of the memory that it changed."""


@dataclass(frozen=True, slots=True)
class Window:
    """Oldest exchange first. Immutable, so that a resumption handle can keep it."""

    exchanges: tuple[Exchange, ...] = ()
    _sums: Mapping[str, int] = field(default_factory=dict)

    @property
    def tokens(self) -> Mapping[str, int]:
        """By modality."""
        return self._sums

    @property
    def total(self) -> int:
        return sum(self._sums.values())

    def with_exchange(self, exchange: Exchange) -> Window:
        return Window((*self.exchanges, exchange), Counter(self._sums) + Counter(exchange.tokens))

    def cut_to(self, most_tokens: int) -> Window:
        """Without the oldest exchanges, so that it holds no more than that."""
        kept, total = list(self.exchanges), self.total
        while kept and total > most_tokens:
            total -= sum(kept.pop(0).tokens.values())
        return _window(kept)


def _window(exchanges: Iterable[Exchange]) -> Window:
    sums: Counter[str] = Counter()
    kept = tuple(exchanges)
    for exchange in kept:
        sums.update(exchange.tokens)
    return Window(kept, sums)


def exchanged(before: Memory, after: Memory, tokens: Mapping[str, int]) -> Exchange:
    """What happened between two states of a memory."""
    learned = {item.name for item in fields(Memory) if item.name not in _NOT_LEARNED}
    changed = frozenset(name for name in learned if getattr(before, name) != getattr(after, name))
    return Exchange(dict(tokens), _added(before, after), changed)


def _added(before: Memory, after: Memory) -> int:
    """A memory keeps the latest turns only, so their number does not tell."""
    if not before.turns:
        return len(after.turns)
    last = before.turns[-1]
    return next((count for count, turn in enumerate(reversed(after.turns)) if turn is last), len(after.turns))


def forget(memory: Memory, before: Window, after: Window) -> Memory:
    """The memory without what only the exchanges cut from `before` knew. The system instruction stays."""
    dropped = before.exchanges[: len(before.exchanges) - len(after.exchanges)]
    if not dropped:
        return memory
    kept_turns = sum(exchange.turns for exchange in after.exchanges)
    gone = set().union(*(exchange.learned for exchange in dropped))
    gone -= set().union(*(exchange.learned for exchange in after.exchanges))
    turns = memory.turns[len(memory.turns) - min(kept_turns, len(memory.turns)) :]
    return replace(memory, turns=turns, **{item.name: _empty(item) for item in fields(Memory) if item.name in gone})


def _empty(item: Any) -> Any:
    return item.default if item.default is not MISSING else item.default_factory()
