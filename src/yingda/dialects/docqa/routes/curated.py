"""`/v1/ctai`: interventions, the answers that people wrote (docqa 2.8); our addition."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from yingda.curated.answer import Wording
from yingda.curated.book import CuratedBook
from yingda.curated.conflict import QuestionTaken
from yingda.curated.editing import CuratedEditor, Result, SaveOptions
from yingda.curated.hits import HitLog
from yingda.curated.importing import Row, rows_from_file
from yingda.dialects.docqa.errors import MissingField, error_body
from yingda.dialects.docqa.intervention import (
    AddRequest,
    BatchRequest,
    DeleteRequest,
    HitsRequest,
    ImportRequest,
    InfoRequest,
    ListRequest,
    TestRequest,
    UpdateRequest,
    changed,
    intervention_id,
    judged,
    shown,
    shown_conflicts,
    shown_hits,
    shown_match,
    shown_result,
    wording_from,
)
from yingda.dialects.docqa.routes.bodies import JsonBody, described
from yingda.dialects.docqa.wire import envelope
from yingda.errors import AnswerError, UnsupportedMedia
from yingda.turns.clock import Clock
from yingda.turns.types import DEFAULT_COLLECTION, Principal
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

PREFIX = "/v1/ctai"


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedDesk:
    """What the routes work with; times without a zone are read in `zone`."""

    book: CuratedBook
    editor: CuratedEditor
    hits: HitLog
    clock: Clock
    zone: tzinfo = UTC

    def told(self, data: dict[str, Any]) -> Response:
        """A success, with the time."""
        return json_response(envelope(data, self.clock.now()))

    async def add_each(
        self, caller: Principal, wanted: Sequence[Wording | AnswerError], options: SaveOptions
    ) -> list[Result]:
        """One result for each, in order; what was no wording is its own result."""
        wordings = [one for one in wanted if isinstance(one, Wording)]
        added = iter(await self.editor.add(caller, DEFAULT_COLLECTION, wordings, options) if wordings else [])
        return [one if isinstance(one, AnswerError) else next(added) for one in wanted]

    def saved(self, result: Result) -> Response:
        """The intervention, or the refusal with the conflicts in its `data`."""
        if isinstance(result, QuestionTaken):
            status, body = error_body(result)
            return json_response({**body, "data": {"conflict_list": shown_conflicts(result)}}, status)
        if isinstance(result, AnswerError):
            raise result
        return self.told(shown(result, self.clock.now()))


def curated_routes(desk: CuratedDesk) -> APIRouter:
    """The routes, over the default collection of the caller's project."""
    router = APIRouter(prefix=PREFIX, tags=["docqa"])
    _route_changes(router, desk)
    _route_reading(router, desk)
    return router


def _route_changes(router: APIRouter, desk: CuratedDesk) -> None:
    @router.post("/add_intervention", openapi_extra=described(AddRequest))
    async def add_intervention(
        caller: AdminCaller, body: Annotated[AddRequest, Depends(JsonBody(AddRequest))]
    ) -> Response:
        """Write one; it answers from now on, here at once, in other processes within a second."""
        options = SaveOptions(allow_conflicts=body.allow_conflict)
        (result,) = await desk.add_each(caller, [wording_from(body, desk.zone)], options)
        return desk.saved(result)

    @router.post("/add_intervention_batch", openapi_extra=described(BatchRequest))
    async def add_intervention_batch(
        caller: AdminCaller, body: Annotated[BatchRequest, Depends(JsonBody(BatchRequest))]
    ) -> Response:
        """Write several; each stands or falls alone."""
        wanted = [judged(element, desk.zone) for element in body.intervention_list]
        results = await desk.add_each(caller, wanted, SaveOptions(allow_conflicts=body.allow_conflict))
        return desk.told(
            {"intervention_result_list": [shown_result(result, desk.clock.now()) for result in results]}
        )

    @router.post("/update_intervention", openapi_extra=described(UpdateRequest))
    async def update_intervention(
        caller: AdminCaller, body: Annotated[UpdateRequest, Depends(JsonBody(UpdateRequest))]
    ) -> Response:
        """Change the fields that are given: `status` approves a draft, or retires an answer."""
        try:
            result: Result = await desk.editor.change(
                caller,
                DEFAULT_COLLECTION,
                intervention_id(body.intervention_id),
                lambda wording: changed(wording, body, desk.zone),
                SaveOptions(allow_conflicts=body.allow_conflict),
            )
        except QuestionTaken as taken:
            result = taken
        return desk.saved(result)

    @router.post("/delete_intervention_batch", openapi_extra=described(DeleteRequest))
    async def delete_intervention_batch(
        caller: AdminCaller, body: Annotated[DeleteRequest, Depends(JsonBody(DeleteRequest))]
    ) -> Response:
        """Take them away for good; one that is not there counts as done."""
        ids = [intervention_id(one) for one in body.intervention_id_list]
        await desk.editor.delete(caller, DEFAULT_COLLECTION, ids)
        done = [{"ret": "0", "msg": "", "intervention": {"intervention_id": one}} for one in ids]
        return desk.told({"intervention_result_list": done})

    @router.post("/import_intervention", openapi_extra=_UPLOAD)
    async def import_intervention(caller: AdminCaller, request: Request) -> Response:
        """Write the rows of a CSV or XLSX file; with `check_only` only tell what would become of them."""
        body, data = await _upload(request)
        rows = await asyncio.to_thread(rows_from_file, data, desk.zone, body.status)
        options = SaveOptions(allow_conflicts=body.allow_conflict, is_rehearsal=body.check_only)
        results = await desk.add_each(caller, [_wanted(row) for row in rows], options)
        elements = [
            {"row": str(row.number), **shown_result(result, desk.clock.now())}
            for row, result in zip(rows, results, strict=True)
        ]
        if body.check_only:
            elements = [{**element, "intervention": {}} for element in elements]
        failed = sum(isinstance(result, AnswerError) for result in results)
        counts = {"total": str(len(rows)), "added": str(len(rows) - failed), "failed": str(failed)}
        return desk.told({**counts, "intervention_result_list": elements})


def _route_reading(router: APIRouter, desk: CuratedDesk) -> None:
    @router.post("/intervention_list", openapi_extra=described(ListRequest))
    async def intervention_list(
        caller: AdminCaller, body: Annotated[ListRequest, Depends(JsonBody(ListRequest))]
    ) -> Response:
        """Interventions, latest change first; `keyword` is looked for in questions and answers."""
        page = await desk.book.store.page(
            caller,
            DEFAULT_COLLECTION,
            keyword=body.keyword,
            status=body.status,
            limit=body.page_size,
            offset=(body.page - 1) * body.page_size,
        )
        now = desk.clock.now()
        items = [shown(item, now) for item in page.items]
        return desk.told({**_paging(page.total, body), "intervention_list": items})

    @router.post("/intervention_info", openapi_extra=described(InfoRequest))
    async def intervention_info(
        caller: AdminCaller, body: Annotated[InfoRequest, Depends(JsonBody(InfoRequest))]
    ) -> Response:
        """One intervention."""
        found = await desk.book.store.answer(
            caller, DEFAULT_COLLECTION, intervention_id(body.intervention_id)
        )
        return desk.told(shown(found, desk.clock.now()))

    @router.post("/test_intervention", openapi_extra=described(TestRequest))
    async def test_intervention(
        caller: AdminCaller, body: Annotated[TestRequest, Depends(JsonBody(TestRequest))]
    ) -> Response:
        """What would match a question, drafts too, how well, and what speaks against it."""
        now, threshold = desk.clock.now(), desk.book.config.match.threshold
        found = await desk.book.matches(caller, DEFAULT_COLLECTION, body.query_text, lambda answer: True)
        shown_each = [
            shown_match(match, now, threshold, is_within=match.answer.wording.is_within(body.ctdoc_id))
            for match in found
        ]
        first = next((one["intervention_id"] for one in shown_each if one["would_answer"] == "1"), "")
        return desk.told(
            {"intervention_id": first, "threshold": f"{threshold:.4f}", "match_list": shown_each}
        )

    @router.post("/intervention_hits", openapi_extra=described(HitsRequest))
    async def intervention_hits(
        caller: AdminCaller, body: Annotated[HitsRequest, Depends(JsonBody(HitsRequest))]
    ) -> Response:
        """When interventions answered, latest first; a hit shows up about a second after its answer."""
        page = await desk.hits.page(
            caller,
            DEFAULT_COLLECTION,
            answer_id=intervention_id(body.intervention_id) if body.intervention_id else None,
            limit=body.page_size,
            offset=(body.page - 1) * body.page_size,
        )
        return desk.told({**_paging(page.total, body), "hit_list": shown_hits(page.items)})


def _paging(total: int, body: ListRequest | HitsRequest) -> dict[str, str]:
    return {"total": str(total), "page": str(body.page), "page_size": str(body.page_size)}


def _wanted(row: Row) -> Wording | AnswerError:
    wanted = row.wording or row.error
    assert wanted is not None
    return wanted


async def _upload(request: Request) -> tuple[ImportRequest, bytes]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise UnsupportedMedia("应为 multipart/form-data")
    async with request.form() as form:
        content = form.get("content")
        if not isinstance(content, UploadFile):
            raise MissingField(field="content")
        return ImportRequest.read(
            {name: form[name] for name in form if name != "content"}
        ), await content.read()


_UPLOAD: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["content"],
                    "properties": {
                        "content": {"type": "string", "format": "binary", "description": "CSV or XLSX."},
                        **ImportRequest.model_json_schema()["properties"],
                    },
                }
            }
        },
    }
}
