"""What the question before was understood as, from the conversation's own record."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from yingda.conversations.archive import Archive
from yingda.text_to_sql import query_json
from yingda.text_to_sql.query import Query
from yingda.turns import codec
from yingda.turns.events import RowsFetched
from yingda.turns.types import Turn

Recall = Callable[[Turn], Awaitable[Query | None]]
"""The newest query of the conversation that fetched rows; None in a new one. Raises `StoreUnavailable`."""

_TURNS_LOOKED_AT = 6
"""A chat or a question back in between does not end what the conversation is about."""


def recall_from(archive: Archive) -> Recall:
    """Over the archive of the conversations that the turns belong to."""

    async def previous(turn: Turn) -> Query | None:
        if turn.number == 1:
            return None
        page = await archive.turns(
            turn.principal, turn.dialect, turn.external_id, offset=0, limit=_TURNS_LOOKED_AT
        )
        for stored in reversed(page.items):
            if stored.turn_id != turn.id and stored.ending == "TurnCompleted":
                rows = [event for event in codec.load(stored.lines) if isinstance(event, RowsFetched)]
                if rows:
                    return _query(rows[-1])
        return None

    return previous


async def recall_nothing(turn: Turn) -> Query | None:
    """For conversations that nobody keeps."""
    return None


def _query(rows: RowsFetched) -> Query | None:
    """SQL that was written as SQL has no structure to edit."""
    explanation = rows.explanation
    return query_json.load(explanation.query_json) if explanation and explanation.query_json else None
