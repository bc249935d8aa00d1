"""From YAML to a semantic model and back, or to a list of all that is wrong with it."""

from __future__ import annotations

import difflib
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from yingda.text_to_sql.model import Dimension, Measure, NamedFilter, SemanticModel, Table, TimeDimension
from yingda.text_to_sql.policy import ATTRIBUTES, Policies
from yingda.text_to_sql.wire import ModelDocument, PolicyDocument, _Strict

DIALECTS = ("sqlite", "duckdb", "postgres", "mysql")

S = TypeVar("S", bound=BaseModel)

_ADAPTER = TypeAdapter(SemanticModel)
_POLICIES = TypeAdapter(Policies)
_HASH_CHARS = 16


class ModelInvalid(ValueError):
    """The text is no model that could be asked; `problems` are sentences, each with its place."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def model_from_yaml(text: str) -> SemanticModel:
    """Read a model; `version` is the hash of the text. Raises `ModelInvalid` with every problem found."""
    document = _document(text, ModelDocument)
    model = _ADAPTER.validate_python(document.model_dump() | {"version": _hash(text)})
    if found := list(_problems(model)):
        raise ModelInvalid(found)
    return model


def policies_from_yaml(text: str, model: SemanticModel) -> Policies:
    """Read who may see which rows and columns of the model; raises `ModelInvalid`."""
    document = _document(text, PolicyDocument)
    policies = _POLICIES.validate_python(document.model_dump())
    if found := list(_policy_problems(policies, model)):
        raise ModelInvalid(found)
    return policies


def _document(text: str, shape: type[S]) -> S:
    try:
        return shape.model_validate(yaml.safe_load(text) or {})
    except yaml.YAMLError as error:
        raise ModelInvalid([f"not YAML: {error}"]) from None
    except ValidationError as error:
        raise ModelInvalid(_invalid(error)) from None


def yaml_from_model(model: SemanticModel) -> str:
    """The text that `model_from_yaml` reads the same model from, without what is at its default."""
    document = ModelDocument.model_validate({k: v for k, v in asdict(model).items() if k != "version"})
    plain = document.model_dump(mode="json", exclude_defaults=True)
    _write_pairs_as_mappings(plain)
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110)


def versioned(model: SemanticModel) -> SemanticModel:
    """The model with the version that its own text gives it."""
    return replace(model, version=_hash(yaml_from_model(model)))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_CHARS]


def _write_pairs_as_mappings(document: dict[str, Any]) -> None:
    for one in document.get("relationships", ()):
        one["columns"] = dict(one["columns"])
    for table in document["tables"]:
        for dimension in table.get("dimensions", ()):
            if pairs := dimension.get("value_synonyms"):
                names: dict[str, list[str]] = {}
                for value, name in pairs:
                    names.setdefault(value, []).append(name)
                dimension["value_synonyms"] = names


def _invalid(error: ValidationError) -> Iterator[str]:
    for one in error.errors():
        place = ".".join(map(str, one["loc"])) or "the file"
        message = one["msg"].removeprefix("Value error, ")
        if one["type"] == "extra_forbidden":
            message = f"no such key here{_meant(str(one['loc'][-1]))}"
        yield f"{place}: {message}"


def _meant(name: str) -> str:
    known = {field for section in [*_Strict.__subclasses__()] for field in section.model_fields}
    near = difflib.get_close_matches(name, sorted(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _problems(model: SemanticModel) -> Iterator[str]:
    if model.dialect not in DIALECTS:
        yield f"dialect: {model.dialect!r} is none of {', '.join(DIALECTS)}"
        return
    if not model.tables:
        yield "tables: a model has at least one"
    yield from _twice("tables", (table.name for table in model.tables))
    yield from _twice("relationships", (one.name for one in model.relationships))
    yield from _twice("metrics", (one.name for one in model.metrics))
    yield from _twice("verified_queries", (one.name for one in model.verified_queries))
    for table in model.tables:
        yield from _table_problems(table, model.dialect)
    names = {table.name for table in model.tables}
    for one in model.relationships:
        for side in (one.left, one.right):
            if side not in names:
                yield f"relationships.{one.name}: there is no table {side!r}"
    yield from _metric_problems(model)


def _table_problems(table: Table, dialect: str) -> Iterator[str]:
    place = f"tables.{table.name}"
    members: tuple[Dimension | TimeDimension | Measure | NamedFilter, ...] = (
        *table.dimensions,
        *table.time_dimensions,
        *table.measures,
        *table.filters,
    )
    yield from _twice(place, (one.name for one in members))
    for one in members:
        if reason := _unreadable(one.expr, dialect):
            yield f"{place}.{one.name}: {reason}"
    if table.default_time and table.default_time not in {one.name for one in table.time_dimensions}:
        yield f"{place}.default_time: there is no time dimension {table.default_time!r}"
    if table.title and table.title not in {one.name for one in table.dimensions}:
        yield f"{place}.title: there is no dimension {table.title!r}"


def _metric_problems(model: SemanticModel) -> Iterator[str]:
    measures = {f"{table.name}.{one.name}" for table in model.tables for one in table.measures}
    for metric in model.metrics:
        place = f"metrics.{metric.name}"
        if reason := _unreadable(metric.expr, model.dialect):
            yield f"{place}: {reason}"
            continue
        for column in parse_one(metric.expr, read=model.dialect).find_all(exp.Column):
            name = f"{column.table}.{column.name}"
            if name not in measures:
                yield f"{place}: there is no measure {name!r}"


def _policy_problems(policies: Policies, model: SemanticModel) -> Iterator[str]:
    names = {table.name for table in model.tables}
    placed = [(one.name, one.table) for one in policies.rows]
    placed += [(one.name, one.table) for one in policies.columns]
    yield from _twice("policies", (name for name, _ in placed))
    for name, table in placed:
        if table not in names:
            yield f"{name}: there is no table {table!r}"
    for row in policies.rows:
        if reason := _unreadable(row.condition, model.dialect):
            yield f"{row.name}: {reason}"
            continue
        for place in parse_one(row.condition, read=model.dialect).find_all(exp.Placeholder):
            if place.name not in ATTRIBUTES:
                yield f"{row.name}: a principal has no {place.name!r}, only {', '.join(ATTRIBUTES)}"


def _unreadable(expr: str, dialect: str) -> str:
    if expr == "*":
        return ""
    try:
        parse_one(expr, read=dialect)
    except SqlglotError as error:
        return f"not an SQL expression: {str(error).splitlines()[0]}"
    return ""


def _twice(place: str, names: Iterable[str]) -> Iterator[str]:
    for name, count in Counter(names).items():
        if count > 1:
            yield f"{place}: {name!r} stands there {count} times"
