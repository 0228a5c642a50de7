"""Logs: what each of them holds, and that no secret reaches any."""

import io
import json
import logging
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from s2s import logs
from tools import ToolFailure, ToolRegistry


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


# --- JSON lines ---


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def test_as_json_every_line_is_one_object_with_the_same_facts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    logs.register_secrets("a configured secret")
    ring = logs.start(tmp_path, "info", as_json=True)
    logs.LOGGER.info("begun")
    try:
        raise ValueError("a configured secret\n\x1b[31mFORGED")
    except ValueError:
        logs.LOGGER.exception(
            "it failed: %s", "a\n\u202eb é", extra={"code": "internal", "session": "0123456789abcdef"}
        )
    logs.CONVERSATION.info("user: %s", '"quoted"\n{"time": "FORGED"}', extra={"session": "0123456789abcdef"})
    logs.stop()
    (failed,) = json_lines(tmp_path / "error_log.txt")
    assert failed["exception"][-2:] == ["ValueError: [secret]", "\\x1b[31mFORGED"]
    assert {key: failed[key] for key in ("level", "logger", "code", "session")} == {
        "level": "error", "logger": "s2s", "code": "internal", "session": "01234567",
    }  # fmt: skip
    assert failed["message"] == "it failed: a\\n\\u202eb é"
    assert datetime.fromisoformat(failed["time"]).utcoffset() == timedelta(0)
    (said,) = json_lines(tmp_path / "conversation_log.txt")
    assert said["message"].startswith('user: "quoted"')
    assert said["session"] == "01234567"
    on_terminal = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["message"][:8] for line in on_terminal] == ["begun", "it faile"]
    written = (tmp_path / "error_log.txt").read_text()
    assert "a configured secret" not in written
    assert "\x1b" not in written
    assert ring.newest(1)[0].code == "internal"


def test_as_json_the_servers_own_lines_are_objects_too_until_the_logs_stop(tmp_path: Path):
    out, plain = io.StringIO(), logging.Formatter("%(message)s")
    server, handler = logging.getLogger("uvicorn.access"), logging.StreamHandler(out)
    handler.setFormatter(plain)
    server.addHandler(handler)
    try:
        logs.start(tmp_path, "info", as_json=True)
        server.warning('%s - "%s %s HTTP/%s" %d', "192.0.2.1:5", "GET", "/health", "1.1", 200)
        logs.stop()
        assert json.loads(out.getvalue())["message"] == '192.0.2.1:5 - "GET /health HTTP/1.1" 200'
        assert handler.formatter is plain
    finally:
        server.removeHandler(handler)


# --- without transcripts ---


async def test_without_transcripts_no_word_of_a_call_reaches_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    registry = ToolRegistry()

    def order(what: str) -> dict[str, str]:
        if what.startswith("one"):
            raise ToolFailure(f"I cannot order {what}.")
        raise KeyError(what)

    properties = {"what": {"type": "string"}}
    schema = {"name": "order", "description": "d", "parameters": {"type": "object", "properties": properties}}
    registry.register("order", order, schema)
    for transcripts in (True, False):
        ring = logs.start(tmp_path / str(transcripts), "info", transcripts=transcripts)
        logs.CONVERSATION.info("user: MYWORDS")
        await registry.call("order", {"what": "one of MYWORDS"})
        await registry.call("order", {"what": "MYWORDS"})
        logs.stop()
        files = {path.name: path.read_text() for path in (tmp_path / str(transcripts)).iterdir()}
        everything = "".join([*files.values(), capsys.readouterr().err, *(line.message for line in ring.newest(9))])
        assert ("MYWORDS" in everything) is transcripts
        assert ("conversation_log.txt" in files) is transcripts
        assert files["error_log.txt"].count("tool_failed: function order failed") == 2
