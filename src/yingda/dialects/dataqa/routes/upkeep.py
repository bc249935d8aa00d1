"""`/api/v0`: figures over all conversations, and what deletes many of them (dataqa 2.7 to 2.9)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import Response

from yingda.answer_cache.cache import AnswerCache
from yingda.conversations.archive import Archive
from yingda.dialects.dataqa.asks import DataqaConfig
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.errors import ConflictingParameters
from yingda.dialects.dataqa.upkeep import Upkeep
from yingda.dialects.dataqa.wire import (
    DIALECT,
    CleanupRequest,
    EnforcementRequest,
    JsonBody,
    described,
    envelope,
    local,
    stamped,
)
from yingda.errors import Forbidden
from yingda.turns.clock import Clock
from yingda.turns.types import Principal
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

RedisInfo = Callable[[], Awaitable[dict[str, Any]]]
"""`connected`, `memory_usage`, `keys_count`: of the Redis that conversations live in, if they do."""

MODES = ("user_id", "conversation_id", "thread_id", "clear_all_agent_data", "cleanup_invalid_refs")


@dataclass(frozen=True, slots=True, kw_only=True)
class UpkeepDesk:
    """What these routes work with."""

    archive: Archive
    upkeep: Upkeep
    cache: AnswerCache
    redis_info: RedisInfo
    clock: Clock
    config: DataqaConfig


def upkeep_routes(desk: UpkeepDesk) -> APIRouter:
    """The routes, over an archive."""
    router = APIRouter(tags=["dataqa"])
    clock, zone = desk.clock, desk.config.zone

    @router.get("/api/v0/conversation_stats")
    async def conversation_stats(caller: AdminCaller) -> Response:
        """Users, conversations and messages; how many of them today; what the cache and Redis say."""
        counts = await desk.archive.counts(caller, DIALECT, active_since=_midnight(clock.now(), zone))
        cached = await desk.cache.stats()
        data = {
            "total_users": counts.users,
            "total_conversations": counts.conversations,
            "total_messages": counts.messages,
            "active_users_today": counts.active_users,
            "active_conversations_today": counts.active_conversations,
            "cache_hit_rate": round(cached.hit_rate, 4),
            "cached_qa_count": cached.size,
            "available": True,
            "redis_info": await desk.redis_info(),
            **stamped(clock.now(), zone),
        }
        return json_response(envelope(data, "获取统计信息成功"))

    @router.post("/api/v0/conversation_cleanup", openapi_extra=described(CleanupRequest))
    async def conversation_cleanup(
        caller: DataCaller, wanted: Annotated[CleanupRequest, Depends(JsonBody(CleanupRequest))]
    ) -> Response:
        """Delete what has expired, or what the body names; deleting by name is for admins."""
        began_s = clock.monotonic()
        data = await _cleaned(desk, caller, wanted)
        elapsed = {"execution_time_ms": round((clock.monotonic() - began_s) * 1000, 1)}
        ended = {"cleanup_time": local(clock.now(), zone), **stamped(clock.now(), zone)}
        return json_response(envelope({**data, **elapsed, **ended}, "对话清理完成"))

    @router.post("/api/v0/conversation_limit_enforcement", openapi_extra=described(EnforcementRequest))
    async def conversation_limit_enforcement(
        caller: AdminCaller, wanted: Annotated[EnforcementRequest, Depends(JsonBody(EnforcementRequest))]
    ) -> Response:
        """Keep only so many conversations of each user, the newest; `dry_run` only tells."""
        began_s = clock.monotonic()
        data = await _enforced(desk, caller, wanted)
        elapsed = {"execution_time_ms": round((clock.monotonic() - began_s) * 1000, 1)}
        return json_response(envelope({**data, **elapsed, **stamped(clock.now(), zone)}, "对话限制执行完成"))

    return router


def _midnight(now: datetime, zone: ZoneInfo) -> datetime:
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


async def _cleaned(desk: UpkeepDesk, caller: Principal, wanted: CleanupRequest) -> dict[str, Any]:
    given = [name for name in MODES if getattr(wanted, name)]
    if len(given) > 1:
        raise ConflictingParameters(f"只能指定一种清理方式：{', '.join(given)}")
    if not given or given == ["cleanup_invalid_refs"]:
        gone = await desk.upkeep.expire(caller)
        cleaned = {"cleaned_conversations": gone.conversations, "cleaned_messages": gone.messages}
        mode = given[0] if given else "expired"
        return {"operation_mode": mode, **cleaned, "cleaned_references": 0}
    if "admin" not in caller.roles:
        raise Forbidden("deleting by name needs the role 'admin'")
    if wanted.conversation_id or wanted.thread_id:
        return await _cleaned_conversation(desk, caller, wanted.conversation_id or wanted.thread_id or "")
    return await _cleaned_user(desk, caller, wanted.user_id)


async def _cleaned_conversation(desk: UpkeepDesk, caller: Principal, name: str) -> dict[str, Any]:
    gone, user_id = await desk.upkeep.delete_conversation(caller, name)
    return {
        "operation_mode": "delete_conversation",
        "conversation_id": name,
        "user_id": user_id,
        "deleted_messages": gone.messages,
        "existed": gone.conversations > 0,
        "cleaned_conversations": gone.conversations,
        "cleaned_messages": gone.messages,
    }


async def _cleaned_user(desk: UpkeepDesk, caller: Principal, user_id: str | None) -> dict[str, Any]:
    """A user's, or without a name everybody's."""
    gone = await desk.upkeep.delete_user(caller, user_id)
    cleaned = {"cleaned_conversations": gone.conversations, "cleaned_messages": gone.messages}
    if user_id is not None:
        deleted = {"deleted_conversations": gone.conversations, "deleted_messages": gone.messages}
        return {"operation_mode": "delete_user", "user_id": user_id, **deleted, **cleaned}
    deleted = {
        "deleted_conversation_metas": gone.conversations,
        "deleted_conversation_messages": gone.messages,
        "deleted_user_conversations": gone.conversations,
        "total_keys_deleted": gone.conversations + gone.messages,
    }
    return {"operation_mode": "clear_all_agent_data", **deleted, **cleaned}


async def _enforced(desk: UpkeepDesk, caller: Principal, wanted: EnforcementRequest) -> dict[str, Any]:
    if wanted.conversation_max_length is not None:
        raise ConflictingParameters("不支持截短对话：对话要么整体保留，要么整体删除")
    keep = wanted.user_max_conversations or desk.config.max_conversations
    users = await desk.upkeep.enforce(caller, wanted.user_id, keep, dry_run=wanted.dry_run)
    summary = [
        {
            "user_id": one.user_id,
            "original_conversations": one.before,
            "kept_conversations": one.before - one.deleted,
            "deleted_conversations": one.deleted,
            "deleted_messages": one.messages,
            "messages_trimmed": 0,
        }
        for one in users
    ]
    return {
        "mode": "user_specific" if wanted.user_id else "global",
        "dry_run": wanted.dry_run,
        "parameters": {"user_id": wanted.user_id, "user_max_conversations": keep},
        "processed_users": len(users),
        "total_conversations_processed": sum(one.before for one in users),
        "total_conversations_deleted": sum(one.deleted for one in users),
        "total_messages_trimmed": 0,
        "execution_summary": summary,
    }
