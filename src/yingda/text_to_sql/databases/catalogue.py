"""What stands in a database: its tables with columns, keys and comments, by one query per engine and kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from yingda.text_to_sql.databases.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalColumn:
    """`key_position` counts from 1 within the primary key, 0 outside it."""

    name: str
    type_name: str
    is_nullable: bool
    comment: str
    key_position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Declared in the database; `columns` are pairs of this table's and the other's."""

    schema: str
    table: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicalTable:
    """A table or view; `schema` is empty where its name alone finds it."""

    schema: str
    name: str
    comment: str
    is_view: bool
    columns: tuple[PhysicalColumn, ...]
    foreign_keys: tuple[ForeignKey, ...]

    @property
    def primary_key(self) -> tuple[str, ...]:
        keys = sorted((one.key_position, one.name) for one in self.columns if one.key_position)
        return tuple(name for _position, name in keys)


# schema, table, table comment, column, type, nullable, comment, key position, is a view; as defined
_COLUMNS = {
    "sqlite": """
        SELECT '', m.name, '', c.name, c.type, c."notnull" = 0 AND c.pk = 0, '', c.pk,
            m.type = 'view'
        FROM sqlite_master AS m, pragma_table_xinfo(m.name) AS c
        WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND c.hidden <> 1
        ORDER BY m.rowid, c.cid""",
    "postgres": """
        SELECT CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname END, c.relname,
            COALESCE(obj_description(c.oid, 'pg_class'), ''), a.attname, format_type(a.atttypid, a.atttypmod),
            NOT a.attnotnull, COALESCE(col_description(c.oid, a.attnum), ''),
            COALESCE(array_position(k.conkey, a.attnum), 0), c.relkind IN ('v', 'm')
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_constraint AS k ON k.conrelid = c.oid AND k.contype = 'p'
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition
            AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%'
            AND has_table_privilege(c.oid, 'SELECT')
        ORDER BY c.oid, a.attnum""",
    "mysql": """
        SELECT '', t.table_name, IF(t.table_type = 'VIEW', '', t.table_comment), c.column_name, c.column_type,
            c.is_nullable = 'YES', c.column_comment, COALESCE(k.ordinal_position, 0),
            t.table_type = 'VIEW'
        FROM information_schema.tables AS t
        JOIN information_schema.columns AS c
            ON c.table_schema = t.table_schema AND c.table_name = t.table_name
        LEFT JOIN information_schema.key_column_usage AS k
            ON k.table_schema = c.table_schema AND k.table_name = c.table_name
            AND k.column_name = c.column_name AND k.constraint_name = 'PRIMARY'
        WHERE t.table_schema = DATABASE()
        ORDER BY t.create_time, t.table_name, c.ordinal_position""",
    "duckdb": """
        SELECT CASE WHEN c.schema_name = 'main' THEN '' ELSE c.schema_name END, c.table_name,
            COALESCE(t.comment, v.comment, ''), c.column_name, c.data_type, c.is_nullable,
            COALESCE(c.comment, ''),
            COALESCE(list_position(k.constraint_column_names, c.column_name), 0), v.view_oid IS NOT NULL
        FROM duckdb_columns() AS c
        LEFT JOIN duckdb_tables() AS t ON t.table_oid = c.table_oid AND t.database_oid = c.database_oid
        LEFT JOIN duckdb_views() AS v ON v.view_oid = c.table_oid AND v.database_oid = c.database_oid
        LEFT JOIN duckdb_constraints() AS k ON k.table_oid = c.table_oid
            AND k.database_oid = c.database_oid AND k.constraint_type = 'PRIMARY KEY'
        WHERE NOT c.internal AND c.database_name = current_database()
        ORDER BY c.table_oid, c.column_index""",
}

_SQLITE_TEXTS = "SELECT name, sql FROM sqlite_master WHERE type = 'table'"
_REMARK = re.compile(r"""^[ \t]*([\w"`\[\]]+)[ \t]+[^\n]*?--[ \t]*([^\n]+)$""", re.M)

# schema, table, key, column, other schema, other table, other column (None = its primary key)
_FOREIGN_KEYS = {
    "sqlite": """
        SELECT '', m.name, f.id, f."from", '', f."table", f."to"
        FROM sqlite_master AS m, pragma_foreign_key_list(m.name) AS f
        WHERE m.type = 'table' ORDER BY m.rowid, f.id DESC, f.seq""",
    "postgres": """
        SELECT CASE WHEN n.nspname = current_schema() THEN '' ELSE n.nspname END, c.relname, k.oid, a.attname,
            CASE WHEN m.nspname = current_schema() THEN '' ELSE m.nspname END, r.relname, b.attname
        FROM pg_constraint AS k
        JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
        JOIN pg_class AS r ON r.oid = k.confrelid JOIN pg_namespace AS m ON m.oid = r.relnamespace
        CROSS JOIN LATERAL unnest(k.conkey, k.confkey) WITH ORDINALITY AS p(here, there, position)
        JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.here
        JOIN pg_attribute AS b ON b.attrelid = r.oid AND b.attnum = p.there
        WHERE k.contype = 'f' AND k.conparentid = 0 ORDER BY k.oid, p.position""",
    "mysql": """
        SELECT '', table_name, constraint_name, column_name, '', referenced_table_name, referenced_column_name
        FROM information_schema.key_column_usage
        WHERE table_schema = DATABASE() AND referenced_table_schema = table_schema
        ORDER BY table_name, constraint_name, ordinal_position""",
    "duckdb": """
        SELECT CASE WHEN schema_name = 'main' THEN '' ELSE schema_name END, table_name, constraint_index,
            unnest(constraint_column_names), '', referenced_table, unnest(referenced_column_names)
        FROM duckdb_constraints()
        WHERE constraint_type = 'FOREIGN KEY' AND database_name = current_database()""",
}


async def tables_of(database: Database) -> tuple[PhysicalTable, ...]:
    """All tables and views that can be read, in the order they were made as far as the engine knows it."""
    columns = (await database.fetch(_COLUMNS[database.dialect])).rows
    if database.dialect == "sqlite":
        columns = _commented(columns, (await database.fetch(_SQLITE_TEXTS)).rows)
    keys = (await database.fetch(_FOREIGN_KEYS[database.dialect])).rows
    found: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    for row in columns:
        found.setdefault((row[0], row[1]), []).append(row)
    primary = {place: _primary_key(rows) for place, rows in found.items()}
    return tuple(
        PhysicalTable(
            schema=place[0],
            name=place[1],
            comment=rows[0][2],
            is_view=bool(rows[0][8]),
            columns=tuple(_column(row) for row in rows),
            foreign_keys=tuple(_foreign_keys(place, keys, primary)),
        )
        for place, rows in found.items()
    )


def _commented(columns: list[tuple[Any, ...]], texts: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """SQLite has no comments but keeps the text that a table was made with: `name TYPE, -- what it is`."""
    found = {
        (table, column.strip('"`[]').lower()): comment.strip()
        for table, text in texts
        for column, comment in _REMARK.findall(text or "")
    }
    return [(*row[:6], found.get((row[1], row[3].lower()), ""), *row[7:]) for row in columns]


def _column(row: tuple[Any, ...]) -> PhysicalColumn:
    return PhysicalColumn(
        name=row[3],
        type_name=row[4] or "",
        is_nullable=bool(row[5]),
        comment=row[6],
        key_position=int(row[7]),
    )


def _primary_key(rows: list[tuple[Any, ...]]) -> list[str]:
    return [name for _position, name in sorted((int(row[7]), row[3]) for row in rows if row[7])]


def _foreign_keys(
    place: tuple[str, str], rows: list[tuple[Any, ...]], primary: dict[tuple[str, str], list[str]]
) -> Iterator[ForeignKey]:
    pairs: dict[tuple[Any, str, str], list[tuple[str, str | None]]] = {}
    for schema, table, key, column, other_schema, other, other_column in rows:
        if (schema, table) == place:
            pairs.setdefault((key, other_schema, other), []).append((column, other_column))
    folded = {(schema, name.lower()): (schema, name) for schema, name in primary}
    for (_key, schema, other), columns in pairs.items():
        if (target := folded.get((schema, other.lower()))) is None:
            continue
        known = primary[target]
        complete = tuple(
            (here, there or known[at]) for at, (here, there) in enumerate(columns) if there or at < len(known)
        )
        if complete:
            yield ForeignKey(schema=target[0], table=target[1], columns=complete)
