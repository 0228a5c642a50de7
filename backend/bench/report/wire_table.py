"""Messages and packets of one call per second, by gateway, as a Markdown table. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def wire_table(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return lines of Markdown. `runs`: figures as JSON; with `head` as the beginning of their row."""
    lines = [
        "| talkers | gateway | packets up, down | voice up, down | other messages up | other messages down "
        "| to the service beside the voice |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        up, down, on = run["messages_up"], run["messages_down"], run["messages_upstream"]
        head = run.get("head") or f"| {run['n']} | {run['contestant']} |"
        lines.append(
            f"{head} {run['packets_up']:.0f}, {run['packets_down']:.0f} | {up.get('voice', 0):.0f}, "
            f"{down.get('voice', 0):.0f} | {_kinds(up)} | {_kinds(down)} | {_kinds(on)} |"
        )
    return lines


def _kinds(rates: Mapping[str, float]) -> str:
    """All but the voice: their sum, and each."""
    rest = {kind: rate for kind, rate in rates.items() if kind != "voice" and not kind.endswith((".audio", ".media"))}
    each = ", ".join(f"{kind} {rate:.1f}" if rate >= 0.1 else kind for kind, rate in rest.items())
    return f"{sum(rest.values()):.1f}: {each}" if rest else "0"
