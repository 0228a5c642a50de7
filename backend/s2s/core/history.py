"""Our own record of the conversation: what was said and what of it was heard, for a session that must begin afresh."""

from collections.abc import Iterable, Sequence

from s2s.core.effects import Effect, HistoryTurn, LogTranscript

# About 2,000 tokens: enough to go on talking, little enough never to be the reason for a refusal.
MAX_HISTORY_CHARS = 8_000
_ROLES = {"user": "user", "model": "model"}


class ConversationHistory:
    """Reads the journal lines that pass; the oldest turns are forgotten first."""

    def __init__(self, before: Sequence[HistoryTurn] = (), budget_chars: int = MAX_HISTORY_CHARS) -> None:
        """`before`: what was said in an earlier session that this one continues, oldest first."""
        self._max_chars = budget_chars
        self._turns: list[HistoryTurn] = []
        self._known = 0
        """How many of them the session behind the newest handle knows."""
        self._append(before)

    def record(self, effects: Sequence[Effect]) -> None:
        """Takes in what was said."""
        said = [effect for effect in effects if isinstance(effect, LogTranscript) and effect.who in _ROLES]
        if said:
            self._append(HistoryTurn(_ROLES[effect.who], effect.text) for effect in said if effect.remembered)

    def _append(self, turns: Iterable[HistoryTurn]) -> None:
        self._turns.extend(turns)
        while sum(len(turn.text) for turn in self._turns) > self._max_chars:
            self._turns.pop(0)
            self._known = max(0, self._known - 1)

    def on_resumption_handle(self, still_unwritten: int) -> None:
        """From now on a session can be resumed that knows everything so far, also what is not written down yet."""
        self._known = len(self._turns) + still_unwritten

    def since_last_handle(self) -> tuple[HistoryTurn, ...]:
        """What was said since the newest handle."""
        return tuple(self._turns[self._known :])

    def history(self) -> tuple[HistoryTurn, ...]:
        """Oldest first, beginning with the person."""
        turns = self._turns
        while turns and turns[0].role != "user":
            turns = turns[1:]
        return tuple(turns)
