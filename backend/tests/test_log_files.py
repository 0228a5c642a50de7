"""Log files: how long they keep lines, what becomes of those that cannot be written, what a flood cannot flush away."""

import json
import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from s2s import log_files, logs
from s2s.log_files import LogFile, RepeatLimit

DAY_S = 86_400.0


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    logs.stop()


def record_at(created: float, text: str = "a line", code: str = "") -> logging.LogRecord:
    record = logging.LogRecord("s2s", logging.WARNING, "", 0, text, None, None)
    record.created = created
    vars(record)["code"] = code
    return record


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# --- who may read them ---


def test_logs_are_for_their_owner_alone_also_those_of_an_earlier_version(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "logs"
    logs.start(folder, "info")
    logs.LOGGER.warning("one")
    logs.CONVERSATION.info("user: hello")
    assert mode_of(folder) == 0o700
    assert {path.name: mode_of(path) for path in folder.iterdir()} == {
        "error_log.txt": 0o600, "conversation_log.txt": 0o600,
    }  # fmt: skip
    logs.stop()
    (folder / "error_log.txt").chmod(0o644)
    logs.start(folder, "info")
    logs.LOGGER.warning("two")
    assert mode_of(folder / "error_log.txt") == 0o600


# --- how long they keep it ---


def test_a_log_takes_no_more_room_than_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_files, "MAX_BYTES", 1_000)
    log = LogFile(tmp_path / "log.txt", 30.0)
    for number in range(200):
        log.emit(record_at(1e9, f"{number:0100}"))
    log.close()
    assert len(list(tmp_path.iterdir())) == 1 + log_files.BACKUPS
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1_000 * (1 + log_files.BACKUPS)


def test_no_line_outlives_its_days(tmp_path: Path) -> None:
    now = begun = 1.7e9
    log = LogFile(tmp_path / "log.txt", 8.0, lambda: now)
    log.setFormatter(logging.Formatter("%(message)s"))

    def days_in(path: Path) -> list[int]:
        return [int(line) for line in path.read_text().splitlines()]

    for day in range(20):
        now = begun + day * DAY_S
        log.emit(record_at(now, str(day)))
        for path in tmp_path.iterdir():
            # The clock of the disk is not that of the story.
            os.utime(path, (begun + max(days_in(path)) * DAY_S,) * 2)
        log.delete_expired(now)
        kept = sorted(line for path in tmp_path.iterdir() for line in days_in(path))
        assert day - 8 < kept[0], "no longer than is said"
        assert kept == list(range(kept[0], day + 1)), "what is younger stays"
        assert len(kept) >= min(day + 1, 5)
    log.close()


def test_a_log_that_nobody_writes_to_any_more_is_deleted_too(tmp_path: Path) -> None:
    logs.start(tmp_path, "info", keep_days=2.0)
    logs.CONVERSATION.info("user: hello")
    path = tmp_path / "conversation_log.txt"
    now = path.stat().st_mtime
    logs.delete_expired(now + DAY_S)
    assert path.exists()
    logs.delete_expired(now + 3 * DAY_S)
    assert not path.exists()
    logs.CONVERSATION.info("user: hello again")
    assert "hello again" in path.read_text()


def test_the_age_of_a_log_is_that_of_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "log.txt"
    path.write_text("2020-01-01 12:00:00,000 INFO user: hello\n")
    log = LogFile(path, 30.0)
    log.emit(record_at(1.7e9))
    log.close()
    assert (tmp_path / "log.txt.1").read_text().startswith("2020-01-01")


def test_without_a_number_of_days_only_size_counts(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "log.txt", 0.0)
    for year in range(5):
        log.emit(record_at(1.7e9 + year * 365 * DAY_S))
    log.delete_expired(1e11)
    log.close()
    assert [path.name for path in tmp_path.iterdir()] == ["log.txt"]


# --- when they cannot be written ---


def test_a_log_that_cannot_be_written_is_told_of_once_without_its_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ring = logs.start(tmp_path / "logs", "info")
    blocked = tmp_path / "logs" / "conversation_log.txt"
    blocked.mkdir()
    for _ in range(5):
        logs.CONVERSATION.info("user: a secret of mine")
    told = capsys.readouterr().err
    assert [line.code for line in ring.newest(10)] == ["log_unwritable"]
    assert "conversation_log.txt cannot be written to" in ring.newest(1)[0].message
    assert "Traceback" not in told
    assert "a secret of mine" not in told
    blocked.rmdir()
    logs.CONVERSATION.info("user: hello")
    logs.CONVERSATION.info("user: again")
    assert blocked.read_text().count("\n") == 2
    assert "can be written to again" in capsys.readouterr().err


def test_a_full_disk_ends_no_call_and_fills_no_memory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ring = logs.start(tmp_path, "info")
    (tmp_path / "conversation_log.txt").symlink_to("/dev/full")
    for _ in range(1_000):
        logs.CONVERSATION.info("user: %s", "x" * 1_000)
    assert [line.code for line in ring.newest(10)] == ["log_unwritable"]
    assert "Traceback" not in capsys.readouterr().err
    assert all(getattr(handler, "stream", None) is None for handler in logs.CONVERSATION.handlers)


def test_a_terminal_that_is_gone_costs_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    gone = open(writer, "w")  # noqa: SIM115  # it cannot be closed in peace
    monkeypatch.setattr(sys, "stderr", gone)
    ring = logs.start(tmp_path, "info")
    logs.LOGGER.warning("one", extra={"code": "x"})
    monkeypatch.undo()
    logs.stop()
    with pytest.raises(BrokenPipeError):
        gone.close()
    assert [line.code for line in ring.newest(5)] == ["x"]
    assert capsys.readouterr().err == ""


# --- floods ---


def test_a_flood_of_one_kind_leaves_room_for_the_others_and_is_counted(tmp_path: Path) -> None:
    ring = logs.start(tmp_path, "info")
    for number in range(3_000):
        logs.LOGGER.warning("no. %d", number, extra={"code": "host_not_allowed"})
    logs.LOGGER.warning("of weight", extra={"code": "upstream_lost"})
    lines = ring.newest(500)
    assert lines[0].code == "upstream_lost"
    assert sum(line.code == "host_not_allowed" for line in lines) == RepeatLimit.BURST
    written = (tmp_path / "error_log.txt").read_text()
    assert written.count("\n") == RepeatLimit.BURST + 1


def test_what_was_left_out_is_counted_by_the_next_line_of_its_kind() -> None:
    limit = RepeatLimit()
    for _ in range(RepeatLimit.BURST + 7):
        limit.filter(record_at(0.0, code="x"))
    later = record_at(RepeatLimit.INTERVAL_S * 2, code="x")
    assert limit.filter(later)
    assert "(7 more like it are left out)" in json.loads(logs.JsonLines().format(later))["message"]
    assert limit.filter(record_at(0.0, code="y"))
    assert all(limit.filter(record_at(0.0)) for _ in range(5_000)), "lines without a code are of the life cycle"
