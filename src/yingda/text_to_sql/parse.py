"""Questions over a semantic model without a language model: cut into pieces, read by rules, never guessed.

Every piece of the question has to be accounted for by a rule. What no rule takes makes it `Outside`; what has
two meanings that nothing settles makes it `Ambiguous`, with choices that are questions themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from yingda.text_to_sql.compile import sql_from_query
from yingda.text_to_sql.fields import UnknownName, catalog
from yingda.text_to_sql.grouped import Inexpressible
from yingda.text_to_sql.model import Grain, SemanticModel
from yingda.text_to_sql.parse_conditions import (
    read_averages,
    read_comparisons,
    read_negations,
    read_texts,
    read_values,
)
from yingda.text_to_sql.parse_draft import Draft, Rule, Unclear, Uncovered
from yingda.text_to_sql.parse_measures import (
    read_aggregations,
    read_counts,
    read_groupings,
    read_orders,
    read_superlatives,
    settle_words,
)
from yingda.text_to_sql.parse_pieces import Piece, Reader, mend, pieces_of
from yingda.text_to_sql.parse_rest import (
    read_fields,
    read_listed,
    read_measures,
    read_tables,
    read_times,
    unread,
)
from yingda.text_to_sql.query import Query
from yingda.text_to_sql.similar import choices_of, suggestions
from yingda.text_to_sql.types import Ambiguous, Asked, Outside, Reading, Understood
from yingda.text_to_sql.verified import verified_for
from yingda.text_to_sql.vocabulary import Values, vocabulary

_HAN_QUESTION = "“{}”指的是哪一个？"
_LATIN_QUESTION = "Which do you mean by “{}”?"


def read(model: SemanticModel, values: Values, asked: Asked) -> Reading:
    """A verified query if the question is one, else what the rules make of it; does no I/O."""
    if (known := verified_for(model, asked.question)) is not None:
        return Understood(sql=known.sql, source="verified", verified=known)
    return parsed(model, values, asked)


def parsed(model: SemanticModel, values: Values, asked: Asked, *, may_ask: bool = True) -> Reading:
    """The question read by rules; without `may_ask` what is unclear is outside."""
    reader = Reader(vocabulary=vocabulary(model), values=values)
    pieces = pieces_of(reader, asked)
    draft = Draft(catalog=catalog(model), today=asked.today, pieces=pieces)
    draft.assumed += mend(reader, pieces)
    try:
        for rule in _RULES:
            rule(draft)
        query = _query(draft)
        _check_divisible(draft, query)
        sql = sql_from_query(model, query)
    except Unclear as unclear:
        return _ask(model, values, asked, unclear) if may_ask else Outside(reason=str(unclear))
    except Uncovered as gap:
        return _outside(model, str(gap), (*gap.unknown, *_unknown(pieces)))
    except (Inexpressible, UnknownName) as gap:
        return _outside(model, str(gap), tuple(_unknown(pieces)))
    return Understood(sql=sql, source="parsed", query=query, assumed=tuple(dict.fromkeys(draft.assumed)))


def _read_flags(draft: Draft) -> None:
    """Shares, comparisons with a period before, grains and trends."""
    for at in draft.tagged("share"):
        draft.is_share = True
        draft.use(at)
    for at in draft.tagged("compared"):
        draft.compared = draft.pieces[at].carried
        draft.use(at)
    for at in draft.tagged("grain"):
        draft.grains.append(cast(Grain, draft.pieces[at].carried))
        draft.use(at)
    for at in draft.tagged("trend"):
        if not draft.grains:
            draft.grains.append("month")
        draft.use(at)
    for at in draft.tagged("unit"):
        before = draft.near(at, -1, skip=("glue",))
        if before is not None and draft.pieces[before].tag == "which":
            draft.grains.append(cast(Grain, draft.pieces[at].carried))
            draft.use(at)


def _read_both(draft: Draft) -> None:
    """Both of two values or years would have to hold at once; no rule reads that."""
    for at in draft.tagged("both"):
        after = draft.near(at, 1, may_be_used=True)
        if after is not None and (draft.pieces[after].period or draft.pieces[after].means("value")):
            raise Uncovered("both at once cannot be asked", [draft.pieces[at].text])
        draft.use(at)


def _read_distinct(draft: Draft) -> None:
    for at in draft.tagged("distinct"):
        draft.is_distinct = True
        draft.use(at)


def _check(draft: Draft) -> None:
    if left := unread(draft.pieces):
        raise Uncovered("words without a place in the model", left)


def _check_unknown(draft: Draft) -> None:
    if _unknown(draft.pieces):
        raise Uncovered("words without a place in the model", ())


def _check_divisible(draft: Draft, query: Query) -> None:
    """An order's amount is no amount of one of its goods: a sum is not divided by what hangs on its rows."""
    for name in query.measured:
        aggregates = [name] if name not in draft.catalog.metrics else []
        for aggregate in map(draft.catalog.aggregate, aggregates):
            for grouping in query.groupings:
                table = grouping.name.partition(".")[0]
                if aggregate.aggregation in ("sum", "avg") and not draft.is_looked_up(
                    aggregate.table.name, table
                ):
                    label = draft.catalog.label(grouping.name)
                    raise Uncovered(f"{draft.catalog.label(name)} is not known by {label}", [label])


def _unknown(pieces: list[Piece]) -> list[str]:
    return [piece.text for piece in pieces if piece.is_unknown]


_RULES: tuple[Rule, ...] = (
    _check_unknown,
    settle_words,
    _read_flags,
    _read_both,
    read_texts,
    read_averages,
    read_comparisons,
    read_superlatives,
    read_orders,
    read_negations,
    read_values,
    read_counts,
    read_aggregations,
    read_groupings,
    read_measures,
    read_listed,
    _read_distinct,
    read_times,
    read_fields,
    read_tables,
    _check,
)


def _query(draft: Draft) -> Query:
    measured = tuple(draft.measured)
    if draft.is_share and not measured:
        raise Uncovered("what the share is of is not said", [])
    if _lists_rows(draft):
        draft.shown, draft.groupings, measured = [one.name for one in draft.groupings], [], ()
    order = tuple(
        replace(one, name=measured[0]) if not one.name and measured else one
        for one in draft.order
        if one.name or measured
    )
    return Query(
        measured=measured,
        shown=() if measured else tuple(draft.shown),
        groupings=tuple(draft.groupings),
        conditions=tuple(draft.conditions),
        names=tuple(draft.names),
        time=draft.time,
        having=tuple(draft.having),
        order=order,
        limit=draft.limit,
        compared=cast(Literal["previous_period", "year_before"], draft.compared) if draft.compared else None,
        is_share=draft.is_share,
        is_distinct=draft.is_distinct and not measured,
    )


def _lists_rows(draft: Draft) -> bool:
    """Name and size of the one with the most: the columns asked for are rows, and nothing else is shown."""
    tables = {one.name.partition(".")[0] for one in draft.groupings}
    titles = {f"{name}.{draft.catalog.tables[name].title}" for name in tables}
    return (
        draft.limit is not None
        and len(tables) == 1
        and not draft.is_share
        and not draft.compared
        and not draft.has_named_measure
        and draft.has_named_columns
        and bool(titles & {one.name for one in draft.groupings})
        and [one.name for one in draft.order] == draft.measured
        and draft.measured[0] not in draft.catalog.metrics
    )


def _ask(model: SemanticModel, values: Values, asked: Asked, unclear: Unclear) -> Reading:
    """Choices are the question with the unclear words made clear; each has to be understood."""
    choices = [
        choice
        for choice in choices_of(model, asked.question, unclear.piece, unclear.meanings)
        if isinstance(parsed(model, values, replace(asked, question=choice), may_ask=False), Understood)
    ]
    said = unclear.piece.text
    if len(choices) < 2:
        return _outside(model, f"“{said}” has several meanings", (said,))
    is_han = any("\u4e00" <= char <= "\u9fff" for char in asked.question)
    return Ambiguous(
        question=(_HAN_QUESTION if is_han else _LATIN_QUESTION).format(said), choices=tuple(choices)
    )


def _outside(model: SemanticModel, reason: str, unknown: tuple[str, ...]) -> Outside:
    return Outside(
        reason=reason, unknown=tuple(dict.fromkeys(unknown)), suggestions=suggestions(model, unknown)
    )
