"""Few descriptors and a full disk, while strangers come: fds.py, full.py."""

from pathlib import Path

import psutil

from tests.attacks.attackers import inputs, lines, spending
from tests.attacks.target import attacked

FEW = 300


def test_with_few_descriptors_no_crowd_keeps_anybody_out(tmp_path: Path):
    with attacked(tmp_path, descriptors=FEW) as target:
        outcomes, new = target.attack_unnoticed(lines.many_offers, 60, 3)
        assert outcomes["offer", 200] > 0
        assert new == 201
        opened, new = target.attack_unnoticed(lines.idle_connections, 150)
        assert opened > 0
        assert new == 201
        assert target.process.num_fds() < FEW


def test_on_a_full_disk_calls_go_on_and_no_new_one_is_begun_uncounted(tmp_path: Path):
    with attacked(tmp_path, S2S_CREATES_PER_MINUTE="1000") as target:
        no_limit = psutil.RLIM_INFINITY
        target.process.rlimit(psutil.RLIMIT_FSIZE, (0, no_limit))
        status, code, _ = target.attack_unnoticed(spending.creations)
        assert (status, code) == (503, "budget_unavailable")
        target.process.rlimit(psutil.RLIMIT_FSIZE, (no_limit, no_limit))
        assert target.attack(spending.creations)[0] == 201
        assert target.attack(inputs.one_report) == 201
