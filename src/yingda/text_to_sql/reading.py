"""The reader of questions as it is for one asker: over the values of now, without what they may not see."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from yingda.text_to_sql.model import SemanticModel
from yingda.text_to_sql.parse import read
from yingda.text_to_sql.policy import Policies, bind
from yingda.text_to_sql.source import Source
from yingda.text_to_sql.types import Asked, Reading
from yingda.turns.types import Principal

Read = Callable[[Asked], Reading]
"""A question as what it comes to over the model; pure."""

Reader = Callable[[Principal], Awaitable[Read]]
"""Raises what the first look at the database's values raises."""

NO_POLICIES = Policies()


def reader_over(source: Source, policies: Policies = NO_POLICIES) -> Reader:
    """Values of hidden columns are no words of a question: finding them would tell that they are there."""

    async def reader(principal: Principal) -> Read:
        values = await source.values.current()
        if hidden := _hidden(source.model, policies, principal):
            values = values.without(hidden)
        return partial(read, source.model, values)

    return reader


def _hidden(model: SemanticModel, policies: Policies, principal: Principal) -> frozenset[str]:
    bound = bind(policies, principal, model.dialect).hidden
    columns = {(table, column) for table, pairs in bound.items() for _, column in pairs}
    return frozenset(
        f"{table.name}.{dimension.name}"
        for table in model.tables
        for dimension in table.dimensions
        if (table.name, dimension.expr) in columns
    )
