"""Clean values: strip stray quotes, expand the home folder in paths."""

from pathlib import Path

_QUOTES = ('""', "''")
_TYPOGRAPHIC_QUOTES = ("\u201c\u201d", "\u2018\u2019", "\u00ab\u00bb")


def unquoted(value: str, *, is_path: bool = False) -> str:
    """Without spaces and quotes around it: what passes an .env on to a process often keeps the quotes."""
    value = value.strip()
    pairs = (*_QUOTES, *_TYPOGRAPHIC_QUOTES) if is_path else _QUOTES
    inner = value[1:-1]
    if len(value) >= 2 and value[0] + value[-1] in pairs and value[0] not in inner:
        return inner.strip()
    return value


def expanded(path: str) -> Path:
    """With `~` for the home folder; where that is unknown, `~` is a name like any other."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)
