"""The house's words: what the check finds, and what it lets pass."""

from pathlib import Path

import check_words
import pytest

LINE = '''
class Link:
    """Dials."""

    {method}
        return None
'''


def written(
    folder: Path, names: list[str], phrase: str = "again", method: str = "def {name}(self) -> None:"
) -> list[Path]:
    paths = []
    for number, name in enumerate(names):
        path = folder / f"part_{number}.py"
        text = LINE.replace("class Link", f"class Link{number}")
        path.write_text(text.replace("{method}", method.replace("{name}", name)))
        paths.append(path)
    return paths


def test_a_method_name_on_four_classes_is_one_too_many(tmp_path: Path):
    methods = check_words.public_methods(written(tmp_path, ["dial_model"] * 4))
    assert len(methods["dial_model"]) > check_words.MAX_CLASSES


def test_properties_and_overrides_do_not_count(tmp_path: Path):
    paths = written(tmp_path, ["size"] * 4, method="@property\n    def {name}(self) -> None:")
    base = tmp_path / "base.py"
    base.write_text("class Base:\n    def fall(self): ...\n\n\nclass Tall(Base):\n    def fall(self): ...\n")
    methods = check_words.public_methods([*paths, base])
    assert "size" not in methods
    assert [method.owner for method in methods["fall"]] == ["Base"]


def test_implementations_of_a_protocol_count_once(tmp_path: Path):
    ports = tmp_path / "ports.py"
    ports.write_text("class Port(Protocol):\n    def dial_model(self): ...\n")
    methods = check_words.public_methods([ports, *written(tmp_path, ["dial_model"] * 5)])
    assert [method.owner for method in methods["dial_model"]] == ["Port"]


@pytest.mark.parametrize("phrase", ["for ever", "Nobody", "of its own"])
def test_banned_phrases_are_found_in_docstrings_and_comments_only(phrase: str):
    text = f'"""Doc {phrase}."""\nX = "{phrase}"  # {phrase}\n'
    found = [line for line, prose in check_words.python_prose(text) if check_words.PHRASE.search(prose)]
    assert sorted(found) == [1, 2]


def test_code_blocks_of_pages_are_no_prose():
    page = "Text.\n```\nnobody\n```\n`nobody` is code.\n"
    assert not [line for line, prose in check_words.page_prose(page) if check_words.PHRASE.search(prose)]
