"""The pages that people open in a browser; everything they load lies beside them."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse

STATIC = Path(__file__).parent / "static"


def page_routes() -> APIRouter:
    """`/` is the chat, `/docs` the interface's description."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def chat() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})

    @router.get("/docs")
    async def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html", headers={"Cache-Control": "no-cache"})

    return router
