"""A `Query` as text, to be kept with the rows it fetched and read back for a follow-up."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import fields as fields_of
from datetime import date
from functools import cache
from typing import Any

import orjson
from pydantic import TypeAdapter, ValidationError

from yingda.text_to_sql.query import Query

_FIELDS = {field.name for field in fields_of(Query)}
_DATE = "date"
"""Marks a date among values, where it would come back as a string."""


def dump(query: Query) -> str:
    """Equal texts for equal queries: it is part of cache keys."""
    fields = asdict(query)
    for condition in (*fields["conditions"], *fields["having"]):
        condition["values"] = [_marked(value) for value in condition["values"]]
    return orjson.dumps(fields, option=orjson.OPT_SORT_KEYS).decode()


def load(text: str) -> Query | None:
    """What `dump` wrote; None for a text of another release that cannot be read any more."""
    try:
        fields = orjson.loads(text)
        if fields.keys() != _FIELDS:
            return None
        for condition in (*fields["conditions"], *fields["having"]):
            condition["values"] = [_unmarked(value) for value in condition["values"]]
        return _adapter().validate_python(fields)
    except (ValueError, AttributeError, KeyError, TypeError, ValidationError):
        return None


def _marked(value: object) -> object:
    return {_DATE: value.isoformat()} if isinstance(value, date) else value


def _unmarked(value: Any) -> object:
    return date.fromisoformat(value[_DATE]) if isinstance(value, dict) else value


@cache
def _adapter() -> TypeAdapter[Query]:
    return TypeAdapter(Query)
