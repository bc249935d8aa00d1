"""`/api/v0/qa_feedback`: what people think of answers, and its way into the training data (dataqa 2.18)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from yingda.data_training.feedback import Feedback, FeedbackQuery, FeedbackStore, NewFeedback
from yingda.data_training.items import NewItem
from yingda.data_training.store import TrainingStore
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.errors import MissingParameter
from yingda.dialects.dataqa.people import person
from yingda.dialects.dataqa.teaching import (
    FeedbackChange,
    FeedbackIds,
    FeedbackQueryRequest,
    FeedbackRequest,
    pagination,
    percent,
)
from yingda.dialects.dataqa.wire import JsonBody, described, envelope, local, stamped
from yingda.errors import Forbidden, NotFound
from yingda.turns.clock import Clock
from yingda.turns.types import Principal
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

FeedbackId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackDesk:
    """What these routes work with."""

    feedback: FeedbackStore
    training: TrainingStore
    clock: Clock
    zone: ZoneInfo


def feedback_routes(desk: FeedbackDesk) -> APIRouter:
    """The routes, over a store."""
    router = APIRouter(tags=["dataqa"])
    store, now, zone = desk.feedback, desk.clock.now, desk.zone

    @router.post("/api/v0/qa_feedback/add", openapi_extra=described(FeedbackRequest))
    async def feedback_add(
        caller: DataCaller, sent: Annotated[FeedbackRequest, Depends(JsonBody(FeedbackRequest))]
    ) -> Response:
        """Keep an opinion; one against an answer takes the cached answers out of use."""
        new = NewFeedback(
            question=sent.question,
            sql=sent.sql,
            is_thumb_up=sent.is_thumb_up,
            user_id=person(caller, sent.user_id, sent.session_id).user_id,
            conversation_id=sent.conversation_id or "",
            comment=sent.comment,
        )
        data = {"feedback_id": await store.add(caller, new), **stamped(now(), zone)}
        return json_response(envelope(data, "反馈记录创建成功"))

    @router.post("/api/v0/qa_feedback/query", openapi_extra=described(FeedbackQueryRequest))
    async def feedback_query(
        caller: DataCaller, wanted: Annotated[FeedbackQueryRequest, Depends(JsonBody(FeedbackQueryRequest))]
    ) -> Response:
        """A page of opinions."""
        found, total = await store.page(caller, _query(wanted, zone))
        data = {
            "records": [_shown(one, zone) for one in found],
            "pagination": pagination(wanted.page, wanted.page_size, total),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, f"查询成功，共找到 {total} 条记录"))

    @router.put("/api/v0/qa_feedback/update/{feedback_id}", openapi_extra=described(FeedbackChange))
    async def feedback_update(
        caller: DataCaller,
        feedback_id: FeedbackId,
        sent: Annotated[FeedbackChange, Depends(JsonBody(FeedbackChange))],
    ) -> Response:
        """Change one's own opinion; whether it is in the training data is for admins to say."""
        values = sent.model_dump(exclude_none=True)
        if not values:
            raise MissingParameter(field="question, sql, is_thumb_up, is_in_training_data, comment")
        if "is_in_training_data" in values and "admin" not in caller.roles:
            raise Forbidden("this needs the role 'admin'")
        await store.update(caller, feedback_id, values)
        data = {"updated_id": feedback_id, "updated_fields": sorted(values), **stamped(now(), zone)}
        return json_response(envelope(data, "反馈记录更新成功"))

    @router.delete("/api/v0/qa_feedback/delete/{feedback_id}")
    async def feedback_delete(caller: DataCaller, feedback_id: FeedbackId) -> Response:
        """Delete one's own opinion."""
        await store.delete(caller, feedback_id)
        data = {"deleted_id": feedback_id, **stamped(now(), zone)}
        return json_response(envelope(data, "反馈记录删除成功"))

    @router.post("/api/v0/qa_feedback/add_to_training", openapi_extra=described(FeedbackIds))
    async def feedback_to_training(
        caller: AdminCaller, wanted: Annotated[FeedbackIds, Depends(JsonBody(FeedbackIds))]
    ) -> Response:
        """Make pairs of opinions: what was liked is SQL to approve, what was not is wrong SQL."""
        found = await store.of_ids(caller, wanted.feedback_ids)
        if not found:
            raise NotFound("没有找到这些反馈", field="feedback_ids")
        data = await _trained(desk, caller, found, len(wanted.feedback_ids))
        return json_response(envelope({**data, **stamped(now(), zone)}, "反馈已加入训练数据，待审核"))

    @router.get("/api/v0/qa_feedback/stats")
    async def feedback_stats(caller: DataCaller) -> Response:
        """How many opinions there are, and of which kind."""
        counts = await store.counts(caller)
        data = {
            "total_feedback": counts.total,
            "positive_feedback": counts.positive,
            "negative_feedback": counts.total - counts.positive,
            "trained_feedback": counts.trained,
            "untrained_feedback": counts.total - counts.trained,
            "positive_rate": percent(counts.positive, counts.total),
            "training_rate": percent(counts.trained, counts.total),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "统计信息获取成功"))

    return router


async def _trained(
    desk: FeedbackDesk, caller: Principal, found: list[Feedback], wanted: int
) -> dict[str, Any]:
    fresh = [one for one in found if not one.is_in_training_data]
    items = [
        NewItem(
            kind="sql" if one.is_thumb_up else "error_sql",
            question=one.question,
            content=one.sql,
            source="feedback",
        )
        for one in fresh
    ]
    ids = await desk.training.add(caller, items)
    for one in fresh:
        await desk.feedback.update(caller, one.id, {"is_in_training_data": True})
    positive = sum(one.is_thumb_up for one in fresh)
    return {
        "summary": {
            "total_requested": wanted,
            "total_processed": len(found),
            "positive_trained": positive,
            "negative_trained": len(fresh) - positive,
            "already_trained": len(found) - len(fresh),
            "errors": wanted - len(found),
        },
        "successfully_trained_ids": [one.id for one in fresh],
        "training_details": [
            {"feedback_id": one.id, "training_id": item_id} for one, item_id in zip(fresh, ids, strict=True)
        ],
    }


def _query(wanted: FeedbackQueryRequest, zone: ZoneInfo) -> FeedbackQuery:
    start, end = wanted.create_time_start, wanted.create_time_end
    return FeedbackQuery(
        is_thumb_up=wanted.is_thumb_up,
        is_in_training_data=wanted.is_in_training_data,
        since=None if start is None else _moment(start, zone),
        before=None if end is None else _moment(end, zone) + timedelta(days=0 if _has_time(end) else 1),
        sort_by=wanted.sort_by,
        is_descending=wanted.sort_order == "desc",
        offset=(wanted.page - 1) * wanted.page_size,
        limit=wanted.page_size,
    )


def _has_time(at: Any) -> bool:
    return isinstance(at, datetime)


def _moment(at: Any, zone: ZoneInfo) -> datetime:
    whole = at if isinstance(at, datetime) else datetime(at.year, at.month, at.day)
    return whole if whole.tzinfo is not None else whole.replace(tzinfo=zone)


def _shown(one: Feedback, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": one.id,
        "question": one.question,
        "sql": one.sql,
        "is_thumb_up": one.is_thumb_up,
        "user_id": one.user_id,
        "conversation_id": one.conversation_id or None,
        "comment": one.comment,
        "create_time": local(one.create_time, zone),
        "update_time": local(one.update_time, zone),
        "is_in_training_data": one.is_in_training_data,
    }
