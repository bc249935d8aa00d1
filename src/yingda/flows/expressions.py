"""Conditions of a flow: parsed to a tree once, evaluated over plain values, never executed as code."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from yingda.turns.events import Scalar

Scope = Mapping[str, Mapping[str, Scalar]]
"""Values by namespace and name; a name that is not there is null."""

NAMESPACES = ("slots", "facts", "intent", "counters")

LONGEST = 500
"""Characters of a condition."""

_LITERALS: dict[str, Scalar] = {"true": True, "false": False, "null": None}
_EQUALITY: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {ast.Eq: operator.eq, ast.NotEq: operator.ne}
_ORDER: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class ExpressionError(ValueError):
    """The text is no condition; the message says why, in words for the author of the flow."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition (callflow F.3): names, literals, comparison, `and`, `or`, `not`.

    `names` are the (namespace, name) pairs it looks at. Null equals only null, and an order with null, or
    between values of different kinds, is false.
    """

    source: str
    names: frozenset[tuple[str, str]]
    _tree: ast.expr = field(repr=False, compare=False)

    def holds(self, scope: Scope) -> bool:
        """Whether the condition is true of these values."""
        return bool(_value(self._tree, scope))


def parse(source: str) -> Expression:
    """Read a condition; raises `ExpressionError` for anything that is not one."""
    if len(source) > LONGEST:
        raise ExpressionError(f"a condition has at most {LONGEST} characters")
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(f"{source!r} cannot be read: {error}") from None
    return Expression(source, frozenset(_names(tree, source)), tree)


def _names(node: ast.expr, source: str) -> Iterator[tuple[str, str]]:
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                yield from _names(value, source)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from _names(operand, source)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            if not all(type(op) in _EQUALITY or type(op) in _ORDER for op in ops):
                raise ExpressionError(f"{source!r}: only == != < <= > >= compare")
            for value in (left, *comparators):
                yield from _names(value, source)
        case ast.Attribute(value=ast.Name(id=namespace), attr=name) if namespace in NAMESPACES:
            yield namespace, name
        case ast.Name(id=name) if name in _LITERALS:
            pass
        case (
            ast.Constant(value=str() | int() | float())
            | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()))
        ):
            pass
        case _:
            raise ExpressionError(f"{source!r}: {ast.unparse(node)!r} is neither a known name nor a value")


def _value(node: ast.expr, scope: Scope) -> Any:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, scope) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, scope) for value in values)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return -number
        case ast.UnaryOp(operand=operand):
            return not _value(operand, scope)
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            found = [_value(each, scope) for each in (left, *comparators)]
            return all(_compare(op, a, b) for op, a, b in zip(ops, found, found[1:], strict=False))
        case ast.Attribute(value=ast.Name(id=namespace), attr=name):
            return scope.get(namespace, {}).get(name)
        case ast.Name(id=name):
            return _LITERALS[name]
        case ast.Constant(value=value):
            return value
        case _:
            raise AssertionError(f"parse let {ast.dump(node)} pass")


def _compare(op: ast.cmpop, left: Scalar, right: Scalar) -> bool:
    if (compare := _EQUALITY.get(type(op))) is not None:
        # In Python 1 == True; to the author of a flow a count is no yes.
        return compare((_kind(left), left), (_kind(right), right))
    return _kind(left) == _kind(right) != "null" and _ORDER[type(op)](left, right)


def _kind(value: Scalar) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "yesno"
    return "number" if isinstance(value, (int, float)) else "text"
