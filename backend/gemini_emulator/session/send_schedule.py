"""What is to be sent later, and the end of the connection."""

from __future__ import annotations

import heapq
import itertools

from gemini_emulator.protocol.close_codes import CLOSES
from gemini_emulator.protocol.setup import INVALID_ARGUMENT, Backend
from gemini_emulator.session.events import Close, Effect, Send
from gemini_emulator.settings import Settings

GO_AWAY_LEAD_S = 60.0
ABORTED = "The operation was aborted."


class SendSchedule:
    """Effects in the order of their time."""

    def __init__(self) -> None:
        self._later: list[tuple[float, int, Effect]] = []
        self._order = itertools.count()

    @property
    def deadline(self) -> float | None:
        return self._later[0][0] if self._later else None

    def schedule_effect(self, when: float, effect: Effect) -> None:
        heapq.heappush(self._later, (when, next(self._order), effect))

    def pop_due_effects(self, now: float) -> list[Effect]:
        out = []
        while self._later and self._later[0][0] <= now:
            out.append(heapq.heappop(self._later)[2])
        return out

    def plan_end(self, now: float, settings: Settings, backend: Backend) -> None:
        """The connection's lifetime, with its warning."""
        lifetime, warning, scale = settings.lifetime_s, settings.go_away_s, settings.time_scale
        if warning is None and lifetime is not None:
            warning = max(0.0, lifetime - GO_AWAY_LEAD_S)
        if warning is not None:
            ends = lifetime if lifetime is not None else warning + GO_AWAY_LEAD_S
            self.go_away(now + warning / scale, now + ends / scale, backend)

    def plan_session_end(self, begun_at: float, settings: Settings, filmed: bool) -> None:
        """The session's own limit, which only compression lifts. It ends as a context that is full."""
        limit = settings.filmed_session_s if filmed else settings.session_s
        if limit is not None:
            self.schedule_effect(begun_at + limit / settings.time_scale, Close(1007, INVALID_ARGUMENT))

    def go_away(self, at: float, ends: float, backend: Backend) -> None:
        """Say so at one time, close at the other, with the code and text of that backend."""
        self.schedule_effect(at, Send({"goAway": {"timeLeft": f"{max(0.0, ends - at):g}s"}}))
        row = CLOSES["cancelled" if backend is Backend.VERTEX else "kept_past_go_away"]
        self.schedule_effect(ends, Close(row.code, row.reason))
