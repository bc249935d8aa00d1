"""`/api/v1/knowledge/dictionary`: the words that the knowledge base must keep whole; our addition."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from yingda.dialects.helpdesk.wire import DictionaryRequest
from yingda.knowledge.library import Library
from yingda.turns.types import DEFAULT_COLLECTION
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response


def dictionary_routes(library: Library) -> APIRouter:
    """The routes, over the default collection of the caller's tenant."""
    router = APIRouter(prefix="/api/v1/knowledge/dictionary", tags=["knowledge"])

    @router.get("")
    async def words(caller: AdminCaller) -> Response:
        """The words, in the order in which they were given."""
        return json_response({"words": await library.dictionary.words(caller, DEFAULT_COLLECTION)})

    @router.put("")
    async def replace(caller: AdminCaller, body: DictionaryRequest) -> Response:
        """Make these all the words there are; documents taken in before are found by them on return.

        `searchable` false: they will be, once the index can be written again.
        """
        done = await library.set_words(caller, DEFAULT_COLLECTION, body.words)
        return json_response({"words": done.words, "searchable": done.is_indexed})

    return router
