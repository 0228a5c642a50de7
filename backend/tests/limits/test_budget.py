"""Budget and journal: kept on disk, shared by processes, and true through crashes, full disks and clocks that jump."""

import asyncio
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from s2s.errors import BudgetUnavailable, DailyBudgetExceeded, IdentityBudgetExceeded
from s2s.limits.budget import FILE, Budget
from s2s.limits.ledger import DAY, Account, Limits, Need
from s2s.limits.session_limits import LimitNotice
from s2s.limits.usage import NO_USAGE, Usage
from s2s.settings import BACKEND_DIR

ANNA = Account("identity", "jwt:anna")
TEN_DOLLARS = {DAY: Usage(0, 10.0)}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class Call:
    """What uses money as the story says."""

    def __init__(self, *, is_paid: bool = True, minute: float = 1.0) -> None:
        self.is_paid, self.used, self.ended_by = is_paid, NO_USAGE, ""
        self._minute = Usage(1000, minute if is_paid else 0.0)

    @property
    def running_usage(self) -> Usage:
        return self.used

    def need(self) -> Need:
        return Need(self._minute, Usage(250, self._minute.usd / 4))

    def on_used_up(self, notice: LimitNotice) -> None:
        self.ended_by = notice.code


@asynccontextmanager
async def opened(folder: Path, clock: Clock, worker: int = 0) -> AsyncIterator[Budget]:
    """A budget without its timer: the story says when a second has passed."""
    budget = Budget(folder / FILE, worker=worker, clock=clock)
    await budget.exchange()
    try:
        yield budget
    finally:
        await budget.stop()


async def used_by(budget: Budget, name: str, limits: Limits, usd: float) -> None:
    """One call from its beginning to its end."""
    call = Call()
    await budget.reserve(name, limits, call)
    call.used = Usage(round(usd * 1000), usd)
    budget.close(name)


async def test_a_hundred_creations_at_the_same_moment_stay_below_the_limit(tmp_path: Path):
    async with opened(tmp_path, Clock()) as budget:
        asked = [budget.reserve(str(number), TEN_DOLLARS, Call()) for number in range(100)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        refusals = [answer for answer in answers if answer is not None]
        assert len(refusals) == 90
        assert {type(refusal) for refusal in refusals} == {DailyBudgetExceeded}
        assert vars(refusals[0])["retry_after_s"] == 60, "nothing is used yet"
        assert "reserved by calls that run" in str(refusals[0])


async def test_what_a_day_has_cost_survives_a_restart(tmp_path: Path):
    clock = Clock()
    async with opened(tmp_path, clock) as budget:
        await used_by(budget, "a", TEN_DOLLARS, 10.5)
    async with opened(tmp_path, clock) as budget:
        assert budget.used_today() == Usage(10500, 10.5)
        with pytest.raises(DailyBudgetExceeded, match="used up") as refusal:
            await budget.reserve("b", TEN_DOLLARS, Call())
        assert refusal.value.retry_after_s == 12 * 3600, "until midnight UTC"
        clock.now += timedelta(hours=12)
        await budget.reserve("c", TEN_DOLLARS, Call())
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600, "who spends what is nobody else's affair"


async def test_a_killed_process_leaves_what_was_charged_and_none_of_its_reservations(tmp_path: Path):
    clock, call = Clock(), Call(minute=9.0)
    killed = Budget(tmp_path / FILE, clock=clock)
    await killed.reserve("a", TEN_DOLLARS, call)
    call.used = Usage(2000, 2.0)
    await killed.exchange()
    # Nothing of it runs any more.
    async with opened(tmp_path, clock) as budget:
        assert budget.used_today() == Usage(2000, 2.0)
        await budget.reserve("b", TEN_DOLLARS, Call(minute=8.0))
        with pytest.raises(DailyBudgetExceeded):
            await budget.reserve("c", TEN_DOLLARS, Call())


@pytest.mark.parametrize("days", [1, 30])
async def test_a_clock_that_jumps_ahead_and_back_renews_no_budget(tmp_path: Path, days: int):
    clock = Clock()
    async with opened(tmp_path, clock) as budget:
        await used_by(budget, "a", TEN_DOLLARS, 12.0)
        clock.now += timedelta(days=days)
        await used_by(budget, "b", TEN_DOLLARS, 3.0)
        clock.now -= timedelta(days=days)
        with pytest.raises(DailyBudgetExceeded):
            await budget.reserve("c", TEN_DOLLARS, Call())
        assert any("is to come" in warning for warning in budget.warnings) == (days > 1)
    async with opened(tmp_path, clock) as budget:
        with pytest.raises(DailyBudgetExceeded):
            await budget.reserve("d", TEN_DOLLARS, Call())
        assert budget.used_today() == Usage(15000, 15.0), "nothing is lost"


async def test_a_clock_that_is_set_back_a_day_leaves_the_day_full(tmp_path: Path):
    clock = Clock()
    async with opened(tmp_path, clock) as budget:
        await used_by(budget, "a", TEN_DOLLARS, 12.0)
        clock.now -= timedelta(days=1)
        with pytest.raises(DailyBudgetExceeded):
            await budget.reserve("b", TEN_DOLLARS, Call())
        clock.now += timedelta(days=2)
        await budget.reserve("c", TEN_DOLLARS, Call())


async def test_while_the_journal_fails_only_new_paid_calls_are_refused(tmp_path: Path):
    clock, running, free = Clock(), Call(), Call(is_paid=False)
    (folder := tmp_path / "log").mkdir()
    async with opened(folder, clock) as budget:
        await budget.reserve("running", TEN_DOLLARS, running)
        (folder / FILE).unlink()
        (folder / FILE).mkdir()
        budget._journal.close()
        with pytest.raises(BudgetUnavailable) as refusal:
            await budget.reserve("new", TEN_DOLLARS, Call())
        assert (refusal.value.code, refusal.value.status) == ("budget_unavailable", 503)
        assert "S2S_LOG_DIR" in refusal.value.hint
        assert any("make room on the disk" in warning.lower() for warning in budget.warnings)
        await budget.reserve("free", TEN_DOLLARS, free)
        free.used = Usage(5000)
        running.used = Usage(600, 0.6)
        await budget.exchange()
        assert running.ended_by == "", "it goes on to the end of what it reserved"
        running.used = Usage(950, 0.95)
        await budget.exchange()
        assert running.ended_by == "budget_unavailable"
        assert free.ended_by == ""
        (folder / FILE).rmdir()
        await budget.reserve("again", TEN_DOLLARS, Call())
        assert budget.warnings == []
    async with opened(folder, clock) as budget:
        assert budget.used_today() == Usage(5950, 0.95), "what could not be written was written later"


async def test_a_damaged_journal_is_a_journal_that_fails(tmp_path: Path):
    (tmp_path / FILE).write_bytes(b"no database" * 1000)
    async with opened(tmp_path, Clock()) as budget:
        with pytest.raises(BudgetUnavailable, match=FILE):
            await budget.reserve("a", {DAY: NO_USAGE}, Call())
        await budget.reserve("b", {DAY: NO_USAGE}, Call(is_paid=False))


async def test_who_has_spent_theirs_is_told_so_and_others_are_admitted(tmp_path: Path):
    clock = Clock()
    async with opened(tmp_path, clock) as budget:
        limits = {**TEN_DOLLARS, ANNA: Usage(0, 2.0)}
        await used_by(budget, "a", limits, 2.5)
        with pytest.raises(IdentityBudgetExceeded) as refusal:
            await budget.reserve("b", limits, Call())
        assert (refusal.value.code, refusal.value.status) == ("identity_limit", 429)
        assert refusal.value.retry_after_s == 12 * 3600
        await budget.reserve("c", {**TEN_DOLLARS, Account("identity", "jwt:ben"): Usage(0, 2.0)}, Call())


async def test_a_running_call_ends_when_its_identity_has_spent_it_all(tmp_path: Path):
    async with opened(tmp_path, Clock()) as budget:
        call = Call()
        await budget.reserve("a", {DAY: NO_USAGE, ANNA: Usage(0, 1.5)}, call)
        call.used = Usage(700, 0.7)
        await budget.exchange()
        call.used = Usage(1400, 1.4)
        await budget.exchange()
        assert call.ended_by == "identity_limit"


async def test_all_processes_spend_one_budget_to_the_cent(tmp_path: Path):
    clock = Clock()
    async with opened(tmp_path, clock, 1) as first, opened(tmp_path, clock, 2) as second:
        both = [budget.reserve(f"{n}", TEN_DOLLARS, Call()) for n in range(10) for budget in (first, second)]
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert answers.count(None) == 10, answers
        for budget in (first, second):
            for number in range(10):
                budget.close(str(number))
        await used_by(first, "a", TEN_DOLLARS, 4.0)
        await used_by(second, "b", TEN_DOLLARS, 5.0)
        for budget in (first, second, first):
            await budget.exchange()
        assert (first.used_today().usd, second.used_today().usd) == (9.0, 9.0)
        table = await second.rows()
        assert [(row.kind, row.calls, row.usd) for row in table] == [("day", 12, 9.0)]


async def test_a_process_that_is_taken_for_dead_says_that_it_lives(tmp_path: Path):
    clock = Clock()
    async with opened(tmp_path, clock, 1) as first:
        await first.reserve("a", TEN_DOLLARS, Call(minute=9.5))
        # Another one with the same number: a second gateway in the same folder, by mistake.
        async with opened(tmp_path, clock, 1) as second:
            await first.exchange()
            await second.reserve("the last half dollar", TEN_DOLLARS, Call(minute=9.5))
            with pytest.raises(DailyBudgetExceeded):
                await second.reserve("b", TEN_DOLLARS, Call(minute=9.5))


async def test_usage_before_midnight_stays_on_its_day(tmp_path: Path):
    clock, call = Clock(), Call()
    async with opened(tmp_path, clock) as budget:
        await budget.reserve("a", TEN_DOLLARS, call)
        call.used = Usage(400, 0.4)
        clock.now += timedelta(hours=12)
        await budget.exchange()
        call.used = Usage(500, 0.5)
        await budget.exchange()
        yesterday = clock.now.date() - timedelta(days=1)
        assert [row.usd for row in await budget.rows(yesterday)] == [0.4]
        assert [row.usd for row in await budget.rows()] == [pytest.approx(0.1)]


async def test_a_disk_that_hangs_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async with opened(tmp_path, Clock()) as budget:
        monkeypatch.setattr("s2s.limits.budget.JOURNAL_TIMEOUT_S", 0.01)
        release = asyncio.Event()
        loop = asyncio.get_running_loop()
        budget._thread.submit(lambda: asyncio.run_coroutine_threadsafe(release.wait(), loop).result())
        with pytest.raises(BudgetUnavailable, match="does not answer"):
            await budget.reserve("a", TEN_DOLLARS, Call())
        release.set()
        assert budget._running is not None
        await asyncio.wait([asyncio.wrap_future(budget._running)])
        monkeypatch.undo()
        await budget.reserve("b", TEN_DOLLARS, Call())


KILLED = """
import asyncio, sys
from pathlib import Path
from s2s.limits.budget import Budget
from s2s.limits.ledger import DAY
from s2s.limits.usage import Usage
from tests.limits.test_budget import Call

async def main() -> None:
    budget, call = Budget(Path(sys.argv[1])), Call(minute=9.0)
    await budget.start()
    await budget.reserve("a", {DAY: Usage(0, 10.0)}, call)
    call.used = Usage(2000, 2.0)
    await budget.exchange()
    print("written", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_kill_minus_nine_loses_nothing_that_was_charged(tmp_path: Path):
    path = tmp_path / FILE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED, str(path), cwd=BACKEND_DIR, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"written\n"
    process.kill()
    await process.wait()
    budget = Budget(path)
    try:
        # The kill may have come on the other side of midnight.
        days = {datetime.now(UTC).date(), datetime.now(UTC).date() - timedelta(days=1)}
        assert [row.usd for day in sorted(days) for row in await budget.rows(day)] == [2.0]
        await budget.reserve("b", {DAY: Usage(0, 10.0)}, Call(minute=8.0))
    finally:
        await budget.stop()
