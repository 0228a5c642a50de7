"""The knees in the curves of the load benchmark. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

FLAT_TIMES = 2.0
"""Latency is flat while its 99th percentile is within so many times the lowest that was measured."""
FLAT_MS = 4.0
"""Or while it is below this: between one and two milliseconds nothing is concluded."""
STRAIGHT_SHARE = 0.05
"""Memory grows in a straight line where no point is further from it than this share of what was added."""


def describe_knee(points: Sequence[Mapping[str, Any]]) -> str:
    """Describe CPU, latency and memory against the number of talkers; empty with fewer than four points."""
    counted = [point for point in points if point["honest"]]
    if len(counted) < 4:
        return ""
    return " ".join([_cpu(counted), _latency(counted), _memory(counted)])


def _cpu(points: Sequence[Mapping[str, Any]]) -> str:
    first, last = points[0], points[-1]
    half = next(p for p in points if p["cpu_ms_per_session_s"] <= 1.5 * last["cpu_ms_per_session_s"])
    return (
        f"The CPU of one call falls from {first['cpu_ms_per_session_s']:.0f} ms a second (with {first['n']}) to "
        f"{last['cpu_ms_per_session_s']:.1f} (with {last['n']}), and is within half as much again of that from "
        f"{half['n']} on: the more talkers, the more packets are read at each waking."
    )


def _latency(points: Sequence[Mapping[str, Any]]) -> str:
    worst = [max(p["up_p99_ms"] or 0.0, p["down_p99_ms"] or 0.0) for p in points]
    most = max(FLAT_MS, FLAT_TIMES * min(worst))
    # From the end: a single disturbed point in the flat part is no bend.
    at = len(points)
    while at and worst[at - 1] > most:
        at -= 1
    if at == len(points):
        return f"Latency does not bend up to {points[-1]['n']}: p99 stays below {most:.0f} ms."
    flat, bent = points[at - 1], points[at]
    return (
        f"Latency is flat (p99 below {most:.0f} ms) up to {flat['n']}, where {flat['cores']:.2f} of the core are in "
        f"use; at {bent['n']}, with {bent['cores']:.2f}, it is {worst[at]:.1f} ms, and at {points[-1]['n']}, with "
        f"{points[-1]['cores']:.2f}, {worst[-1]:.1f}: as in any queue, it grows while the core fills up."
    )


def _memory(points: Sequence[Mapping[str, Any]]) -> str:
    xs = np.array([float(p["n"]) for p in points])
    ys = np.array([float(p["rss_mb"]) for p in points])
    each, rest = np.polyfit(xs, ys, 1)
    off = float(np.max(np.abs(ys - each * xs - rest)))
    straight = off <= STRAIGHT_SHARE * float(ys.max() - ys.min())
    line = "in a straight line" if straight else f"and not in a straight line: up to {off:.0f} MB beside it"
    return f"Memory grows by {each:.2f} MB for each call, {line}."
