"""`/api/v0/training_data`: what people teach, kept, approved and taken out of use (dataqa 2.17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, File, Form, UploadFile
from pydantic import ConfigDict
from starlette.responses import Response

from yingda.data_training.duplicates import Group, duplicates
from yingda.data_training.items import KINDS, ItemQuery, Kind, NewItem
from yingda.data_training.store import TrainingStore
from yingda.data_training.uploads import MAX_FILE_BYTES, FileType, items_from_file
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.errors import error_words
from yingda.dialects.dataqa.teaching import (
    ApproveRequest,
    CombineRequest,
    CreateRequest,
    IdsRequest,
    ItemQueryRequest,
    PairRequest,
    new_item,
    pagination,
    percent,
    shown_item,
)
from yingda.dialects.dataqa.wire import Body, JsonBody, Needed, described, envelope, local, stamped
from yingda.errors import AnswerError, InvalidRequest, NotFound, TooLarge
from yingda.turns.clock import Clock
from yingda.turns.types import Principal
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

EVERYTHING = 100_000
Check = Callable[[Principal, str], Awaitable[None]]
"""Raises what keeps a statement from being run for that principal."""


class UpdateRequest(Body):
    """An item's id and what it is to say; the rest as when it is created."""

    model_config = ConfigDict(extra="allow")

    id: Needed
    training_data_type: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingDesk:
    """What these routes work with."""

    store: TrainingStore
    check: Check
    clock: Clock
    zone: ZoneInfo


def training_routes(desk: TrainingDesk) -> APIRouter:
    """The routes that read and add."""
    router = APIRouter(tags=["dataqa"])
    store, now, zone = desk.store, desk.clock.now, desk.zone

    @router.get("/api/v0/training_data/stats")
    async def training_stats(caller: DataCaller) -> Response:
        """How many items there are of each kind, and how many of them are approved."""
        counts = await store.counts(caller)
        breakdown = {kind: counts.get(kind, (0, 0))[0] for kind in KINDS}
        total = sum(breakdown.values())
        data = {
            "total_count": total,
            "type_breakdown": breakdown,
            "type_percentages": {kind: percent(count, total) for kind, count in breakdown.items()},
            "approved_breakdown": {kind: counts.get(kind, (0, 0))[1] for kind in KINDS},
            "last_updated": local(now(), zone),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "统计信息获取成功"))

    @router.post("/api/v0/training_data/query", openapi_extra=described(ItemQueryRequest))
    async def training_query(
        caller: DataCaller, wanted: Annotated[ItemQueryRequest, Depends(JsonBody(ItemQueryRequest))]
    ) -> Response:
        """A page of items, the one changed last first."""
        query = ItemQuery(
            kind=wanted.training_data_type,
            keyword=wanted.search_keyword,
            is_approved=wanted.approved,
            sort_by=wanted.sort_by,
            is_descending=wanted.sort_order == "desc",
            offset=(wanted.page - 1) * wanted.page_size,
            limit=wanted.page_size,
        )
        items, total = await store.page(caller, query)
        data = {
            "records": [shown_item(item, zone) for item in items],
            "pagination": pagination(wanted.page, wanted.page_size, total),
            "filters_applied": wanted.model_dump(exclude={"page", "page_size"}),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, f"查询成功，共找到 {total} 条记录"))

    @router.post("/api/v0/training_data/create", openapi_extra=described(CreateRequest))
    async def training_create(
        caller: DataCaller, sent: Annotated[CreateRequest, Depends(JsonBody(CreateRequest))]
    ) -> Response:
        """Keep items, each checked by itself; pairs are used once an admin approves them."""
        results = [await _created(desk, caller, n, fields) for n, fields in enumerate(sent.data)]
        done = [one for one in results if one["success"]]
        counts = await store.counts(caller)
        data = {
            "total_requested": len(results),
            "successfully_created": len(done),
            "failed_count": len(results) - len(done),
            "results": results,
            "summary": {kind: sum(one["type"] == kind for one in done) for kind in KINDS},
            "current_total_count": sum(count for count, _approved in counts.values()),
            **stamped(now(), zone),
        }
        return _batch(data, len(done), len(results), "训练数据创建")

    @router.post("/api/v0/training_data/upload")
    async def training_upload(
        caller: DataCaller, file: Annotated[UploadFile, File()], file_type: Annotated[FileType, Form()]
    ) -> Response:
        """Keep what a file holds: definitions, texts, pairs or statements."""
        content = await file.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            raise TooLarge("文件不能超过 500 KB")
        name = file.filename or ""
        items = items_from_file(file_type, name, content)
        for item in items:
            await _check(desk, caller, item)
        ids = await store.add(caller, items)
        told = {"filename": name, "file_type": file_type, "file_size": len(content), "status": "completed"}
        data = {**told, "successfully_created": len(ids), "training_ids": ids, **stamped(now(), zone)}
        return json_response(envelope(data, "文件上传成功"))

    async def trained(caller: Principal, item: NewItem) -> str:
        await _check(desk, caller, item)
        (item_id,) = await store.add(caller, [item])
        return item_id

    @router.post("/api/v0/citu_train_question_sql", openapi_extra=described(PairRequest))
    async def train_question_sql(
        caller: DataCaller, pair: Annotated[PairRequest, Depends(JsonBody(PairRequest))]
    ) -> Response:
        """Keep a question with its SQL; used once an admin approves it."""
        item_id = await trained(caller, NewItem(kind="sql", question=pair.question, content=pair.sql))
        data = {"training_id": item_id, "message": "训练数据已提交，待审核", **stamped(now(), zone)}
        return json_response(envelope(data))

    @router.post("/api/v0/training_error_question_sql", openapi_extra=described(PairRequest))
    async def train_error_question_sql(
        caller: DataCaller, pair: Annotated[PairRequest, Depends(JsonBody(PairRequest))]
    ) -> Response:
        """Keep a question with SQL that is wrong for it."""
        item_id = await trained(caller, NewItem(kind="error_sql", question=pair.question, content=pair.sql))
        data = {"id": item_id, "message": "错误SQL已保存", **stamped(now(), zone)}
        return json_response(envelope(data))

    return router


def training_admin_routes(desk: TrainingDesk) -> APIRouter:
    """The routes that change what is there, for admins."""
    router = APIRouter(tags=["dataqa"])
    store, now, zone = desk.store, desk.clock.now, desk.zone

    @router.post("/api/v0/training_data/approve", openapi_extra=described(ApproveRequest))
    async def training_approve(
        caller: AdminCaller, wanted: Annotated[ApproveRequest, Depends(JsonBody(ApproveRequest))]
    ) -> Response:
        """Let answers use these items, or no longer; our addition."""
        items = [await _approved(desk, caller, item_id, wanted.approved) for item_id in wanted.ids]
        data = {"records": [shown_item(item, zone) for item in items], **stamped(now(), zone)}
        return json_response(envelope(data, "审核通过" if wanted.approved else "已撤销审核"))

    @router.post("/api/v0/training_data/delete", openapi_extra=described(IdsRequest))
    async def training_delete(
        caller: AdminCaller, wanted: Annotated[IdsRequest, Depends(JsonBody(IdsRequest))]
    ) -> Response:
        """Delete items."""
        if not wanted.confirm:
            raise InvalidRequest("删除需要 confirm 为 true", field="confirm")
        gone = await store.delete(caller, wanted.ids)
        failed = [item_id for item_id in wanted.ids if item_id not in gone]
        counts = await store.counts(caller)
        data = {
            "total_requested": len(wanted.ids),
            "successfully_deleted": len(gone),
            "failed_count": len(failed),
            "deleted_ids": gone,
            "failed_ids": failed,
            "failed_details": [{"id": item_id, "error": "没有这条训练数据"} for item_id in failed],
            "current_total_count": sum(count for count, _approved in counts.values()),
            **stamped(now(), zone),
        }
        return _batch(data, len(gone), len(wanted.ids), "训练数据删除")

    @router.post("/api/v0/training_data/update", openapi_extra=described(UpdateRequest))
    async def training_update(
        caller: AdminCaller, sent: Annotated[dict[str, Any], Depends(_raw)]
    ) -> Response:
        """Replace an item's words in one step; its approval goes."""
        new = new_item(sent)
        await _check(desk, caller, new)
        item = await store.update(caller, str(sent["id"]), new)
        counts = await store.counts(caller)
        data = {
            "original_id": item.id,
            "new_training_id": item.id,
            "type": item.kind,
            "current_total_count": sum(count for count, _approved in counts.values()),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "训练数据更新成功"))

    @router.post("/api/v0/training_data/combine", openapi_extra=described(CombineRequest))
    async def training_combine(
        caller: AdminCaller, wanted: Annotated[CombineRequest, Depends(JsonBody(CombineRequest))]
    ) -> Response:
        """Find items that say the same in the same words and, unless `dry_run`, keep one of each."""
        items, _total = await store.page(caller, ItemQuery(limit=EVERYTHING))
        chosen = [item for item in items if item.kind in wanted.collection_names]
        groups = duplicates(chosen, wanted.keep_strategy)
        extra = [item.id for group in groups for item in group.others]
        if not wanted.dry_run and extra:
            await store.delete(caller, extra)
        data = _combined(groups, len(chosen), len(extra), dry_run=wanted.dry_run)
        return json_response(envelope({**data, **stamped(now(), zone)}, "合并检查完成"))

    @router.get("/api/v0/training_data/changes")
    async def training_changes(caller: AdminCaller) -> Response:
        """Who changed what, latest first; our addition."""
        lines = await store.changes(caller)
        shown = [
            {"subject": one.subject, "action": one.action, "key_id": one.key_id, "at": local(one.at, zone)}
            for one in lines
        ]
        return json_response(envelope({"changes": shown, **stamped(now(), zone)}))

    return router


async def _raw(sent: Annotated[UpdateRequest, Depends(JsonBody(UpdateRequest))]) -> dict[str, Any]:
    return {**(sent.model_extra or {}), "id": sent.id, "training_data_type": sent.training_data_type}


async def _created(desk: TrainingDesk, caller: Principal, index: int, fields: dict[str, Any]) -> Any:
    kind = fields.get("training_data_type")
    try:
        item = new_item(fields)
        await _check(desk, caller, item)
        (item_id,) = await desk.store.add(caller, [item])
    except AnswerError as error:
        if error.status >= 500:
            raise
        words = error_words(error)
        failed = {"index": index, "success": False, "training_id": None, "type": kind}
        return {**failed, "message": "创建失败", "error": words}
    done = {"index": index, "success": True, "training_id": item_id, "type": item.kind}
    return {**done, "message": f"{item.kind} 训练数据创建成功"}


async def _check(desk: TrainingDesk, caller: Principal, item: NewItem) -> None:
    """What may be used for answers must be something that may be run; wrong SQL is kept as it is."""
    if item.kind == "sql":
        await desk.check(caller, item.content)


async def _approved(desk: TrainingDesk, caller: Principal, item_id: str, approve: bool) -> Any:
    if not approve:
        return await desk.store.withdraw(caller, item_id)
    item = await desk.store.item(caller, item_id)
    if item is None:
        raise NotFound("没有这条训练数据", field="id")
    if item.kind == "sql":
        await desk.check(caller, item.content)  # the model may have changed since it came in
    return await desk.store.approve(caller, item_id, caller.key_id)


def _batch(data: dict[str, Any], done: int, wanted: int, what: str) -> Response:
    """200 where all went well, 400 where nothing did, 207 for something in between."""
    if done == wanted:
        return json_response(envelope(data, f"{what}完成"))
    status, words = (207, f"{what}部分成功") if done else (400, f"{what}失败")
    return json_response({**envelope(data, words), "success": False, "code": status}, status)


def _combined(groups: list[Group], before: int, extra: int, *, dry_run: bool) -> dict[str, Any]:
    shown = [
        {
            "keep": group.kept.id,
            "remove": [item.id for item in group.others],
            "content": group.kept.content,
            "question": group.kept.question or None,
        }
        for group in groups
    ]
    summary = {"total_records_before": before, "total_records_after": before - extra}
    removed = "duplicates_to_remove" if dry_run else "duplicates_removed"
    return {
        "dry_run": dry_run,
        "summary": {**summary, removed: extra},
        "duplicate_groups" if dry_run else "merged_groups": shown,
    }
