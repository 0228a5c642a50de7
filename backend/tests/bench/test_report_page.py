"""docs/performance.md says what the measurements say, and the check finds what became slower."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from bench.analysis.knee import describe_knee
from bench.benchmarks import browser, regression
from bench.benchmarks.code_paths import FRAMES, Call
from bench.benchmarks.latency import summary
from bench.browser import trials
from bench.report import page as report
from bench.report import run_all
from bench.report.targets import TARGETS
from bench.results.environment import FORMAT, Report, machine, machine_line


def test_the_page_and_its_pictures_are_what_the_measurements_say() -> None:
    for path, text in report.render_page(report.load(report.FOLDER)).items():
        assert path.read_text() == text, f"{path.name} is not up to date: run python -m bench report"


def test_what_was_not_measured_is_named() -> None:
    page = report.render_page({})[report.PAGE]
    assert page.count(report.NOT_YET) >= len(TARGETS)
    assert "met" not in page.split("## Targets")[1].split("##")[0].replace("measured", "")


def of_browser(p50: float) -> dict[str, Any]:
    values = [p50 - 10, p50, p50 + 10]
    found = summary(values) | {"n": 3, "values": values}
    rest = {"early": 0, "unanswered": 0, "not_ducked": 0, "not_silenced": 0, "paused_at_press": 0, "paused_at_voice": 0}
    results = {"voice_to_voice_ms": found, "parts": {}, "rejected": {}, "loudspeaker_ms": 30.0, **rest}
    return {"format": FORMAT, "bench": "browser", "machine": machine(), "results": results}


def test_a_target_that_is_met_and_one_that_is_missed_are_told_apart() -> None:
    quick = report.render_page({"browser": of_browser(300)})
    assert "| p50 300, p95 309 ms (3 times) | met |" in quick[report.PAGE]
    assert "What was missed" not in quick[report.PAGE]
    slow = report.render_page({"browser": of_browser(400), "why": {"voice": "The model thinks."}})[report.PAGE]
    assert "| p50 400, p95 409 ms (3 times) | **missed** |" in slow
    assert "- **voice-to-voice at the ear, local engine**: The model thinks." in slow


def test_the_cumulative_curve_is_drawn_from_the_values_and_alike_each_time() -> None:
    pictures = [
        report.render_page({"browser": of_browser(300)})[report.FOLDER / "voice-to-voice.svg"] for _ in range(2)
    ]
    assert pictures[0] == pictures[1]
    assert pictures[0].count("<svg") == 1


def run_of(contestant: str, cost: float, n: int = 50) -> dict[str, Any]:
    spread = {"p50": 0.4, "p95": 1.0, "p99": 2.0, "n": 100}
    return {
        "contestant": contestant, "n": n, "cpu_ms_per_session_s": cost, "cores": cost / 20, "faults": [],
        "uplink_ms": spread, "downlink_ms": spread, "interrupt_ms": spread, "first_audio_ms": spread,
        "mb_per_session": 0.8, "growth_mb_per_minute_session": 0.0, "up_kbit_s": 290.0, "down_kbit_s": 210.0,
        "cpu_ratio_to": {"bridge": cost / 9},
    }  # fmt: skip


def test_the_comparison_answers_what_the_gateway_adds() -> None:
    page = report.render_page({"compare": {"machine": machine(), "runs": [run_of("s2s", 10.8), run_of("bridge", 9.0)]}})
    assert "| 10.8 ms at N = 50, 1.20 times the bridge | met |" in page[report.PAGE]
    assert "uplink p50 0.4, p99 2.0 ms; downlink p50 0.4, p99 2.0 ms | met |" in page[report.PAGE]


def test_what_was_made_faster_is_told_with_before_and_after() -> None:
    change = {"what": "a frame", "before": "56 us", "after": "26 us", "how": "less is built"}
    page = report.render_page({"changes": [change]})[report.PAGE]
    assert "| a frame | 56 us | 26 us | less is built |" in page
    assert "made faster" not in report.render_page({})[report.PAGE]


def all_options(**changes: Any) -> Namespace:
    return Namespace(**({"short": False, "again": False, "only": None, "folder": None, "wait": 0.0} | changes))


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How busy the machine is, one look after the other; then it is quiet."""
    looks: list[float] = []
    monkeypatch.setattr(run_all.psutil, "cpu_percent", lambda _: looks.pop(0) if looks else 1.0)
    return looks


def test_a_part_waits_until_the_machine_is_quiet_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run_all, "_run", lambda _part, _words: 0)
    quiet += [80.0, 60.0]
    run_all.main(all_options(only=["start"], folder=tmp_path, wait=5.0))
    assert quiet == []
    assert "others use 80% of this machine; waiting up to 5 minutes" in capsys.readouterr().out
    quiet += [80.0]
    run_all.main(all_options(only=["start"], folder=tmp_path, wait=0.0))
    assert "Its figures will be in doubt" in capsys.readouterr().out


def test_the_short_form_writes_only_where_it_is_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []
    monkeypatch.setattr(run_all, "_run", lambda _part, words: len(ran.append(words) or []))
    run_all.main(all_options(short=True))
    assert not any("--json" in words for words in ran)
    assert set(run_all.FULL_RUN) <= set(run_all.SHORT_RUN)
    ran.clear()
    run_all.main(all_options(short=True, folder=tmp_path))
    written = [Path(words[words.index("--json") + 1]).name for words in ran if "--json" in words]
    assert written == [f"{part}.json" for part in run_all.SHORT_RUN if part in run_all.FULL_RUN]
    assert ran[-1] == ["report", "--folder", str(tmp_path)]


def test_a_part_that_this_commit_has_measured_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(part: str, words: list[str]) -> int:
        ran.append(part)
        if part != "report":
            commit = {"commit": run_all.commit()}
            Path(words[words.index("--json") + 1]).write_text(json.dumps({"machine": commit, "results": {}}))
        return 0

    monkeypatch.setattr(run_all, "FOLDER", tmp_path)
    monkeypatch.setattr(run_all, "_run", run)
    (tmp_path / "start.json").write_text(json.dumps({"machine": {"commit": run_all.commit()}}))
    (tmp_path / "browser.json").write_text(json.dumps({"machine": {"commit": "another"}}))
    options = all_options()
    assert run_all.main(options) == 0
    assert ran == ["browser", "load", "compare", "opus", "engine", "soak", "report"]
    ran.clear()
    assert run_all.main(options) == 0
    assert ran == ["report"]


def test_a_part_that_fails_leaves_the_older_measurement_and_the_other_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(part: str, _words: list[str]) -> int:
        ran.append(part)
        return 1

    monkeypatch.setattr(run_all, "FOLDER", tmp_path)
    monkeypatch.setattr(run_all, "_run", run)
    older = json.dumps({"machine": {"commit": "another"}})
    (tmp_path / "load.json").write_text(older)
    assert run_all.main(all_options(only=["load", "start"])) == 1
    assert ran == ["start", "load", "report"]
    assert (tmp_path / "load.json").read_text() == older


def test_the_page_script_knows_the_names_that_the_page_uses() -> None:
    script = (Path(trials.__file__).read_text(), browser.PAGE_SCRIPT.read_text())
    client = browser.CLIENT / "src" / "components"
    page = "".join(path.read_text() for path in client.rglob("*.tsx"))
    for name, where in (("Start Conversation", 0), ("Interrupt AI", 0), ("End Session", 0), ("text-box", 1)):
        assert name in script[where]
        assert name in page, f"the browser bench looks for {name}, which the page no longer has"


def test_a_reason_that_was_found_out_for_another_measurement_says_so() -> None:
    slow = of_browser(400)
    now = slow["machine"]["commit"]
    fresh = report.render_page({"browser": slow, "why": {"voice": {"at": now, "text": "It thinks."}}})[report.PAGE]
    assert "local engine**: It thinks.\n" in fresh
    stale = report.render_page({"browser": slow, "why": {"voice": {"at": "abc1234", "text": "It thinks."}}})[
        report.PAGE
    ]
    assert f"It thinks. (Found out at abc1234; the figure was measured at {now}.)" in stale


def test_opus_is_told_with_and_without_the_headers_that_carry_it() -> None:
    target = next(one for one in TARGETS if one.name == "opus")

    def told(up: float, down: float, all_up: float, all_down: float) -> Any:
        found = {"up_kbit_s": up, "down_kbit_s": down}
        return target.look({"opus": found | {"all_headers_up_kbit_s": all_up, "all_headers_down_kbit_s": all_down}})

    found = told(33, 41, 86, 59)
    assert found.words.startswith("voice with our header: 74 kbit/s (33 up, 41 down); with all headers down to IP")
    assert "145 (86 up, 59 down)" in found.words
    assert (found.met, found.verdict) == (False, "voice: met; with all headers: **missed**")
    assert told(20, 20, 40, 30).met
    assert told(50, 50, 90, 90).verdict == ""


def points(*latencies: float) -> list[dict[str, Any]]:
    return [
        {"n": 10 * at, "honest": True, "cpu_ms_per_session_s": 9 + 20 / at, "cores": at / 10, "up_p99_ms": p99,
         "down_p99_ms": 1.0, "rss_mb": 110.0 + 4 * at}
        for at, p99 in enumerate(latencies, 1)
    ]  # fmt: skip


def test_where_the_curves_bend_is_found_in_the_points() -> None:
    said = describe_knee(points(1.0, 1.2, 1.1, 9.0, 20.0))
    assert (
        "Latency is flat (p99 below 4 ms) up to 30, where 0.30 of the core are in use; at 40, with 0.40, it is 9.0 ms"
        in said
    )
    assert "Memory grows by 0.40 MB for each call, in a straight line." in said
    assert "The CPU of one call falls from 29 ms a second (with 10) to 13.0 (with 50)" in said


def test_one_disturbed_point_is_no_bend_and_few_points_say_nothing() -> None:
    assert "does not bend up to 50" in describe_knee(points(1.0, 9.0, 1.1, 1.2, 1.3))
    assert describe_knee(points(1.0, 1.2)) == ""
    crooked = points(1.0, 1.0, 1.0, 1.0)
    crooked[1]["rss_mb"] += 20
    assert "not in a straight line" in describe_knee(crooked)


def test_gateways_are_drawn_against_the_number_of_conversations() -> None:
    runs = [
        run_of("s2s", 12, 20),
        run_of("s2s", 10.8),
        run_of("bridge", 12, 20),
        run_of("bridge", 9),
        run_of("pipecat", 49, 5),
    ]
    runs.append({"contestant": "pipecat", "n": 20, "failed": "it did not start"})
    written = report.render_page({"compare": {"machine": machine(), "runs": runs}})
    drawn = written[report.FOLDER / "gateways.svg"]
    assert ">s2s<" in drawn
    assert ">bridge<" in drawn
    assert ">pipecat<" not in drawn
    assert "failed: it did not start" in written[report.PAGE]


def test_every_report_names_its_machine() -> None:
    host = machine()
    assert {"cpu", "cores", "kernel", "python", "packages", "commit", "date", "load_before"} <= set(host)
    assert host["packages"]["aiortc"] in machine_line(host)
    assert machine_line({})


def test_a_report_is_written_in_one_form(tmp_path: Path) -> None:
    path = tmp_path / "new" / "x.json"
    Report("start", "python -m bench start", {"cpu": "x"}, {"gateway_s": 1}).write(path)
    assert json.loads(path.read_text()) == {
        "format": FORMAT, "bench": "start", "command": "python -m bench start", "machine": {"cpu": "x"},
        "results": {"gateway_s": 1},
    }  # fmt: skip


def test_a_slower_path_is_a_regression_and_noise_is_none() -> None:
    before = {"quiet": {"ratio": 1.0, "noise": 0.02, "n": 9}, "noisy": {"ratio": 1.0, "noise": 0.3, "n": 9}}

    def now(ratio: float) -> dict[str, Any]:
        return {name: {"ratio": ratio, "noise": 0.02, "n": 9} for name in (*before, "new")}

    assert regression.regressions(now(1.3), before) == []
    assert regression.regressions(now(1.4), before) == ["quiet"]
    # However noisy it is: what is half slower is found.
    assert regression.regressions(now(1.5), before) == ["quiet", "noisy"]


def test_a_latency_is_told_and_fails_nothing() -> None:
    (name,) = regression.TOLD_ONLY
    before = {name: {"ratio": 10.0, "noise": 0.02, "n": 9}}
    assert regression.regressions({name: {"ratio": 90.0, "noise": 0.02, "n": 9}}, before) == []


def test_what_looks_slower_is_measured_again_and_the_lowest_counts() -> None:
    before = {name: {"ratio": 1.0, "noise": 0.01, "n": 9} for name in ("a", "b")}

    def found(a: float, b: float) -> dict[str, Any]:
        return {"a": {"ratio": a, "noise": 0.01, "n": 9}, "b": {"ratio": b, "noise": 0.01, "n": 9}}

    disturbed = iter([found(1.6, 1.0), found(1.0, 1.7), found(9.0, 9.0)])
    assert regression.lowest(lambda: next(disturbed), before) == found(1.0, 1.0)
    assert next(disturbed) == found(9.0, 9.0)
    slower = iter([found(1.5, 1.0), found(1.6, 1.1), found(1.52, 1.0)])
    assert regression.regressions(regression.lowest(lambda: next(slower), before), before) == ["a"]


def test_the_spread_of_repeats_ignores_one_that_was_disturbed() -> None:
    assert regression.spread([1.0, 1.02, 0.98, 1.0, 9.0]) == {"ratio": 1.0, "noise": 0.02, "n": 5}


def test_the_check_measures_a_call_that_really_talks() -> None:
    call = Call()
    for _ in range(8):
        call.second()
    assert call.frames == 8 * FRAMES


def test_a_path_that_was_made_slower_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    baseline = json.loads(regression.BASELINE.read_text())["results"]
    slow = {"codec": lambda: [regression.reference() for _ in range(3)] and None}
    monkeypatch.setattr(regression, "paths", lambda: slow)
    found = {name: regression.spread(values) for name, values in regression.code_ratios(2).items()}
    assert regression.regressions(found, baseline) == ["cpu: codec"]


async def test_trials_go_on_until_the_wanted_number_is_counted() -> None:
    counted: list[int] = []
    held: list[int] = []

    async def trial(number: int) -> None:
        held.append(number)
        if number % 2:
            counted.append(number)

    told: list[tuple[str, int, int]] = []
    await trials.until_counted("answers", 3, lambda: len(counted), trial, lambda *news: told.append(news))
    assert held == [0, 1, 2, 3, 4, 5]
    assert told[-1] == ("answers", 3, 3)


async def test_trials_that_never_count_end_all_the_same() -> None:
    held: list[int] = []

    async def trial(number: int) -> None:
        held.append(number)

    await trials.until_counted("answers", 3, lambda: 0, trial, lambda *news: None)
    assert len(held) == 3 * trials.MAX_TRIALS
