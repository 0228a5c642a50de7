"""A measured run of two talkers, made up."""

from typing import Any

from bench.harness.metrics import Measured, Usage


def raw(contestant: str = "s2s", cpu_s: float = 1.0, late_ms: float = 0.1, **changes: Any) -> Measured:
    """Two talkers over 10 s. Up takes 2 ms; one reply each, first heard after 30 ms; the second one is cut."""
    connections = [
        {"number": 0, "first_audio": 90.0, "ended": 95.0, "onsets": [], "replies": []},
        {"number": 1, "first_audio": 99.06, "ended": None, "onsets": [101.002, 105.002], "replies": [[103.0, None]]},
        {
            "number": 2,
            "first_audio": 99.09,
            "ended": None,
            "onsets": [101.002],
            "replies": [[104.0, 104.75], [112.0, 112.75]],
        },
    ]
    for connection in connections:
        sent = {"realtimeInput.audio": 500, "clientContent.turns": 5}
        connection |= {"at": connection["first_audio"] + 10.0, "kinds": sent}
    opening = {"began": 98.99, "offered": 99.0, "answered": 99.02, "connected": 99.05}
    talkers = [
        {"connection": 1, "opening": opening, "said": [101.0, 105.0], "heard": [[103.03, 105.0]], "flushed": []},
        {
            "connection": 2,
            "opening": opening,
            "said": [101.0, 105.0],
            "heard": [[104.03, 104.77], [112.03, 112.76]],
            "flushed": [],
        },
    ]
    window = {
        "began": 100.0,
        "ended": 110.0,
        "client_cpu_s": 1.0,
        "alive": 2,
        "sent_bytes": 250_000,
        "received_bytes": 125_000,
        "packets_up": 1_400,
        "packets_down": 800,
        "messages": {"up": {"voice": 1_000, "played": 90, "ping": 20}, "down": {"voice": 400, "pong": 20, "flush": 1}},
        "lateness_ms": [late_ms] * 100,
    }
    busy_s = changes.pop("busy_s", cpu_s + 0.1)
    result = {
        "window": window | changes.pop("window", {}),
        "talkers": talkers,
        "upstream": {"connections": connections, "lateness": [[103.0, 0.2], [90.0, 99.0]]} | changes,
    }
    usages = (Usage(0.0, 100.0), Usage(5.0, 104.0), Usage(5.0 + cpu_s, 105.0))
    return Measured(
        contestant, 2, *usages, upstream_cpu_s=0.5, gateway_core_busy_s=busy_s, helper_cores=1, result=result
    )
