"""`/api/v0`: what is kept of answers and of questions' vectors (dataqa 2.14, 2.15)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from starlette.responses import Response

from yingda.answer_cache.cache import AnswerCache, CacheEntry
from yingda.dialects.dataqa.answer import answer_from
from yingda.dialects.dataqa.wire import envelope, local, stamped
from yingda.turns.clock import Clock
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

MAX_LISTED = 500
DEFAULT_LISTED = 50
MIB = 1_048_576


class QuestionVectors(Protocol):
    """Vectors of questions, kept in memory."""

    @property
    def kept(self) -> tuple[int, int]:
        """How many questions, and their vectors' bytes."""
        ...

    def forget(self) -> int:
        """Forget them; how many there were."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheDesk:
    """What these routes work with; `vectors` gives None where no embedding endpoint is set."""

    answers: AnswerCache
    is_enabled: bool
    vectors: Callable[[], QuestionVectors | None]
    clock: Clock
    zone: ZoneInfo


def cache_routes(desk: CacheDesk) -> APIRouter:
    """The routes, over the caches; the answers are this dialect's own."""
    router = APIRouter(tags=["dataqa"])
    now, zone = desk.clock.now, desk.zone

    @router.get("/api/v0/qa_cache_stats")
    async def qa_cache_stats(caller: AdminCaller) -> Response:
        """How many answers are kept, for how long, and how often one was of use."""
        stats = await desk.answers.stats()
        data = {
            "available": True,
            "enabled": desk.is_enabled,
            "total_count": stats.size,
            "hits": stats.hits,
            "misses": stats.misses,
            "hit_rate": round(stats.hit_rate, 4),
            "evicted": stats.evicted,
            "ttl_seconds": stats.ttl_seconds,
            "ttl_hours": round(stats.ttl_seconds / 3600, 2),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取问答缓存统计成功"))

    @router.get("/api/v0/qa_cache_list")
    async def qa_cache_list(
        caller: AdminCaller, limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = DEFAULT_LISTED
    ) -> Response:
        """The answers kept last, the newest first."""
        entries = await desk.answers.entries(limit)
        data = {
            "cache_list": [_entry(entry, desk) for entry in entries],
            "total_returned": len(entries),
            "limit_applied": limit,
            "note": "按缓存时间倒序",
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取问答缓存列表成功"))

    @router.post("/api/v0/qa_cache_cleanup")
    async def qa_cache_cleanup(caller: AdminCaller) -> Response:
        """Forget all kept answers."""
        count = await desk.answers.clear()
        ended = {"cleanup_time": local(now(), zone), **stamped(now(), zone)}
        return json_response(envelope({"deleted_count": count, "cleared": True, **ended}, "问答缓存清理完成"))

    @router.get("/api/v0/embedding_cache_stats")
    async def embedding_cache_stats(caller: AdminCaller) -> Response:
        """How many questions' vectors are in memory."""
        vectors = desk.vectors()
        count, size = vectors.kept if vectors is not None else (0, 0)
        data = {
            "enabled": vectors is not None,
            "available": vectors is not None,
            "total_count": count,
            "memory_usage_mb": round(size / MIB, 2),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取向量缓存统计成功"))

    @router.post("/api/v0/embedding_cache_cleanup")
    async def embedding_cache_cleanup(caller: AdminCaller) -> Response:
        """Forget them; without an embedding endpoint there are none."""
        vectors = desk.vectors()
        count = vectors.forget() if vectors is not None else 0
        data = {"cleared": True, "deleted_count": count, **stamped(now(), zone)}
        return json_response(envelope(data, "向量缓存清理完成"))

    return router


def _entry(entry: CacheEntry, desk: CacheDesk) -> dict[str, Any]:
    answer = answer_from(entry.events)
    return {
        "cache_key": entry.key,
        "question": entry.question or None,
        "age_seconds": round(entry.age_s, 1),
        "ttl_seconds": round(entry.left_s, 1),
        "response_type": answer.question_type,
        "has_sql": answer.rows is not None,
        "has_summary": answer.summary is not None,
    }
