"""`/v1/ctai/retrieve`: what an answer would rest on, without the answer (docqa G17); our addition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from yingda.dialects.docqa.routes.bodies import JsonBody, described
from yingda.dialects.docqa.wire import MAX_QUERY_CHARS, MAX_SCOPE_IDS, Ids, Lenient, Text, envelope
from yingda.knowledge.types import Retriever
from yingda.knowledge.uploads.catalogue import SEARCHABLE, Catalogue
from yingda.turns.clock import Clock
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId, Passage, Principal
from yingda.web.auth import ChatCaller
from yingda.web.respond import json_response

BUDGET_S = 2.0
"""Nobody waits for a first word here, so the remote legs have longer than in a turn."""


class RetrieveRequest(Lenient):
    """The body of `retrieve`."""

    query: Text = Field(max_length=MAX_QUERY_CHARS, description="What to search for.")
    ctdoc_id: Ids | None = Field(
        None, max_length=MAX_SCOPE_IDS, description="Search these documents only, joined by commas."
    )
    k: Annotated[int, Field(ge=1, le=50)] = Field(5, description="How many passages at most.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The ids of a request by what can be done with them."""

    used: tuple[str, ...]
    missing: tuple[str, ...]
    not_ready: tuple[str, ...]


def retrieve_routes(retriever: Retriever, catalogue: Catalogue, clock: Clock) -> APIRouter:
    """The route, over the default collection of the caller's project."""
    router = APIRouter(tags=["docqa"])

    @router.post("/v1/ctai/retrieve", openapi_extra=described(RetrieveRequest))
    async def retrieve(
        caller: ChatCaller, body: Annotated[RetrieveRequest, Depends(JsonBody(RetrieveRequest))]
    ) -> Response:
        """Passages, best first, with scores and places; nothing is generated."""
        started_s = clock.monotonic()
        scope = None if body.ctdoc_id is None else await _scope(catalogue, caller, body.ctdoc_id)
        found = await retriever.retrieve(
            caller,
            DEFAULT_COLLECTION,
            body.query,
            by_s=started_s + BUDGET_S,
            limit=body.k,
            scope=None if scope is None else frozenset(map(DocumentId, scope.used)),
        )
        data: dict[str, Any] = {
            "total": str(len(found.passages)),
            "passage_list": [_shown(rank, one) for rank, one in enumerate(found.passages, 1)],
            "best_score": f"{found.best_score:.4f}",
            "degraded": found.degraded,
            "index_version": str(retriever.revision(caller, DEFAULT_COLLECTION)),
            "retrieve_ms": str(round((clock.monotonic() - started_s) * 1000)),
        }
        if scope is not None:
            data["scope"] = {
                "used": scope.used,
                "missing": scope.missing,
                "not_ready": scope.not_ready,
            }
        return json_response(envelope(data, clock.now()))

    return router


async def _scope(catalogue: Catalogue, caller: Principal, wanted: Sequence[str]) -> Scope:
    known = await catalogue.states(caller, wanted)
    return Scope(
        used=tuple(one for one in wanted if known.get(one) == SEARCHABLE),
        missing=tuple(one for one in wanted if one not in known),
        not_ready=tuple(one for one in wanted if known.get(one, SEARCHABLE) != SEARCHABLE),
    )


def _shown(rank: int, passage: Passage) -> dict[str, Any]:
    """A passage; spans count code points of the document's text, the end is exclusive."""
    return {
        "rank": str(rank),
        "ctdoc_id": passage.document_id,
        "doc_name": passage.source,
        "chunk_id": passage.id,
        "score": f"{passage.score:.4f}",
        "text": passage.text,
        "char_start": str(passage.start),
        "char_end": str(passage.end),
        "page": "" if passage.page is None else str(passage.page),
        "heading": list(passage.heading),
    }
