"""Which tables are joined over which columns: as declared, else by names that the values bear out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from yingda.text_to_sql.databases.catalogue import PhysicalTable
from yingda.text_to_sql.databases.database import Database
from yingda.text_to_sql.model import Cardinality, Relationship
from yingda.text_to_sql.profile import DraftConfig, Profile, is_included
from yingda.text_to_sql.words import parts_of, singular

_KEY_PARTS = frozenset({"id", "key", "code", "no", "number", "uuid", "fk"})
_SAME_KIND = {"integer": "number", "number": "number"}
_PARENTS = frozenset({"parent", "manager", "supervisor", "boss", "reports", "leader", "上级"})


class Drawn(Protocol):
    """A table as drafted so far."""

    @property
    def physical(self) -> PhysicalTable: ...

    @property
    def name(self) -> str: ...

    @property
    def profiles(self) -> dict[str, Profile]: ...


async def relationships_of(
    database: Database, tables: Sequence[Drawn], config: DraftConfig
) -> list[Relationship]:
    """Declared foreign keys first; then columns named like another table's key whose values are all there."""
    found = list(_declared(tables))
    taken = {(one.left, column) for one in found for column, _there in one.columns}
    for left, column, right, key in _candidates(tables):
        if (left.name, column) in taken:
            continue
        if await is_included(database, (left.physical, column), (right.physical, key), config):
            taken.add((left.name, column))
            found.append(_relationship(left, right, ((column, key),)))
    return _named_apart(found)


def _declared(tables: Sequence[Drawn]) -> Iterator[Relationship]:
    places = {(one.physical.schema, one.physical.name): one for one in tables}
    for left in tables:
        for key in left.physical.foreign_keys:
            if (right := places.get((key.schema, key.table))) is not None:
                yield _relationship(left, right, key.columns)


def _candidates(tables: Sequence[Drawn]) -> Iterator[tuple[Drawn, str, Drawn, str]]:
    """The owner of a name before others that only hold a column of that name."""
    for left in tables:
        for column in left.physical.columns:
            for right in tables:
                key = _single_key(right)
                if key is None or (right is left and not set(parts_of(column.name)) & _PARENTS):
                    continue
                if (right is not left or column.name != key) and _names(column.name, right, key):
                    kinds = (left.profiles[column.name].kind, right.profiles[key].kind)
                    if _SAME_KIND.get(kinds[0], kinds[0]) == _SAME_KIND.get(kinds[1], kinds[1]):
                        yield left, column.name, right, key


def _single_key(table: Drawn) -> str | None:
    """The primary key of one column; without a declared one, a unique first column that is called an id."""
    keys = table.physical.primary_key
    if len(keys) == 1:
        return keys[0]
    first = table.physical.columns[0].name
    profile = table.profiles[first]
    is_key = not keys and bool(profile.is_unique) and not profile.has_nulls
    return first if is_key and set(parts_of(first)) & _KEY_PARTS else None


def _names(column: str, right: Drawn, key: str) -> bool:
    """`customer_id` names the key `customer_id` of any table, and the key `id` of customers."""
    parts, own = _words(column), _words(key)
    owner = _words(right.physical.name)
    if parts == own and len(own) > 1 and own[:-1] != ["parent"]:
        return True
    full = owner + (own if len(own) == 1 else own[-1:])
    is_owned = len(parts) >= len(full) and parts[-len(full) :] == full
    is_parent = bool(set(parts) & _PARENTS) and (parts[-1] in own or parts[0] == "reports")
    return is_owned or is_parent


def _words(name: str) -> list[str]:
    return [singular(part) for part in parts_of(name)]


def _relationship(left: Drawn, right: Drawn, columns: tuple[tuple[str, str], ...]) -> Relationship:
    here = [column for column, _there in columns]
    is_single = len(here) == 1 and bool(left.profiles[here[0]].is_unique) and _is_declared_unique(left, here)
    cardinality: Cardinality = "one_to_one" if is_single else "many_to_one"
    role = _role(here[0], right)
    return Relationship(
        name=f"{left.name}_{'_'.join(role.split())}" if role else f"{left.name}_{right.name}",
        left=left.name,
        right=right.name,
        columns=columns,
        cardinality=cardinality,
        is_optional=any(left.profiles[column].has_nulls is not False for column in here),
        synonyms=(role,) if role else (),
    )


def _is_declared_unique(table: Drawn, columns: list[str]) -> bool:
    """Values that happen to differ in all rows say nothing; the primary key does."""
    return tuple(columns) == table.physical.primary_key


def _role(column: str, right: Drawn) -> str:
    """What the other row is to this one, where the column says more than the table's name."""
    parts = [part for part in parts_of(column) if part not in _KEY_PARTS]
    owner = set(_words(right.physical.name))
    return "" if {singular(part) for part in parts} <= owner else " ".join(parts)


def _named_apart(found: list[Relationship]) -> list[Relationship]:
    names: dict[str, int] = {}
    apart = []
    for one in found:
        names[one.name] = names.get(one.name, 0) + 1
        again = names[one.name]
        apart.append(one if again == 1 else replace(one, name=f"{one.name}_{again}"))
    return apart
