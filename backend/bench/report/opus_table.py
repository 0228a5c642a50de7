"""What `bench opus` found, as a table. Pure."""

from collections.abc import Mapping
from typing import Any

ROWS = (
    ("voice up, with our header, kbit/s", "up_kbit_s"),
    ("voice down, with our header, kbit/s", "down_kbit_s"),
    ("up with all headers down to IP, and acknowledgements, kbit/s", "all_headers_up_kbit_s"),
    ("down the same, while the model speaks half of the time, kbit/s", "all_headers_down_kbit_s"),
    ("gateway CPU per session-second, ms", "cpu_ms_per_session_s"),
    ("latency up, p50, ms", "up_p50_ms"),
    ("latency up, p95, ms", "up_p95_ms"),
    ("latency down, p50, ms", "down_p50_ms"),
    ("latency down, p95, ms", "down_p95_ms"),
    ("look-ahead of the encoder, beside that, ms", "lookahead_ms"),
    ("words that the recognizer gets wrong, %", "word_errors_percent"),
)


def table(found: Mapping[str, Any]) -> list[str]:
    """Return lines of Markdown, PCM beside Opus."""
    lines = [f"| {label} | {found['pcm'][key]:.1f} | {found['opus'][key]:.1f} |" for label, key in ROWS]
    return ["| | PCM | Opus |", "|---|---|---|", *lines]
