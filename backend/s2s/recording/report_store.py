"""Recordings that users handed in: saved in a folder, the newest ones kept."""

import secrets
import time
from pathlib import Path

MAX_REPORTS = 100
SUFFIX = ".s2s.gz"


def save_report(folder: Path, data: bytes) -> str:
    """Write one report, remove the oldest beyond the limit, and return its name. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"report-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(4)}{SUFFIX}"
    (folder / name).write_bytes(data)
    reports = sorted(folder.glob(f"report-*{SUFFIX}"))
    for oldest in reports[:-MAX_REPORTS]:
        oldest.unlink(missing_ok=True)
    return name
