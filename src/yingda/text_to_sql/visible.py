"""What the model lets be seen of each table of the database, with names as the engine folds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from yingda.text_to_sql.model import SemanticModel, Table

_DEFAULT_SCHEMAS = {"sqlite": "main", "duckdb": "main", "postgres": "public"}

Address = tuple[str, str]
"""Schema and table, folded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisibleTable:
    """One table of the database with all columns that the model names; `private` ones are never shown."""

    name: str
    names: tuple[str, ...]
    address: exp.Table
    columns: dict[str, exp.Identifier]
    private: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A declared join between two addresses: many rows at the left may stand for one at the right."""

    left: Address
    right: Address
    columns: frozenset[tuple[str, str]]
    is_many_to_one: bool
    is_optional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All tables of a model by their address, and how they are joined."""

    dialect: str
    tables: dict[Address, VisibleTable]
    links: tuple[Link, ...]

    def find(self, table: exp.Table) -> tuple[Address, VisibleTable] | None:
        """The table that a reference means; the engine's default schema may be left out or written."""
        schema = folded(table.args.get("db"), self.dialect)
        name = folded(table.this, self.dialect)
        default = _DEFAULT_SCHEMAS.get(self.dialect, "")
        for address in ((schema, name), ("" if schema == default else schema, name)):
            if address in self.tables:
                return address, self.tables[address]
        return None


def folded(identifier: exp.Expr | None, dialect: str) -> str:
    """A name as the engine compares it: PostgreSQL keeps the case of quoted names, the others of none."""
    if identifier is None:
        return ""
    is_exact = dialect == "postgres" and bool(identifier.args.get("quoted"))
    return identifier.name if is_exact else identifier.name.lower()


def stored(name: str, dialect: str) -> exp.Identifier:
    """A name as it stands in the database, in quotes where the engine would fold or misread it."""
    is_plain = name.isidentifier() and (dialect != "postgres" or name == name.lower())
    return exp.to_identifier(name, quoted=not is_plain)


def catalogue_of(model: SemanticModel) -> Catalogue:
    """Read all expressions of a model once; two tables over one source see what either names."""
    tables: dict[Address, VisibleTable] = {}
    for table in model.tables:
        address = _address(table, model.dialect)
        tables[address] = _merged(tables.get(address), _visible(table, model))
    return Catalogue(dialect=model.dialect, tables=tables, links=tuple(_links(model)))


def _address(table: Table, dialect: str) -> Address:
    parsed = exp.to_table(table.source, dialect=dialect)
    return folded(parsed.args.get("db"), dialect), folded(parsed.this, dialect)


def _visible(table: Table, model: SemanticModel) -> VisibleTable:
    dialect = model.dialect
    private = {
        folded(column.this, dialect)
        for one in table.dimensions
        if one.is_private
        for column in _columns(one.expr, dialect)
    }
    open_dimensions = (one for one in table.dimensions if not one.is_private)
    texts = [one.expr for one in open_dimensions]
    texts += [one.expr for one in table.time_dimensions]
    texts += [one.expr for one in table.measures] + [one.expr for one in table.filters]
    found = [column.this for text in texts for column in _columns(text, dialect)]
    found += [stored(name, dialect) for name in table.primary_key]
    for link in model.relationships:
        found += [stored(here, dialect) for here, _there in link.columns if link.left == table.name]
        found += [stored(there, dialect) for _here, there in link.columns if link.right == table.name]
    columns: dict[str, exp.Identifier] = {}
    for identifier in found:
        columns.setdefault(folded(identifier, dialect), identifier)
    return VisibleTable(
        name=table.name,
        names=(table.name,),
        address=exp.to_table(table.source, dialect=dialect),
        columns={key: one for key, one in columns.items() if key not in private},
        private=frozenset(private),
    )


def _merged(one: VisibleTable | None, other: VisibleTable) -> VisibleTable:
    if one is None:
        return other
    private = one.private | other.private
    columns = {key: name for key, name in (one.columns | other.columns).items() if key not in private}
    return VisibleTable(
        name=one.name,
        names=(*one.names, *other.names),
        address=one.address,
        columns=columns,
        private=private,
    )


def _columns(expr: str, dialect: str) -> Iterator[exp.Column]:
    if expr == "*":
        return
    try:
        yield from parse_one(expr, read=dialect).find_all(exp.Column)
    except SqlglotError:
        return  # `load` and `verify_model` say so; here it only makes nothing visible


def _links(model: SemanticModel) -> Iterator[Link]:
    addresses = {table.name: _address(table, model.dialect) for table in model.tables}
    for one in model.relationships:
        if one.left not in addresses or one.right not in addresses:
            continue
        left, right, pairs = one.left, one.right, one.columns
        if one.cardinality == "one_to_many":
            left, right, pairs = right, left, tuple((there, here) for here, there in pairs)
        yield Link(
            left=addresses[left],
            right=addresses[right],
            columns=frozenset((here.lower(), there.lower()) for here, there in pairs),
            is_many_to_one=one.cardinality != "one_to_one",
            is_optional=one.is_optional,
        )
