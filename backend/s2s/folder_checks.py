"""Folders and files that settings name: tried before the first call, with a sentence for what cannot be used."""

import tempfile
from pathlib import Path

from s2s.settings import Settings


def unusable(settings: Settings) -> tuple[str, ...]:
    """Without these nothing can start. Makes the folders that are missing."""
    found = []
    if fault := _cannot_write(settings.journal_dir):
        found.append(f"S2S_LOG_DIR: the folder {settings.log_dir} {fault}; name one that the gateway may write to")
    else:
        found += [
            f"S2S_LOG_DIR: the file {path} {fault}; delete it or give it to the user who runs the gateway"
            for name in ("error_log.txt", "conversation_log.txt")
            if (path := settings.journal_dir / name).exists() and (fault := _cannot_append(path))
        ]
    if settings.s2s_worker and (fault := _cannot_write(Path(settings.s2s_worker_dir))):
        found.append(f"S2S_WORKER_DIR: the folder {settings.s2s_worker_dir} {fault}")
    return tuple(found)


def doubtful(settings: Settings) -> tuple[str, ...]:
    """Calls work without these, but something else will not."""
    found = []
    if (settings.s2s_report_dir or settings.report_dir.exists()) and (fault := _cannot_write(settings.report_dir)):
        found.append(f"S2S_REPORT_DIR: the folder {settings.report_dir} {fault}; problems cannot be reported.")
    # An empty folder is how to have no page on purpose.
    client = settings.client_dir
    if settings.s2s_client_dir and not _is_empty(client) and not (client / "index.html").is_file():
        found.append(
            f"S2S_CLIENT_DIR: {client} holds no index.html, so there is no page under /app/; "
            "`npm run build` in frontend/s2s-client makes one."
        )
    return tuple(found)


def _cannot_write(folder: Path) -> str | None:
    """Tries it: permissions alone say nothing of read-only disks, or of what root may do on another machine's."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except (FileExistsError, NotADirectoryError):
        return "is no folder"
    except OSError as fault:
        return f"cannot be written to ({fault.strerror or type(fault).__name__})"


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError:
        return False


def _cannot_append(path: Path) -> str | None:
    try:
        with path.open("ab"):
            return None
    except OSError as fault:
        return f"cannot be written to ({fault.strerror or type(fault).__name__})"
