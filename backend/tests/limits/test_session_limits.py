"""What one session may cost, told in time."""

import re

import pytest

from s2s.core.events import MicAudio, ModelAudio, TextTyped
from s2s.limits.session_limits import LimitNotice, SessionLimiter, SessionLimits
from s2s.limits.usage import Usage
from s2s.session.caller_limits import (
    DEFAULT_CREATES_PER_MINUTE,
    DEFAULT_DAY_USD,
    DEFAULT_SESSION_MINUTES,
    DEFAULT_SESSIONS,
)
from s2s.settings import BACKEND_DIR, Settings


class Clock:
    """A watch whose deadlines are kept."""

    def __init__(self, limits: SessionLimits) -> None:
        self.now = 0.0
        self.watch = SessionLimiter(limits, self.now)
        self.words: list[tuple[float, LimitNotice]] = []

    def advance(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.watch.deadline) is not None and due <= until:
            self.now = max(self.now, due)
            before = self.watch.deadline
            self.take(None)
            assert self.watch.deadline != before, "a deadline that never moves"
        self.now = until

    def take(self, fact: object, spent: Usage | None = None) -> None:
        self.words += [(round(self.now), word) for word in self.watch.handle(fact, self.now, spent or Usage())]

    def told(self) -> list[tuple[float, str, bool]]:
        return [(at, word.code, word.final) for at, word in self.words]


def test_a_long_call_is_warned_a_minute_before_its_end():
    clock = Clock(SessionLimits(session_s=600))
    clock.advance(3600)
    assert clock.told() == [(540, "time_limit_near", False), (600, "time_limit", True)]
    assert clock.words[0][1].ends_in_s == 60
    assert "one minute" in clock.words[0][1].message


def test_a_short_limit_is_warned_at_four_fifths():
    clock = Clock(SessionLimits(session_s=10))
    clock.advance(60)
    assert clock.told() == [(8, "time_limit_near", False), (10, "time_limit", True)]
    assert "2 seconds" in clock.words[0][1].message


def test_silence_ends_a_call_after_a_warning_and_an_open_microphone_is_no_speech():
    clock = Clock(SessionLimits(idle_s=300))
    for _ in range(400):
        clock.advance(1)
        clock.take(MicAudio(b"\0" * 640))
    assert clock.told() == [(240, "idle_limit_near", False), (300, "idle_limit", True)]


@pytest.mark.parametrize("sign", [TextTyped("hello"), ModelAudio(b"\0\0")])
def test_a_word_of_either_side_keeps_the_call_and_takes_the_warning_back(sign: object):
    clock = Clock(SessionLimits(idle_s=300))
    clock.advance(250)
    clock.take(sign)
    clock.advance(250)
    assert clock.told() == [(240, "idle_limit_near", False), (490, "idle_limit_near", False)]
    clock.advance(100)
    assert clock.told()[-1] == (550, "idle_limit", True)


def test_tokens_and_money_warn_at_four_fifths_and_end_at_all_of_it():
    clock = Clock(SessionLimits(tokens=1000, usd=0.5))
    clock.take(None, Usage(799, 0.1))
    assert clock.told() == []
    clock.take(None, Usage(800, 0.1))
    clock.take(None, Usage(900, 0.45))
    clock.take(None, Usage(950, 0.5))
    clock.take(None, Usage(2000, 1.5))
    assert [code for _, code, _ in clock.told()] == ["token_limit_near", "cost_limit_near", "cost_limit"]


def test_without_limits_nothing_is_ever_told():
    clock = Clock(SessionLimits())
    assert clock.watch.deadline is None
    clock.take(None, Usage(10**9, 10**6))
    assert clock.told() == []


def test_the_limits_are_documented_with_their_true_defaults():
    page = (BACKEND_DIR.parent / "docs/limits.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(S2S_\w+)` \| ([\d.]+(?:\\\*)?) \|", page, flags=re.MULTILINE))
    example = dict(re.findall(r"^(S2S_\w+)=([\d.]*)$", (BACKEND_DIR / ".env.example").read_text(), flags=re.MULTILINE))
    defaults = Settings.from_env({}).model_dump()
    limits = {
        name.upper() for name in defaults if re.search(r"max_sessions|_(minutes|minute|tokens|usd|shutdown_s)", name)
    }
    elsewhere = {
        "S2S_MAX_SESSIONS_PER_ADDRESS": DEFAULT_SESSIONS,
        "S2S_CREATES_PER_MINUTE": DEFAULT_CREATES_PER_MINUTE,
        "S2S_SESSION_MINUTES": DEFAULT_SESSION_MINUTES,
        "S2S_DAY_USD": DEFAULT_DAY_USD,
    }
    assert rows.keys() == limits
    for name, value in rows.items():
        if name in elsewhere:
            assert (value, example[name], defaults[name.lower()]) == (f"{elsewhere[name]:g}\\*", "", None), name
        else:
            assert float(value) == float(example[name]) == float(defaults[name.lower()]), name
