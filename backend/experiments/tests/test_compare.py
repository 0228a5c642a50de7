"""The comparison of gateways: from stamps to figures, and what the report says of them. No gateway runs here."""

from argparse import ArgumentTypeError
from typing import Any

import pytest

from bench.harness.metrics import Figures, figures
from experiments.compare import environments
from experiments.compare.command import _names, _plan
from experiments.compare.gateways import GATEWAYS, PEERS
from experiments.compare.report import Failure, as_json, as_markdown, cpu_ratios
from tests.bench.measured_run import raw

FACTS: dict[str, Any] = {
    "machine": {"cpu": "A CPU", "cores": 2, "system": "Linux", "python": "3.11", "s2s": "1", "commit": "abc"},
    "begun": "2026-01-01 00:00 UTC",
    "load_before": "0.1 0.1 0.1",
    "pinning": "Nothing was pinned",
    "seconds": 30.0,
    "repeated": 0,
    "versions": {"s2s": {"aiortc": "1.16.0"}},
}


def test_ratios_are_taken_at_equal_numbers_and_only_to_those_who_ran():
    runs = [figures(raw("bridge", 0.5)), figures(raw("s2s", 0.6)), Failure("pipecat", 2, "it fell over")]
    ratios = cpu_ratios(runs)
    assert ratios["s2s", 2] == pytest.approx({"bridge": 1.2, "s2s": 1.0})
    assert ("pipecat", 2) not in ratios
    assert cpu_ratios([figures(raw("s2s"))])["s2s", 2] == {"s2s": 1.0}


def test_the_report_names_who_failed_and_who_was_rejected_and_goes_on():
    runs = [figures(raw("s2s")), figures(raw("bridge", late_ms=30.0)), Failure("pipecat", 2, "no | answer")]
    text = as_markdown(runs, FACTS)
    assert "| 2 | S2S | 50.0 | (1.00) | 1.00 |" in text
    assert "| 2 | bare bridge (rejected) |" in text
    assert "REJECTED: talkers were late by 30 ms" in text
    assert "| 2 | pipecat | failed: no / answer |" in text
    assert "A CPU, 2 cores" in text
    assert "livekit" in text


def test_the_report_says_which_targets_were_missed_and_needs_the_bridge_for_ratios():
    text = as_markdown([figures(raw("s2s", 0.6)), figures(raw("bridge", 0.5))], FACTS)
    assert "| CPU, times the bridge's | 1.3 | 1.20 |" in text
    assert "| added downwards, p50 ms | 1 | **30.00**, missed |" in text
    assert "| CPU, times the bridge's | 1.3 | - |" in as_markdown([figures(raw("s2s"))], FACTS)
    assert "targets" not in as_markdown([figures(raw("bridge"))], FACTS)


def test_nothing_is_concluded_from_a_ratio_to_a_rejected_run():
    text = as_markdown([figures(raw("s2s", 0.6)), figures(raw("bridge", 0.2, late_ms=30.0))], FACTS)
    assert "| CPU, times the bridge's | 1.3 | (3.00) |" in text
    assert "| 2 | S2S | 30.0 | (3.00) | 1.00 |" in text


def test_every_row_of_a_table_has_as_many_cells_as_its_head():
    runs = [figures(raw("s2s")), Failure("pipecat", 2, "no answer")]
    for block in as_markdown(runs, FACTS).split("\n\n"):
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) <= 1, block


def test_the_json_has_every_figure_with_its_ratios_and_the_failures():
    data = as_json([figures(raw("s2s")), Failure("pipecat", 2, "no answer")], FACTS)
    first, second = data["runs"]
    assert first["uplink_ms"]["p50"] == 2.0
    assert first["cpu_ratio_to"] == {"s2s": 1.0}
    assert set(first) == {*Figures.__dataclass_fields__, "cpu_ratio_to"}
    assert second == {"contestant": "pipecat", "n": 2, "failed": "no answer"}
    assert data["machine"]["commit"] == "abc"


def test_nobody_is_asked_for_more_than_it_is_known_to_do_unless_it_is_named():
    assert ("pipecat", 50) not in {(one.name, n) for one, n in _plan([50], None)}
    assert [(one.name, n) for one, n in _plan([50], ["pipecat"])] == [("pipecat", 50)]


def test_a_name_that_is_not_known_is_refused_with_those_that_are():
    assert _names("s2s, bridge") == ["s2s", "bridge"]
    with pytest.raises(ArgumentTypeError, match=r"unknown: fax; there are s2s, bridge"):
        _names("s2s,fax")


@pytest.mark.parametrize("contestant", GATEWAYS.values(), ids=GATEWAYS)
def test_every_contestant_has_its_program_its_versions_and_a_word_about_it(contestant: Any):
    assert contestant.note
    assert contestant.versions()["aiortc"]
    script = contestant.program[0]
    assert script == "-m" or (PEERS / script).exists()


@pytest.mark.parametrize("name", environments.REQUIREMENTS)
def test_a_peers_lock_pins_what_is_asked_for_and_names_no_place_to_get_it_from(name: str):
    lock = (environments.LOCKS / f"{name}.txt").read_text("utf-8")
    assert "://" not in lock
    for requirement in environments.REQUIREMENTS[name]:
        package, _, rest = requirement.partition("==")
        assert f"\n{package.partition('[')[0]}=={rest.partition(';')[0]}" in lock
