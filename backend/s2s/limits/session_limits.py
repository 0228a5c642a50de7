"""Limits of one session. Pure: events and time in, notices out."""

from dataclasses import dataclass

from s2s.core.events import (
    ActivityMarked,
    ImageShared,
    InterruptPressed,
    MicMuted,
    ModelAudio,
    ModelTranscriptDelta,
    TextTyped,
    ToolCalled,
    UserTranscriptDelta,
)
from s2s.core.observer import SessionEvent
from s2s.limits.usage import Usage

# The user is warned this long before the end of a session; limits too short for that warn at four fifths.
WARNING_S = 60.0
WARNING_SHARE = 0.8
_ACTIVITY_EVENTS = (
    TextTyped,
    ImageShared,
    InterruptPressed,
    ActivityMarked,
    MicMuted,
    UserTranscriptDelta,
    ModelTranscriptDelta,
    ModelAudio,
    ToolCalled,
)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """Limits of one session. 0 means "no limit"."""

    session_s: float = 0.0
    idle_s: float = 0.0
    tokens: int = 0
    usd: float = 0.0


@dataclass(frozen=True, slots=True)
class LimitNotice:
    """A notice to the user: a warning, or the reason for the end."""

    code: str
    message: str
    hint: str = ""
    ends_in_s: float | None = None
    """In a warning: seconds until the session ends if nothing changes."""
    final: bool = False


_NEW_CALL = "You can start a new one and pick up where you left off."

_LIMIT_WORDS = {"token": "token limit", "cost": "budget"}


class SessionLimiter:
    """Limiter of one session. `handle` takes an event, None when only time has passed, and returns notices to send."""

    def __init__(self, limits: SessionLimits, now: float) -> None:
        self._limits = limits
        self._ends_at = now + limits.session_s if limits.session_s else None
        self._active_at = now
        self._warned: set[str] = set()
        self._ended = False

    @property
    def deadline(self) -> float | None:
        """Time by which `handle` must be called again; None if there is nothing to wait for."""
        if self._ended:
            return None
        idle_end = self._active_at + self._limits.idle_s if self._limits.idle_s else None
        times = [
            *_times(self._ends_at, self._limits.session_s, "time_limit_near" in self._warned),
            *_times(idle_end, self._limits.idle_s, "idle_limit_near" in self._warned),
        ]
        return min(times, default=None)

    def handle(self, event: SessionEvent | None, now: float, spent: Usage) -> list[LimitNotice]:
        """Return the notices that are due: at most one is final, and nothing follows it."""
        if self._ended:
            return []
        if isinstance(event, _ACTIVITY_EVENTS):
            self._active_at = now
            self._warned.discard("idle_limit_near")
        words = self._time(now) + self._idle(now) + self._cost(spent)
        self._ended = any(word.final for word in words)
        return [word for word in words if word.final][:1] or words

    def _time(self, now: float) -> list[LimitNotice]:
        if self._ends_at is None:
            return []
        if now >= self._ends_at:
            return [LimitNotice("time_limit", "This conversation reached its time limit.", _NEW_CALL, final=True)]
        text = "This conversation reaches its time limit in {}."
        return self._warn("time_limit_near", text, self._ends_at, self._limits.session_s, now)

    def _idle(self, now: float) -> list[LimitNotice]:
        if not self._limits.idle_s:
            return []
        end = self._active_at + self._limits.idle_s
        if now >= end:
            text = "The conversation ended because no one spoke for a while."
            return [LimitNotice("idle_limit", text, _NEW_CALL, final=True)]
        text = "Still there? Say something to keep going, or the conversation ends in {}."
        return self._warn("idle_limit_near", text, end, self._limits.idle_s, now)

    def _warn(self, code: str, text: str, end: float, limit_s: float, now: float) -> list[LimitNotice]:
        # The same expression as in `deadline`: a result that is later by a rounding error would fire the timer
        # endlessly.
        if now < _warning_at(end, limit_s) or code in self._warned:
            return []
        self._warned.add(code)
        return [LimitNotice(code, text.format(_format_duration(end - now)), ends_in_s=end - now)]

    def _cost(self, spent: Usage) -> list[LimitNotice]:
        words: list[LimitNotice] = []
        used = {"token": _share(spent.tokens, self._limits.tokens), "cost": _share(spent.usd, self._limits.usd)}
        for kind, share in used.items():
            if share >= 1:
                text = f"This conversation has used up its {_LIMIT_WORDS[kind]}."
                words.append(LimitNotice(f"{kind}_limit", text, _NEW_CALL, final=True))
            elif share >= WARNING_SHARE and kind not in self._warned:
                self._warned.add(kind)
                text = f"This conversation has used {share:.0%} of its {_LIMIT_WORDS[kind]}."
                words.append(LimitNotice(f"{kind}_limit_near", text, "It ends when that’s used up."))
        return words


def _times(end: float | None, limit_s: float, warned: bool) -> list[float]:
    if end is None:
        return []
    return [end] if warned else [_warning_at(end, limit_s)]


def _warning_at(end: float, limit_s: float) -> float:
    return end - min(WARNING_S, limit_s * (1 - WARNING_SHARE))


def _share(used: float, limit: float) -> float:
    return used / limit if limit else 0.0


def _format_duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole >= 60:
        minutes = round(whole / 60)
        return "one minute" if minutes == 1 else f"{minutes} minutes"
    return "one second" if whole == 1 else f"{whole} seconds"
