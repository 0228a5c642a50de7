"""Merge the /health reports of several gateway processes. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Report = dict[str, Any]
_TOKEN_STATES = ("none", "ok", "unchecked", "retrying", "failed")
"""From best to worst."""
# The proxy offers such a call to one process after the other, so each of them counts it: see routing.py.
_REFUSED_IF_ALL_REFUSE = ("too_many_sessions", "day_limit", "gateway_stopping", "upstream_unavailable")
_ENGINE_STATES = ("ready", "loading", "starting", "down", "missing", "off")


def merge_health(reports: Mapping[int, Report | None]) -> tuple[bool, Report]:
    """Return whether any process can take a call, and the merged report. None stands in for a process that does not
    respond."""
    answered = [report for _, report in sorted(reports.items()) if report is not None]
    able = any(report["status"] == "ok" for report in answered)
    stopping = all(report["status"] == "stopping" for report in answered)
    refused = _refused(answered)
    return able, {
        **answered[0],
        "status": "ok" if able else "stopping" if stopping else "unavailable",
        "uptime_s": max(report["uptime_s"] for report in answered),
        "tasks": sum(report["tasks"] for report in answered),
        "sessions": {
            **{name: sum(report["sessions"][name] for report in answered) for name in ("active", "max", "created")},
            "refused": sum(refused.values()),
        },
        "refused": refused,
        "events": _counted(report["events"] for report in answered),
        "incidents": _counted(report["incidents"] for report in answered),
        "breaker": _breaker(answered),
        # All processes add to the same daily budget; the highest value is the most recent one.
        "usage_today": max((report["usage_today"] for report in answered), key=lambda usage: usage["tokens"]),
        "upstream": _upstream(answered),
        "latency": _latency(answered),
        "errors_last_hour": sum(report["errors_last_hour"] for report in answered),
        "engine": _engine(answered),
        "workers": [_one(number, report) for number, report in sorted(reports.items())],
    }


def _one(number: int, report: Report | None) -> Report:
    if report is None:
        return {"worker": number, "status": "away"}
    return {
        "worker": number,
        "status": report["status"],
        "uptime_s": report["uptime_s"],
        "sessions": report["sessions"],
        "latency": report["latency"],
    }


def _refused(reports: list[Report]) -> dict[str, int]:
    """Count refusals. A call that every process refused counts once, by the highest count: a process that is down or
    was restarted has counted fewer."""
    most: Counter[str] = Counter()
    for report in reports:
        for code, count in report["refused"].items():
            most[code] = max(most[code], count) if code in _REFUSED_IF_ALL_REFUSE else most[code] + count
    return dict(most)


def _breaker(reports: list[Report]) -> Report:
    """Merge circuit breakers. Each process has its own; a call is refused only if all of them are open."""
    best = min((report["breaker"] for report in reports), key=lambda b: (b["state"] != "closed", b["retry_after_s"]))
    return {**best, "opened": sum(report["breaker"]["opened"] for report in reports)}


def _upstream(reports: list[Report]) -> Report:
    parts = [report["upstream"] for report in reports]
    return {
        **parts[0],
        "reachable": any(part["reachable"] for part in parts),
        "unreachable": "" if any(part["reachable"] for part in parts) else parts[0]["unreachable"],
        "credentials": max((part["credentials"] for part in parts), key=lambda c: _TOKEN_STATES.index(c["state"])),
        "open_sockets": sum(part["open_sockets"] for part in parts),
        "last_failure": next((part["last_failure"] for part in parts if part["last_failure"]), ""),
        "replaced_model": next((part["replaced_model"] for part in parts if part["replaced_model"]), ""),
        "fault": next((part["fault"] for part in parts if part["fault"]), ""),
        "oddities": _counted(part.get("oddities", {}) for part in parts),
    }


def _latency(reports: list[Report]) -> Report:
    """Merge latencies. Percentiles cannot be added, so each mark is reported for the process with the highest p95."""
    parts = [report["latency"] for report in reports]
    marks = {name for part in parts for name in part if name != "turns"}
    slowest = {
        name: max((part[name] for part in parts if name in part), key=lambda mark: mark["p95_ms"])
        for name in sorted(marks)
    }
    return {"turns": sum(part["turns"] for part in parts), **slowest}


def _engine(reports: list[Report]) -> Report | None:
    parts = [report["engine"] for report in reports if report["engine"] is not None]
    return min(parts, key=lambda part: _ENGINE_STATES.index(part["state"])) if parts else None


def _counted(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return dict(total)
