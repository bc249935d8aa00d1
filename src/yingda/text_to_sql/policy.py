"""Who may see which rows and columns: policies as values, bound to one principal as conditions of the AST.

A row policy is a condition over the columns of its table with `:tenant`, `:user_id` or `:key_id` in it; each
becomes a literal of the syntax tree, never a piece of text. Who has no user id meets no condition that asks
for one. A column policy hides columns as if they were not there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from sqlglot import exp, parse_one

from yingda.turns.types import Principal, Role

T = TypeVar("T")

ATTRIBUTES = ("tenant", "user_id", "key_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class RowPolicy:
    """Only rows of the model's `table` for which `condition` holds."""

    name: str
    table: str
    condition: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPolicy:
    """`columns` of the model's `table`, as the database calls them, are hidden."""

    name: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """All policies of a database; principals with one of `exempt_roles` see all that is not private."""

    rows: tuple[RowPolicy, ...] = ()
    columns: tuple[ColumnPolicy, ...] = ()
    exempt_roles: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Policies for one principal, by table of the model, each with the name of its policy."""

    conditions: Mapping[str, tuple[tuple[str, exp.Expr], ...]] = field(default_factory=dict)
    hidden: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)


OPEN = Bound()
"""Nothing is held back but what the model calls private."""


def bind(policies: Policies, principal: Principal, dialect: str) -> Bound:
    """The policies that hold for this principal; raises `ParseError` for a broken condition."""
    if principal.roles & policies.exempt_roles:
        return OPEN
    conditions = ((one.table, (one.name, _condition(one, principal, dialect))) for one in policies.rows)
    hidden = ((one.table, (one.name, column)) for one in policies.columns for column in one.columns)
    return Bound(conditions=_by_table(conditions), hidden=_by_table(hidden))


def _by_table(pairs: Iterable[tuple[str, T]]) -> dict[str, tuple[T, ...]]:
    found: dict[str, tuple[T, ...]] = {}
    for table, one in pairs:
        found[table] = (*found.get(table, ()), one)
    return found


def _condition(policy: RowPolicy, principal: Principal, dialect: str) -> exp.Expr:
    condition: exp.Expr = parse_one(policy.condition, read=dialect)
    for place in list(condition.find_all(exp.Placeholder)):
        if place.name not in ATTRIBUTES:
            raise ValueError(
                f"{policy.name}: a principal has no {place.name!r}, only {', '.join(ATTRIBUTES)}"
            )
        value: str | None = getattr(principal, place.name)
        if value is None:
            return exp.false()
        literal = exp.Literal.string(value)
        if place is condition:
            return literal
        place.replace(literal)
    return condition
