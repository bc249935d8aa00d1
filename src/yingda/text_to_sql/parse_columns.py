"""Columns that a question means without naming them: what a row is called, how large or old it is."""

from __future__ import annotations

from yingda.text_to_sql.closed_words import CONCEPTS
from yingda.text_to_sql.fields import Field
from yingda.text_to_sql.model import Dimension
from yingda.text_to_sql.parse_draft import Draft, Uncovered
from yingda.text_to_sql.sql_parts import is_time
from yingda.text_to_sql.vocabulary import Meaning

_LISTED_COLUMNS = 7


def title_of(draft: Draft, name: str) -> str:
    """The field that names a row of a table; raises `Uncovered` where none does."""
    table = draft.catalog.tables[name]
    if (title := draft.catalog.title(table)) is not None:
        return title.name
    keys = [one for one in table.dimensions if one.is_key]
    if len(keys) != 1:
        raise Uncovered("nothing names its rows", [table.label or table.name])
    return f"{name}.{keys[0].name}"


def naming(draft: Draft, name: str) -> list[str]:
    """What a row is listed by: its title, or, where that is a mere number, its first columns as well."""
    table = draft.catalog.tables[name]
    title, keys = draft.catalog.title(table), [one.name for one in table.dimensions if one.is_key]
    if title is not None and title.item.name not in (*table.primary_key, *keys):
        return [title.name]
    key = [title.item.name] if title is not None else keys[:1]
    times = [one.name for one in table.time_dimensions]
    when = [table.default_time] if table.default_time else times
    plain = [one.name for one in table.dimensions if not (one.is_key or one.is_private)]
    if found := [f"{name}.{one}" for one in (*key, *when, *plain)][:_LISTED_COLUMNS]:
        return found
    raise Uncovered("nothing names its rows", [table.label or table.name])


def is_number(draft: Draft, name: str) -> bool:
    """Whether a field can be compared with a number and averaged."""
    item = draft.catalog.field(name).item
    return isinstance(item, Dimension) and item.data_type in ("integer", "number") and not item.is_key


def implied(draft: Draft, concept: str) -> str:
    """The field of the tables named that a word such as cheapest implies; raises `Uncovered`."""
    tables = [name for _, name in draft.mentioned()] or list(draft.catalog.tables)
    numbers = [
        one
        for one in draft.catalog.fields.values()
        if one.table.name in tables and is_number(draft, one.name)
    ]
    for word in CONCEPTS[concept]:
        fields = [one.name for one in numbers if _is_called(one, word)]
        if len(fields) == 1:
            return fields[0]
    births = [
        name for name in draft.catalog.fields if name.partition(".")[0] in tables and is_birth(draft, name)
    ]
    if concept == "age" and len(births) == 1:
        return births[0]
    raise Uncovered(f"no one field is its {concept}", [concept])


def is_birth(draft: Draft, name: str) -> bool:
    """Whether a field is the day of birth: who is born first is oldest."""
    one = draft.catalog.field(name)
    return is_time(one) and any(_is_called(one, word) for word in CONCEPTS["birth"])


def time_fields(draft: Draft, at: int) -> tuple[Meaning, ...]:
    """The fields a piece means, if all of them are times."""
    fields = draft.pieces[at].means("field")
    return fields if fields and all(is_time(draft.catalog.field(one.name)) for one in fields) else ()


def _is_called(one: Field, word: str) -> bool:
    said = [one.item.name.lower(), one.item.label.lower(), *(phrase.lower() for phrase in one.item.synonyms)]
    if not word.isascii():
        return any(word in phrase for phrase in said)
    return any(word in phrase.replace("_", " ").split() for phrase in said)
