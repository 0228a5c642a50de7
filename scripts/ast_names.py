"""Who is meant by a name in Python source: the dotted name of its definition, as far as it can be told unrun.

For ast_equal.py. `resolve` writes `full` to each node that has or uses a name: `s2s.link.UpstreamLink` for a class,
`s2s.link.UpstreamLink.handle.event` for a parameter; builtins keep their bare name.
"""

from __future__ import annotations

import ast
import builtins
from typing import Any, Dict, Iterator, List, Optional, Sequence, Set

MOST_REEXPORTS = 20
CALLS_WITH_ATTRIBUTE_NAME = {"setattr", "delattr", "getattr", "hasattr", "object"}
"""Their second argument names an attribute; those of pytest's monkeypatch and of mock too."""


class Bindings(ast.NodeVisitor):
    """What one scope binds, without the scopes in it."""

    def __init__(self, package: str) -> None:
        self.own: Set[str] = set()
        self.classes: Set[str] = set()
        self.imports: Dict[str, str] = {}
        self.stars: List[str] = []
        self._elsewhere: Set[str] = set()
        self._package = package

    def target_of(self, nodes: Sequence[ast.AST]) -> Bindings:
        """Reads these statements."""
        for node in nodes:
            self.visit(node)
        self.own -= self._elsewhere
        return self

    def visit_Name(self, node: ast.Name) -> None:
        if not isinstance(node.ctx, ast.Load):
            self.own.add(node.id)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.imports[alias.asname or alias.name.split(".")[0]] = (
                alias.name if alias.asname else alias.name.split(".")[0]
            )

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        up = self._package.split(".")
        base = ".".join(up[: len(up) - node.level + 1]) if node.level else ""
        source = ".".join(part for part in (base, node.module or "") if part)
        for alias in node.names:
            if alias.name == "*":
                self.stars.append(source)
            else:
                self.imports[alias.asname or alias.name] = f"{source}.{alias.name}"

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.own.add(node.name)
        self.classes.add(node.name)

    def _function(self, node: Any) -> None:
        self.own.add(node.name)

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Another scope."""

    def _comprehension(self, node: ast.AST) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.NamedExpr):
                self.own.add(inner.target.id)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _elsewhere_bound(self, node: Any) -> None:
        self._elsewhere.update(node.names)

    visit_Global = visit_Nonlocal = _elsewhere_bound

    def generic_visit(self, node: ast.AST) -> None:
        # `except ... as name`, `case ... as name`, `case [*name]`, `case {**rest}`
        for field in ("name", "rest"):
            if isinstance(name := getattr(node, field, None), str):
                self.own.add(name)
        super().generic_visit(node)


class Module:
    """One file."""

    def __init__(self, path: str, text: str, roots: Sequence[str]) -> None:
        self.path = path
        self.name = module_name(path, roots)
        self.lines = text.splitlines() or [""]
        self.tree = _Unquoted().visit(ast.parse(text, path))
        self.package = self.name if path.endswith("__init__.py") else self.name.rpartition(".")[0]
        self.bound = Bindings(self.package).target_of(self.tree.body)


class Program:
    """All files of a tree."""

    def __init__(self, files: Dict[str, str], roots: Sequence[str]) -> None:
        self.files = {path: Module(path, text, roots) for path, text in files.items()}
        self._modules = {module.name: module for module in self.files.values()}

    def canonical(self, name: str) -> str:
        """By the file that defines it, not by one that imports it."""
        for _ in range(MOST_REEXPORTS):
            if (further := self._imported(name)) is None:
                break
            name = further
        return name

    def _imported(self, name: str) -> Optional[str]:
        parts = name.split(".")
        for at in range(len(parts) - 1, 0, -1):
            module = self._modules.get(".".join(parts[:at]))
            if module is None:
                continue
            if ".".join(parts[: at + 1]) in self._modules:
                return None
            found = self._target(module, parts[at])
            return None if found is None else ".".join([found, *parts[at + 1 :]])
        return None

    def _target(self, module: Module, name: str) -> Optional[str]:
        if name in module.bound.imports:
            return module.bound.imports[name]
        if name not in module.bound.own:
            for star in module.bound.stars:
                other = self._modules.get(star)
                if other is not None and (name in other.bound.own or self._target(other, name)):
                    return f"{star}.{name}"
        return None


def module_name(path: str, roots: Sequence[str]) -> str:
    """As it is imported."""
    parts = path[: -len(".py")].split("/")
    if parts[0] in roots and len(parts) > 1:
        parts = parts[1:]
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


class _Unquoted(ast.NodeTransformer):
    """Annotations in quotation marks are annotations."""

    def _annotated(self, node: Any) -> Any:
        for field in ("annotation", "returns"):
            value = getattr(node, field, None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                try:
                    body = ast.parse(value.value, mode="eval").body
                except SyntaxError:
                    continue
                setattr(node, field, ast.copy_location(body, value))
        return self.generic_visit(node)

    visit_arg = visit_AnnAssign = visit_FunctionDef = visit_AsyncFunctionDef = _annotated


class _Scope:
    def __init__(self, name: str, bound: Bindings, *, of_class: bool = False) -> None:
        self.name, self.bound, self.of_class = name, bound, of_class
        self.myself = ""
        """What a method calls its object."""
        self.members: Set[str] = set()


class _Resolver(ast.NodeVisitor):
    def __init__(self, module: Module) -> None:
        self._package = module.package
        self._scopes = [_Scope(module.name, module.bound)]

    def _meant(self, name: str) -> str:
        for scope in reversed(self._scopes):
            if scope.of_class and scope is not self._scopes[-1]:
                continue
            if name in scope.bound.imports:
                return scope.bound.imports[name]
            if name in scope.bound.own:
                return f"{scope.name}.{name}"
        module = self._scopes[0]
        return f"{module.name}.{name}" if module.bound.stars and not hasattr(builtins, name) else name

    def _is_static(self, name: str) -> bool:
        """Whether the attributes of this name can be told: it is a module or a class, as far as one sees."""
        for scope in reversed(self._scopes):
            if name in scope.bound.imports or name in scope.bound.classes:
                return True
            if name in scope.bound.own:
                return False
        return False

    def visit_Name(self, node: Any) -> None:
        node.full, node.static = self._meant(node.id), self._is_static(node.id)

    def visit_Attribute(self, node: Any) -> None:
        self.visit(node.value)
        known = getattr(node.value, "static", False)
        node.full, node.static = (f"{node.value.full}.{node.attr}" if known else None), known
        node.member, node.defined_here = None, False
        owner = self._owner(node.value)
        if owner is not None:
            node.member, node.defined_here = f"{owner.name}.{node.attr}", node.attr in owner.members

    def _owner(self, value: ast.AST) -> Optional[_Scope]:
        """The class whose method says `self`."""
        if not isinstance(value, ast.Name):
            return None
        for at in range(len(self._scopes) - 1, 0, -1):
            scope = self._scopes[at]
            if scope.myself == value.id:
                return self._scopes[at - 1]
            if value.id in scope.bound.own:
                return None
        return None

    def visit_Call(self, node: Any) -> None:
        called = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if called in CALLS_WITH_ATTRIBUTE_NAME and len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
            vars(node.args[1])["names_attribute"] = True
        self.generic_visit(node)

    def visit_ClassDef(self, node: Any) -> None:
        node.full = self._meant(node.name)
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        scope = _Scope(node.full, Bindings(self._package).target_of(node.body), of_class=True)
        scope.members = scope.bound.own | {
            inner.attr
            for inner in ast.walk(node)
            if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store) and _is_self(inner.value)
        }
        self._within(scope, node.body)

    def _function(self, node: Any) -> None:
        node.full = self._meant(node.name)
        arguments = node.args
        for part in (*node.decorator_list, *arguments.defaults, *filter(None, arguments.kw_defaults)):
            self.visit(part)
        for part in (*(argument.annotation for argument in _all_arguments(arguments)), node.returns):
            if part is not None:
                self.visit(part)
        scope = _Scope(node.full, Bindings(self._package).target_of(node.body))
        first = [*getattr(arguments, "posonlyargs", []), *arguments.args][:1]
        if self._scopes[-1].of_class and first and "staticmethod" not in map(_name, node.decorator_list):
            scope.myself = first[0].arg
        self._with_arguments(scope, arguments, node.body)

    visit_FunctionDef = visit_AsyncFunctionDef = _function

    def visit_Lambda(self, node: ast.Lambda) -> None:
        for part in (*node.args.defaults, *filter(None, node.args.kw_defaults)):
            self.visit(part)
        scope = _Scope(f"{self._scopes[-1].name}.<lambda>", Bindings(self._package))
        self._with_arguments(scope, node.args, [node.body])

    def _with_arguments(self, scope: _Scope, arguments: Any, body: List[Any]) -> None:
        for argument in _all_arguments(arguments):
            scope.bound.own.add(argument.arg)
            argument.full = f"{scope.name}.{argument.arg}"
        self._within(scope, body)

    def _comprehension(self, node: Any) -> None:
        targets = [generator.target for generator in node.generators]
        self._within(_Scope(f"{self._scopes[-1].name}.<each>", Bindings(self._package).target_of(targets)), node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _within(self, scope: _Scope, nodes: Any) -> None:
        self._scopes.append(scope)
        for node in nodes if isinstance(nodes, list) else ast.iter_child_nodes(nodes):
            self.visit(node)
        self._scopes.pop()

    def generic_visit(self, node: Any) -> None:
        if isinstance(getattr(node, "name", None), str):
            node.full = self._meant(node.name)
        super().generic_visit(node)


def _all_arguments(arguments: ast.arguments) -> Iterator[Any]:
    yield from (*getattr(arguments, "posonlyargs", []), *arguments.args, *arguments.kwonlyargs)
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _is_self(value: ast.AST) -> bool:
    return isinstance(value, ast.Name) and value.id == "self"


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def resolve(module: Module) -> None:
    """Writes `full` to the nodes of a file."""
    _Resolver(module).visit(module.tree)
