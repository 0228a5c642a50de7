"""Logs: what each of them holds, and that no secret reaches any."""

import logging
from pathlib import Path

import pytest

from s2s import logs


@pytest.mark.parametrize(
    "secret",
    [
        "AIzaSyA1234567890abcdefghijklmnopqrstuv",
        "Bearer ya29.a0AfH6SMBx-y_z",
        "wss://host/ws?key=abcdefgh12345678",
        "?access_token=auth_tokens/abcdef0123",
        "eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl",
        "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----",
    ],
)
def test_nothing_that_looks_like_a_secret_reaches_a_log(secret: str, tmp_path: Path):
    ring = logs.start(tmp_path, "info")
    logs.LOGGER.error("dial failed: %s", secret, extra={"code": "x", "session": "s"})
    logs.stop()
    written = (tmp_path / "error_log.txt").read_text() + ring.newest(1)[0].message
    core = secret.rsplit("=", maxsplit=1)[-1].rsplit(maxsplit=1)[-1] if "BEGIN" not in secret else "MIIE"
    assert core not in written
    assert "dial failed" in written


def test_errors_are_kept_newest_first_and_conversations_in_their_own_file(tmp_path: Path):
    ring = logs.start(tmp_path, "info")
    logs.LOGGER.info("a step")
    logs.LOGGER.warning("one", extra={"code": "first"})
    logs.LOGGER.error("two", extra={"code": "second", "session": "0123456789ab"})
    logs.CONVERSATION.info("user: hello", extra={"session": "0123456789ab"})
    logs.stop()
    assert [line.code for line in ring.newest(10)] == ["second", "first"]
    assert ring.count_since(0) == 2
    assert "user: hello" in (tmp_path / "conversation_log.txt").read_text()
    errors = (tmp_path / "error_log.txt").read_text()
    assert "[01234567] second: two" in errors
    assert "a step" not in errors
    assert logging.getLogger("s2s").handlers == []
