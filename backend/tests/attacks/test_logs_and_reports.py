"""What a caller's words do to logs, and their reports to those of others: inj.py, rep.py, wsbomb.py."""

import re
from typing import Any

import pytest

from tests.attacks.attackers import inputs, sockets
from tests.attacks.target import Target

MAX_LOG_GROWTH_BYTES = 400_000


@pytest.fixture(scope="module")
def settings() -> dict[str, Any]:
    return {"S2S_LOG_TRANSCRIPTS": "true"}


def test_no_word_of_a_caller_forges_a_line_or_reaches_the_terminal_as_a_command(target: Target):
    target.attack_unnoticed(inputs.forged_lines)
    written = target.written()
    assert "FORGED" in written, "what was sent was logged somewhere"
    assert not re.search(r"^[^\[\n]{0,40}\[deadbeef\]", written, re.MULTILINE)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029\u202a-\u202e]", written)


def test_reports_of_one_person_keep_nobody_elses_out_and_delete_none(target: Target):
    first, others, last = target.attack(inputs.many_reports, 1, 30)
    assert first == last == 201
    assert 429 in others


def test_reports_from_many_addresses_delete_none_that_was_there(target: Target):
    first, _, last = target.attack(inputs.many_reports, 30, 4)
    saved = sorted((target.folder / "reports").iterdir())
    assert first == 201
    assert last in (201, 507)
    assert saved[0].exists()


def test_long_texts_at_a_machines_pace_reach_neither_the_model_nor_the_log(target: Target):
    before = len(target.written())
    sent, codes = target.attack_unnoticed(sockets.long_texts, 1.5)
    assert sent > 30
    assert "text_too_fast" in codes
    assert len(target.written()) - before < MAX_LOG_GROWTH_BYTES
