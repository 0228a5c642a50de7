"""The law of the journal: whatever is killed and wherever the clock jumps, nothing charged is lost or forgotten."""

import sqlite3
import tempfile
from datetime import date, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from s2s.limits.ledger import DAY, Account, Balance, Ledger, Need, Refusal, Request
from s2s.limits.usage import NO_USAGE, Usage
from s2s.limits.usage_journal import KEEP_DAYS, OWNER_TIMEOUT_S, UsageJournal

MONDAY = date(2026, 11, 30)
LIMIT = 2_000
LIMITS = {DAY: Usage(LIMIT)}
NEED = Need(Usage(400), Usage(100))
STEP = 150
"""The most that a call uses between two exchanges."""


class Process:
    """A gateway process: a ledger and its journal. The clock stands still unless the story moves it."""

    numbers = count()

    def __init__(self, path: Path, worker: int, today: date) -> None:
        self.ledger, self.worker = Ledger(today), worker
        self.journal = UsageJournal(path, f"owner-{next(self.numbers)}", worker, clock=lambda: 100.0)
        self.used: dict[str, int] = {}

    def exchange(self, today: date, *requests: Request) -> dict[str, Usage | Refusal]:
        self.ledger.turn_day(today)
        snapshot = self.ledger.snapshot()
        answer = self.journal.exchange(snapshot, requests, today)
        self.ledger.forget_earlier(snapshot.earlier)
        self.ledger.turn_day(answer.newest)
        return answer.granted

    def open(self, call: str, today: date) -> None:
        granted = self.exchange(today, Request(call, LIMITS, NEED.ahead))[call]
        if isinstance(granted, Usage):
            self.ledger.open(call, LIMITS, granted, is_paid=False)
            self.used[call] = 0

    def use(self, call: str, tokens: int, today: date) -> None:
        self.used[call] += tokens
        self.ledger.set_used(call, Usage(self.used[call]))
        for name, granted in self.exchange(today, *self.ledger.requests({call: NEED})).items():
            if isinstance(granted, Usage):
                self.ledger.extend(name, granted)
            elif self.ledger.is_used_up(name, NEED.last_words):
                self.close(name)
                self.exchange(today)

    def close(self, call: str) -> None:
        self.ledger.close(call)
        del self.used[call]


def total(path: Path) -> int:
    """All that was ever written down."""
    file = sqlite3.connect(path)
    try:
        return int(file.execute("SELECT total(tokens) FROM usage WHERE kind = 'day'").fetchone()[0])
    finally:
        file.close()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["open", "use", "use", "close", "kill", "clock"]),
        st.integers(0, 1),
        st.integers(0, 4),
        st.integers(1, STEP),
    ),
    max_size=60,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_nothing_is_lost_and_no_day_costs_more_than_its_limit(steps: list[tuple[str, int, int, int]]):
    """Two processes that are killed and started again, and a clock that jumps a day to and fro."""
    with tempfile.TemporaryDirectory() as folder:
        path, today, charged = Path(folder) / "usage.sqlite", MONDAY, 0
        processes = [Process(path, worker, today) for worker in (1, 2)]
        days = {today}
        for step, which, number, tokens in steps:
            process, call = processes[which], str(number)
            if step == "open" and call not in process.used:
                process.open(call, today)
            elif step == "use" and call in process.used:
                process.use(call, tokens, today)
                charged += tokens
            elif step == "close" and call in process.used:
                process.close(call)
                process.exchange(today)
            elif step == "kill":
                process.journal.close()
                processes[which] = Process(path, which + 1, today)
                processes[which].exchange(today)
            elif step == "clock":
                today = MONDAY + timedelta(days=number % 3)
                days.add(today)
            for one in processes:
                one.exchange(today)
            assert total(path) == charged
            # On each day the calls that run when the limit is reached pass it by one step; a killed one by its last.
            assert charged <= len(days) * (LIMIT + 10 * STEP)
        for process in processes:
            process.journal.close()


def journal(path: Path, owner: str, worker: int, now: float = 100.0) -> UsageJournal:
    return UsageJournal(path, owner, worker, clock=lambda: now)


def granted(book: UsageJournal, own: Ledger, want: int) -> Usage | Refusal:
    return book.exchange(own.snapshot(), [Request("x", LIMITS, Usage(want))], own.day).granted["x"]


@pytest.mark.parametrize(
    ("later_s", "left"),
    [(OWNER_TIMEOUT_S - 1, 500), (OWNER_TIMEOUT_S + 1, 2_000), (-90.0, 2_000)],
    ids=["alive", "silent", "from before the machine was started again"],
)
def test_what_a_silent_process_has_reserved_is_free_again(tmp_path: Path, later_s: float, left: int):
    path, own = tmp_path / "usage.sqlite", Ledger(MONDAY)
    book = journal(path, "a", 1)
    assert granted(book, own, 1_500) == Usage(1_500)
    other = journal(path, "b", 2, 100.0 + later_s)
    assert granted(other, Ledger(MONDAY), 5_000) == Usage(left)
    book.close()
    other.close()


def test_a_process_that_is_started_again_frees_what_its_predecessor_reserved(tmp_path: Path):
    path = tmp_path / "usage.sqlite"
    book = journal(path, "a", 1)
    assert granted(book, Ledger(MONDAY), 1_500) == Usage(1_500)
    again = journal(path, "b", 1)
    assert granted(again, Ledger(MONDAY), 5_000) == Usage(2_000)
    book.close()
    again.close()


def test_days_are_kept_by_their_number_whatever_the_clock_says(tmp_path: Path):
    path, anna = tmp_path / "usage.sqlite", Account("identity", "jwt:anna")
    book, days = journal(path, "a", 1), [MONDAY + timedelta(days=n) for n in range(KEEP_DAYS)]
    for day in (*days, MONDAY + timedelta(days=4_000)):
        own = Ledger(day)
        own.open("c", {anna: NO_USAGE}, NO_USAGE, is_paid=True)
        own.set_used("c", Usage(7, 0.5))
        book.exchange(own.snapshot(), [], day)
    book.close()
    # Opened again, it drops what is too old: one day, not all of them.
    assert book.rows(MONDAY.isoformat()) == []
    assert [row.usd for row in book.rows(days[1].isoformat())] == [0.5]
    book.close()


def test_a_failed_write_is_in_the_next_one(tmp_path: Path):
    path, own = tmp_path / "usage.sqlite", Ledger(MONDAY)
    book = journal(path, "a", 1)
    own.open("c", LIMITS, Usage(500), is_paid=True)
    own.set_used("c", Usage(100))
    holder = sqlite3.connect(path, isolation_level=None)
    book.exchange(own.snapshot(), [], MONDAY)
    holder.execute("ALTER TABLE usage RENAME TO away")
    with pytest.raises(sqlite3.Error):
        book.exchange(own.snapshot(), [], MONDAY)
    holder.execute("DROP TABLE away")
    holder.close()
    own.set_used("c", Usage(200))
    assert book.exchange(own.snapshot(), [], MONDAY).others == {DAY: Balance()}
    assert [row.tokens for row in book.rows(MONDAY.isoformat())] == [200]
    book.close()
