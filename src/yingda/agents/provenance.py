"""Tells of the documents that an answer rests on how they came in."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace

from yingda.errors import StoreUnavailable
from yingda.turns.answerer import Answerer
from yingda.turns.events import PassagesFound, TurnEvent
from yingda.turns.types import DocumentId, Passage, Principal, Provenance, Turn

Provenances = Callable[[Principal, Sequence[DocumentId]], Awaitable[Mapping[DocumentId, Provenance]]]
"""The provenances of the principal's documents by id; what is no document is left out."""


def with_provenance(answer: Answerer, provenances: Provenances) -> Answerer:
    """Gives every passage found its document's provenance; without a registry they stay as they are."""

    async def answer_and_tell(turn: Turn) -> AsyncGenerator[TurnEvent, None]:
        async with aclosing(answer(turn)) as events:
            async for event in events:
                if isinstance(event, PassagesFound) and event.passages:
                    event = replace(event, passages=await _told(turn.principal, event.passages, provenances))
                yield event

    return answer_and_tell


async def _told(
    principal: Principal, found: tuple[Passage, ...], provenances: Provenances
) -> tuple[Passage, ...]:
    ids = tuple(dict.fromkeys(passage.document_id for passage in found))
    try:
        known = await provenances(principal, ids)
    except StoreUnavailable:
        return found
    return tuple(replace(passage, provenance=known.get(passage.document_id)) for passage in found)
