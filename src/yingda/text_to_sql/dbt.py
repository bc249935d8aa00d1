"""dbt semantic models and MetricFlow metrics as a semantic model, with a report of what was left out.

Read are `semantic_models` (entities, dimensions, measures) and `metrics` of the types simple and ratio, and
derived ones over those. Left out, and said so: filters on metrics, cumulative and conversion metrics,
aggregations that have no counterpart here, and names that nothing defines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from yingda.text_to_sql.load import ModelInvalid, versioned
from yingda.text_to_sql.model import (
    Aggregation,
    Dimension,
    Grain,
    Measure,
    Metric,
    Relationship,
    SemanticModel,
    Table,
    TimeDimension,
)
from yingda.text_to_sql.words import readable

_AGGREGATIONS: dict[str, Aggregation] = {
    "sum": "sum",
    "count": "count",
    "count_distinct": "count_distinct",
    "average": "avg",
    "avg": "avg",
    "min": "min",
    "max": "max",
    "sum_boolean": "sum",
}
_OWNING = frozenset({"primary", "unique", "natural"})


class _Loose(BaseModel):
    """dbt knows many more keys than matter here."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Entity(_Loose):
    name: str
    type: str = "foreign"
    expr: str | int | None = None


class _TypeParams(_Loose):
    time_granularity: str = "day"


class _Dimension(_Loose):
    name: str
    type: str = "categorical"
    expr: str | None = None
    label: str | None = None
    description: str | None = None
    type_params: _TypeParams | None = None


class _Measure(_Loose):
    name: str
    agg: str
    expr: str | int | None = None
    label: str | None = None
    description: str | None = None
    create_metric: bool = False


class _Defaults(_Loose):
    agg_time_dimension: str | None = None


class _SemanticModel(_Loose):
    name: str
    model: str = ""
    label: str | None = None
    description: str | None = None
    defaults: _Defaults | None = None
    primary_entity: str | None = None
    entities: tuple[_Entity, ...] = ()
    dimensions: tuple[_Dimension, ...] = ()
    measures: tuple[_Measure, ...] = ()


class _MetricParams(_Loose):
    measure: Any = None
    numerator: Any = None
    denominator: Any = None
    expr: str | None = None
    metrics: tuple[Any, ...] = ()


class _Metric(_Loose):
    name: str
    type: str = "simple"
    label: str | None = None
    description: str | None = None
    filter: Any = None
    type_params: _MetricParams = field(default_factory=_MetricParams)


class _Project(_Loose):
    semantic_models: tuple[_SemanticModel, ...] = ()
    metrics: tuple[_Metric, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The model, and sentences on what of the file is not in it."""

    model: SemanticModel
    left_out: tuple[str, ...]


def model_from_dbt(texts: Iterable[str], name: str, dialect: str) -> Imported:
    """Read the YAML files of a dbt project; raises `ModelInvalid` where they hold no semantic model."""
    project = _project(texts)
    if not project.semantic_models:
        raise ModelInvalid(["the file holds no semantic_models"])
    left_out: list[str] = []
    tables = tuple(_table(one, left_out) for one in project.semantic_models)
    metrics = _Metrics(project, left_out).all()
    model = SemanticModel(
        name=name,
        dialect=dialect,
        version="",
        tables=tables,
        relationships=tuple(_relationships(project.semantic_models)),
        metrics=metrics,
    )
    return Imported(model=versioned(model), left_out=tuple(left_out))


def _project(texts: Iterable[str]) -> _Project:
    models: list[_SemanticModel] = []
    metrics: list[_Metric] = []
    try:
        for text in texts:
            one = _Project.model_validate(yaml.safe_load(text) or {})
            models += one.semantic_models
            metrics += one.metrics
    except yaml.YAMLError as error:
        raise ModelInvalid([f"not YAML: {error}"]) from None
    except ValidationError as error:
        places = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise ModelInvalid(places) from None
    return _Project(semantic_models=tuple(models), metrics=tuple(metrics))


def _table(one: _SemanticModel, left_out: list[str]) -> Table:
    keys = [entity for entity in one.entities if entity.type in _OWNING]
    times = tuple(_time(dimension) for dimension in one.dimensions if dimension.type == "time")
    default = one.defaults.agg_time_dimension if one.defaults else None
    return Table(
        name=one.name,
        source=_referred(one.model) or one.name,
        label=one.label or readable(one.name),
        description=one.description or "",
        primary_key=tuple(_column(entity) for entity in keys if entity.type == "primary"),
        default_time=default if default in {time.name for time in times} else None,
        dimensions=(*_entities(one), *_categories(one)),
        time_dimensions=times,
        measures=tuple(_measures(one, left_out)),
    )


def _referred(model: str) -> str:
    """`ref('orders')` names the table orders; `source('raw', 'orders')` the one in raw."""
    parts = [part for at, part in enumerate(model.split("'")) if at % 2]
    return ".".join(parts[-2:] if "source" in model else parts[-1:])


def _column(entity: _Entity) -> str:
    return str(entity.expr) if entity.expr is not None else entity.name


def _entities(one: _SemanticModel) -> Iterator[Dimension]:
    taken = {dimension.name for dimension in one.dimensions}
    for entity in one.entities:
        if entity.name not in taken:
            yield Dimension(name=entity.name, expr=_column(entity), is_key=True, label=readable(entity.name))


def _categories(one: _SemanticModel) -> Iterator[Dimension]:
    for dimension in one.dimensions:
        if dimension.type != "time":
            yield Dimension(
                name=dimension.name,
                expr=dimension.expr or dimension.name,
                label=dimension.label or readable(dimension.name),
                description=dimension.description or "",
            )


def _time(dimension: _Dimension) -> TimeDimension:
    told = dimension.type_params.time_granularity if dimension.type_params else "day"
    grain: Grain = next((one for one in get_args(Grain) if one == told), "hour")
    return TimeDimension(
        name=dimension.name,
        expr=dimension.expr or dimension.name,
        data_type="datetime" if grain == "hour" else "date",
        grain=grain,
        label=dimension.label or readable(dimension.name),
        description=dimension.description or "",
    )


def _measures(one: _SemanticModel, left_out: list[str]) -> Iterator[Measure]:
    taken = {member.name for member in one.dimensions} | {member.name for member in one.entities}
    for measure in one.measures:
        aggregation = _AGGREGATIONS.get(measure.agg.lower())
        if aggregation is None or measure.name in taken:
            reason = f"aggregation {measure.agg}" if aggregation is None else "a dimension has the same name"
            left_out.append(f"measure {one.name}.{measure.name}: {reason}")
            continue
        yield Measure(
            name=measure.name,
            expr=str(measure.expr) if measure.expr is not None else measure.name,
            aggregation=aggregation,
            label=measure.label or readable(measure.name),
            description=measure.description or "",
        )


def _relationships(models: tuple[_SemanticModel, ...]) -> Iterator[Relationship]:
    """A foreign entity is joined to the table whose key it is."""
    owners = {
        entity.name: (one.name, _column(entity))
        for one in reversed(models)
        for entity in one.entities
        if entity.type in _OWNING
    }
    for one in models:
        for entity in one.entities:
            if entity.type == "foreign" and entity.name in owners and owners[entity.name][0] != one.name:
                right, column = owners[entity.name]
                yield Relationship(
                    name=f"{one.name}_{entity.name}",
                    left=one.name,
                    right=right,
                    columns=((_column(entity), column),),
                    is_optional=True,
                )


class _Metrics:
    """Metrics by name, written out over measures; derived ones take the metrics below them in."""

    def __init__(self, project: _Project, left_out: list[str]) -> None:
        self._known = {one.name: one for one in project.metrics}
        self._left_out = left_out
        self._measures = {
            measure.name: f"{one.name}.{measure.name}"
            for one in project.semantic_models
            for measure in one.measures
            if measure.agg.lower() in _AGGREGATIONS
        }

    def all(self) -> tuple[Metric, ...]:
        found = []
        for one in self._known.values():
            try:
                expr = self._expr(one, ())
            except ValueError as reason:
                self._left_out.append(f"metric {one.name}: {reason}")
                continue
            label = one.label or readable(one.name)
            found.append(Metric(name=one.name, expr=expr, label=label, description=one.description or ""))
        return tuple(found)

    def _expr(self, one: _Metric, above: tuple[str, ...]) -> str:
        if one.filter:
            raise ValueError("it has a filter")
        if one.name in above:
            raise ValueError("it is made of itself")
        params, path = one.type_params, (*above, one.name)
        if one.type == "simple":
            return self._measure(params.measure)
        if one.type == "ratio":
            return f"({self._below(params.numerator, path)}) / ({self._below(params.denominator, path)})"
        if one.type == "derived" and params.expr:
            return self._derived(params, path)
        raise ValueError(f"its type is {one.type}")

    def _measure(self, named: Any) -> str:
        name = _plain_name(named)
        if name not in self._measures:
            raise ValueError(f"there is no measure {name}")
        return self._measures[name]

    def _below(self, named: Any, path: tuple[str, ...]) -> str:
        name = _plain_name(named)
        return self._expr(self._known[name], path) if name in self._known else self._measure(named)

    def _derived(self, params: _MetricParams, path: tuple[str, ...]) -> str:
        meant = {_alias(one): one for one in params.metrics}
        try:
            tree = parse_one(params.expr or "")
        except SqlglotError:
            raise ValueError("its expression is no SQL") from None

        def written(node: exp.Expr) -> exp.Expr:
            if not isinstance(node, exp.Column):
                return node
            if node.name not in meant:
                raise ValueError(f"{node.name} is none of its metrics")
            return exp.paren(parse_one(self._below(meant[node.name], path)))

        return tree.transform(written).sql()


def _plain_name(named: Any) -> str:
    if isinstance(named, dict):
        if named.get("filter") or named.get("offset_window") or named.get("offset_to_grain"):
            raise ValueError(f"{named.get('name')} is filtered or shifted in it")
        return str(named.get("name"))
    return str(named)


def _alias(named: Any) -> str:
    return str(named.get("alias") or named.get("name")) if isinstance(named, dict) else str(named)
