"""Read backend/.env in any encoding; report unreadable lines with their number."""

import codecs
import io
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

MAX_BYTES = 1_000_000
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16: the byte order mark of UTF-32 LE begins with that of UTF-16 LE.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_SETTING = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|[A-Z]{1,4}")
"""Names that messages may repeat: anything else could be the second line of a secret."""
_PATHS = ("_PATH", "_DIR", "_FILE")
# In double quotes python-dotenv expands \n, \t, \v and the like, which corrupts Windows paths; this undoes it.
_ESCAPES = {ord(meant): "\\" + letter for letter, meant in zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True)}


@dataclass(frozen=True, slots=True)
class EnvFile:
    """Values of the file, and messages for what cannot be read."""

    values: dict[str, str] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()
    """Sentences without their full stop. If there are any, the file must not be used."""
    warnings: tuple[str, ...] = ()


def read(path: Path) -> EnvFile:
    """Read the file; a missing one counts as empty. Reports problems in `mistakes` and never raises for them."""
    name = f"{path.parent.name}/{path.name}"
    try:
        data = _bytes(path)
    except FileNotFoundError:
        return EnvFile()
    except _NotAFile as fault:
        return EnvFile(mistakes=(f"{name}: {fault}",))
    except OSError as fault:
        return EnvFile(mistakes=(f"{name}: it cannot be read ({fault.strerror or type(fault).__name__})",))
    return parse(data, name)


class _NotAFile(Exception):
    """The path is not a readable file; the message says what it is."""


def _bytes(path: Path) -> bytes:
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise _NotAFile("it is a folder, but must be a text file with lines such as NAME=value")
    # Password managers use a pipe to hand over a file without writing it to disk.
    if not (stat.S_ISREG(mode) or stat.S_ISFIFO(mode)):
        raise _NotAFile("it is no file")
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _NotAFile(f"it is larger than {MAX_BYTES // 1000} kB: is it the right file?")
    return data


def parse(data: bytes, name: str) -> EnvFile:
    """Parse the content of a file. `name`: what messages call the file."""
    try:
        text, is_guessed = _decoded(data)
    except UnicodeDecodeError as fault:
        return EnvFile(mistakes=(f"{name}: it is no text in {fault.encoding}: save it as UTF-8",))
    # Line endings of Windows and of classic Mac OS.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        return EnvFile(mistakes=(f"{name}, line {line}: it holds a NUL character: save it as plain text in UTF-8",))
    mistakes: list[str] = []
    warnings: list[str] = []
    for number, binding in _bindings(text):
        if binding.error:
            mistakes.append(f"{name}, line {number}: {_complaint(binding.original.string)}")
        elif binding.key is not None and not _NAME.fullmatch(binding.key):
            mistakes.append(f"{name}, line {number}: {_no_name(binding.key)}")
        elif binding.key is not None and binding.value is None:
            warnings.append(f"{name}, line {number}: {_named(binding.key)} has no value: write NAME=value.")
    values = dotenv_values(stream=io.StringIO(text)) if not mistakes else {}
    if is_guessed and (odd := [key for key, value in values.items() if not (value or "").isascii()]):
        warnings.append(f"{name}: it is not in UTF-8, so {_listed(odd)} may hold wrong characters: save it as UTF-8.")
    return EnvFile(
        {key: _path(key, value) for key, value in values.items() if value is not None},
        tuple(mistakes),
        tuple(warnings),
    )


def _decoded(data: bytes) -> tuple[str, bool]:
    """Return the text, and whether its encoding is only a guess.

    Raises UnicodeDecodeError for bytes that do not match their byte order mark.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.decode(encoding), False
    # UTF-16 without a byte order mark: every other byte of ASCII text is zero.
    for encoding, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2])):
        if len(data) >= 4 and zeros.count(0) > 0.8 * len(zeros):
            return data.decode(encoding), False
    try:
        return data.decode("utf-8"), False
    except UnicodeDecodeError:
        try:
            return data.decode("cp1252"), True
        except UnicodeDecodeError:
            return data.decode("latin-1"), True


def _bindings(text: str) -> Iterator[tuple[int, Binding]]:
    """Yield each binding with the number of its first line; the parser's bindings include empty lines before them."""
    for binding in parse_stream(io.StringIO(text)):
        original = binding.original.string
        yield binding.original.line + (len(original) - len(original.lstrip("\n"))) * bool(original.strip()), binding


def _complaint(original: str) -> str:
    # The message never repeats the value, which may be a secret.
    line = original.strip().partition("\n")[0]
    name, equals, value = line.partition("=")
    if not equals:
        if found := re.match(r"(?:export\s+)?([A-Za-z_]\w*)\s*:", line):
            named = found[1] if _SETTING.fullmatch(found[1]) else "NAME"
            return f"write {named}=value, with = instead of :"
        return "this is no line of the form NAME=value; a comment begins with #"
    name = name.removeprefix("export").strip()
    value = value.strip()
    for quote in ('"', "'"):
        if value.startswith(quote) and _NAME.fullmatch(name):
            closed = quote in value[1:]
            after = "something follows the closing quote" if closed else "the quote is not closed"
            return f"{_named(name)}: {after}"
    return _no_name(name)


def _named(name: str) -> str:
    return name if _SETTING.fullmatch(name) else "this line"


def _no_name(written: str) -> str:
    """Message for a line such as `$env:NAME`, `set NAME`, or with an invisible character before the name."""
    found = re.search(r"(?<![A-Za-z0-9_])([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\W*$", written)
    if found is None:
        return "this is no line of the form NAME=value; a comment begins with #"
    return f"begin the line with {found[1]}=, without anything before the name"


def _listed(names: list[str]) -> str:
    shown_names = [name if _SETTING.fullmatch(name) else "a value" for name in names]
    return " and ".join(dict.fromkeys(shown_names))


def _path(name: str, value: str) -> str:
    return value.translate(_ESCAPES) if name.upper().endswith(_PATHS) else value
