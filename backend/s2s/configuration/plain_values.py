"""Clean values: strip stray quotes, expand the home folder in paths."""

from pathlib import Path

_QUOTES = ('""', "''")
_TYPOGRAPHIC_QUOTES = ("\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb")


def unquoted(value: str, *, is_path: bool = False) -> str:
    """Strip spaces and surrounding quotes: tools that pass an .env file to a process often keep the quotes."""
    value = value.strip()
    pairs = (*_QUOTES, *_TYPOGRAPHIC_QUOTES) if is_path else _QUOTES
    inner = value[1:-1]
    if len(value) >= 2 and value[0] + value[-1] in pairs and value[0] not in inner:
        return inner.strip()
    return value


def expanded(path: str) -> Path:
    """Expand `~` to the home folder; leave it as is if the home folder is unknown."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
