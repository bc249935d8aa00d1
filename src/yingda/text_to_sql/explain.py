"""Where rows come from, in sentences: what was measured, of which rows, and who was not shown what."""

from __future__ import annotations

from datetime import datetime

from yingda.text_to_sql import query_json
from yingda.text_to_sql.fields import Catalog, catalog
from yingda.text_to_sql.figures import Tongue, conditions_said, grouping_said, period
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.types import Rows, Understood
from yingda.turns.events import Explanation


def explanation(
    model: SemanticModel, understood: Understood, rows: Rows, as_of: datetime, tongue: Tongue
) -> Explanation:
    """Of SQL that was written as SQL, only who vouches for it is known."""
    query = understood.query
    names = catalog(model)
    return Explanation(
        source=understood.source,
        confidence=understood.confidence,
        query_json=query_json.dump(query) if query else "",
        definitions=_definitions(names, query) if query else _vouched(understood, tongue),
        filters=_filters(names, query, tongue) if query else (),
        assumed=understood.assumed,
        restricted=rows.restricted,
        model=f"{model.name} {model.version}",
        as_of=as_of,
    )


def _definitions(names: Catalog, query: Query) -> tuple[str, ...]:
    return tuple(_definition(names, name) for name in query.measured)


def _definition(names: Catalog, name: str) -> str:
    if name in names.metrics:
        metric = names.metrics[name]
        return _joined(metric.label or name, metric.description, metric.expr)
    measured = names.aggregate(name)
    table = next(
        (one for one in measured.table.measures if f"{measured.table.name}.{one.name}" == name), None
    )
    formula = f"{measured.aggregation}({measured.table.source}: {measured.expr})"
    return _joined(names.label(name), table.description if table else "", formula)


def _joined(label: str, description: str, formula: str) -> str:
    return f"{label}: {description} = {formula}" if description else f"{label} = {formula}"


def _filters(names: Catalog, query: Query, tongue: Tongue) -> tuple[str, ...]:
    time = (f"{names.label(query.time.name)}: {period(query.time, tongue)}",) if query.time else ()
    return (*time, *conditions_said(names, query, tongue))


def _vouched(understood: Understood, tongue: Tongue) -> tuple[str, ...]:
    verified = understood.verified
    if verified is None:
        return ()
    if tongue == "zh":
        return (f"已核实的问题“{verified.question}”，由 {verified.approved_by} 批准",)
    return (f'verified question "{verified.question}", approved by {verified.approved_by}',)


def described(model: SemanticModel, query: Query, tongue: Tongue) -> str:
    """A query in the words of the model, as a reader would ask it: what a follow-up came to."""
    names = catalog(model)
    wanted = [names.label(name) for name in query.measured or query.shown]
    by = [grouping_said(names, one, tongue) for one in query.groupings]
    if tongue == "zh":
        parts = [*_filters(names, query, tongue), "、".join(wanted), f"按{'、'.join(by)}" if by else ""]
        parts.append(f"前 {query.limit}" if query.limit else "")
        return "，".join(part for part in parts if part)
    said = ", ".join(wanted) + (f" by {', '.join(by)}" if by else "")
    return "; ".join(
        [said, *_filters(names, query, tongue), *([f"first {query.limit}"] if query.limit else [])]
    )
