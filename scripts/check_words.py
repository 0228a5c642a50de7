"""Hold the house's words: phrases that nobody greps for, and method names that live in too many places.

    python3 scripts/check_words.py

Prints one line for each finding and exits 1 if there is one. The rules stand in CLAUDE.md, "Names and words".
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import defaultdict
from pathlib import Path
from typing import Dict, Iterable, Iterator, List, NamedTuple, Set, Tuple

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ("backend/s2s", "backend/gemini_emulator", "backend/bench", "backend/builtin_tools", "backend/main.py",
          "backend/webrtc_handler.py", "backend/websocket_handler.py", "backend/gemini_live_client.py",
          "backend/tools.py", "scripts")
TYPESCRIPT = ("frontend/s2s-client/src",)
PAGES = ("README.md", "CLAUDE.md", "backend/VERTEX_AI_SETUP.md", "docs")

BANNED = (
    "anew", "at the door", "beside us", "by itself", "comes round", "for ever", "in words", "is owed", "is told",
    "meanwhile", "nobody", "of its own", "of no use", "on the floor", "somebody", "stands for", "so long as it",
    "what is told", "who reads", "whoever",
)
PHRASE = re.compile(r"\b(%s)\b" % "|".join(re.escape(phrase) for phrase in BANNED), re.IGNORECASE)

MAX_CLASSES = 3
PROTOCOL_VERBS = set(
    "handle deadline start close stop send feed run open push pop reset read write encode decode from_env to_dict"
    .split()
)
LONE_WORDS = set("said told heard lost left opened answered sent came took again of go at did saw done".split())


class Finding(NamedTuple):
    """One line of the report."""

    path: Path
    line: int
    text: str

    def __str__(self) -> str:
        return "%s:%d: %s" % (self.path.relative_to(ROOT), self.line, self.text)


class Method(NamedTuple):
    """A public method where it is first defined: not an override, not an implementation of a Protocol of ours."""

    path: Path
    line: int
    owner: str


def files(places: Iterable[str], *endings: str) -> Iterator[Path]:
    """Every file with one of these endings in these folders, and the places that are files."""
    for place in places:
        path = ROOT / place
        found = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.suffix in endings)
        yield from (p for p in found if not {"node_modules", "__pycache__"} & set(p.parts))


def python_prose(text: str) -> Iterator[Tuple[int, str]]:
    """Comments and docstrings with their lines, from 1. Texts that people read on a screen have rules of their own."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            for offset, line in enumerate(node.value.value.splitlines()):
                yield node.lineno + offset, line


def typescript_prose(text: str) -> Iterator[Tuple[int, str]]:
    """Comments with their lines, from 1."""
    for match in re.finditer(r"/\*.*?\*/|(?<![:'\"`])//[^\n]*", text, re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        yield from ((first + offset, line) for offset, line in enumerate(match.group().splitlines()))


def page_prose(text: str) -> Iterator[Tuple[int, str]]:
    """Lines of a page, without its code blocks."""
    is_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("```"):
            is_code = not is_code
        elif not is_code:
            yield number, re.sub(r"`[^`]*`", "", line)


def banned_phrases() -> Iterator[Finding]:
    """Phrases that a native speaker of the trade would not write there."""
    readers = ((PYTHON, (".py",), python_prose), (TYPESCRIPT, (".ts", ".tsx"), typescript_prose),
               (PAGES, (".md",), page_prose))
    for places, endings, prose in readers:
        for path in files(places, *endings):
            if path == Path(__file__).resolve() or path.name == "wire.gen.ts":
                continue
            for line, text in prose(path.read_text(encoding="utf-8")):
                for match in PHRASE.finditer(text):
                    yield Finding(path, line, "banned phrase %r" % match.group().lower())


def public_methods(paths: Iterable[Path]) -> Dict[str, List[Method]]:
    """By name, where each public method that is no property is first defined."""
    classes: Dict[str, List[Tuple[Path, ast.ClassDef]]] = defaultdict(list)
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                classes[node.name].append((path, node))
    promised: Set[str] = set()
    for found in classes.values():
        for _, node in found:
            if "Protocol" in bases(node):
                promised |= {function.name for function in functions(node)}
    methods: Dict[str, List[Method]] = defaultdict(list)
    for name, found in classes.items():
        for path, node in found:
            parents = [parent for base in bases(node) for _, parent in classes.get(base, [])]
            inherited = {function.name for parent in parents for function in functions(parent)}
            for function in functions(node):
                is_protocol = "Protocol" in bases(node)
                if function.name not in inherited and (is_protocol or function.name not in promised):
                    methods[function.name].append(Method(path, function.lineno, name))
    return methods


def bases(node: ast.ClassDef) -> Set[str]:
    """The last names of its base classes."""
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def functions(node: ast.ClassDef) -> List[ast.FunctionDef]:
    """Public methods, without properties."""
    found = (item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)))
    return [item for item in found if not item.name.startswith("_") and not is_property(item)]  # type: ignore[misc]


def is_property(function: ast.AST) -> bool:
    """A property reads like a noun and is named like one."""
    decorators = getattr(function, "decorator_list", [])
    return any(re.search(r"property$|\.setter$", ast.unparse(decorator)) for decorator in decorators)


def method_names() -> Iterator[Finding]:
    """Names that are lone participles or prepositions, and names that live on more than three classes."""
    for name, methods in sorted(public_methods(files(PYTHON, ".py")).items()):
        if name in PROTOCOL_VERBS or name.startswith("on_"):
            continue
        owners = ", ".join(sorted({method.owner for method in methods}))
        if name in LONE_WORDS:
            for method in methods:
                yield Finding(method.path, method.line, "method %r of %s is a lone word" % (name, method.owner))
        elif len(methods) > MAX_CLASSES:
            first = methods[0]
            yield Finding(first.path, first.line, "method %r lives on %d classes: %s" % (name, len(methods), owners))


def main() -> int:
    """Print the findings; exit code 1 if there are any."""
    findings = [*banned_phrases(), *method_names()]
    for finding in findings:
        print(finding)
    print("%d findings" % len(findings) if findings else "The words are in order.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
