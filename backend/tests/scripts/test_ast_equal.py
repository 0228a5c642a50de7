"""Moves and new names are told from changes: two trees of Python are compared."""

import json
import subprocess
from pathlib import Path

import ast_equal
import pytest

LINK = '''"""The link."""

from s2s import vocabulary as facts
from s2s.vocabulary import VoiceOut

FIRST_PAUSE_S = 0.5  # Measured.


class Link:
    """Dials."""

    def __init__(self) -> None:
        self.tries = 0
        """So many."""

    def lost(self, event: VoiceOut) -> float:
        self.tries += 1
        if isinstance(event, facts.VoiceOut):
            return FIRST_PAUSE_S * self.tries
        return max(part.size for part in event.parts)
'''
VOCABULARY = "class VoiceOut:\n    parts = ()\n    tag = 'VoiceOut'\n"
USER = "from s2s.link import Link\n\n\ndef use(link: Link):\n    return link.lost(None)\n"
OLD = {"backend/s2s/link.py": LINK, "backend/s2s/vocabulary.py": VOCABULARY, "backend/user.py": USER}

NEW_LINK = '''"""Keeps the upstream connection."""
import s2s.core.events
from s2s.core.events import ModelAudio

INITIAL_BACKOFF_S = 0.5

class UpstreamLink:
    def __init__(self) -> None:
        self.attempts = 0

    def on_lost(self, event: "ModelAudio") -> float:
        """Counts."""
        self.attempts += 1
        # One after the other.
        if isinstance(event, s2s.core.events.ModelAudio):
            return INITIAL_BACKOFF_S * self.attempts
        return max(part.size for part in event.parts)
'''
NEW_USER = "from s2s.core import UpstreamLink as L\ndef use(link: L):\n    return link.on_lost(None)\n"
NEW = {
    "backend/s2s/core/__init__.py": '"""The core."""\nfrom s2s.core.upstream_link import UpstreamLink\n',
    "backend/s2s/core/upstream_link.py": NEW_LINK,
    "backend/s2s/core/events.py": VOCABULARY.replace("class VoiceOut", "class ModelAudio"),
    "backend/user.py": NEW_USER,
}
MOVES = {
    "backend/s2s/link.py": "backend/s2s/core/upstream_link.py",
    "backend/s2s/vocabulary.py": "backend/s2s/core/events.py",
}
NAMES = {
    "s2s.vocabulary.VoiceOut": "ModelAudio",
    "s2s.link.Link": "s2s.core.upstream_link.UpstreamLink",
    "s2s.link.Link.lost": "on_lost",
    "s2s.link.Link.tries": "attempts",
    "s2s.link.FIRST_PAUSE_S": "INITIAL_BACKOFF_S",
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def one(old: str, new: str, **names: str) -> list[str]:
    """A single module `m`."""
    named = {name.replace("__", "."): to for name, to in names.items()}
    return ast_equal.compare({"m.py": old}, {"m.py": new}, named, {})


def test_moved_files_with_new_names_are_the_same_program():
    assert ast_equal.compare(OLD, NEW, NAMES, MOVES) == []


def test_a_move_alone_needs_no_names():
    new = {
        "backend/s2s/core/link.py": LINK.replace(
            "from s2s import vocabulary as facts", "import s2s.core.words as facts"
        ).replace("from s2s.vocabulary", "from s2s.core.words"),
        "backend/s2s/core/words.py": VOCABULARY,
        "backend/user.py": USER.replace("s2s.link", "s2s.core.link"),
    }
    moves = {"backend/s2s/link.py": "backend/s2s/core/link.py"}
    moves["backend/s2s/vocabulary.py"] = "backend/s2s/core/words.py"
    assert ast_equal.compare(OLD, new, {}, moves) == []


@pytest.mark.parametrize("missing", [*NAMES])
def test_a_new_name_that_the_map_does_not_hold_is_found(missing: str):
    names = {name: new for name, new in NAMES.items() if name != missing}
    assert ast_equal.compare(OLD, NEW, names, MOVES) != []


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("S = 0.5", "S = 0.6"),
        ("attempts += 1", "attempts += 2"),
        ("attempts += 1", "attempts -= 1"),
        ("self.attempts = 0", "self.attempts = False"),
        ("self.attempts = 0\n", "self.attempts = 0\n        self.more = 0\n"),
        ("max(", "min("),
        ("part.size", "part.length"),
        ("INITIAL_BACKOFF_S * self", "self.attempts * self"),
        ("isinstance(event, s2s.core.events.ModelAudio)", "isinstance(event, UpstreamLink)"),
    ],
)
def test_a_change_among_new_names_is_found_where_it_is(was: str, now: str):
    assert was in NEW_LINK
    path = "backend/s2s/core/upstream_link.py"
    [found] = ast_equal.compare(OLD, {**NEW, path: NEW_LINK.replace(was, now, 1)}, NAMES, MOVES)
    assert found.startswith("backend/s2s/link.py:")
    assert f"\n{path}:" in found


def test_a_tag_that_was_renamed_with_its_class_is_found():
    path = "backend/s2s/core/events.py"
    [found] = ast_equal.compare(OLD, {**NEW, path: NEW[path].replace("'VoiceOut'", "'ModelAudio'")}, NAMES, MOVES)
    assert found == "backend/s2s/vocabulary.py:3: tag = 'VoiceOut'\nbackend/s2s/core/events.py:3: tag = 'ModelAudio'"


def test_words_do_not_count():
    assert one('def f():\n    """Does."""\n    return 1  # one\n', "def f():\n    return (\n        1\n    )\n") == []
    assert one('class A:\n    """A."""\n', "class A:\n    pass\n") == []
    assert one("import os\nX = 1\n", "X = 1\n") == []
    assert one("X = 'a'\n", "X = 'b'\n") != []
    assert one("def f():\n    return 'said'\n", "def f():\n    return 'told'\n") != []


def test_a_name_is_not_mistaken_for_another_one_that_is_spelt_alike():
    old = "def f(a):\n    size = a\n    return size\n\n\nsize = 1\n"
    assert one(old, old.replace("size", "width"), m__size="width", m__f__size="width") == []
    assert one(old, old.replace("size", "width"), m__size="width") != []
    assert one(old, old.replace("\nsize = 1", "\nwidth = 1"), m__size="width") == []
    assert one("x = len\n", "from other import len\nx = len\n") != []


def test_attributes_of_unknown_objects_take_any_new_name_that_one_of_them_has():
    old = "class A:\n    def lost(self): ...\nclass B:\n    def lost(self): ...\ndef f(x):\n    x.lost()\n"
    first = old.replace("lost", "on_lost", 1)
    assert one(old, first, m__A__lost="on_lost") == []
    assert one(old, first.replace("x.lost", "x.on_lost"), m__A__lost="on_lost") == []
    assert one(old, first.replace("x.lost", "x.gone"), m__A__lost="on_lost") != []
    assert one(old, old.replace("lost", "on_lost"), m__A__lost="on_lost") != []


def test_members_in_calls_and_patterns_take_their_new_names():
    old = "def f(x, P):\n    match x:\n        case P(ms=1):\n            return g(ms=2)\n"
    old += "def g(ms):\n    return ms\n"
    new = old.replace("ms", "played_ms")
    assert one(old, new, m__g__ms="played_ms") == []
    assert one(old, new) != []
    assert one(old, new.replace("played_ms=2", "other=2"), m__g__ms="played_ms") != []


def test_dotted_names_in_texts_follow_what_they_name():
    old = {"s2s/recorder.py": "def energy(): ...\n", "t.py": "X = 's2s.recorder.energy'\n"}
    new = {"s2s/recording/recorder.py": "def energy(): ...\n", "t.py": "X = 's2s.recording.recorder.energy'\n"}
    moves = {"s2s/recorder.py": "s2s/recording/recorder.py"}
    assert ast_equal.compare(old, new, {}, moves) == []
    assert len(ast_equal.compare(old, {**new, "t.py": "X = 's2s.recording.energy'\n"}, {}, moves)) == 1


def test_files_that_are_gone_or_new_are_told_unless_they_hold_nothing():
    found = ast_equal.compare(
        {"a.py": "X = 1\n", "b.py": '"""B."""\n'}, {"c.py": "X = 1\n", "d.py": "import a\n"}, {}, {}
    )
    assert found == ["a.py: is gone", "c.py: is new"]


def test_commits_are_compared_with_the_moves_that_git_finds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def git(*arguments: str) -> None:
        who = ("-c", "user.name=n", "-c", "user.email=e@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    write(tmp_path, OLD)
    git("add", ".")
    git("commit", "-qm", "old")
    git("tag", "before")
    git("mv", "backend/s2s/link.py", "backend/s2s/dialer.py")
    write(tmp_path, {"backend/user.py": USER.replace("s2s.link", "s2s.dialer")})
    git("commit", "-qam", "new")
    where = ["--repository", str(tmp_path)]
    assert ast_equal.main(["before", "HEAD", *where]) == 0
    assert capsys.readouterr().out == "same\n"
    assert ast_equal.main(["before", "no-such-commit", *where]) == 2
    renames = tmp_path / "renames.json"
    renames.write_text(json.dumps({"names": {"s2s.link.Link": "Dialer"}}), "utf-8")
    capsys.readouterr()
    assert ast_equal.main(["before", "HEAD", "--renames", str(renames), *where]) == 1
    assert capsys.readouterr().out.endswith("\n\n2 differences\n")


def test_folders_are_compared_with_the_moves_that_the_map_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    old, new = write(tmp_path / "old", OLD), write(tmp_path / "new", NEW)
    renames = tmp_path / "renames.json"
    renames.write_text(json.dumps({"names": NAMES, "files": MOVES}), "utf-8")
    assert ast_equal.main([str(old), str(new), "--renames", str(renames)]) == 0
    assert ast_equal.main([str(old), str(new)]) == 1
    assert ast_equal.main([str(old), str(new), "--only", "elsewhere/"]) == 0
    write(new, {"backend/user.py": "def ("})
    assert ast_equal.main([str(old), str(new)]) == 2
    renames.write_text('{"classes": {}}', "utf-8")
    assert ast_equal.main([str(old), str(new), "--renames", str(renames)]) == 2
