"""Render findings of the doctor as lines and as JSON. Pure."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Verdict = Literal["ok", "warning", "failed", "skipped"]
_SIGNS: dict[Verdict, str] = {"ok": "✓", "warning": "!", "failed": "✗", "skipped": "-"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check."""

    step: str
    verdict: Verdict
    message: str
    """A sentence without secrets."""
    remedy: str = ""
    """What to do about it; exactly one action for a failure."""


def line(finding: Finding) -> str:
    """Render a finding as one line, with the remedy on a second one."""
    text = f"{_SIGNS[finding.verdict]} {finding.step}: {finding.message}"
    return f"{text}\n    -> {finding.remedy}" if finding.remedy else text


def works(findings: Sequence[Finding]) -> bool:
    """Whether calls can work: no check failed."""
    return not any(finding.verdict == "failed" for finding in findings)


def closing(findings: Sequence[Finding]) -> str:
    """Return the last line of the report."""
    failed, warned = (sum(finding.verdict == kind for finding in findings) for kind in ("failed", "warning"))
    doubts = f" ({warned} to look at, marked !)" if warned else ""
    if failed:
        return f"{failed} {'thing does' if failed == 1 else 'things do'} not work, marked ✗.{doubts}"
    return f"Everything that a call needs works{doubts}."


def as_json(findings: Sequence[Finding]) -> dict[str, Any]:
    """Return the report for `--json`."""
    return {"ok": works(findings), "findings": [asdict(finding) for finding in findings]}
