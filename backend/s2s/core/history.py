"""The gateway's record of the conversation, for a session that has to start without the old one's context."""

from collections.abc import Iterable, Sequence

from s2s.core.effects import Effect, HistoryTurn, LogTranscript

# About 2,000 tokens: enough to continue a conversation, too few to be a reason for a refusal.
MAX_HISTORY_CHARS = 8_000
_ROLES = {"user": "user", "model": "model"}


class ConversationHistory:
    """Collects turns from LogTranscript effects; the oldest turns are dropped first."""

    def __init__(self, before: Sequence[HistoryTurn] = (), budget_chars: int = MAX_HISTORY_CHARS) -> None:
        """`before`: what was said in an earlier session that this one continues, oldest first."""
        self._max_chars = budget_chars
        self._turns: list[HistoryTurn] = []
        self._known = 0
        """How many turns the session behind the newest handle knows."""
        self._append(before)

    def record(self, effects: Sequence[Effect]) -> None:
        """Add what these effects log."""
        lines = [effect for effect in effects if isinstance(effect, LogTranscript) and effect.who in _ROLES]
        if lines:
            self._append(HistoryTurn(_ROLES[effect.who], effect.text) for effect in lines if effect.remembered)

    def _append(self, turns: Iterable[HistoryTurn]) -> None:
        self._turns.extend(turns)
        while sum(len(turn.text) for turn in self._turns) > self._max_chars:
            self._turns.pop(0)
            self._known = max(0, self._known - 1)

    def on_resumption_handle(self, still_unwritten: int) -> None:
        """Note that a session can now be resumed that knows everything so far, also what is not logged yet."""
        self._known = len(self._turns) + still_unwritten

    def since_last_handle(self) -> tuple[HistoryTurn, ...]:
        """Return what was said since the newest handle."""
        return tuple(self._turns[self._known :])

    def history(self) -> tuple[HistoryTurn, ...]:
        """Return all turns, oldest first, beginning with one of the user's."""
        turns = self._turns
        while turns and turns[0].role != "user":
            turns = turns[1:]
        return tuple(turns)
