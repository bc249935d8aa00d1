"""The parts of a model's tables, and all that people call them."""

from __future__ import annotations

from yingda.text_to_sql.model import Dimension, Measure, NamedFilter, Table, TimeDimension

Part = Dimension | TimeDimension | Measure | NamedFilter


def parts_of(table: Table) -> tuple[Part, ...]:
    """All that a table can be asked by."""
    return (*table.dimensions, *table.time_dimensions, *table.measures, *table.filters)


def words_of(table: Table) -> tuple[str, ...]:
    """Names, labels, synonyms and sample values of a table and its parts; none is empty."""
    words = [table.name, table.label, *table.synonyms]
    for part in parts_of(table):
        words += [part.name, part.label, *part.synonyms]
    for dimension in table.dimensions:
        words += [*dimension.values, *(word for pair in dimension.value_synonyms for word in pair)]
    return tuple(word for word in words if word)
