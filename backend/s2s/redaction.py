"""Redact configured secrets from text by value, in every encoding they are likely to appear in, and by shape.

A pattern finds what looks like a Google key; configured values are found whatever they look like. Pure.
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
"""Shorter values occur in harmless text by chance and are not redacted."""
MAX_VALUES = 256
"""A new access token is added every hour, so the oldest values are dropped first."""

_BY_SHAPE = re.compile(
    r"(?i:AIza)[\w-]{20,}|(?i:[AI]Q)\.[\w-]{20,}|ya29\.[\w.-]+|auth_tokens/[\w-]+"
    # From the beginning of a word, which is read once: "eyJeyJ..." without a dot would else be read from every "eyJ".
    r"|(?<![\w-])(?>[\w-]*?eyJ)[\w-]++\.[\w-]++\.[\w-]++"
    r"|-----BEGIN[^-]+-----.*?(?:-----END[^-]+-----|$)"
    r"|(?i:(?<=bearer )|(?<=key=)|(?<=access_token=))[\w.~+/-]{8,}",
    re.DOTALL,
)
_HINTS = ("aiza", "aq.", "iq.", "ya29.", "eyj", "auth_tokens/", "-----begin", "bearer ", "key=", "access_token=")
"""Lower-case strings without which the pattern cannot match. Looking for them takes a tenth of the pattern's time."""
_PIECE = re.compile(r"[ -~]{8,}")
"""Printable ASCII: the parts of a key that has stray characters inside or after it."""
_ARMOUR = "-----"
"""Dashes around BEGIN and END of a PEM key. Not a secret, and needed by the pattern to find the key."""


class Redactor:
    """Redactor with the secrets of one process."""

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
        """Return the text with everything redacted that is, or looks like, a secret."""
        # Most lines of a recording are shorter than most spellings, so only spellings that fit are searched.
        fitting = bisect_right(self._lengths, len(text))
        for at in range(fitting - 1, -1, -1):
            spelling = self._shortest_first[at]
            if spelling in text:
                text = text.replace(spelling, REDACTED)
        lowered = text.lower()
        return _BY_SHAPE.sub(REDACTED, text) if any(hint in lowered for hint in _HINTS) else text


def _spellings(value: str) -> Iterator[str]:
    """Yield every form in which `value` may appear in a log: raw, escaped, percent, hex and base64 at each offset."""
    pieces = set(_PIECE.findall(value))
    # The lines of a private key, whether its line breaks are real or escaped as \n.
    pieces |= set(re.split(r"\\n|\\r|[\r\n]+", value))
    pieces = {stripped for piece in pieces if _ARMOUR not in (stripped := piece.strip())} | {value, value.strip()}
    for piece in pieces:
        if len(piece) < MIN_CHARS:
            continue
        data = piece.encode("utf-8", "surrogatepass")
        found = {piece, *_escaped(piece), *_percent(data), data.hex(), data.hex().upper(), *_base64(data)}
        yield from (spelling for spelling in found if len(spelling) >= MIN_CHARS)


def _escaped(piece: str) -> Iterator[str]:
    """Yield the text escaped as in JSON, with and without ASCII only, and as by Python's repr."""
    yield dumps(piece)[1:-1]
    yield dumps(piece, ensure_ascii=False)[1:-1]
    yield repr(piece)[1:-1]
    yield ascii(piece)[1:-1]
    # JSON inside a JSON string.
    yield dumps(dumps(piece)[1:-1])[1:-1]


def _percent(data: bytes) -> Iterator[str]:
    yield quote(data, safe="")
    yield quote(data)
    yield quote_plus(data)
    yield "".join(f"%{byte:02X}" for byte in data)
    yield "".join(f"%{byte:02x}" for byte in data)


def _base64(data: bytes) -> Iterator[str]:
    """Yield the part of the base64 of `data` that appears in the base64 of any text around it, at each of the three
    offsets."""
    for before in range(3):
        lead = b"\0" * before + data
        skip = (0, 2, 3)[before]
        for encode in (b64encode, urlsafe_b64encode):
            whole = encode(lead).decode("ascii").rstrip("=")
            # The last character depends on what follows unless the length is a multiple of three bytes.
            end = len(whole) if len(lead) % 3 == 0 else len(whole) - 1
            yield whole[skip:end]
