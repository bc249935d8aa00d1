"""Rules for what is left: measures, the columns of rows, tables that are only context, and times."""

from __future__ import annotations

from itertools import pairwise

from yingda.text_to_sql.grains import length_of
from yingda.text_to_sql.joins import routes
from yingda.text_to_sql.model import Grain, TimeDimension
from yingda.text_to_sql.parse_columns import naming, title_of
from yingda.text_to_sql.parse_draft import Draft, Unclear, Uncovered, count_of
from yingda.text_to_sql.parse_pieces import Piece
from yingda.text_to_sql.query import Condition, Operator, TimeRange
from yingda.text_to_sql.times import Period
from yingda.text_to_sql.vocabulary import Meaning

_GRAINS: dict[tuple[int, int], Grain] = {
    (12, 0): "year",
    (3, 0): "quarter",
    (1, 0): "month",
    (0, 7): "week",
    (0, 1): "day",
}
_LISTING = ("list", "列出", "列举")
_YEARS = ("year", "年份", "年度", "年")


def read_measures(draft: Draft) -> None:
    """Measures and metrics named by themselves."""
    for at, piece in enumerate(draft.pieces):
        if piece.is_used or not piece.means("measure", "metric"):
            continue
        if found := draft.choose(at, "measure", "metric"):
            draft.measure(found.name)
            draft.has_named_measure = True
            draft.use(at)


def read_listed(draft: Draft) -> None:
    """`orders per month`, `share of orders by status`: with nothing measured, rows are counted."""
    if draft.measured or not (draft.grains or draft.groupings or draft.is_share):
        return
    left = [at for at, piece in enumerate(draft.pieces) if not piece.is_used and piece.means("table")]
    if not left or any(piece.text.lower() in _LISTING for piece in draft.pieces[:1]):
        return
    if found := draft.choose(left[0], "table"):
        draft.measure(count_of(found.table))
        draft.assumed.append(draft.catalog.label(count_of(found.table)))
        draft.use(left[0])


def read_times(draft: Draft) -> None:
    """The time column that is meant: named beside the time, else the one of the table in question."""
    for at, piece in enumerate(draft.pieces):
        if piece.period is None or piece.is_used:
            continue
        draft.periods.append(piece.period)
        _name_time(draft, at)
        draft.use(at)
    if not (draft.periods or draft.grains):
        return
    period = _one_period(draft)
    name = draft.time_field or _time_of(draft)
    if not name:
        _read_years(draft)
        return
    if period is not None:
        said = next(piece.text for piece in draft.pieces if piece.period)
        draft.time = TimeRange(name=name, start=period.start, end=period.end, said=said)
    for grain in draft.grains:
        draft.group(name, grain)
    draft.assumed.append(draft.catalog.label(name))


def _name_time(draft: Draft, at: int) -> None:
    for by in (-1, 1):
        index = draft.near(at, by)
        if index is None:
            continue
        times = [one for one in draft.pieces[index].means("field") if _is_time(draft, one)]
        if times:
            found = draft.choose(index, "field")
            draft.time_field = found.name if found else ""
            draft.use(index)
            return


def _is_time(draft: Draft, meaning: Meaning) -> bool:
    return isinstance(draft.catalog.field(meaning.name).item, TimeDimension)


def _one_period(draft: Draft) -> Period | None:
    """Several only where they touch, or where the later one is compared with the earlier."""
    found = sorted(draft.periods, key=lambda one: (one.start or draft.today, one.end or draft.today))
    if len(found) <= 1:
        return found[0] if found else None
    if draft.compared:
        return found[-1]
    if draft.time_field or _time_of(draft):
        for first, second in pairwise(found):
            if first.end is None or first.end != second.start:
                raise Uncovered("several times that do not touch", [])
        _apart(draft, found)
        return Period(begin=found[0].begin, stop=found[-1].stop, start=found[0].start, end=found[-1].end)
    return found[0]


def _apart(draft: Draft, found: list[Period]) -> None:
    """`2025 and 2026`: each year, quarter or month by itself."""
    lengths = {length_of(one.start, one.end) for one in found if one.start and one.end}
    grain = _GRAINS.get(lengths.pop()) if len(lengths) == 1 else None
    if grain is None:
        raise Uncovered("several times of several lengths", [])
    if not draft.grains and draft.measured:
        draft.grains.append(grain)


def _time_of(draft: Draft) -> str:
    """The default time of what is measured, of what must not be there, of what is named."""
    for start in _anchors(draft):
        if own := _own_time(draft, start):
            return own
        reached = [
            other
            for other in draft.catalog.tables
            if other != start
            and draft.is_looked_up(start, other)
            and draft.catalog.tables[other].default_time
        ]
        if reached:
            nearest = min(len(routes(draft.catalog.model, start, other)[0]) for other in reached)
            close = [one for one in reached if len(routes(draft.catalog.model, start, one)[0]) == nearest]
            if len(close) == 1:
                return f"{close[0]}.{draft.catalog.tables[close[0]].default_time}"
    return ""


def _own_time(draft: Draft, name: str) -> str:
    table = draft.catalog.tables[name]
    if table.default_time:
        return f"{name}.{table.default_time}"
    if len(table.time_dimensions) == 1:
        return f"{name}.{table.time_dimensions[0].name}"
    if len(table.time_dimensions) > 1:
        piece = next(one for one in draft.pieces if one.period or one.tag == "grain")
        raise Unclear(
            piece,
            [Meaning(kind="field", name=f"{name}.{time.name}", table=name) for time in table.time_dimensions],
        )
    return ""


def _anchors(draft: Draft) -> list[str]:
    names = []
    for condition in draft.having:
        if condition.values == (0,):
            names.append(draft.catalog.aggregate(condition.name).table.name)
    for name in draft.measured:
        if name in draft.catalog.metrics:
            names += [part.partition(".")[0] for part in _parts(draft.catalog.metrics[name].expr)]
        else:
            names.append(draft.catalog.aggregate(name).table.name)
    names += [name for _, name in draft.mentioned()]
    names += [name.partition(".")[0] for name in draft.names]
    return list(dict.fromkeys(name for name in names if name in draft.catalog.tables))


def _parts(expr: str) -> list[str]:
    return expr.replace("(", " ").replace(")", " ").replace(",", " ").split()


def _read_years(draft: Draft) -> None:
    """Without a time column, a year may be a number or text in a column that is called year."""
    if draft.grains or any(period.year is None for period in draft.periods):
        raise Uncovered("no time is known for this", _said_times(draft))
    tables = set(_anchors(draft))
    fields = [
        one.name
        for one in draft.catalog.fields.values()
        if one.table.name in tables
        and any(
            word in f"{one.item.name} {one.item.label}".lower().replace("_", " ").split() for word in _YEARS
        )
    ]
    own = [name for name in fields if name.partition(".")[0] in _anchors(draft)[:1]]
    fields = own if len(own) == 1 else fields
    if len(fields) != 1:
        raise Uncovered("no time is known for this", _said_times(draft))
    years = [period.year for period in draft.periods if period.year is not None]
    is_text = draft.catalog.field(fields[0]).item.data_type == "string"
    values: tuple[str | int, ...] = tuple(str(year) if is_text else year for year in years)
    operator: Operator = "in" if len(values) > 1 else _year_operator(draft.periods[0])
    draft.conditions.append(Condition(name=fields[0], operator=operator, values=values))
    for at, piece in enumerate(draft.pieces):
        if not piece.is_used and any(one.name == fields[0] for one in piece.means("field")):
            draft.use(at)


def _year_operator(period: Period) -> Operator:
    assert period.year is not None
    if period.end is None:
        return ">=" if period.start and period.start.year == period.year else ">"
    if period.start is None:
        return "<" if period.end.year == period.year else "<="
    return "="


def _said_times(draft: Draft) -> list[str]:
    return [piece.text for piece in draft.pieces if piece.period or piece.tag == "grain"]


def read_fields(draft: Draft) -> None:
    """Fields that are left: columns of rows, or what a measure is grouped by."""
    for at, piece in enumerate(draft.pieces):
        if piece.is_used or not piece.means("field"):
            continue
        found = draft.choose(at, "field")
        if found is None:
            continue
        if draft.measured:
            _group_by(draft, at, found)
        else:
            draft.show(found.name)
            beside = draft.near(at, -1, skip=("glue",)), draft.near(at, 1, skip=("glue",))
            is_which = any(index is not None and draft.pieces[index].tag == "which" for index in beside)
            draft.is_distinct = draft.is_distinct or (is_which and not _is_title(draft, found.name))
        draft.use(at)


def _group_by(draft: Draft, at: int, found: Meaning) -> None:
    if _is_time(draft, found):
        if not draft.time_field:
            raise Uncovered("how this time matters is not said", [draft.pieces[at].text])
        return
    draft.group(found.name)
    draft.has_named_columns = True


def _is_title(draft: Draft, name: str) -> bool:
    one = draft.catalog.field(name)
    return one.item.name == one.table.title or (one.item.name in one.table.primary_key)


def read_tables(draft: Draft) -> None:
    """Tables that are left: what is listed, what is ranked, what there must be, or only context."""
    left = [
        (at, found)
        for at, piece in enumerate(draft.pieces)
        if not piece.is_used and piece.means("table", "role") and (found := draft.choose(at, "table", "role"))
    ]
    if not draft.measured and not draft.shown:
        _list_rows(draft, left)
        left = [(at, found) for at, found in left if not draft.pieces[at].is_used]
    elif draft.measured and not draft.groupings and (draft.limit or draft.having_of_groups()):
        _rank(draft, left)
    for at, found in left:
        if not draft.pieces[at].is_used:
            _take_as_context(draft, found.table)
            draft.use(at)


def _rank(draft: Draft, left: list[tuple[int, Meaning]]) -> None:
    measured = {table for name in draft.measured if (table := _table_of(draft, name))}
    ranked = [(at, found) for at, found in left if found.table not in measured] or left
    if not ranked:
        return
    at, found = next(((at, one) for at, one in ranked if _follows_which(draft, at)), ranked[0])
    draft.group(title_of(draft, found.table))
    draft.use(at)


def _follows_which(draft: Draft, at: int) -> bool:
    before = draft.near(at, -1, may_be_used=True, skip=("glue",))
    return before is not None and draft.pieces[before].tag in ("which", "superlative")


def _table_of(draft: Draft, name: str) -> str:
    return "" if name in draft.catalog.metrics else draft.catalog.aggregate(name).table.name


def _list_rows(draft: Draft, left: list[tuple[int, Meaning]]) -> None:
    if not left:
        ordered = [order.name for order in draft.order if order.name in draft.catalog.fields]
        if not ordered and not draft.conditions:
            raise Uncovered("what is asked for is not said", [])
        if not ordered:
            raise Uncovered("what is asked for is not said", [])
        draft.show(title_of(draft, ordered[0].partition(".")[0]))
        return
    is_han = any("\u4e00" <= char <= "\u9fff" for piece in draft.pieces for char in piece.text)
    at, found = next(((at, one) for at, one in left if _follows_which(draft, at)), left[-1 if is_han else 0])
    for name in naming(draft, found.table):
        draft.show(name)
    draft.use(at)
    for order in draft.order:
        if order.name in draft.catalog.fields and draft.limit is not None:
            draft.show(order.name)


def _take_as_context(draft: Draft, table: str) -> None:
    """`customers with orders`: there has to be one, unless a condition says that already."""
    base = draft.base()
    if base is None or base == table:
        return
    touched = {one.name.partition(".")[0] for one in draft.conditions}
    touched |= {one.name.partition(".")[0] for one in draft.groupings}
    touched |= {draft.time.name.partition(".")[0]} if draft.time else set()
    if draft.is_looked_up(base, table):
        if draft.measured and not any(one == table or draft.is_looked_up(table, one) for one in touched):
            raise Uncovered("how this matters is not said", [draft.catalog.tables[table].label or table])
        return
    held = {draft.catalog.aggregate(one.name).table.name for one in draft.having}
    if table in touched | held:
        return
    if not routes(draft.catalog.model, base, table):
        raise Uncovered("nothing joins it to what is asked", [table])
    if not draft.groupings:
        draft.having.append(Condition(name=count_of(table), operator=">", values=(0,)))


def unread(pieces: list[Piece]) -> list[str]:
    """Words that no rule has taken; links and signs say nothing by themselves."""
    harmless = ("glue", "and", "which")
    return [
        piece.text
        for at, piece in enumerate(pieces)
        if not piece.is_used and piece.tag not in harmless and not (piece.tag == "or" and _joins(pieces, at))
    ]


def _joins(pieces: list[Piece], at: int) -> bool:
    """Between two values of one dimension, or two times, either is meant; all else would have to be asked."""
    before = next((one for one in pieces[at - 1 :: -1] if one.tag != "glue"), None) if at else None
    after = next((one for one in pieces[at + 1 :] if one.tag != "glue"), None)
    if before is None or after is None:
        return False
    if before.period and after.period:
        return True
    if before.choice is None or after.choice is None:
        return False
    return before.choice.kind == "value" and before.choice.name == after.choice.name
