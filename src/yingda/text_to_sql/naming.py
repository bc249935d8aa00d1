"""All that people call the parts of a model."""

from __future__ import annotations

from yingda.text_to_sql.model import Dimension, Measure, NamedFilter, Table, TimeDimension

Part = Dimension | TimeDimension | Measure | NamedFilter


def words_of(table: Table) -> tuple[str, ...]:
    """Names, labels, synonyms and sample values of a table and its parts; none is empty."""
    parts: tuple[Part, ...] = (
        *table.dimensions,
        *table.time_dimensions,
        *table.measures,
        *table.filters,
    )
    words = [table.name, table.label, *table.synonyms]
    for part in parts:
        words += [part.name, part.label, *part.synonyms]
    for dimension in table.dimensions:
        words += [*dimension.values, *(word for pair in dimension.value_synonyms for word in pair)]
    return tuple(word for word in words if word)
