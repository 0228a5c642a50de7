"""Read secrets from files: systemd's LoadCredential and the secrets of containers hand them over in a folder.

Each file is named as the setting that it holds. Its content is in no environment, which other programs may read.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

FOLDER_VARIABLE = "CREDENTIALS_DIRECTORY"
"""Set by systemd (systemd.exec(5), Credentials); anybody else may set it, too."""
MAX_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class CredentialFiles:
    """Secrets by the names of their settings, and messages for what cannot be read."""

    values: dict[str, str] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()
    """Sentences without their full stop. They never repeat a content."""


def read(folder: Path, names: Iterable[str]) -> CredentialFiles:
    """Read the files in `folder` with these names; missing ones are skipped. Never raises for a file."""
    values: dict[str, str] = {}
    mistakes: list[str] = []
    for name in names:
        try:
            values[name] = _content(folder / name)
        except FileNotFoundError:
            continue
        except OSError as fault:
            mistakes.append(f"{name}: its file in {folder} cannot be read ({fault.strerror or type(fault).__name__})")
        except UnicodeDecodeError:
            mistakes.append(f"{name}: its file in {folder} is no text in UTF-8")
        except ValueError as fault:
            mistakes.append(f"{name}: its file in {folder} {fault}")
    return CredentialFiles(values, tuple(mistakes))


def _content(path: Path) -> str:
    """Return the text without the line break that editors put at its end. Raises OSError, ValueError."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1000} kB")
    text = data.decode("utf-8").strip()
    if not text:
        raise ValueError("is empty")
    return text
