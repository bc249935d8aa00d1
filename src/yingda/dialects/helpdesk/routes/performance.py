"""`/api/v1/performance`: figures of cache and model calls, and cache invalidation (helpdesk 1.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from yingda.answer_cache.cache import AnswerCache, CacheStats
from yingda.llm.limits import SlotsSnapshot
from yingda.observability.metrics import Metrics
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response


def performance_routes(
    cache: AnswerCache, slots: Callable[[], SlotsSnapshot | None], metrics: Metrics
) -> APIRouter:
    """The routes; `slots` reads the model gateway's figures, None where no model is set."""
    router = APIRouter(prefix="/api/v1/performance", tags=["performance"])

    @router.get("/metrics")
    async def figures(caller: AdminCaller) -> Response:
        """Cache, concurrency, models and recent timings; all counted in this process since its start."""
        recent = metrics.recent()
        body = {
            "cache": cache_block(await cache.stats()),
            "concurrency": _concurrency(slots()),
            **recent,
        }
        return json_response({"metrics": body})

    @router.get("/cache/stats")
    async def cache_stats(caller: AdminCaller) -> Response:
        """Hits, misses and size of the answer cache."""
        return json_response({"cache": cache_block(await cache.stats())})

    @router.post("/cache/invalidate")
    async def invalidate(caller: AdminCaller) -> Response:
        """Forget all cached answers. A change of the knowledge base does that by itself."""
        cleared = await cache.clear()
        return json_response({"success": True, "cleared": cleared, "message": f"已清空 {cleared} 条缓存"})

    return router


def _concurrency(slots: SlotsSnapshot | None) -> dict[str, int]:
    """The cap on model calls; empty while there is no model to call."""
    if slots is None:
        return {}
    return {
        "max_concurrent_llm": slots.limit,
        "active_llm": slots.active,
        "peak_llm": slots.peak,
        "rejected_llm": slots.rejected,
    }


def cache_block(stats: CacheStats) -> dict[str, Any]:
    """`evictions` repeats `evicted`: the two published versions of the contract differ."""
    return {
        "hits": stats.hits,
        "misses": stats.misses,
        "hit_rate": round(stats.hit_rate, 4),
        "size": stats.size,
        "max_size": stats.max_size,
        "evicted": stats.evicted,
        "evictions": stats.evicted,
        "ttl_seconds": stats.ttl_seconds,
    }
