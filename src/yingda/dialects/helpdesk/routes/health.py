"""`/api/v1/health` (helpdesk 1.12) with the state of each part, and `/metrics` for Prometheus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from yingda import __version__
from yingda.observability.metrics import Metrics
from yingda.turns.clock import Clock
from yingda.web.auth import AdminCaller
from yingda.web.respond import json_response

PartState = str
"""`ok`, `degraded`, `unavailable` or `off`; after a colon, the reason in a few words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the health endpoint reads; each part answers quickly and never raises."""

    app_name: str
    clock: Clock
    is_open: Callable[[], bool]
    is_draining: Callable[[], bool]
    parts: Mapping[str, Callable[[], Awaitable[PartState]]]


def health_routes(health: Health, metrics: Metrics) -> APIRouter:
    """The routes."""
    router = APIRouter(tags=["operations"])

    @router.head("/api/v1/health", include_in_schema=False)
    @router.get("/api/v1/health")
    async def state() -> Response:
        """`status` is `ok`, `degraded` (some part is not), or `draining` with 503 while shutting down."""
        parts = {name: await read() for name, read in health.parts.items()}
        status = "ok" if all(part.split(":")[0] in ("ok", "off") for part in parts.values()) else "degraded"
        if health.is_draining():
            status = "draining"
        body = {
            "status": status,
            "app": health.app_name,
            "version": __version__,
            "timestamp": health.clock.now().isoformat(),
            "insecure_mode": health.is_open(),
            "parts": parts,
        }
        return json_response(body, 503 if status == "draining" else 200)

    @router.get("/metrics")
    async def prometheus(caller: AdminCaller) -> Response:
        """Counters and histograms in the text format."""
        return Response(metrics.exposition(), media_type="text/plain; version=0.0.4; charset=utf-8")

    return router
