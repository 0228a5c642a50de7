"""Whether two trees of Python are the same program but for moved files and new names.

    python3 scripts/ast_equal.py OLD NEW [--renames FILE] [--only FOLDER ...]

OLD and NEW are git commits, or folders (`.` is the working tree). Docstrings, comments, imports and formatting do not
count. FILE is JSON, both parts optional:

    {"names": {"s2s.vocabulary.VoiceOut": "s2s.core.events.ModelAudio", "s2s.link.UpstreamLink.lost": "on_loss"},
     "files": {"backend/s2s/vocabulary.py": "backend/s2s/core/events.py"}}

Names are old dotted names, whatever file they end up in: of modules (only those that `files` and git cannot tell),
classes, functions, constants, attributes, parameters, locals. A new name without a dot stays where it was. Moves that
`files` does not hold are found as git finds them.

A name is followed to the file that defines it, through imports, aliases and re-exports. Of an attribute whose object
cannot be known before the program runs (`x.lost`, `setattr(x, "lost", ...)`), any of the new names of any `lost` will
do; so will the old one.
Exit code: 0 the same, 1 different (the first difference of each pair of files is shown), 2 it cannot be compared.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any, Dict, Iterable, List, Optional, Set, Tuple

from ast_names import Module, Program, resolve

ROOTS = ("backend", "scripts")
"""Folders that imports begin in."""
SKIPPED = {".git", ".venv", "node_modules", "__pycache__", "build", "dist"}
SILENT_FIELDS = {"ctx", "type_comment", "kind", "type_ignores"}
Pair = Tuple[Any, Any]


class CannotCompare(Exception):
    """The text says why."""


class Renames:
    """Old dotted names to new ones."""

    def __init__(self, names: Dict[str, str], modules: Dict[str, str]) -> None:
        self.names = {**modules, **names}
        self._leaves: Dict[str, Set[str]] = {}
        for old in names:
            self._leaves.setdefault(_leaf(old), set()).add(_leaf(self.new_name(old)))

    def new_name(self, name: str) -> str:
        """The new name of what was called `name`."""
        parent, _, leaf = name.rpartition(".")
        new = self.names.get(name)
        if new is None:
            return f"{self.new_name(parent)}.{leaf}" if parent else name
        return new if "." in new or not parent else f"{self.new_name(parent)}.{new}"

    def may_be(self, old: str, new: str) -> bool:
        """Whether an attribute of an unknown object may have become `new`."""
        return old == new or new in self._leaves.get(old, ())


class Comparison:
    """Of one old and one new file."""

    def __init__(self, old: Program, new: Program, renames: Renames) -> None:
        self._old, self._new, self._renames = old, new, renames

    def first(self, old: Any, new: Any) -> Optional[Pair]:
        """The first two parts that differ; None: there are none."""
        if isinstance(old, list) and isinstance(new, list):
            return self._lists(old, new)
        if not isinstance(old, ast.AST) or not isinstance(new, ast.AST):
            return None if old == new and type(old) is type(new) else (old, new)
        if isinstance(old, (ast.Name, ast.Attribute)) and isinstance(new, (ast.Name, ast.Attribute)):
            return self._references(old, new)
        if type(old) is not type(new):
            return old, new
        if isinstance(old, ast.Constant):
            named = getattr(old, "names_attribute", False) and self._loose(old.value, new.value)
            return None if named or self._constants(old.value, new.value) else (old, new)
        return self._fields(old, new)

    def _fields(self, old: Any, new: Any) -> Optional[Pair]:
        for field in old._fields:
            if field in SILENT_FIELDS:
                continue
            a, b = getattr(old, field, None), getattr(new, field, None)
            if field == "name" and hasattr(old, "full") and hasattr(new, "full"):
                found = None if self._same(old.full, new.full) else (old, new)
            elif field == "arg" and isinstance(old, ast.arg):
                found = None if self._same(old.full, new.full) else (old, new)
            elif field in ("arg", "kwd_attrs", "names"):
                found = None if self._loose(a, b) else (old, new)
            elif field in ("body", "orelse", "finalbody") and isinstance(a, list):
                found = self._lists(_statements(a), _statements(b))
            else:
                found = self.first(a, b)
            if found is not None:
                # A part without a position is shown as what it belongs to.
                return found if any(hasattr(part, "lineno") for part in found) else (old, new)
        return None

    def _lists(self, old: List[Any], new: List[Any]) -> Optional[Pair]:
        for a, b in zip(old, new):
            if (found := self.first(a, b)) is not None:
                return found
        if len(old) == len(new):
            return None
        longer, shorter = (old, new) if len(old) > len(new) else (new, old)
        extra = longer[len(shorter)]
        return (extra, None) if longer is old else (None, extra)

    def _references(self, old: Any, new: Any) -> Optional[Pair]:
        if old.full is not None and new.full is not None and self._same(old.full, new.full):
            return None
        if not isinstance(old, ast.Attribute) or not isinstance(new, ast.Attribute):
            return old, new
        if not self._attributes(old, new):
            return old, new
        return self.first(old.value, new.value)

    def _attributes(self, old: Any, new: Any) -> bool:
        name = self._old.canonical(old.full) if old.full is not None else old.member
        if name is not None and name in self._renames.names:
            return new.attr == _leaf(self._renames.new_name(name))
        if old.member is not None and old.defined_here:
            return old.attr == new.attr
        return self._renames.may_be(old.attr, new.attr)

    def _same(self, old: str, new: str) -> bool:
        return self._renames.new_name(self._old.canonical(old)) == self._new.canonical(new)

    def _loose(self, old: Any, new: Any) -> bool:
        if isinstance(old, list) and isinstance(new, list):
            return len(old) == len(new) and all(self._loose(a, b) for a, b in zip(old, new))
        return old == new or (isinstance(old, str) and isinstance(new, str) and self._renames.may_be(old, new))

    def _constants(self, old: Any, new: Any) -> bool:
        if type(old) is type(new) and repr(old) == repr(new):
            return True
        # Dotted names in texts, as patches of tests have them. Other texts never change: they may be on the wire.
        texts = isinstance(old, str) and isinstance(new, str) and "." in old
        return texts and all(part.isidentifier() for part in old.split(".")) and self._same(old, new)


def _statements(body: List[Any]) -> List[Any]:
    """What runs: no imports, no docstrings."""
    return [statement for statement in body if not _is_silent(statement)]


def _is_silent(statement: ast.AST) -> bool:
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
    if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test):
        return not _statements(statement.body) and not _statements(statement.orelse)
    return isinstance(statement, (ast.Import, ast.ImportFrom, ast.Pass))


def _leaf(name: str) -> str:
    return name.rpartition(".")[2]


# --- trees ---


def read_tree(place: str, repository: Path) -> Dict[str, str]:
    """Path to text of each Python file of a folder or of a commit. Raises CannotCompare."""
    folder = Path(place)
    if folder.is_dir():
        found = (path for path in sorted(folder.rglob("*.py")) if not SKIPPED & set(path.relative_to(folder).parts))
        return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in found}
    archive = git(repository, "archive", "--format=tar", place)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = ((member.name, tar.extractfile(member)) for member in tar if member.name.endswith(".py"))
        return {name: source.read().decode("utf-8") for name, source in found if source is not None}


def git(repository: Path, *arguments: str) -> bytes:
    """What git answers. Raises CannotCompare."""
    done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    if done.returncode:
        raise CannotCompare(done.stderr.decode(errors="replace").strip())
    return done.stdout


def moves_found_by_git(old: str, new: str, repository: Path) -> Dict[str, str]:
    """Old path to new path. Nothing where one of both is a folder that is not the working tree."""
    if Path(old).is_dir() or (Path(new).is_dir() and Path(new).resolve() != repository.resolve()):
        return {}
    commits = (old,) if Path(new).is_dir() else (old, new)
    listed = git(repository, "diff", "--name-status", "-z", "-M50%", "-l0", "--diff-filter=R", *commits)
    parts = listed.decode().split("\0")
    return {parts[at + 1]: parts[at + 2] for at in range(0, len(parts) - 2, 3)}


def compare(
    old: Dict[str, str], new: Dict[str, str], names: Dict[str, str], moves: Dict[str, str], only: Iterable[str] = ()
) -> List[str]:
    """The first difference of each pair of files, as text; nothing: the same program. Raises CannotCompare."""
    try:
        before, after = Program(old, ROOTS), Program(new, ROOTS)
    except SyntaxError as fault:
        raise CannotCompare(f"{fault.filename}: {fault}") from fault
    for module in (*before.files.values(), *after.files.values()):
        resolve(module)
    pairs = {path: moves.get(path, path) for path in old}
    modules = {before.files[path].name: after.files[to].name for path, to in pairs.items() if to in new}
    comparison = Comparison(before, after, Renames(names, modules))
    found: List[str] = []
    wanted = tuple(only)
    for path, to in sorted(pairs.items()):
        if wanted and not any(one.startswith(wanted) for one in (path, to)):
            continue
        if to not in new:
            if _statements(before.files[path].tree.body):
                found.append(f"{path}: is gone")
            continue
        difference = comparison.first(before.files[path].tree, after.files[to].tree)
        if difference is not None:
            found.append(_shown(before.files[path], after.files[to], *difference))
    for path in sorted(set(new) - set(pairs.values())):
        if _statements(after.files[path].tree.body) and (not wanted or path.startswith(wanted)):
            found.append(f"{path}: is new")
    return found


def _shown(old: Module, new: Module, a: Any, b: Any) -> str:
    return f"{_line(old, a)}\n{_line(new, b)}"


def _line(module: Module, node: Any) -> str:
    if node is None or not hasattr(node, "lineno"):
        return f"{module.path}: nothing"
    return f"{module.path}:{node.lineno}: {module.lines[node.lineno - 1].strip()}"


def main(arguments: Optional[List[str]] = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="ast_equal.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("old", metavar="OLD")
    parser.add_argument("new", metavar="NEW")
    parser.add_argument("--renames", type=Path, metavar="FILE", help="JSON with names and files")
    parser.add_argument("--only", nargs="+", default=[], metavar="FOLDER", help="compare files below these only")
    parser.add_argument("--repository", type=Path, default=Path("."), help="where git is asked (default: here)")
    options = parser.parse_args(arguments)
    try:
        renames = json.loads(options.renames.read_text("utf-8")) if options.renames else {}
        if set(renames) - {"names", "files"}:
            raise CannotCompare(f"{options.renames}: holds something besides names and files")
        old, new = (read_tree(place, options.repository) for place in (options.old, options.new))
        moves = {**moves_found_by_git(options.old, options.new, options.repository), **renames.get("files", {})}
        found = compare(old, new, renames.get("names", {}), moves, options.only)
    except (CannotCompare, OSError, ValueError) as fault:
        sys.stderr.write(f"{fault}\n")
        return 2
    sys.stdout.write("\n\n".join([*found, f"{len(found)} differences" if found else "same"]) + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
