"""Rules for which rows and groups are meant: comparisons, values, texts, named filters, negations."""

from __future__ import annotations

from typing import cast

from yingda.text_to_sql.parse_columns import implied, is_number, time_fields
from yingda.text_to_sql.parse_draft import Draft, Uncovered, count_of
from yingda.text_to_sql.query import Condition, Operator
from yingda.text_to_sql.vocabulary import Meaning

_LEFT_SKIP = ("glue", "and", "or", "which", "by")


def read_averages(draft: Draft) -> None:
    """Above average: each row against the whole table."""
    for at in draft.tagged("average"):
        _hold_against(draft, at)
    for at in draft.tagged("compare"):
        after = draft.near(at, 1)
        if after is not None and (draft.pieces[after].tag, draft.pieces[after].carried) == (
            "aggregation",
            "avg",
        ):
            draft.use(after)
            _hold_against(draft, at)


def _hold_against(draft: Draft, at: int) -> None:
    piece = draft.pieces[at]
    name = implied(draft, piece.concept) if piece.concept else _number_field(draft, at)
    operator = cast(Operator, piece.carried)
    draft.conditions.append(Condition(name=name, operator=operator, against="avg"))
    draft.use(at)


def _number_field(draft: Draft, at: int) -> str:
    for by in (1, -1):
        index = draft.near(at, by)
        if index is None:
            continue
        if name := _comparable(draft, index):
            draft.use(index)
            return name
    raise Uncovered("what is compared is not said", [draft.pieces[at].text])


def read_comparisons(draft: Draft) -> None:
    """More than so many, between two numbers, so many or more."""
    for at in draft.tagged("compare"):
        _compare(draft, at)
    for at in draft.tagged("between"):
        _between(draft, at)
    for at in draft.tagged("after"):
        _at_least(draft, at)


def _compare(draft: Draft, at: int) -> None:
    piece = draft.pieces[at]
    operator = cast(Operator, piece.carried)
    after = draft.near(at, 1)
    if after is None:
        return
    if draft.pieces[after].number is None and not draft.pieces[after].means("value"):
        number = draft.near(after, 1)
        name = draft.choose(after, "field")
        if number is None or name is None or draft.pieces[number].number is None:
            return
        draft.use(after)
        _add(draft, name.name, operator, (_plain(draft.pieces[number].number),))
        draft.use(at, number)
        return
    values = (_plain(draft.pieces[after].number),)
    draft.use(at, after)
    _add(
        draft,
        implied(draft, piece.concept) if piece.concept else _operand(draft, at, after),
        operator,
        values,
    )


def _between(draft: Draft, at: int) -> None:
    low = draft.near(at, 1)
    high = draft.near(low, 1) if low is not None else None
    if low is None or high is None:
        return
    numbers = (draft.pieces[low].number, draft.pieces[high].number)
    if numbers[0] is None or numbers[1] is None:
        return
    draft.use(at, low, high)
    _add(draft, _operand(draft, at, high), "between", (_plain(numbers[0]), _plain(numbers[1])))


def _at_least(draft: Draft, at: int) -> None:
    number = draft.near(at, -1)
    if number is None or draft.pieces[number].number is None:
        return
    operator = cast(Operator, draft.pieces[at].carried)
    draft.use(at, number)
    _add(draft, _operand(draft, number, at), operator, (_plain(draft.pieces[number].number),))


def _operand(draft: Draft, first: int, last: int) -> str:
    """What is compared: named before the comparison, else the things that are counted after it."""
    before = draft.near(first, -1, skip=_LEFT_SKIP)
    if before is not None and (found := _counted(draft, before)):
        return found
    if before is not None and (found := _comparable(draft, before)):
        draft.use(before)
        return found
    after = draft.near(last, 1)
    if after is not None:
        if found := _comparable(draft, after):
            draft.use(after)
            return found
        if table := draft.choose(after, "table"):
            draft.use(after)
            return count_of(table.table)
    raise Uncovered("what is compared is not said", [draft.pieces[first].text])


def _counted(draft: Draft, at: int) -> str:
    """`订单数超过`: a table with a word for its number."""
    table = draft.near(at, -1) if draft.pieces[at].tag == "count" else None
    found = draft.choose(table, "table") if table is not None else None
    if found is None:
        return ""
    draft.use(at, table)
    return count_of(found.table)


def _comparable(draft: Draft, at: int) -> str:
    if draft.pieces[at].tag == "implied":
        return implied(draft, draft.pieces[at].concept)
    found = (
        _compared_row(draft, at) or draft.choose(at, "field", "measure", "metric")
        if draft.pieces[at].means("field", "measure", "metric")
        else None
    )
    if found is None:
        return ""
    if found.kind == "field" and not is_number(draft, found.name):
        return ""
    return found.name


def _compared_row(draft: Draft, at: int) -> Meaning | None:
    """A column and a sum over it go by one name: without groups each row is compared by itself."""
    fields = draft.pieces[at].means("field")
    measures = draft.pieces[at].means("measure")
    if len(fields) != 1 or len(measures) != 1 or fields[0].table != measures[0].table:
        return None
    is_grouped = bool(draft.tagged("by") or draft.grains)
    return None if is_grouped else fields[0]


def _add(draft: Draft, name: str, operator: Operator, values: tuple[int | float, ...]) -> None:
    condition = Condition(name=name, operator=operator, values=values)
    if name in draft.catalog.fields:
        draft.conditions.append(condition)
        return
    draft.having.append(condition)
    draft.measure(name)


def _plain(number: float | None) -> int | float:
    assert number is not None
    return int(number) if number == int(number) else number


def read_negations(draft: Draft) -> None:
    """Without any: rows for which there is nothing; other than: all values but these."""
    for at in draft.tagged("not", "except"):
        after = draft.near(at, 1)
        if after is None:
            continue
        met = _met(draft, at, after)
        if _deny(draft, met, is_exception=draft.pieces[at].tag == "except"):
            draft.use(at, after, met)


def _met(draft: Draft, at: int, after: int) -> int:
    """The piece denied: `placed` in never placed an order only says how; so does a table before another."""
    further = draft.near(after, 1)
    if further is None:
        return after
    if draft.pieces[at].tag == "except":
        return further if draft.pieces[after].means("table") else after
    owners = {one.table for one in time_fields(draft, after)}
    return further if owners & {one.table for one in draft.pieces[further].means("table")} else after


def _deny(draft: Draft, at: int, *, is_exception: bool) -> bool:
    """Whether the piece is something that can be denied, and is now."""
    if value := _chosen(draft, at, "value"):
        draft.conditions.append(Condition(name=value.name, operator="!=", values=(value.value,)))
        _use_named_field(draft, at, value.name)
        return True
    kinds = ("table",) if is_exception else ("table", "measure")
    if found := _chosen(draft, at, *kinds):
        draft.having.append(Condition(name=count_of(found.table), operator="=", values=(0,)))
        return True
    named = None if is_exception else _chosen(draft, at, "field")
    if named is None:
        return False
    if _is_elsewhere(draft, named):
        draft.having.append(Condition(name=count_of(named.table), operator="=", values=(0,)))
    else:
        draft.conditions.append(Condition(name=named.name, operator="is null"))
    return True


def _is_elsewhere(draft: Draft, found: Meaning) -> bool:
    """`没有下单的客户`: a column of rows that hang on those asked for says there are none."""
    tables = {name for _, name in draft.mentioned()}
    return bool(tables) and not any(
        name == found.table or draft.is_looked_up(name, found.table) for name in tables
    )


def _chosen(draft: Draft, at: int, *kinds: str) -> Meaning | None:
    return draft.choose(at, *kinds) if draft.pieces[at].means(*kinds) else None


def read_texts(draft: Draft) -> None:
    """Text in quotes: a value where it is one, else what a name contains."""
    for at, piece in enumerate(draft.pieces):
        if not piece.quoted or piece.is_used:
            continue
        contains = next((index for index in draft.tagged("contains") if abs(index - at) <= 3), None)
        if piece.meanings and contains is None:
            continue
        fields = [
            index
            for index in range(max(0, at - 4), min(len(draft.pieces), at + 5))
            if draft.pieces[index].means("field")
        ]
        if not fields:
            raise Uncovered("which field has this text is not said", [piece.text])
        nearest = min(fields, key=lambda index: abs(index - at))
        found = draft.choose(nearest, "field")
        if found is None:
            continue
        operator: Operator = "=" if contains is None else "contains"
        draft.conditions.append(Condition(name=found.name, operator=operator, values=(piece.quoted,)))
        draft.use(at, nearest, contains)


def read_values(draft: Draft) -> None:
    """Values and named filters that are left: rows that have them; two of one dimension mean either."""
    said: dict[str, list[str]] = {}
    for at, piece in enumerate(draft.pieces):
        if piece.is_used or piece.tag not in ("", "glue"):
            continue
        if found := _chosen(draft, at, "filter"):
            draft.names.append(found.name)
            draft.use(at)
        elif piece.means("value") and not piece.means("table", "field", "measure", "metric"):
            value = draft.choose(at, "value")
            if value is None:
                continue
            said.setdefault(value.name, []).append(value.value)
            draft.use(at)
            _use_named_field(draft, at, value.name)
    for name, values in said.items():
        unique = tuple(dict.fromkeys(values))
        operator: Operator = "=" if len(unique) == 1 else "in"
        draft.conditions.append(Condition(name=name, operator=operator, values=unique))


def _use_named_field(draft: Draft, at: int, name: str) -> None:
    """`category Seafood`: the dimension beside its value says nothing more."""
    for by in (-1, 1):
        index = draft.near(at, by)
        if index is None or (by == 1 and draft.tagged("by")):
            continue
        if any(one.name == name for one in draft.pieces[index].means("field")):
            draft.use(index)
            return
