"""What may be asked about, as tables and columns: the semantic model, never the database's own catalogue."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from yingda.text_to_sql.model import Dimension, Measure, SemanticModel, Table, TimeDimension

_TYPES = {
    "string": "TEXT",
    "integer": "BIGINT",
    "number": "NUMERIC",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}


def table_names(model: SemanticModel, pattern: str | None) -> list[str]:
    """The modelled tables, or those that fit `*` and `%` in the pattern."""
    wanted = (pattern or "*").replace("%", "*").casefold()
    return [table.name for table in model.tables if fnmatchcase(table.name.casefold(), wanted)]


def fields(model: SemanticModel, table: Table) -> list[dict[str, Any]]:
    """The columns that can be asked for."""
    foreign = {left for join in model.relationships if join.left == table.name for left, _ in join.columns}
    columns: list[Dimension | TimeDimension] = [*table.dimensions, *table.time_dimensions]
    return [
        {
            "name": column.name,
            "type": _TYPES[column.data_type],
            "nullable": column.expr not in table.primary_key,
            "comment": _comment(column),
            "is_primary_key": column.expr in table.primary_key,
            "is_foreign_key": column.expr in foreign,
            "default_value": None,
            "is_enum": isinstance(column, Dimension) and column.has_all_values,
            "enum_values": list(column.values)
            if isinstance(column, Dimension) and column.has_all_values
            else None,
        }
        for column in columns
        if not (isinstance(column, Dimension) and column.is_private)
    ]


def ddl(model: SemanticModel, table: Table) -> str:
    """The table as a definition, with comments where there are labels."""
    shown = fields(model, table)
    lines = [
        f"  {field['name']} {field['type']}{'' if field['nullable'] else ' NOT NULL'}"
        f"{',' if n < len(shown) else ''}{_remark(field['comment'])}"
        for n, field in enumerate(shown, 1)
    ]
    head = f"-- {_line(table.label or table.description)}\n" if table.label or table.description else ""
    return f"{head}CREATE TABLE {table.name} (\n" + "\n".join(lines) + "\n);"


def markdown(model: SemanticModel, table: Table) -> str:
    """The table as a page: columns, then what is measured."""
    lines = [f"## {table.name}（{table.label or table.name}）", "", table.description, ""]
    for field in fields(model, table):
        values = "、".join(field["enum_values"] or ())
        lines.append(
            f"- {field['name']} ({field['type']}) {field['comment']}{f'：{values}' if values else ''}"
        )
    lines += [f"- {one.name} ({one.aggregation}) {_comment(one)}" for one in table.measures]
    return "\n".join(line for line in lines if line is not None)


def _comment(part: Dimension | TimeDimension | Measure) -> str:
    return " ".join(text for text in (part.label, part.description) if text)


def _remark(comment: str) -> str:
    return f" -- {_line(comment)}" if comment else ""


def _line(text: str) -> str:
    return " ".join(text.split())
