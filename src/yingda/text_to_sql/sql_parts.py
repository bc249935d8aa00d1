"""Pieces of SQL syntax trees: tables, columns, expressions of the model, values, times cut to a grain."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from yingda.text_to_sql.fields import ROWS, Aggregate, Field
from yingda.text_to_sql.model import Table, TimeDimension
from yingda.text_to_sql.query import Condition, Value

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Parts:
    """Makes pieces for one dialect; every name of the database is quoted where it has to be."""

    dialect: str

    def identifier(self, name: str) -> exp.Identifier:
        """Quoted unless it is plain and no keyword."""
        return exp.to_identifier(
            name, quoted=not _PLAIN.fullmatch(name) or name.upper() in _keywords(self.dialect)
        )

    def written(self, identifier: exp.Identifier) -> exp.Identifier:
        """As the model writes it; quotes are added where the engine does not fold what is without them."""
        if identifier.quoted or self.dialect == "postgres":
            return identifier.copy()
        return self.identifier(identifier.name)

    def table(self, table: Table, alias: str) -> exp.Table:
        """Where the rows of a logical table are, under its alias."""
        tree = exp.to_table(table.source, dialect=self.dialect)
        for identifier in list(tree.find_all(exp.Identifier)):
            identifier.replace(self.written(identifier))
        tree.set("alias", exp.TableAlias(this=self.identifier(alias)))
        return tree

    def column(self, alias: str, name: str) -> exp.Column:
        """A physical column."""
        return exp.Column(this=self.identifier(name), table=self.identifier(alias))

    def expression(self, text: str, alias: str) -> exp.Expr:
        """An expression of the model with its columns said to be those of `alias`."""
        tree = _parsed(text, self.dialect).copy()
        for column in list(tree.find_all(exp.Column)):
            column.set("table", self.identifier(alias))
            column.set("this", self.written(column.this))
        return exp.paren(tree) if isinstance(tree, exp.Binary) else tree

    def value(self, value: Value, *, is_date: bool = False) -> exp.Expr:
        """A literal; days are typed where the dialect compares no text with them."""
        if isinstance(value, bool):
            return exp.Boolean(this=value)
        if isinstance(value, int | float):
            return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
        if isinstance(value, date):
            value, is_date = value.isoformat(), True
        text = exp.Literal.string(value)
        return exp.cast(text, "date") if is_date and self.dialect in ("postgres", "duckdb") else text

    def condition(self, condition: Condition, left: exp.Expr) -> exp.Expr:
        """An operator with its values on the right of `left`."""
        values = [self.value(value) for value in condition.values]
        match condition.operator:
            case "is null":
                return exp.Is(this=left, expression=exp.Null())
            case "not null":
                return exp.not_(exp.Is(this=left, expression=exp.Null()))
            case "in":
                return exp.In(this=left, expressions=values)
            case "not in":
                return exp.not_(exp.In(this=left, expressions=values))
            case "between":
                return exp.Between(this=left, low=values[0], high=values[1])
            case "contains":
                return _contains(left, str(condition.values[0]))
            case operator:
                return _COMPARED[operator](this=left, expression=values[0])

    def compared(self, operator: str, left: exp.Expr, right: exp.Expr) -> exp.Expr:
        """One of the six comparisons."""
        return _COMPARED[operator](this=left, expression=right)

    def aggregated(self, aggregate: Aggregate, inner: exp.Expr) -> exp.Expr:
        """The aggregation over an expression."""
        match aggregate.aggregation:
            case "count":
                return exp.Count(this=inner)
            case "count_distinct":
                return exp.Count(this=exp.Distinct(expressions=[inner]))
            case how:
                return _AGGREGATED[how](this=inner)

    def inner(self, aggregate: Aggregate, alias: str) -> exp.Expr:
        """What is aggregated."""
        return exp.Star() if aggregate.expr == ROWS else self.expression(aggregate.expr, alias)

    def field(self, field: Field, alias: str) -> exp.Expr:
        """What a dimension is, over the columns of its table."""
        tree = self.expression(field.item.expr, alias)
        return tree.this if isinstance(tree, exp.Paren) else tree


def is_time(field: Field) -> bool:
    """Whether it can be cut to a grain."""
    return isinstance(field.item, TimeDimension) or field.item.data_type in ("date", "datetime")


def ratio(part: exp.Expr, whole: exp.Expr) -> exp.Expr:
    """A division that keeps its fraction, and is unknown where there is nothing to divide by."""
    top = exp.Mul(this=exp.Literal.number("1.0"), expression=part)
    return exp.Div(
        this=top, expression=exp.func("NULLIF", whole, exp.Literal.number(0)), typed=True, safe=True
    )


@lru_cache(maxsize=4096)
def _parsed(text: str, dialect: str) -> exp.Expr:
    return sqlglot.parse_one(text, dialect=dialect)


@lru_cache(maxsize=8)
def _keywords(dialect: str) -> frozenset[str]:
    return frozenset(word.upper() for word in Dialect.get_or_raise(dialect).tokenizer_class.KEYWORDS)


def _contains(left: exp.Expr, text: str) -> exp.Expr:
    escaped = re.sub(r"([!%_])", r"!\1", text)
    like: exp.Expr = exp.Like(
        this=exp.Lower(this=left), expression=exp.Literal.string(f"%{escaped.lower()}%")
    )
    return exp.Escape(this=like, expression=exp.Literal.string("!")) if escaped != text else like


_COMPARED: dict[str, type[exp.Binary]] = {
    "=": exp.EQ,
    "!=": exp.NEQ,
    ">": exp.GT,
    ">=": exp.GTE,
    "<": exp.LT,
    "<=": exp.LTE,
}
_AGGREGATED: dict[str, type[exp.AggFunc]] = {"sum": exp.Sum, "avg": exp.Avg, "min": exp.Min, "max": exp.Max}
