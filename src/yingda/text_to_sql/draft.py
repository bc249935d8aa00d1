"""A first semantic model out of a live database: keys, joins, times, measures and readable words.

Nothing is known here of any schema: all follows from names, types, keys, comments and values.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlglot import exp, parse_one
from sqlglot.tokens import Tokenizer

from yingda.text_to_sql.databases.catalogue import PhysicalColumn, PhysicalTable, tables_of
from yingda.text_to_sql.databases.database import Database, DatabaseConfig
from yingda.text_to_sql.databases.opening import open_database
from yingda.text_to_sql.draft_joins import relationships_of
from yingda.text_to_sql.draft_measures import is_identifier, measures_of
from yingda.text_to_sql.load import versioned
from yingda.text_to_sql.model import DataType, Dimension, SemanticModel, Table, TimeDimension
from yingda.text_to_sql.profile import DraftConfig, Profile, profile_of, row_count
from yingda.text_to_sql.words import label_in, last_word, parts_of, plural, readable, singular, values_in

_PRIVATE = frozenset({"password", "passwd", "pwd", "secret", "token", "salt", "ssn", "hash", "apikey", "cvv"})
_PERSONAL = frozenset({"email", "mail", "phone", "tel", "mobile", "fax", "address", "idcard"})
_TITLES = ("name", "title", "full name", "display name", "label", "subject")
_CODED = frozenset({"code", "cd"})
_SIMPLE = re.compile(r"[A-Za-z_]\w*")
_FOLDED = re.compile(r"[a-z_][a-z0-9_]*")
_TYPES: dict[str, DataType] = {
    one: one for one in ("string", "integer", "number", "boolean", "date", "datetime")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A table of the database with its name in the model and what its columns hold."""

    physical: PhysicalTable
    name: str
    profiles: dict[str, Profile]
    row_count: int | None


async def draft_model(
    url: str, config: DraftConfig | None = None, reach: DatabaseConfig | None = None
) -> SemanticModel:
    """Read a database and write down what can be asked of it; raises what `open_database` raises."""
    async with open_database(url, reach or DatabaseConfig()) as database:
        name = Path(url.partition("?")[0]).stem or database.dialect
        return await drafted(database, name, config or DraftConfig())


async def drafted(database: Database, name: str, config: DraftConfig) -> SemanticModel:
    """The model of an open database under that name."""
    physical = await tables_of(database)
    physical = tuple(one for one in physical if not one.is_view) or physical
    names = _table_names(physical)
    drawn = [await _drawn(database, one, names[one.schema, one.name], config) for one in physical]
    drawn = [one for one in drawn if one.profiles]
    relationships = await relationships_of(database, drawn, config)
    foreign = {(one.left, column) for one in relationships for column, _other in one.columns}
    heads = Counter(last_word(readable(one.physical.name), "singular").split()[-1] for one in drawn)
    alone = {head for head, count in heads.items() if count == 1}
    tables = tuple(_table(one, foreign, alone, database.dialect) for one in drawn)
    return versioned(
        SemanticModel(
            name=name, dialect=database.dialect, version="", tables=tables, relationships=tuple(relationships)
        )
    )


def _table_names(tables: tuple[PhysicalTable, ...]) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    for one in tables:
        plain = _name(one.name)
        taken = set(names.values())
        names[one.schema, one.name] = plain if plain not in taken else _name(f"{one.schema}_{one.name}")
    return names


def _name(text: str) -> str:
    plain = re.sub(r"\W+", "_", text).strip("_") or "t"
    return f"_{plain}" if plain[0].isdigit() else plain


async def _drawn(database: Database, table: PhysicalTable, name: str, config: DraftConfig) -> Drawn:
    profiles = {one.name: await profile_of(database, table, one, config) for one in table.columns}
    return Drawn(
        physical=table,
        name=name,
        profiles=profiles,
        row_count=await row_count(database, table, config),
    )


def written(name: str, dialect: str) -> str:
    """A name as SQL of the model writes it: in quotes only where it must be."""
    simple = _FOLDED if dialect == "postgres" else _SIMPLE
    is_plain = simple.fullmatch(name) and name.upper() not in Tokenizer.KEYWORDS
    return exp.to_identifier(name, quoted=not is_plain).sql(dialect)


def _table(drawn: Drawn, foreign: set[tuple[str, str]], alone: set[str], dialect: str) -> Table:
    physical = drawn.physical
    label = label_in(physical.comment) or readable(physical.name)
    dimensions, times = [], []
    for column in physical.columns:
        profile = drawn.profiles[column.name]
        if profile.kind in ("date", "datetime"):
            times.append(_time(drawn, column, dialect))
        elif profile.kind != "opaque":
            dimensions.append(_dimension(drawn, column, (drawn.name, column.name) in foreign, dialect))
    keys = {one.name for one in dimensions if one.is_key}
    dimensions.extend(_full_name(dimensions, physical.name, dialect))
    return Table(
        name=drawn.name,
        source=".".join(written(part, dialect) for part in (physical.schema, physical.name) if part),
        label=label,
        description=physical.comment if physical.comment != label else "",
        synonyms=_table_synonyms(physical.name, label, alone),
        primary_key=physical.primary_key,
        default_time=_default_time(times, physical.name),
        title=_title(dimensions, physical.name, drawn),
        row_count=drawn.row_count,
        dimensions=tuple(dimensions),
        time_dimensions=tuple(times),
        measures=measures_of(physical, drawn.profiles, keys, lambda name: written(name, dialect)),
    )


def _table_synonyms(name: str, label: str, alone: set[str]) -> tuple[str, ...]:
    """One and many of them; the last word is enough where no other table ends in it."""
    words = readable(name)
    forms = [words, last_word(words, "singular"), last_word(words, "plural")]
    head = singular(words.split()[-1])
    if head in alone:
        forms += [head, plural(head)]
    return tuple(dict.fromkeys(one for one in forms if one != label))


def _time(drawn: Drawn, column: PhysicalColumn, dialect: str) -> TimeDimension:
    label = label_in(column.comment) or readable(column.name)
    is_moment = drawn.profiles[column.name].kind == "datetime"
    return TimeDimension(
        name=_name(column.name),
        expr=written(column.name, dialect),
        data_type="datetime" if is_moment else "date",
        grain="hour" if is_moment and not _is_midnight(drawn.profiles[column.name]) else "day",
        label=label,
        description=column.comment if column.comment != label else "",
        synonyms=_column_synonyms(column.name, drawn.physical.name, label),
    )


def _is_midnight(profile: Profile) -> bool:
    return bool(profile.values) and all("00:00:00" in one for one in profile.values)


def _dimension(drawn: Drawn, column: PhysicalColumn, is_foreign: bool, dialect: str) -> Dimension:
    profile = drawn.profiles[column.name]
    parts = set(parts_of(column.name))
    label = label_in(column.comment) or readable(column.name)
    is_key = is_foreign or is_identifier(column, drawn.physical, profile)
    is_private = bool(parts & _PRIVATE)
    shows = not (is_private or is_key or parts & _PERSONAL) and profile.kind in ("string", "boolean")
    is_coded = bool(values_in(column.comment))
    return Dimension(
        name=_name(column.name),
        expr=written(column.name, dialect),
        data_type=_TYPES[profile.kind],
        label=label,
        description=column.comment if column.comment != label else "",
        synonyms=_column_synonyms(column.name, drawn.physical.name, label),
        values=profile.values if shows or is_coded else (),
        has_all_values=profile.has_all_values and (shows or is_coded),
        value_synonyms=values_in(column.comment),
        is_key=is_key and not is_coded,
        is_private=is_private,
    )


def _column_synonyms(column: str, table: str, label: str) -> tuple[str, ...]:
    """The name's words, without the table's in front and without what only says that it is a code."""
    words, owner = readable(column).split(), last_word(readable(table), "singular").split()
    forms = [words]
    shared = next((n for n in range(len(owner), 0, -1) if words[:n] == owner[-n:]), 0)
    if shared and shared < len(words):
        forms.append(words[shared:])
    elif not shared:
        forms.append(owner + words)
    forms += [form[:-1] for form in forms if len(form) > 1 and form[-1] in _CODED]
    spoken = (" ".join(form) for form in forms)
    return tuple(dict.fromkeys(one for one in spoken if one != label and one != " ".join(owner)))


def _full_name(dimensions: list[Dimension], table: str, dialect: str) -> Iterator[Dimension]:
    """Where a person's name is kept in two columns, both as one."""
    ends = {one: found for found in dimensions for one in ("first", "last") if _is_part(found.name, one)}
    taken = {one.name for one in dimensions}
    if len(ends) != 2 or taken & {"full_name", "name", "Name"}:
        return
    columns = [parse_one(ends[one].expr, read=dialect) for one in ("first", "last")]
    space = exp.Literal.string(" ")
    joined = exp.Concat(expressions=[columns[0], space, columns[1]], safe=False, coalesce=False)
    piped = exp.DPipe(this=exp.DPipe(this=columns[0], expression=space), expression=columns[1], safe=False)
    owner = last_word(readable(table), "singular")
    yield Dimension(
        name="full_name",
        expr=(joined if dialect == "mysql" else piped).sql(dialect),
        label="full name",
        synonyms=("name", f"{owner} name", "姓名"),
    )


def _is_part(name: str, end: str) -> bool:
    return parts_of(name)[-2:] == [end, "name"] or name.lower() == f"{end}name"


def _default_time(times: list[TimeDimension], table: str) -> str | None:
    """The only one, or the one that bears the table's name, or when the row was made; else none is meant."""
    if len(times) == 1:
        return times[0].name
    owner = {form for part in parts_of(table) for form in (singular(part), plural(part))}
    own = [one for one in times if any(part.startswith(tuple(owner)) for part in parts_of(one.name))]
    if len(own) == 1:
        return own[0].name
    made = [one for one in times if set(parts_of(one.name)) & {"created", "create"}]
    return made[0].name if len(made) == 1 else None


def _title(dimensions: list[Dimension], table: str, drawn: Drawn) -> str | None:
    """What names a row to a reader: called name or title, or the only text without equal in two rows."""
    texts = [one for one in dimensions if one.data_type == "string" and not (one.is_key or one.is_private)]
    if any(one.name == "full_name" for one in texts):
        return "full_name"
    owner = last_word(readable(table), "singular")
    for wanted in (*(f"{owner} {title}" for title in _TITLES), *_TITLES):
        for one in texts:
            if readable(one.name) == wanted:
                return one.name
    named = [one for one in texts if parts_of(one.name)[-1] in ("name", "title")]
    unique = [one for one in texts if drawn.profiles.get(one.expr, Profile(kind="")).is_unique]
    best = named or unique
    return best[0].name if best else None
