"""The guard: one SELECT over what the model names, with the policies of the asker inside; pure.

The text is parsed in the dialect of the database, every node is held against a list of what is allowed, every
table against the model, every column against the table it is bound to. What runs is never the text but the
tree written out again, without comments. A table with something to hide, and one of which not all names are
known to be meant, is replaced where it stands by a query of what may be seen of it: so an alias, a star, a
set operation or a row taken as a whole cannot reach further, whatever the engine makes of a name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from yingda.text_to_sql.allowed import NAMED_FUNCTIONS, NODES, TYPES, UNITS
from yingda.text_to_sql.bindings import Bindings
from yingda.text_to_sql.failures import SqlRefused
from yingda.text_to_sql.fan_out import multiplied
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.policy import OPEN, Bound
from yingda.text_to_sql.visible import Catalogue, catalogue_of

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LOOKED_INTO = frozenset({exp.Select, exp.DataType, exp.Var})
_MODIFIERS = (
    "operation_modifiers",
    "into",
    "locks",
    "hint",
    "kind",
    "cluster",
    "distribute",
    "sort",
    "match",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardConfig:
    """How much text and how deep a tree is looked at; `refuses_fan_out` refuses sums over multiplied rows."""

    text_chars: int = 20_000
    node_count: int = 5_000
    refuses_fan_out: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What may run: `sql` is the whole answer, `capped` the same cut to one row more than the cap.

    `tables` are names of the model, `columns` are written `table.column`, `restricted` names the policies
    that left something out, `warnings` says where a join may lose rows.
    """

    sql: str
    capped: str
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    restricted: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Guard:
    """The guard of one model, made ready once."""

    def __init__(self, model: SemanticModel, config: GuardConfig | None = None) -> None:
        self._dialect = model.dialect
        self._config = config or GuardConfig()
        self._catalogue: Catalogue = catalogue_of(model)

    def check(self, sql: str, bound: Bound = OPEN, row_cap: int | None = None) -> Guarded:
        """Let a statement through, or raise `SqlRefused` with the rule that it breaks."""
        query = self._parsed(sql)
        try:
            return self._checked(query, bound, row_cap)
        except RecursionError:
            raise SqlRefused("too_large", "the statement is nested too deeply") from None

    def _checked(self, query: exp.Query, bound: Bound, row_cap: int | None) -> Guarded:
        nodes = self._look_at_nodes(query)
        bindings = Bindings(nodes, self._catalogue)
        sums, losses = multiplied(bindings.uses, self._catalogue)
        if sums and self._config.refuses_fan_out:
            raise SqlRefused("fan_out", sums[0])
        restricted = bindings.close(bound)
        if self._dialect == "mysql":
            _speak_mariadb(nodes)
        whole = query.sql(self._dialect, comments=False)
        return Guarded(
            sql=whole,
            capped=whole if row_cap is None else _capped(query, whole, row_cap + 1, self._dialect),
            tables=bindings.tables,
            columns=bindings.columns,
            restricted=restricted,
            warnings=(*sums, *losses),
        )

    def _parsed(self, sql: str) -> exp.Query:
        if len(sql) > self._config.text_chars:
            raise SqlRefused("too_large", f"the statement has more than {self._config.text_chars} characters")
        if _CONTROL.search(sql):
            raise SqlRefused("parse_failed", "the statement holds a control character")
        try:
            found = [one for one in sqlglot.parse(sql, read=self._dialect) if one is not None]
        except (SqlglotError, RecursionError, ValueError) as error:
            raise SqlRefused("parse_failed", f"not SQL: {str(error).splitlines()[0]}") from None
        statements = [one for one in found if not isinstance(one, exp.Semicolon)]
        if len(statements) != 1:
            raise SqlRefused(
                "not_one_statement", f"{len(statements)} statements where one query is asked for"
            )
        query = statements[0]
        if not isinstance(query, exp.Query):
            raise SqlRefused("not_a_query", f"a {_said(query)} is no query")
        return query

    def _look_at_nodes(self, query: exp.Query) -> list[exp.Expr]:
        nodes = list(islice(query.walk(), self._config.node_count + 1))
        if len(nodes) > self._config.node_count:
            raise SqlRefused("too_large", f"the statement has more than {self._config.node_count} parts")
        for node in nodes:
            kind = type(node)
            if kind is exp.Anonymous:
                _look_at_name(node.name, self._dialect)
            elif kind not in NODES:
                rule = "forbidden_function" if isinstance(node, exp.Func) else "forbidden_clause"
                raise SqlRefused(rule, f"{_said(node)} is not allowed here")
            elif kind in _LOOKED_INTO:
                _look_into(node)
            if node.comments:
                _look_at_comments(node.comments)
        return nodes


def guarded(sql: str, model: SemanticModel, bound: Bound = OPEN, row_cap: int | None = None) -> Guarded:
    """`Guard(model).check(...)` for a single statement."""
    return Guard(model).check(sql, bound, row_cap)


def _speak_mariadb(nodes: list[exp.Expr]) -> None:
    """MariaDB lacks the function that sqlglot writes for REGEXP; both servers have this one."""
    for node in nodes:
        if isinstance(node, exp.RegexpLike):
            found = exp.func("REGEXP_INSTR", node.this, node.expression)
            node.replace(exp.paren(exp.GT(this=found, expression=exp.Literal.number(0))))


def _look_into(node: exp.Expr) -> None:
    if isinstance(node, exp.Select):
        for name in _MODIFIERS:
            if node.args.get(name):
                raise SqlRefused("forbidden_clause", f"{name.replace('_', ' ')} of a SELECT is not allowed")
    elif isinstance(node, exp.DataType):
        kind = getattr(node.this, "value", str(node.this))
        if kind not in TYPES:
            raise SqlRefused("forbidden_clause", f"the type {kind} is not allowed")
    elif isinstance(node, exp.Var) and node.name.upper() not in UNITS:
        raise SqlRefused("forbidden_clause", f"{node.name} is not allowed here")


def _look_at_name(name: str, dialect: str) -> None:
    if name.lower() not in NAMED_FUNCTIONS[dialect]:
        raise SqlRefused("forbidden_function", f"the function {name} is not allowed")


def _look_at_comments(comments: list[str]) -> None:
    """MySQL and MariaDB run what stands in some comments; nobody writes them by chance."""
    for comment in comments:
        if comment.lstrip().startswith(("!", "M!", "+")):
            raise SqlRefused("forbidden_clause", "a comment that is run is not allowed")


def _capped(query: exp.Query, whole: str, rows: int, dialect: str) -> str:
    """At most that many rows; a smaller limit of its own stays."""
    limit, offset = query.args.get("limit"), query.args.get("offset")
    if limit is None and offset is None and not isinstance(query, exp.Subquery):
        return f"{whole} LIMIT {rows}"
    own = limit.args.get("expression") if isinstance(limit, exp.Limit) else None
    if isinstance(own, exp.Literal) and own.is_int:
        return whole if int(own.name) <= rows else query.limit(rows, copy=True).sql(dialect, comments=False)
    nested = exp.select("*").from_(query.copy().subquery("capped")).limit(rows)
    return nested.sql(dialect, comments=False)


def _said(node: exp.Expr) -> str:
    if isinstance(node, exp.Command):
        return str(node.this)
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).upper()
