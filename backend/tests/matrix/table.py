"""docs/reliability.md from the outcomes, and the outcomes as a file that CI compares with."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

from tests.matrix.cell import Outcome
from tests.matrix.faults import Phase, every_fault
from tests.matrix.run import Result

FOLDER = Path(__file__).resolve().parent
OUTCOMES = FOLDER / "outcomes.json"
WORDS = FOLDER / "reliability.head.md"
PAGE = FOLDER.parents[2] / "docs" / "reliability.md"
GROUPS = {
    "none": "Nothing goes wrong",
    "hand-over": "The service says that it will cut the connection",
    "close": "The service closes the connection",
    "answer": "The answer is not as it should be",
    "dial": "The connection is lost, and the next one is no better",
    "network": "The line to the service is bad",
    "page": "The line to the page is bad",
    "gateway": "The gateway itself",
}
MACHINE_LOAD_MS = 1_500
"""A pause that a busy machine may add."""


def load() -> tuple[str, dict[tuple[str, str], Outcome]]:
    """(machine, outcome by fault and phase). Raises FileNotFoundError."""
    data = json.loads(OUTCOMES.read_text())
    return data["machine"], {(row.pop("fault"), row.pop("phase")): Outcome(**row) for row in data["cells"]}


def save(machine: str, results: Sequence[Result]) -> None:
    """Raises ValueError when a cell has no outcome."""
    failed = [f"{result.fault}, {result.phase}: {result.error}" for result in results if result.outcome is None]
    if failed:
        raise ValueError("these calls did not survive, nothing is written:\n" + "\n".join(failed))
    order = {key: at for at, key in enumerate(_keys())}
    rows = [
        {"fault": one.fault, "phase": str(one.phase), **_rounded(one.outcome)}
        for one in sorted(results, key=lambda one: (order[one.fault], list(Phase).index(Phase(one.phase))))
        if one.outcome is not None
    ]
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    OUTCOMES.write_text(f'{{"machine": {json.dumps(machine)}, "cells": [\n{lines}\n]}}\n')
    write_page()


def replace_some(results: Sequence[Result]) -> None:
    """These cells were played again; the others stay as they are. Raises ValueError as `save`."""
    machine, outcomes = load()
    known = {key: Result(*key, outcome, "") for key, outcome in outcomes.items()}
    save(machine, list((known | {(one.fault, str(one.phase)): one for one in results}).values()))


def write_page() -> None:
    """docs/reliability.md, from the outcomes that were saved last."""
    PAGE.write_text(page())


def differs(committed: Outcome, now: Outcome, stalled: float = 0.0) -> str:
    """In words; empty when the person notices the same and loses the same. Times are those of a machine, which gave
    the process all of its time but the share `stalled`.
    """
    if now.lost > committed.lost:
        return f"{now.lost} words lost, {committed.lost} in the table"
    if now.goes_on != committed.goes_on:
        return f"the conversation {'goes on' if now.goes_on else 'ends'}; in the table it does not so"
    if _shown(now) != _shown(committed):
        return f"noticed: {now.noticed}; in the table: {committed.noticed}"
    if now.pause_ms * (1 - stalled) > committed.pause_ms + MACHINE_LOAD_MS:
        return f"a pause of {now.pause_ms} ms; in the table {committed.pause_ms} ms"
    return ""


def page() -> str:
    """The whole of docs/reliability.md."""
    machine, outcomes = load()
    return WORDS.read_text().rstrip() + "\n\n" + _table(machine, outcomes)


def _table(machine: str, outcomes: dict[tuple[str, str], Outcome]) -> str:
    out = [
        "## The table",
        "",
        f"{len(outcomes)} cells, written by `make reliability`. Times were measured on: {machine}.",
        "",
    ]
    for group, faults in groupby(_keys(), lambda key: key.split(": ")[0]):
        rows = [f"| {key.split(': ', 1)[1]} | {' | '.join(_cells(key, outcomes))} |" for key in faults]
        out += [
            f"### {GROUPS[group]}",
            "",
            f"| fault | {' | '.join(Phase)} |",
            "|---" * (len(Phase) + 1) + "|",
            *rows,
            "",
        ]
    return "\n".join(out)


def _cells(key: str, outcomes: dict[tuple[str, str], Outcome]) -> Iterable[str]:
    return (_cell(outcomes[key, phase]) if (key, phase) in outcomes else "" for phase in Phase)


def _cell(one: Outcome) -> str:
    said = {"nothing": "–", "pause": f"pause {_s(one.pause_ms)}"}.get(one.noticed, one.noticed.replace("_", " "))
    if not one.goes_on:
        return f"**ends:** {said}"
    if one.noticed == "reconnecting":
        said += f" {_s(one.back_ms)}"
    elif one.back_ms:
        said += f" (back {_s(one.back_ms)})"
    said += f", **{one.lost} lost**" if one.lost else ""
    return said + (f", {one.twice} twice" if one.twice else "")


def _s(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.1f} s" if milliseconds < 9_950 else f"{milliseconds / 1000:.0f} s"


def _rounded(one: Outcome) -> dict[str, object]:
    return {**asdict(one), "pause_ms": round(one.pause_ms, -2), "back_ms": round(one.back_ms, -2)}


def _shown(one: Outcome) -> str:
    """Nothing and a pause differ by time alone, and so do a pause and a short look at "reconnecting"."""
    return "" if one.noticed in ("nothing", "pause", "reconnecting") else one.noticed


def _keys() -> list[str]:
    return [fault.key for fault in every_fault()] + ["gateway: killed and started again"]
