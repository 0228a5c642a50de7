"""backend/.env is read in every encoding; what cannot be read is one sentence with the line."""

import os
from pathlib import Path

import pytest

from s2s.configuration import env_file

TEXT = "# café\nGCP_REGION=us-central1\nS2S_SYSTEM_INSTRUCTION=Sag „grüß Gott“\n"


def read(tmp_path: Path, data: bytes) -> env_file.EnvFile:
    path = tmp_path / ".env"
    path.write_bytes(data)
    return env_file.read(path)


def mistake(tmp_path: Path, data: bytes) -> str:
    file = read(tmp_path, data)
    assert file.values == {}
    [sentence] = file.mistakes
    return sentence.removeprefix(f"{tmp_path.name}/")


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_any_encoding_and_any_line_end_is_read(tmp_path: Path, encoding: str, ends: str):
    file = read(tmp_path, TEXT.replace("\n", ends).encode(encoding))
    assert file.mistakes == ()
    assert bool(file.warnings) == (encoding == "cp1252")
    assert file.values == {"GCP_REGION": "us-central1", "S2S_SYSTEM_INSTRUCTION": "Sag „grüß Gott“"}


def test_latin_1_with_bytes_that_windows_has_not_is_read_too(tmp_path: Path):
    assert read(tmp_path, b"A=gr\xfc\x81\xdf").values == {"A": "gr\xfc\x81\xdf"}


def test_quotes_comments_and_export_are_understood(tmp_path: Path):
    file = read(tmp_path, b"export A='x y'\nB=\"z\" # why\n\n# no\n  C = d # e\nD=a#b\nE=\n")
    assert file.values == {"A": "x y", "B": "z", "C": "d", "D": "a#b", "E": ""}


@pytest.mark.parametrize("quote", ['"', "'", ""])
def test_a_path_of_windows_keeps_its_backslashes(tmp_path: Path, quote: str):
    file = read(tmp_path, f"SERVICE_ACCOUNT_KEY_PATH={quote}C:\\keys\\new\\team\\a.json{quote}\n".encode())
    assert file.values == {"SERVICE_ACCOUNT_KEY_PATH": r"C:\keys\new\team\a.json"}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'A=1\n\n\nGEMINI_API_KEY="secret\nB=2\n', ".env, line 4: GEMINI_API_KEY: the quote is not closed"),
        (b"A='secret\n", ".env, line 1: A: the quote is not closed"),
        (b"A='x' secret\n", ".env, line 1: A: something follows the closing quote"),
        (b"A=1\nGEMINI_API_KEY: secret\n", ".env, line 2: write GEMINI_API_KEY=value, with = instead of :"),
        (b"= secret\n", ".env, line 1: "),
        (b"A=1\nB=2\0\n", ".env, line 2: it holds a NUL character: save it as plain text in UTF-8"),
        (b"\xef\xbb\xbf\xff\xfe", ".env: it is no text in utf-8: save it as UTF-8"),
        (b"\xff\xfeA", ".env: it is no text in utf-16-le: save it as UTF-8"),
        (b"A=" + b"x" * 2_000_000, ".env: it is larger than 1000 kB"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line_and_without_the_value(tmp_path: Path, data: bytes, said: str):
    sentence = mistake(tmp_path, data)
    assert sentence.startswith(said)
    assert "secret" not in sentence


def test_every_line_that_cannot_be_read_is_told(tmp_path: Path):
    assert len(read(tmp_path, b"A: 1\nB=2\nC: 3\n").mistakes) == 2


def test_a_name_alone_is_a_warning(tmp_path: Path):
    file = read(tmp_path, b"A=1\nS2S_VOICE\n")
    assert file.values == {"A": "1"}
    assert file.warnings[0].endswith(".env, line 2: S2S_VOICE has no value: write NAME=value.")


@pytest.mark.parametrize(
    "data",
    [
        b"GEMINI_API_KEY=AQ.first-half\nsecondHalfOfTheSecret\n",
        b'{"GEMINI_API_KEY":"AQ.secret"}\n',
        b"A=1\nMIIEvQSECRET\n",
        b"A=1\nMIIEv+QSecret/Q==\n",
        b"A=1\nAQ.secret x\n",
        b"A=1\nAQ.secret: x\n",
        b"A=1\nsecret: x\n",
        b"A=1\nsecret='x' y\n",
    ],
)
def test_a_line_that_may_be_the_rest_of_a_secret_is_not_repeated(tmp_path: Path, data: bytes):
    file = read(tmp_path, data)
    said = " ".join((*file.mistakes, *file.warnings))
    assert ", line " in said
    assert "secret" not in said.lower()


@pytest.mark.parametrize(
    "line",
    ["$env:S2S_VOICE=Kore", "\u200bS2S_VOICE=Kore", "- S2S_VOICE=Kore", "set S2S_VOICE=Kore", '"S2S_VOICE"=Kore'],
)
def test_a_name_that_no_setting_can_have_is_told_with_the_line_to_write(tmp_path: Path, line: str):
    said = mistake(tmp_path, f"A=1\n{line}\n".encode())
    assert said == ".env, line 2: begin the line with S2S_VOICE=, without anything before the name"


def test_special_characters_that_may_be_misread_are_a_warning(tmp_path: Path):
    file = read(tmp_path, "# 日本語\nS2S_VOICE=Puck\nS2S_SYSTEM_INSTRUCTION=あなた\n".encode("shift-jis"))
    [warning] = file.warnings
    assert warning.endswith(
        ".env: it is not in UTF-8, so S2S_SYSTEM_INSTRUCTION may hold wrong characters: save it as UTF-8."
    )
    assert read(tmp_path, "# Schlüssel\nS2S_VOICE=Puck\n".encode("cp1252")).warnings == ()


def test_a_missing_file_is_an_empty_one(tmp_path: Path):
    assert env_file.read(tmp_path / ".env") == env_file.EnvFile()


def test_a_folder_is_one_sentence(tmp_path: Path):
    (tmp_path / ".env").mkdir()
    assert "it is a folder" in env_file.read(tmp_path / ".env").mistakes[0]


def test_a_socket_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    os.mknod(tmp_path / ".env", 0o140600)
    assert "it is no file" in env_file.read(tmp_path / ".env").mistakes[0]


def test_a_file_that_may_not_be_read_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / ".env"
    path.write_text("A=1")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    assert env_file.read(path).mistakes[0].endswith(".env: it cannot be read (Permission denied)")
