"""Recordings that a person handed over: saved under a folder, the newest ones kept."""

import secrets
import time
from pathlib import Path

MAX_REPORTS = 100
SUFFIX = ".s2s.gz"


def save_report(folder: Path, data: bytes) -> str:
    """Writes one report, removes the oldest beyond the bound, answers its name. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    name = f"report-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{secrets.token_hex(4)}{SUFFIX}"
    (folder / name).write_bytes(data)
    reports = sorted(folder.glob(f"report-*{SUFFIX}"))
    for oldest in reports[:-MAX_REPORTS]:
        oldest.unlink(missing_ok=True)
    return name
