"""Small wrong changes to a module: each stands for a mistake that its tests should notice."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_COMPARE: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
}
_TURNED = {"min": "max", "max": "min", "any": "all", "all": "any"}

Apply = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One change; ``index`` counts within the module as it is now."""

    index: int
    line: int
    what: str
    """What stood there and what stands there now."""


def _words(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _skipped(tree: ast.Module) -> set[int]:
    """Find what is no behaviour: annotations, decorators, and the names of types."""
    out: set[int] = set()

    def leave(node: ast.AST | None) -> None:
        if node is not None:
            out.update(id(one) for one in ast.walk(node))

    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                leave(node.returns)
                for one in node.decorator_list:
                    leave(one)
            case ast.ClassDef():
                for one in node.decorator_list:
                    leave(one)
            case ast.arg() | ast.AnnAssign():
                leave(node.annotation)
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                leave(node)
            case ast.Call(func=ast.Name(id="TypeVar" | "NewType" | "cast")):
                leave(node)
            case ast.Subscript(slice=ast.Tuple()):
                leave(node.slice)  # the arguments of a type
    return out


def _changes(tree: ast.Module) -> Iterator[tuple[ast.AST, str, Apply]]:
    skipped = _skipped(tree)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        yield from _of_expression(node)
        for field in ("body", "orelse", "finalbody"):
            statements = getattr(node, field, None)
            if isinstance(statements, list):
                yield from _of_statements(statements)


def _of_expression(node: ast.AST) -> Iterator[tuple[ast.AST, str, Apply]]:
    match node:
        case ast.Compare():
            for place, sign in enumerate(node.ops):
                for other in _COMPARE.get(type(sign), ()):
                    yield node, _told(node, sign, other), _setter(node.ops, place, other())
        case ast.BoolOp():
            other_sign = ast.Or() if isinstance(node.op, ast.And) else ast.And()
            yield node, f"{_words(node)}: and ↔ or", _attribute(node, "op", other_sign)
        case ast.UnaryOp(op=ast.Not()):
            doubled = ast.UnaryOp(op=ast.Not(), operand=node.operand)
            yield node, f"{_words(node)}: not dropped", _attribute(node, "operand", doubled)
        case ast.AugAssign() if type(node.op) in _ARITHMETIC:
            turned = _ARITHMETIC[type(node.op)]()
            yield node, f"{_words(node)}: {_sign(turned)}", _attribute(node, "op", turned)
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            turned = _ARITHMETIC[type(node.op)]()
            yield node, _told(node, node.op, type(turned)), _attribute(node, "op", turned)
        case ast.Constant(value=bool() as flag):
            yield node, f"{flag} → {not flag}", _attribute(node, "value", not flag)
        case ast.Constant(value=int() | float() as number):
            for other_number in (number - 1, number + 1):
                yield (
                    node,
                    f"{number} → {other_number}",
                    _attribute(node, "value", other_number),
                )
        case ast.Call():
            if isinstance(node.func, ast.Name) and node.func.id in _TURNED:
                name = _TURNED[node.func.id]
                yield node, f"{node.func.id} → {name}", _attribute(node.func, "id", name)
            for place, keyword in enumerate(node.keywords):
                if keyword.arg is not None:
                    yield keyword, f"{_words(keyword)} → (removed)", _remover(node.keywords, place)
        case ast.IfExp() | ast.If() | ast.While():
            negated = ast.UnaryOp(op=ast.Not(), operand=node.test)
            yield node, f"if {_words(node.test)}: turned", _attribute(node, "test", negated)
        case ast.comprehension():
            for place, test in enumerate(node.ifs):
                denied = ast.UnaryOp(op=ast.Not(), operand=test)
                yield test, f"if {_words(test)}: turned", _setter(node.ifs, place, denied)
        case ast.Set() | ast.List() | ast.Tuple() if len(node.elts) > 1 and _is_read(node):
            for place, element in enumerate(node.elts):
                yield element, f"{_words(element)} → (removed)", _remover(node.elts, place)
        case ast.Dict() if len(node.keys) > 1:
            for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
                entry = f"{_words(key)}: {_words(value)}" if key else f"**{_words(value)}"
                yield key or value, f"{entry} → (removed)", _without(node, place)


def _is_read(node: ast.Set | ast.List | ast.Tuple) -> bool:
    return isinstance(getattr(node, "ctx", ast.Load()), ast.Load)


def _without(node: ast.Dict, at: int) -> Apply:
    def apply() -> None:
        del node.keys[at], node.values[at]

    return apply


def _of_statements(statements: list[ast.stmt]) -> Iterator[tuple[ast.AST, str, Apply]]:
    for place, statement in enumerate(statements):
        match statement:
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case ast.Raise() | ast.Continue() | ast.Break() | ast.Return() | ast.Expr():
                passed = ast.copy_location(ast.Pass(), statement)
                yield statement, f"{_words(statement)} → pass", _setter(statements, place, passed)


def _sign(operator: ast.AST) -> str:
    return type(operator).__name__


def _told(node: ast.expr, sign: ast.AST, other: type[ast.AST]) -> str:
    return f"{_words(node)}: {type(sign).__name__} → {other.__name__}"


def _setter(
    items: list[ast.cmpop] | list[ast.expr] | list[ast.stmt], at: int, new: object
) -> Apply:
    return lambda: items.__setitem__(at, new)  # type: ignore[call-overload]


def _remover(items: list[ast.keyword] | list[ast.expr], at: int) -> Apply:
    return lambda: items.__delitem__(at)


def _attribute(node: ast.AST, name: str, value: object) -> Apply:
    return lambda: setattr(node, name, value)


def mutants(source: str) -> list[Mutant]:
    """List every mutant of a module, in the order of its syntax tree."""
    found = enumerate(_changes(ast.parse(source)))
    return [Mutant(at, getattr(node, "lineno", 0), what) for at, (node, what, _) in found]


def mutated(source: str, index: int) -> ast.Module:
    """Give the module's tree with one change.

    Raises:
        IndexError: the module has no such mutant.
    """
    tree = ast.parse(source)
    for at, (_, _, apply) in enumerate(_changes(tree)):
        if at == index:
            apply()
            return ast.fix_missing_locations(tree)
    raise IndexError(index)
