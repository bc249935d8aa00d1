"""Rules for what is measured and by what: counts, aggregations, the most and the top N, by and each."""

from __future__ import annotations

from typing import cast

from yingda.text_to_sql.model import Grain
from yingda.text_to_sql.parse_columns import implied, is_birth, is_number, time_fields, title_of
from yingda.text_to_sql.parse_draft import Draft, Uncovered, count_of
from yingda.text_to_sql.query import Condition, Order
from yingda.text_to_sql.vocabulary import Meaning

_OVER = ("glue", "and", "or", "which", "distinct")


def settle_words(draft: Draft) -> None:
    """Words that are both closed and of the model: an aggregation before what can be aggregated is one."""
    for at, piece in enumerate(draft.pieces):
        if not (piece.word and piece.meanings):
            continue
        is_weak = all(one.strength == 1 or one.kind == "value" for one in piece.meanings)
        after = draft.near(at, 1)
        is_before = after is not None and (
            draft.pieces[after].means("measure", "metric", "field")
            or draft.pieces[after].tag == "aggregation"
        )
        before = draft.near(at, -1)
        is_compared = before is not None and draft.pieces[before].tag == "compare"
        is_word = piece.tag in ("aggregation", "superlative") and is_before
        if piece.tag == "count" and before is not None and draft.pieces[before].means("table"):
            owners = {one.table for one in piece.meanings}
            is_word = is_word or not owners & {one.table for one in draft.pieces[before].means("table")}
        if is_weak or is_word or (piece.tag == "aggregation" and is_compared):
            piece.meanings = ()
        elif piece.tag != "glue" or not is_weak:
            piece.word = None


def read_superlatives(draft: Draft) -> None:
    """The most, the top N: ordering and a limit, or the rows that have the largest value."""
    for at in draft.tagged("superlative"):
        piece = draft.pieces[at]
        number = _number_near(draft, at)
        key = _key(draft, at, piece.concept)
        if not key:
            continue
        draft.use(at, number)
        count = int(draft.pieces[number].number or 1) if number is not None else None
        is_descending = (piece.carried == "desc") != (piece.concept == "age" and is_birth(draft, key))
        _most(draft, key, is_descending, count)


def _number_near(draft: Draft, at: int) -> int | None:
    """`top 5`, `最高的三个`; not a number that belongs to a comparison."""
    for by in (1, -1):
        index = draft.near(at, by, skip=("glue",))
        if (
            index is not None
            and draft.pieces[index].number is not None
            and not draft.pieces[index].means("value")
        ):
            return index
    return None


def _key(draft: Draft, at: int, concept: str) -> str:
    """What is the largest or smallest; what is found is marked used."""
    if concept == "time":
        return _time_key(draft, at)
    if concept not in ("", "number"):
        return implied(draft, concept)
    before, after = draft.near(at, -1), draft.near(at, 1)
    if after is not None and (draft.pieces[after].number is not None or draft.pieces[after].means("table")):
        ordering = _ordering(draft, after)
        may_count = concept == "number" and draft.pieces[after].number is None
        after = ordering if ordering is not None or not may_count else after
    has_han = not draft.pieces[at].text.isascii()
    for index in (before, after) if has_han else (after, before):
        may_count = concept == "number" and index == (before if has_han else after)
        if index is not None and (name := _orderable(draft, index, may_count=may_count)):
            draft.use(index)
            return name
    by = _ordering(draft, at)
    if by is not None and (name := _orderable(draft, by, may_count=False)):
        draft.use(by)
        return name
    return ""


def _ordering(draft: Draft, at: int) -> int | None:
    """`top 5 customers by revenue`: where the measure after `by` stands."""
    for index in range(at, len(draft.pieces)):
        if draft.pieces[index].tag == "by" and not draft.pieces[index].is_used:
            after = draft.near(index, 1)
            if after is not None and _orderable(draft, after, may_count=False):
                draft.use(index)
                return after
    return None


def _orderable(draft: Draft, at: int, *, may_count: bool) -> str:
    piece = draft.pieces[at]
    if piece.means("measure", "metric"):
        found = draft.choose(at, "measure", "metric")
        return found.name if found else ""
    if piece.means("field"):
        found = draft.choose(at, "field")
        return found.name if found and is_number(draft, found.name) else ""
    if piece.tag == "count":
        after = draft.near(at, 1)
        table = draft.choose(after, "table") if after is not None else None
        draft.use(after if table else None)
        return count_of(table.table) if table else ""
    if may_count and piece.means("table"):
        found = draft.choose(at, "table")
        return count_of(found.table) if found else ""
    return ""


def _time_key(draft: Draft, at: int) -> str:
    for by in (1, -1):
        index = draft.near(at, by)
        if index is not None and (times := time_fields(draft, index)):
            draft.use(index)
            return times[0].name
    after = draft.near(at, 1)
    table = draft.choose(after, "table") if after is not None else None
    if table is None or (time := draft.catalog.tables[table.table].default_time) is None:
        return ""
    return f"{table.table}.{time}"


def _most(draft: Draft, key: str, is_descending: bool, count: int | None) -> None:
    is_field = key in draft.catalog.fields
    has_measure = bool(draft.measured) or any(
        piece.tag in ("count", "aggregation") and not piece.is_used for piece in draft.pieces
    )
    if is_field and has_measure and count is None:
        draft.conditions.append(Condition(name=key, operator="=", against="max" if is_descending else "min"))
        return
    draft.order.append(Order(name=key, is_descending=is_descending))
    draft.limit = count or 1
    if is_field:
        draft.assumed.append(draft.catalog.label(key))
    else:
        draft.measure(key)


def read_orders(draft: Draft) -> None:
    """Ordered by this, from high to low."""
    for at in draft.tagged("order"):
        if draft.pieces[at].is_used:
            continue
        direction = draft.pieces[at].carried
        name = ""
        for by in (1, -1) if draft.pieces[at].text.isascii() else (-1, 1):
            index = draft.near(at, by, skip=("glue", "by"))
            if index is not None and draft.pieces[index].means("field", "measure", "metric"):
                found = draft.choose(index, "measure", "metric") or draft.choose(index, "field")
                name = found.name if found else ""
                _keep_shown(draft, index, name, at)
                break
        for other in draft.tagged("order"):
            if other != at and draft.pieces[other].carried:
                direction = draft.pieces[other].carried
                draft.use(other)
        name = name or (draft.order[0].name if draft.order else "")
        draft.use(at)
        if not name:
            draft.pieces[at].is_used = bool(draft.measured) or _has_measure(draft)
            if direction == "asc":
                draft.order.append(Order(name="", is_descending=False))
            continue
        default = name not in draft.catalog.fields
        draft.order.append(Order(name=name, is_descending=direction == "desc" or (not direction and default)))


def _keep_shown(draft: Draft, index: int, name: str, at: int) -> None:
    """What is ordered by is taken, unless it is measured and named nowhere else."""
    draft.use(index)
    if name not in draft.catalog.fields:
        draft.measure(name)
    for by in (-1,) if index < at else ():
        before = draft.near(index, by, skip=("glue",))
        if before is not None and draft.pieces[before].tag == "by":
            draft.use(before)


def _has_measure(draft: Draft) -> bool:
    return any(piece.means("measure", "metric") for piece in draft.pieces)


def read_counts(draft: Draft) -> None:
    """How many of these: rows of a table, or different values of a field."""
    for at in draft.tagged("count"):
        is_suffix = not draft.pieces[at].text.isascii()
        after, before = draft.near(at, 1, skip=_OVER), draft.near(at, -1, skip=(*_OVER, "not"))
        for index in (after, before) if not is_suffix or _is_counted(draft, after) else (before, after):
            if index is not None and not _is_grouped_by(draft, index) and _count(draft, at, index):
                break
        else:
            _count_what_has(draft, at)


def _is_grouped_by(draft: Draft, index: int) -> bool:
    return draft.pieces[index - 1].tag == "by" if index else False


def _is_counted(draft: Draft, at: int | None) -> bool:
    return at is not None and bool(draft.pieces[at].means("table", "field", "measure"))


def _count(draft: Draft, at: int, index: int) -> bool:
    piece = draft.pieces[index]
    if piece.means("table"):
        found = draft.choose(index, "table")
        name = count_of(found.table) if found else ""
    elif piece.means("measure", "metric"):
        found = draft.choose(index, "measure", "metric")
        name = found.name if found else ""
    elif piece.means("field") and not piece.means("value"):
        found = draft.choose(index, "field")
        name = f"count_distinct({found.name})" if found else ""
    else:
        return False
    between = range(min(at, index), max(at, index))
    draft.use(at, index, *(one for one in between if draft.pieces[one].tag == "distinct"))
    draft.measure(name)
    return True


def _count_what_has(draft: Draft, at: int) -> None:
    """`金卡会员有多少人`: with no table named, the rows that have the value."""
    tables = {one.name.partition(".")[0] for one in draft.conditions}
    tables |= {name.partition(".")[0] for name in draft.names}
    tables = tables or {name for index, name in draft.mentioned() if not _is_grouped_by(draft, index)}
    if len(tables) == 1:
        draft.measure(count_of(tables.pop()))
        draft.use(at)


def read_aggregations(draft: Draft) -> None:
    """Average, total, largest, smallest of a field or of what a measure adds up."""
    for at in draft.tagged("aggregation"):
        for by in (1, -1):
            index = draft.near(at, by, may_be_used=True, skip=("glue", "and", "or", "aggregation"))
            if index is None or (by == -1 and draft.pieces[index].is_used):
                continue
            if name := _aggregated(draft, at, index):
                draft.measure(name)
                draft.use(at, index)
                break


def _aggregated(draft: Draft, at: int, index: int) -> str:
    wanted, piece = draft.pieces[at].carried, draft.pieces[index]
    if not piece.means("field", "measure", "metric"):
        return ""
    found = _averaged(draft, index)
    if found.kind == "metric":
        return found.name if wanted == "sum" else ""
    if found.kind == "field" and not is_number(draft, found.name):
        return ""
    if found.kind == "measure":
        how = draft.catalog.aggregate(found.name).aggregation
        if wanted == how or (wanted == "sum" and how == "count"):
            return found.name
        if how not in ("sum", "avg") or wanted == "sum":
            return ""
    return f"{wanted}({found.name})"


def _averaged(draft: Draft, index: int) -> Meaning:
    found = (
        draft.choose(index, "measure", "metric") if draft.pieces[index].means("measure", "metric") else None
    )
    found = found or draft.choose(index, "field")
    if found is None:
        raise Uncovered("nothing to aggregate", [draft.pieces[index].text])
    return found


def read_groupings(draft: Draft) -> None:
    """By, each, per: what follows, and what is joined to it by and."""
    for at in draft.tagged("by"):
        index = draft.near(at, 1, skip=("glue", "and", "or", "by", "distinct"))
        grouped = False
        while index is not None and _group(draft, index):
            grouped = True
            index = _after_and(draft, index)
        if grouped:
            draft.use(at)


def _group(draft: Draft, index: int) -> bool:
    piece = draft.pieces[index]
    if piece.tag == "unit":
        draft.grains.append(cast(Grain, piece.carried))
    elif piece.means("table", "role"):
        found = draft.choose(index, "table", "role")
        if found is None:
            return False
        field = _own_field(draft, index, found)
        if not field:
            draft.group(title_of(draft, found.table))
    elif piece.means("field"):
        found = draft.choose(index, "field")
        if found is None:
            return False
        if draft.catalog.field(found.name).item in draft.catalog.field(found.name).table.time_dimensions:
            draft.time_field = found.name
            draft.use(index)
            return True
        draft.group(found.name)
    else:
        return False
    draft.use(index)
    return True


def _own_field(draft: Draft, index: int, table: Meaning) -> bool:
    """`by customer country`, cut in two: the field of the table named."""
    after = index + 1
    if after >= len(draft.pieces) or draft.pieces[after].is_used:
        return False
    fields = [one for one in draft.pieces[after].means("field") if one.table == table.table]
    if len(fields) != 1:
        return False
    draft.group(fields[0].name)
    draft.use(after)
    return True


def _after_and(draft: Draft, index: int) -> int | None:
    at = index + 1
    if at < len(draft.pieces) and draft.pieces[at].tag == "and":
        after = draft.near(at, 1, skip=("glue", "by"))
        if after is not None and not draft.pieces[after].means("measure", "metric"):
            return after
    return None
