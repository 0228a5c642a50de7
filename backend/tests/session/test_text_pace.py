"""Typed texts reach the model at a person's pace, in order; one that does not is told of by its own words."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import cast
from unittest.mock import Mock

import pytest

from gemini_emulator.testing import running_emulator
from s2s import wire
from s2s.core.events import TextTyped
from s2s.limits.rate_limit import TEXTS
from s2s.session.text_pace import MAX_WAITING, TextPace
from tests.calls.serving import serving, until
from tests.session.test_browser_input import joined


class Timers:
    """The two members of an event loop that the pace uses, in virtual time."""

    def __init__(self) -> None:
        self.now = 100.0
        self._due: list[tuple[float, Callable[[], None], Mock]] = []

    def time(self) -> float:
        return self.now

    def call_later(self, after_s: float, work: Callable[[], None]) -> Mock:
        handle = Mock()
        self._due.append((self.now + after_s, work, handle))
        return handle

    def run_for(self, seconds: float) -> None:
        until_s = self.now + seconds
        while self._due and self._due[0][0] <= until_s:
            self.now, work, handle = self._due.pop(0)
            if not handle.cancel.called:
                work()
        self.now = until_s


class Story:
    """A pace, and what it passed on with its time."""

    def __init__(self) -> None:
        self.timers = Timers()
        self.passed: list[tuple[float, str]] = []
        began = self.timers.now
        self.pace = TextPace(
            lambda text: self.passed.append((self.timers.now - began, text.text)),
            cast("asyncio.AbstractEventLoop", self.timers),
        )

    def type(self, count: int, first: int = 0) -> list[bool]:
        return [self.pace.push(TextTyped(f"no. {first + number}")) for number in range(count)]

    @property
    def texts(self) -> list[int]:
        return [int(text.removeprefix("no. ")) for _, text in self.passed]


def test_a_few_texts_go_at_once_and_the_rest_two_a_second_in_order():
    story = Story()
    assert all(story.type(TEXTS.burst + 4))
    assert story.texts == list(range(TEXTS.burst))
    story.timers.run_for(10.0)
    assert story.texts == list(range(TEXTS.burst + 4))
    assert [at for at, _ in story.passed[TEXTS.burst :]] == pytest.approx([0.5, 1.0, 1.5, 2.0])


def test_a_text_that_may_not_wait_any_more_is_refused_and_later_ones_are_taken():
    story = Story()
    assert story.type(TEXTS.burst + MAX_WAITING + 3) == [True] * (TEXTS.burst + MAX_WAITING) + [False] * 3
    story.timers.run_for(1.0)
    assert story.type(1, first=99) == [True]
    story.timers.run_for(60.0)
    assert story.texts == [*range(TEXTS.burst + MAX_WAITING), 99]


def test_what_waits_when_the_call_ends_is_forgotten():
    story = Story()
    story.type(TEXTS.burst + 2)
    story.pace.close()
    story.pace.close()
    story.timers.run_for(60.0)
    assert len(story.passed) == TEXTS.burst


async def test_each_text_that_is_left_out_of_a_call_is_quoted_to_the_page(tmp_path: Path):
    async with running_emulator(reply_s=0.1) as emulator, serving(tmp_path, emulator.base_url) as (address, http):
        page, _ = await joined(address, http)
        count = TEXTS.burst + MAX_WAITING + 20
        for number in range(count):
            await page.send(wire.encode(wire.Text(text=f"no. {number} " + "x" * 200)))
        notices = []
        await page.send(wire.encode(wire.Ping(ms=1)))
        message: wire.ToBrowser | None = None
        while not isinstance(message, wire.Pong):
            received = await page.recv()
            if isinstance(received, str) and isinstance(message := wire.decode_to_browser(received), wire.Notice):
                notices.append(message)
        left_out = [notice.message for notice in notices if notice.code == "text_too_fast"]
        assert len(left_out) >= 15
        assert all(f"“no. {count - 1 - back} x" in text for back, text in enumerate(reversed(left_out)))
        assert max(map(len, left_out)) < 200
        await until(page, wire.TurnEnd)
        await page.close()
