"""What each name of a query is bound to, and the query with only what may be seen behind every table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from yingda.text_to_sql.allowed import ROW_SOURCES, TABLE_PARTS
from yingda.text_to_sql.failures import SqlRefused
from yingda.text_to_sql.policy import Bound
from yingda.text_to_sql.visible import Address, Catalogue, VisibleTable, folded, stored


@dataclass(slots=True, kw_only=True, eq=False)
class Reference:
    """A table of the database where a query names it; closed, it is replaced by what may be seen of it."""

    alias: str
    node: exp.Table
    address: Address
    table: VisibleTable
    columns: dict[str, None] = field(default_factory=dict)
    is_closed: bool = False
    is_starred: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Scope:
    """One SELECT: tables, other sources with the names they put out (None: any), and who encloses it.

    `owners` says which table a column was found in.
    """

    select: exp.Select
    parent: Scope | None
    references: list[Reference] = field(default_factory=list)
    derived: dict[str, frozenset[str] | None] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    owners: list[tuple[exp.Column, Reference]] = field(default_factory=list)

    def chain(self) -> Iterator[Scope]:
        """This one and those around it, inside out."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def close(self) -> None:
        for one in self.references:
            one.is_closed = True


class Bindings:
    """The names of one query, resolved inside out; raises `SqlRefused` for what the model does not name."""

    def __init__(self, nodes: list[exp.Expr], catalogue: Catalogue) -> None:
        self._nodes = nodes
        self._catalogue = catalogue
        self._dialect = catalogue.dialect
        self._scopes: dict[int, Scope] = {}
        self._seen: set[int] = set()
        self._resolve()

    @property
    def uses(self) -> tuple[Scope, ...]:
        """Every SELECT with what it is made of."""
        return tuple(self._scopes.values())

    @property
    def tables(self) -> tuple[str, ...]:
        """The model's tables that are read, in order of appearance."""
        return tuple(dict.fromkeys(one.table.name for one in self._references()))

    @property
    def columns(self) -> tuple[str, ...]:
        """`table.column` for every column that was named."""
        named = (f"{one.table.name}.{column}" for one in self._references() for column in one.columns)
        return tuple(dict.fromkeys(named))

    def _resolve(self) -> None:
        """Bind all tables, outer queries first, then all columns."""
        for node in self._nodes:
            if isinstance(node, exp.Select):
                self._scopes[id(node)] = self._scope(node)
        for node in self._nodes:
            if isinstance(node, exp.Table) and id(node) not in self._seen:
                raise SqlRefused("forbidden_clause", f"the table {node.name} stands where none may")
            if isinstance(node, exp.Star):
                self._open_star(node)
        for node in self._nodes:
            if isinstance(node, exp.Column) and not isinstance(node.this, exp.Star):
                scope = self._around(node)
                if scope is not None:
                    self._bind(node, scope)

    def close(self, bound: Bound) -> tuple[str, ...]:
        """Put the policies in; returns the names of those that left rows or columns out."""
        self._keep_apart(bound)
        names: dict[str, None] = {}
        for one in list(self._references()):
            conditions = [pair for name in one.table.names for pair in bound.conditions.get(name, ())]
            hidden = {
                folded(stored(column, self._dialect), self._dialect): policy
                for name in one.table.names
                for policy, column in bound.hidden.get(name, ())
            }
            for column in one.columns:
                if column in hidden:
                    raise SqlRefused("private_column", f"{one.table.name}.{column} is not for you")
            names.update(dict.fromkeys(name for name, _condition in conditions))
            if one.is_starred:
                names.update(dict.fromkeys(hidden.values()))
            if conditions or hidden or one.table.private or one.is_closed:
                _replace(one, [condition for _name, condition in conditions], frozenset(hidden))
            else:
                one.node.set("db", _copy(one.table.address.args.get("db")))
        return tuple(names)

    def _keep_apart(self, bound: Bound) -> None:
        """No CTE may take the place of a table that a policy asks."""
        asked = {
            folded(table.this, self._dialect)
            for conditions in bound.conditions.values()
            for _name, condition in conditions
            for table in condition.find_all(exp.Table)
        }
        for node in self._nodes if asked else ():
            if isinstance(node, exp.CTE) and folded(node.args["alias"].this, self._dialect) in asked:
                raise SqlRefused("forbidden_clause", f"the name {node.alias} is taken")

    def _references(self) -> Iterator[Reference]:
        for scope in self._scopes.values():
            yield from scope.references

    def _scope(self, select: exp.Select) -> Scope:
        above = select.find_ancestor(exp.Select)
        scope = Scope(
            select=select,
            parent=self._scopes.get(id(above)) if above else None,
            aliases=frozenset(
                folded(one.args.get("alias"), self._dialect) for one in select.expressions if one.alias
            ),
        )
        start = select.args.get("from_")
        if start is not None:
            self._add(start.this, scope)
        for join in select.args.get("joins") or ():
            self._join(join, scope)
        for lateral in select.args.get("laterals") or ():
            self._add(lateral, scope)
        return scope

    def _join(self, join: exp.Join, scope: Scope) -> None:
        self._add(join.this, scope)
        if join.args.get("method"):
            scope.close()
        for name in join.args.get("using") or ():
            self._bind_using(
                folded(name if isinstance(name, exp.Identifier) else name.this, self._dialect), scope
            )

    def _add(self, source: exp.Expr, scope: Scope) -> None:
        if isinstance(source, exp.Table):
            self._add_table(source, scope)
        elif isinstance(source, exp.Subquery) and isinstance(source.this, exp.Table):
            if source.alias:
                raise SqlRefused("forbidden_clause", "a joined table in parentheses takes no alias")
            self._add(source.this, scope)
        elif isinstance(source, exp.Subquery | exp.Lateral | exp.Values | exp.Unnest):
            scope.derived[self._alias(source)] = self._outputs(source)
        else:
            raise SqlRefused("forbidden_clause", f"{type(source).__name__} is no table")
        if isinstance(source, exp.Table | exp.Subquery):
            for join in source.args.get("joins") or ():
                self._join(join, scope)

    def _add_table(self, node: exp.Table, scope: Scope) -> None:
        self._seen.add(id(node))
        for part, value in node.args.items():
            if value and part not in TABLE_PARTS:
                raise SqlRefused("forbidden_clause", f"{part.replace('_', ' ')} of a table is not allowed")
        if type(node.this) in ROW_SOURCES[self._dialect]:
            scope.derived[self._alias(node)] = self._outputs(node)
            return
        if not isinstance(node.this, exp.Identifier):
            raise SqlRefused("forbidden_function", "only tables of the model are read, no functions")
        cte = self._cte(node)
        if cte is not None:
            scope.derived[self._alias(node)] = self._outputs(node) or self._outputs(cte)
            return
        found = self._catalogue.find(node)
        if found is None:
            raise SqlRefused("unknown_table", f"the model has no table {node.sql(self._dialect)}")
        alias = node.args.get("alias")
        if alias is not None and alias.args.get("columns"):
            raise SqlRefused("forbidden_clause", "columns of a table take no other names")
        address, table = found
        scope.references.append(Reference(alias=self._alias(node), node=node, address=address, table=table))

    def _cte(self, table: exp.Table) -> exp.CTE | None:
        """The CTE that a name means: of the query around, or one before it in the same list."""
        if table.args.get("db"):
            return None
        name, child, node = folded(table.this, self._dialect), table, table.parent
        inside: exp.Expr = child
        while node is not None:
            if isinstance(node, exp.With):
                at = node.expressions.index(inside)
                visible = node.expressions[: at + 1 if node.recursive else at]
            else:
                listed = node.args.get("with_")
                visible = listed.expressions if listed is not None and listed is not inside else []
            for cte in reversed(visible):
                if folded(cte.args["alias"].this, self._dialect) == name:
                    found: exp.CTE = cte
                    return found
            inside, node = node, node.parent
        return None

    def _alias(self, node: exp.Expr) -> str:
        alias = node.args.get("alias")
        if alias is not None and alias.this is not None:
            return folded(alias.this, self._dialect)
        return folded(node.this, self._dialect) if isinstance(node, exp.Table) and node.name else ""

    def _outputs(self, source: exp.Expr) -> frozenset[str] | None:
        """The names that a source puts out, None if any name may come from it."""
        alias = source.args.get("alias")
        columns = alias.args.get("columns") if alias is not None else None
        if columns:
            return frozenset(folded(one, self._dialect) for one in columns)
        inner = source.this
        if not isinstance(inner, exp.Query):
            return None
        names = frozenset(
            name.lower() if self._dialect != "postgres" else name for name in inner.named_selects
        )
        return None if names & {"*", ""} else names

    def _around(self, node: exp.Expr) -> Scope | None:
        """The SELECT whose sources a node's names come from; the order of a set operation has none."""
        above = node.find_ancestor(exp.Select, exp.SetOperation)
        return self._scopes[id(above)] if isinstance(above, exp.Select) else None

    def _open_star(self, star: exp.Star) -> None:
        if isinstance(star.parent, exp.Count):
            return
        scope = self._around(star)
        if scope is not None:
            scope.close()
            for one in scope.references:
                one.is_starred = True

    def _bind(self, column: exp.Column, scope: Scope) -> None:
        name = folded(column.this, self._dialect)
        if column.table:
            self._bind_qualified(column, name, scope)
        elif not self._is_ordered_by_alias(column, name, scope):
            self._bind_plain(column, name, scope)

    def _bind_qualified(self, column: exp.Column, name: str, scope: Scope) -> None:
        owner = folded(column.args["table"], self._dialect)
        for around in scope.chain():
            for one in around.references:
                if one.alias == owner:
                    self._use(one, column, name, scope)
                    column.set("db", None)
                    column.set("catalog", None)
                    return
            if owner in around.derived:
                return
        raise SqlRefused("unknown_table", f"{column.table} names no table of the query")

    def _bind_plain(self, column: exp.Column, name: str, scope: Scope) -> None:
        """A table that may hold the name unknown to the model is closed before an outer one is asked."""
        is_known = name in scope.aliases
        for around in scope.chain():
            for one in around.references:
                if name in one.table.columns:
                    self._use(one, column, name, scope)
                    return
            around.close()
            outputs = list(around.derived.values())
            if any(names is not None and name in names for names in outputs):
                return
            is_known = is_known or None in outputs
        if not is_known:
            raise self._unknown(name, scope)

    def _bind_using(self, name: str, scope: Scope) -> None:
        for one in scope.references:
            if name in one.table.columns:
                one.columns[name] = None
            elif name in one.table.private:
                raise SqlRefused("private_column", f"{one.table.name}.{name} is private")
            else:
                one.is_closed = True

    def _use(self, reference: Reference, column: exp.Column, name: str, scope: Scope) -> None:
        if name not in reference.table.columns:
            if name in reference.table.private:
                raise SqlRefused("private_column", f"{reference.table.name}.{name} is private")
            raise SqlRefused("unknown_column", f"the model's {reference.table.name} has no column {name}")
        reference.columns[name] = None
        scope.owners.append((column, reference))

    def _unknown(self, name: str, scope: Scope) -> SqlRefused:
        for around in scope.chain():
            if any(name in one.table.private for one in around.references):
                return SqlRefused("private_column", f"{name} is private")
        return SqlRefused("unknown_column", f"no table of the query has a column {name}")

    def _is_ordered_by_alias(self, column: exp.Column, name: str, scope: Scope) -> bool:
        """Engines agree that a bare name behind ORDER BY means the output of that name first."""
        above = column.parent
        is_bare = isinstance(above, exp.Ordered) and above.parent is scope.select.args.get("order")
        return is_bare and name in scope.aliases


def _replace(one: Reference, conditions: list[exp.Expr], hidden: frozenset[str]) -> None:
    """The table becomes a query of its open columns and rows, under the name it had."""
    shown = [name.copy() for key, name in one.table.columns.items() if key not in hidden]
    source = one.table.address.copy()
    query = exp.select(*(exp.column(name) for name in shown) if shown else (exp.null(),)).from_(source)
    for condition in conditions:
        query = query.where(condition.copy())
    alias = one.node.args.get("alias")
    name = alias.this if alias is not None else one.node.this
    inside = query.subquery(name.copy())
    joins = one.node.args.get("joins")
    if joins:
        inside.set("joins", joins)
    one.node.replace(inside)


def _copy(node: exp.Expr | None) -> exp.Expr | None:
    return node.copy() if node is not None else None
