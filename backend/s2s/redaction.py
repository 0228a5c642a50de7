"""Redact configured secrets from text by value, in every encoding they are likely to appear in, and by shape.

A pattern finds what looks like a Google key; a value that was configured is found whatever it looks like. Pure.
"""

import re
from base64 import b64encode, urlsafe_b64encode
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from json import dumps
from urllib.parse import quote, quote_plus

REDACTED = "[secret]"
MIN_CHARS = 8
"""A shorter value occurs in harmless text by accident and is not redacted by value."""
MAX_VALUES = 256
"""Access tokens come every hour: the oldest values are forgotten first."""

_BY_SHAPE = re.compile(
    r"(?i:AIza)[\w-]{20,}|(?i:[AI]Q)\.[\w-]{20,}|ya29\.[\w.-]+|eyJ[\w-]+\.[\w-]+\.[\w-]+|auth_tokens/[\w-]+"
    r"|-----BEGIN[^-]+-----.*?(?:-----END[^-]+-----|$)"
    r"|(?i:(?<=bearer )|(?<=key=)|(?<=access_token=))[\w.~+/-]{8,}",
    re.DOTALL,
)
_HINTS = ("aiza", "aq.", "iq.", "ya29.", "eyj", "auth_tokens/", "-----begin", "bearer ", "key=", "access_token=")
"""In lower case; without any of them the pattern finds nothing. To look for them takes a tenth of its time."""
_PIECE = re.compile(r"[ -~]{8,}")
"""Printable ASCII: what is left of a key when something odd stands inside or behind it."""
_ARMOUR = "-----"
"""Around BEGIN and END of a key in PEM: no secret, and what the pattern finds the rest by."""


class Redactor:
    """The secrets of one process."""

    def __init__(self) -> None:
        self._spellings: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        self._shortest_first: tuple[str, ...] = ()
        self._lengths: list[int] = []

    def add_secrets(self, values: Iterable[str]) -> None:
        """Redact these values from now on. Values of fewer than 8 characters are ignored. Idempotent."""
        fresh = {value for value in values if len(value.strip()) >= MIN_CHARS} - self._spellings.keys()
        if not fresh:
            return
        for value in fresh:
            self._spellings[value] = tuple(_spellings(value))
        while len(self._spellings) > MAX_VALUES:
            self._spellings.popitem(last=False)
        every = {spelling for spellings in self._spellings.values() for spelling in spellings}
        self._shortest_first = tuple(sorted(every, key=lambda spelling: (len(spelling), spelling)))
        self._lengths = [len(spelling) for spelling in self._shortest_first]

    def redact(self, text: str) -> str:
        """The text without anything that is, or looks like, a secret."""
        # Most lines of a recording are short, and most spellings are not: only those that fit are looked for.
        fitting = bisect_right(self._lengths, len(text))
        for at in range(fitting - 1, -1, -1):
            spelling = self._shortest_first[at]
            if spelling in text:
                text = text.replace(spelling, REDACTED)
        lowered = text.lower()
        return _BY_SHAPE.sub(REDACTED, text) if any(hint in lowered for hint in _HINTS) else text


def _spellings(value: str) -> Iterator[str]:
    """Every way in which `value` may stand in a log: raw, escaped, percent, hex and base64 at each offset."""
    pieces = set(_PIECE.findall(value))
    # The lines of a private key, whether its line breaks are real or written as \n.
    pieces |= set(re.split(r"\\n|\\r|[\r\n]+", value))
    pieces = {stripped for piece in pieces if _ARMOUR not in (stripped := piece.strip())} | {value, value.strip()}
    for piece in pieces:
        if len(piece) < MIN_CHARS:
            continue
        data = piece.encode("utf-8", "surrogatepass")
        found = {piece, *_escaped(piece), *_percent(data), data.hex(), data.hex().upper(), *_base64(data)}
        yield from (spelling for spelling in found if len(spelling) >= MIN_CHARS)


def _escaped(piece: str) -> Iterator[str]:
    """As JSON writes it, with and without ASCII only, and as Python's repr does."""
    yield dumps(piece)[1:-1]
    yield dumps(piece, ensure_ascii=False)[1:-1]
    yield repr(piece)[1:-1]
    yield ascii(piece)[1:-1]
    # Inside a JSON string that stands in a JSON string.
    yield dumps(dumps(piece)[1:-1])[1:-1]


def _percent(data: bytes) -> Iterator[str]:
    yield quote(data, safe="")
    yield quote(data)
    yield quote_plus(data)
    yield "".join(f"%{byte:02X}" for byte in data)
    yield "".join(f"%{byte:02x}" for byte in data)


def _base64(data: bytes) -> Iterator[str]:
    """What of `data` is certain to stand in the base64 of any longer text, at each of the three offsets."""
    for before in range(3):
        lead = b"\0" * before + data
        skip = (0, 2, 3)[before]
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(lead).decode("ascii").rstrip("=")
            # The last character depends on what follows unless the length is a multiple of three bytes.
            end = len(whole) if len(lead) % 3 == 0 else len(whole) - 1
            yield whole[skip:end]
