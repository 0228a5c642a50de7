"""More than one has paid for: bypass.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from gemini_emulator.background import LiveEmulator
from tests.attacks.attackers import spending
from tests.attacks.attackers.spending import delete, vanish
from tests.attacks.stranger import Place, carried_out
from tests.attacks.target import PAID, Target, attacked, gateway_process

ANSWER = {"reply_s": 6.0}
LIMIT_TOKENS = 4_000
HEARD_FRAMES = 20
LEAST_TOKENS = 600
"""Of each call: its text and what every call begins with."""
UNDER_WAY_TOKENS = 2_200
"""At most so much is spent by a call's last answer after the last of the budget was granted, with its thoughts, of
which there is no estimate."""


def used_tokens(port: int) -> int:
    """What the operator is told, at the machine itself."""
    used: int = httpx.get(f"http://127.0.0.1:{port}/health").json()["usage_today"]["tokens"]
    return used


@contextmanager
def with_a_limit(folder: Path) -> Iterator[Target]:
    more = {"S2S_DAY_TOKENS": str(LIMIT_TOKENS), "S2S_CREATES_PER_MINUTE": "100"}
    with attacked(folder, bystander=False, emulator=ANSWER, **more) as target:
        yield target


@pytest.mark.parametrize("end", [delete, vanish])
def test_calls_that_hang_up_before_their_bill_spend_the_budget_all_the_same(tmp_path: Path, end: Any):
    with with_a_limit(tmp_path) as target:
        statuses = target.attack(spending.hang_ups, 12, HEARD_FRAMES, end)
        assert statuses[0] == 201
        assert statuses[-1] == 503
        status, code, retry_after = target.attack(spending.creations)
        assert (status, code) == (503, "day_limit")
        assert int(retry_after) > 0
        used = used_tokens(target.port)
        assert LEAST_TOKENS * statuses.count(201) <= used <= LIMIT_TOKENS + UNDER_WAY_TOKENS


def test_calls_that_begin_together_do_not_pass_the_limit_together(tmp_path: Path):
    with with_a_limit(tmp_path) as target:
        statuses = target.attack(spending.all_together, 30, HEARD_FRAMES)
        admitted = statuses.count(201)
        assert 0 < admitted < 30
        assert used_tokens(target.port) <= LIMIT_TOKENS + UNDER_WAY_TOKENS


def test_who_has_spent_theirs_locks_out_nobody_else(tmp_path: Path):
    with attacked(tmp_path, emulator=ANSWER, S2S_ADDRESS_DAY_USD="0.03", S2S_CREATES_PER_MINUTE="100") as target:
        place = target.somewhere()
        statuses = target.attack_unnoticed(spending.hang_ups, 14, HEARD_FRAMES, place=place)
        assert 201 not in statuses[-3:]
        assert target.attack(spending.creations, place=place)[1] == "identity_limit"
        assert target.attack(spending.creations)[0] == 201


def test_a_gateway_that_is_killed_and_started_again_has_forgotten_nothing(tmp_path: Path):
    with LiveEmulator(engine="tone", **ANSWER) as upstream:
        settings = {**PAID, "GOOGLE_GEMINI_BASE_URL": upstream.base_url, "S2S_DAY_TOKENS": "100000"}
        with gateway_process(tmp_path, **settings) as (port, process):
            carried_out(spending.hang_ups, Place(port, "81.2.3.4"), 3, HEARD_FRAMES)
            before = used_tokens(port)
            assert before > 1_000
            process.kill()
        with gateway_process(tmp_path, **settings) as (port, _):
            # What passed in the last second was not written yet.
            assert used_tokens(port) >= before * 0.8
