"""A question as data to SQL in the dialect of the model: groups or rows, then comparison and the first N."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from yingda.text_to_sql.fields import Catalog, UnknownName, catalog
from yingda.text_to_sql.grains import earlier, length_of, one_before
from yingda.text_to_sql.grouped import Grouped, Grouper, Inexpressible, Moved
from yingda.text_to_sql.joins import NoWay
from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.query import Order, Query
from yingda.text_to_sql.rows import listed
from yingda.text_to_sql.sql_parts import Parts, ratio

RANK = "rank_"
_YEAR_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What added columns are called."""

    before: str
    change: str
    share: str


_HAN = {
    "previous_period": Words(before="{}(上期)", change="{}环比", share="{}占比"),
    "year_before": Words(before="{}(去年同期)", change="{}同比", share="{}占比"),
}
_LATIN = {
    "previous_period": Words(before="{} (before)", change="{} change", share="{} share"),
    "year_before": Words(before="{} (year before)", change="{} change", share="{} share"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A statement and the columns of it that a reader sees."""

    select: exp.Select
    shown: tuple[str, ...]


def sql_from_query(model: SemanticModel, query: Query) -> str:
    """One SELECT in the model's dialect; raises `Inexpressible` for what no join of the model answers."""
    parts, names = Parts(model.dialect), catalog(model)
    try:
        tree = _statement(names, parts, query)
    except NoWay as gap:
        raise Inexpressible(str(gap)) from gap
    return tree.sql(dialect=model.dialect)


def _statement(names: Catalog, parts: Parts, query: Query) -> exp.Select:
    aliases = _aliases(names, query)
    if not query.measured:
        if not query.shown:
            raise Inexpressible("nothing is asked for")
        return _ordered_rows(listed(names, parts, query, aliases), query, aliases)
    if query.is_share and not query.groupings:
        return _part_of_whole(names, parts, query, aliases)
    return _ordered_groups(names, parts, query, aliases)


def _aliases(names: Catalog, query: Query) -> dict[str, str]:
    """Labels as column names, told apart by the table's where two are the same."""
    used = [
        *(grouping.name for grouping in query.groupings),
        *query.shown,
        *query.measured,
        *(order.name for order in query.order),
        *(condition.name for condition in query.having if query.groupings),
    ]
    aliases: dict[str, str] = {}
    for name in used:
        label = names.label(name)
        if name not in aliases and label in aliases.values():
            table = names.fields[name].table if name in names.fields else None
            label = f"{table.label or table.name} {label}" if table else name
        aliases.setdefault(name, label)
    return aliases


def _ordered_rows(select: exp.Select, query: Query, aliases: dict[str, str]) -> exp.Select:
    shown = tuple(aliases[name] for name in query.shown)
    if query.limit is not None and not query.order:
        return select.limit(query.limit)
    stage = Stage(select=select, shown=shown)
    if query.limit is not None:
        return _first(stage, query.limit, query.order, aliases)
    if all(order.name in query.shown for order in query.order):
        return select.order_by(*_orders(query.order, aliases)) if query.order else select
    outer = exp.Select(expressions=[_column(name) for name in shown]).from_(select.subquery("listed_"))
    return outer.order_by(*_orders(query.order, aliases))


def _ordered_groups(names: Catalog, parts: Parts, query: Query, aliases: dict[str, str]) -> exp.Select:
    measured = tuple(dict.fromkeys([*query.measured, *_measured_orders(names, query)]))
    grouped = Grouper(
        catalog=names, parts=parts, query=query, aliases=aliases, keeps_hidden=query.compared is not None
    ).grouped(measured)
    shown = (
        *(key.alias for key in grouped.keys if not key.is_hidden),
        *(alias for _, alias in grouped.measured),
    )
    stage = Stage(select=grouped.select, shown=shown)
    if query.compared:
        stage = _compared(names, parts, query, aliases, grouped)
    if query.is_share:
        stage = _shared(stage, grouped)
    order = query.order or _default_order(query, measured)
    if query.limit is not None and query.groupings:
        return _first(stage, query.limit, order, aliases)
    if not query.groupings:
        return stage.select
    said = {one.name for one in order}
    keys = tuple(Order(name=one.name, is_descending=False) for one in query.groupings if one.name not in said)
    return stage.select.order_by(*_orders((*order, *keys), aliases))


def _measured_orders(names: Catalog, query: Query) -> list[str]:
    keys = {grouping.name for grouping in query.groupings}
    return [order.name for order in query.order if order.name not in keys and order.name not in names.fields]


def _default_order(query: Query, measured: tuple[str, ...]) -> tuple[Order, ...]:
    """Times run on; else the largest first."""
    times = tuple(Order(name=one.name, is_descending=False) for one in query.groupings if one.grain)
    return times or (Order(name=measured[0]),)


def _orders(order: tuple[Order, ...], aliases: dict[str, str]) -> list[exp.Ordered]:
    return [exp.Ordered(this=_column(aliases[one.name]), desc=one.is_descending) for one in order]


def _column(alias: str, table: str | None = None) -> exp.Column:
    return exp.column(alias, table=table, quoted=True)


def _first(stage: Stage, limit: int, order: tuple[Order, ...], aliases: dict[str, str]) -> exp.Select:
    """The first so many and those tied with the last of them; what has no value has no place."""
    over = exp.Window(this=exp.func("RANK"), order=exp.Order(expressions=_orders(order, aliases)))
    known = [exp.not_(exp.Is(this=_column(aliases[one.name]), expression=exp.Null())) for one in order]
    ranked = exp.Select(
        expressions=[*(_column(name) for name in _everything(stage, order, aliases)), exp.alias_(over, RANK)]
    )
    ranked = ranked.from_("found_").where(*known)
    outer = exp.Select(expressions=[_column(name) for name in stage.shown]).from_("ranked_")
    outer = outer.where(exp.LTE(this=exp.column(RANK), expression=exp.Literal.number(limit)))
    outer = outer.order_by(
        exp.Ordered(this=exp.column(RANK), desc=False), exp.Ordered(this=_column(stage.shown[0]), desc=False)
    )
    return outer.with_("found_", as_=stage.select).with_("ranked_", as_=ranked)


def _everything(stage: Stage, order: tuple[Order, ...], aliases: dict[str, str]) -> list[str]:
    return list(dict.fromkeys([*stage.shown, *(aliases[one.name] for one in order)]))


def _words(alias: str, query: Query) -> Words:
    table = _HAN if any("\u4e00" <= char <= "\u9fff" for char in alias) else _LATIN
    return table[query.compared or "previous_period"]


def _compared(names: Catalog, parts: Parts, query: Query, aliases: dict[str, str], now: Grouped) -> Stage:
    """Each group beside itself a period or a year before, and by how much it changed."""
    grain = next((one.grain for one in query.groupings if one.grain), None)
    if query.time is None and grain is None:
        raise Inexpressible("a comparison needs a time")
    if query.compared == "year_before":
        months, days = _YEAR_MONTHS, 0
    elif grain:
        months, days = one_before(grain)
    elif query.time is not None and query.time.start and query.time.end:
        months, days = length_of(query.time.start, query.time.end)
    else:
        raise Inexpressible("a comparison needs a period with two ends")
    past = replace(query, time=earlier(query.time, months, days) if query.time else None, having=())
    moved = Moved(months=months, days=days) if grain else Moved()
    grouper = Grouper(catalog=names, parts=parts, query=past, aliases=aliases, moved=moved, keeps_hidden=True)
    before = grouper.grouped(tuple(name for name, _ in now.measured))
    visible = [key.alias for key in now.keys if not key.is_hidden]
    keys = [exp.alias_(_column(alias, "this_period_"), alias, quoted=True) for alias in visible]
    select = exp.Select(expressions=keys).from_("this_period_")
    for _, alias in now.measured:
        words = _words(alias, query)
        old, new = _column(alias, "period_before_"), _column(alias, "this_period_")
        change = ratio(exp.paren(exp.Sub(this=new, expression=old)), old.copy())
        select = select.select(
            exp.alias_(new.copy(), alias, quoted=True),
            exp.alias_(old.copy(), words.before.format(alias), quoted=True),
            exp.alias_(change, words.change.format(alias), quoted=True),
        )
    on = [
        exp.NullSafeEQ(
            this=_column(key.alias, "this_period_"), expression=_column(key.alias, "period_before_")
        )
        for key in now.keys
    ]
    select = select.join(
        "period_before_", on=exp.and_(*on) if on else None, join_type="left" if on else "cross"
    )
    select = select.with_("this_period_", as_=now.select).with_("period_before_", as_=before.select)
    return Stage(select=select, shown=tuple(one.alias_or_name for one in select.expressions))


def _shared(stage: Stage, grouped: Grouped) -> Stage:
    """What part of all groups together each one is."""
    select = exp.Select(expressions=[_column(name) for name in stage.shown]).from_("parts_")
    shown = list(stage.shown)
    for _, alias in grouped.measured:
        whole = exp.Window(this=exp.Sum(this=_column(alias)))
        name = (_HAN if not alias.isascii() else _LATIN)["previous_period"].share.format(alias)
        select = select.select(exp.alias_(ratio(_column(alias), whole), name, quoted=True))
        shown.append(name)
    return Stage(select=select.with_("parts_", as_=stage.select), shown=tuple(shown))


def _part_of_whole(names: Catalog, parts: Parts, query: Query, aliases: dict[str, str]) -> exp.Select:
    """What the conditions keep as a share of what there is at that time."""
    whole_query = replace(query, conditions=(), names=(), having=())
    one = Grouper(catalog=names, parts=parts, query=query, aliases=aliases).grouped(query.measured)
    whole = Grouper(catalog=names, parts=parts, query=whole_query, aliases=aliases).grouped(query.measured)
    select = exp.Select().from_("part_").join("whole_", join_type="cross")
    for _, alias in one.measured:
        name = (_HAN if not alias.isascii() else _LATIN)["previous_period"].share.format(alias)
        part = ratio(_column(alias, "part_"), _column(alias, "whole_"))
        select = select.select(
            exp.alias_(_column(alias, "part_"), alias, quoted=True), exp.alias_(part, name, quoted=True)
        )
    return select.with_("part_", as_=one.select).with_("whole_", as_=whole.select)


__all__ = ["Inexpressible", "UnknownName", "sql_from_query"]
