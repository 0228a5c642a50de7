"""Files and folders that only the user who runs the gateway can read: they hold what people said and who called."""

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_private_folder(folder: Path) -> None:
    """Create a folder, and its parents, if it is missing. One that exists keeps its mode: it may be shared on purpose.

    Raises OSError.
    """
    # `mkdir` with `parents` would leave those to the umask.
    for missing in [path for path in (*reversed(folder.parents), folder) if not path.exists()]:
        missing.mkdir(mode=FOLDER_MODE, exist_ok=True)
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(folder))


def open_private(path: str | os.PathLike[str], flags: int) -> int:
    """Open a file for its owner alone and return the descriptor; the `opener` of `open`. Raises OSError.

    A file from an earlier version is closed to others. If another user owns it, its mode stays: the right to write to
    it does not include that.
    """
    descriptor = os.open(path, flags, FILE_MODE)
    mode = os.fstat(descriptor).st_mode
    # Not a device, such as /dev/null or a terminal.
    if stat.S_ISREG(mode) and stat.S_IMODE(mode) != FILE_MODE and hasattr(os, "fchmod"):
        with suppress(PermissionError):
            os.fchmod(descriptor, FILE_MODE)
    return descriptor


def write_private(path: Path, data: bytes) -> None:
    """Replace a file's content by `data`. Raises OSError."""
    with open(path, "wb", opener=open_private) as file:
        file.write(data)
