"""Find Application Default Credentials of this machine without network access.

The places are google-auth's own, in its order: the file that GOOGLE_APPLICATION_CREDENTIALS names, gcloud's login, the
account that is attached to a machine or service of Google's.
"""

from pathlib import Path
from typing import Literal

Place = Literal["GOOGLE_APPLICATION_CREDENTIALS", "gcloud login", "attached account"]
_BOARD = Path("/sys/class/dmi/id/product_name")
_LOGIN = "application_default_credentials.json"


def place_of_default_credentials(
    named_file: str, gcloud_dir: str, *, home: Path | None = None, board: Path = _BOARD
) -> Place | None:
    """Return where they are; None: there are none. `named_file` and `gcloud_dir` are the values of
    GOOGLE_APPLICATION_CREDENTIALS and CLOUDSDK_CONFIG. A named file that is missing does not hide the others here;
    `missing_file` reports it.
    """
    if named_file and _is_file(Path(named_file).expanduser()):
        return "GOOGLE_APPLICATION_CREDENTIALS"
    folder = Path(gcloud_dir).expanduser() if gcloud_dir else (home or Path.home()) / ".config" / "gcloud"
    if _is_file(folder / _LOGIN):
        return "gcloud login"
    return "attached account" if _runs_at_google(board) else None


def missing_file(named_file: str) -> bool:
    """Return True if GOOGLE_APPLICATION_CREDENTIALS names a missing file, which google-auth refuses."""
    return bool(named_file) and not _is_file(Path(named_file).expanduser())


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        # The name is too long, or the folder unreadable.
        return False


def _runs_at_google(board: Path) -> bool:
    # Compute Engine, Kubernetes Engine and Cloud Run say so here, as google-auth reads it, too.
    try:
        return board.read_text("utf-8", "replace").startswith("Google")
    except OSError:
        return False
