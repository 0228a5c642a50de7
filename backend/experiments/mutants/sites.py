"""Every small fault that can be put into a Python file, each with keys that survive moves and new names."""

import ast
import copy
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

_ORDER: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
}
_OPPOSITE = {"min": "max", "max": "min", "any": "all", "all": "any"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Mutant:
    """One fault: what is changed, and where."""

    file: str
    line: int
    function: str
    """Qualified name of the outermost function; empty for code that runs at import."""
    first_line: int
    """Of that function with its decorators, as its code object counts; 0 at import."""
    operator: str
    before: str
    """The statement, or the head of it."""
    after: str
    unit_key: str
    """The whole function, or the statement that runs at import, without the names in it; and the place in it."""
    statement_key: str
    """The same of the statement alone."""
    context: str
    """Text of the function, to tell apart what has one key."""
    write: Callable[[], str]
    """Returns the text of the whole file with the fault."""


_Change = Callable[[ast.AST], ast.AST | None]
_TYPES_AND_NOTES = ("annotation", "returns", "decorator_list", "type_params", "ctx")


def mutants_of(root: Path, file: str) -> Iterator[Mutant]:
    """Every mutant of one file."""
    text = (root / file).read_text("utf-8")
    tree = ast.parse(text)
    for name, unit in _units(tree):
        shape = _shape(unit)
        function = isinstance(unit, _FUNCTIONS)
        count: dict[int, int] = {}
        for number, (operator, node, statement, change) in enumerate(_changes(unit)):
            place = count[id(statement)] = count.get(id(statement), -1) + 1
            yield Mutant(
                file=file,
                line=getattr(node, "lineno", unit.lineno),
                function=name if function else "",
                first_line=_first_line(unit) if function else 0,
                operator=operator,
                before=_head(statement),
                after=_after(statement, node, change),
                unit_key=f"{shape}:{number}",
                statement_key=f"{_shape(statement, head_only=True)}:{place}",
                context=ast.unparse(unit),
                write=partial(_with, tree, node, change),
            )


def shapes_of(root: Path, file: str) -> Iterator[str]:
    """The key of each function and of each statement that runs at import."""
    for _, unit in _units(ast.parse((root / file).read_text("utf-8"))):
        yield _shape(unit)


def _units(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    """Functions, and the statements beside them, of the module and of its classes."""
    todo: list[tuple[str, ast.stmt]] = [("", statement) for statement in tree.body]
    while todo:
        prefix, statement = todo.pop(0)
        if isinstance(statement, ast.ClassDef):
            todo[:0] = [(f"{prefix}{statement.name}.", inner) for inner in statement.body]
        elif isinstance(statement, _FUNCTIONS):
            yield prefix + statement.name, statement
        elif not _is_silent(statement):
            yield prefix, statement


def _is_silent(statement: ast.stmt) -> bool:
    """Whether there is nothing in it to get wrong: imports, docstrings, declarations, types."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant)
    if isinstance(statement, ast.AnnAssign) and statement.value is None:
        return True
    return isinstance(statement, ast.Import | ast.ImportFrom | ast.Pass)


def _first_line(unit: ast.stmt) -> int:
    assert isinstance(unit, _FUNCTIONS)
    return min([unit.lineno, *(decorator.lineno for decorator in unit.decorator_list)])


def _changes(
    unit: ast.stmt,
) -> Iterator[tuple[str, ast.AST, ast.stmt, _Change]]:
    """Each change with its operator, the node and the statement that it is in."""
    todo: list[tuple[ast.AST, ast.stmt]] = [(unit, unit)]
    while todo:
        node, statement = todo.pop(0)
        if isinstance(node, ast.stmt):
            if node is not unit and _is_silent(node):
                continue
            statement = node
        for operator, change in _operators(node):
            yield operator, node, statement, change
        todo[:0] = [(child, statement) for child in _code_below(node)]


def _code_below(node: ast.AST) -> Iterator[ast.AST]:
    """The children without types, decorators and docstrings."""
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list", "type_params", "ctx") or isinstance(
            node, ast.JoinedStr
        ):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield child


def _operators(node: ast.AST) -> Iterator[tuple[str, _Change]]:  # noqa: PLR0912
    match node:
        case ast.Compare(ops=[only]):
            for other in _ORDER.get(type(only), ()):
                yield f"comparison {type(only).__name__} to {other.__name__}", _set(ops=[other()])
        case ast.BoolOp(op=op):
            other_op: ast.boolop = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield "and, or", _set(op=other_op)
        case ast.UnaryOp(op=ast.Not()):
            yield "not", lambda n: n.operand  # type: ignore[attr-defined]  # ast.Not has an operand
        case ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in _ARITHMETIC:
            yield "arithmetic", _set(op=_ARITHMETIC[type(op)]())
        case ast.Call(func=ast.Name(id=name)) if name in _OPPOSITE:
            yield "min, max, any, all", _set(func=ast.Name(_OPPOSITE[name], ast.Load()))
        case ast.Constant(value=bool() as flag):
            yield "constant", _set(value=not flag)
        case ast.Constant(value=int() as number):
            yield "number + 1", _set(value=number + 1)
            yield "number - 1", _set(value=number - 1)
        case ast.Constant(value=float() as real):
            yield "number * 2", _set(value=real * 2 or 1.0)
            if real:
                yield "number / 2", _set(value=real / 2)
        case ast.Constant(value=str() as text) if text and " " not in text:
            yield "text", _set(value="")
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield "return None", _set(value=ast.Constant(None))
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign() | ast.Continue() | ast.Break() | ast.Delete():
            yield "statement removed", lambda _: ast.Pass()
        case ast.Return(value=None):
            yield "statement removed", lambda _: ast.Pass()
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]):
            yield "statement removed", lambda _: ast.Pass()
    if isinstance(node, ast.If | ast.While | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.UnaryOp):
        yield "condition turned", _set(test=ast.UnaryOp(ast.Not(), node.test))


def _set(**fields: object) -> Callable[[ast.AST], ast.AST]:
    def change(node: ast.AST) -> ast.AST:
        new = copy.copy(node)
        for name, value in fields.items():
            setattr(new, name, value)
        return new

    return change


class _Swap(ast.NodeTransformer):
    def __init__(self, node: ast.AST, change: _Change) -> None:
        self._node, self._change = node, change

    def visit(self, node: ast.AST) -> ast.AST | None:
        """Replace the one node; leave the tree itself as it is."""
        if node is self._node:
            return self._change(node)
        new = copy.copy(node)
        for field, value in ast.iter_fields(node):
            if isinstance(value, list):
                setattr(new, field, [self.visit(one) if isinstance(one, ast.AST) else one for one in value])
            elif isinstance(value, ast.AST):
                setattr(new, field, self.visit(value))
        return new


def _with(tree: ast.AST, node: ast.AST, change: _Change) -> str:
    swapped = _Swap(node, change).visit(tree)
    assert swapped is not None
    return ast.unparse(ast.fix_missing_locations(swapped))


def _after(statement: ast.stmt, node: ast.AST, change: _Change) -> str:
    swapped = _Swap(node, change).visit(statement)
    assert isinstance(swapped, ast.stmt)
    return _head(ast.fix_missing_locations(swapped))


def _head(statement: ast.stmt) -> str:
    """The text of a statement without what is indented below it."""
    return ast.unparse(_without_body(statement)).strip().removesuffix("pass").strip()


def _without_body(statement: ast.stmt) -> ast.stmt:
    if not hasattr(statement, "body"):
        return statement
    head = copy.copy(statement)
    head.body = [ast.Pass()]
    for field in ("orelse", "finalbody", "handlers"):
        if hasattr(head, field):
            setattr(head, field, [])
    if isinstance(head, ast.Try):
        head.finalbody = [ast.Pass()]
    return head


def _shape(unit: ast.stmt, *, head_only: bool = False) -> str:
    """A digest of code in which every name is the number of its first occurrence."""
    names: dict[str, int] = {}
    parts: list[str] = []

    def write(node: ast.AST) -> None:
        parts.append(f"({type(node).__name__}")
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "type_comment", "type_params", "ctx", "kind", "simple"):
                continue
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, ast.stmt) and _is_silent(one) and one is not unit:
                    continue
                if isinstance(one, ast.AST):
                    write(one)
                elif isinstance(one, str) and not isinstance(node, ast.Constant):
                    parts.append(f"#{names.setdefault(one, len(names))}")
                else:
                    parts.append(repr(one))
        parts.append(")")

    write(_without_body(unit) if head_only else unit)
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
