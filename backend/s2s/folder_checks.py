"""Check the folders and files that settings name before the first call, with a sentence for each unusable one."""

import tempfile
from pathlib import Path

from s2s.private_files import make_private_folder
from s2s.settings import Settings


def unusable(settings: Settings) -> tuple[str, ...]:
    """Return a sentence for each unusable folder or file that the gateway needs to start. Creates missing folders."""
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
    """Return a warning for each unusable folder that calls do not need."""
    found = []
    if (settings.s2s_report_dir or settings.report_dir.exists()) and (fault := _cannot_write(settings.report_dir)):
        found.append(f"S2S_REPORT_DIR: the folder {settings.report_dir} {fault}; problems cannot be reported.")
    # An empty folder is the way to serve no client on purpose.
    client = settings.client_dir
    if settings.s2s_client_dir and not _is_empty(client) and not (client / "index.html").is_file():
        found.append(
            f"S2S_CLIENT_DIR: {client} holds no index.html, so there is no page under /app/; "
            "`npm run build` in frontend/s2s-client makes one."
        )
    return tuple(found)


def _cannot_write(folder: Path) -> str | None:
    """Try to write a file: permissions alone do not reveal a read-only disk, or what root may do on a network disk."""
    try:
        make_private_folder(folder)
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
