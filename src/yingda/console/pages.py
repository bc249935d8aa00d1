"""The pages that people open in a browser; everything they load lies beside them."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"
ASK_AGAIN = {"Cache-Control": "no-cache"}
"""Kept by the browser, but asked about each time: after an upgrade no old module meets a new page."""


def page_routes() -> APIRouter:
    """`/` is the chat, `/docs` the interface's description."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/", methods=["GET", "HEAD"])
    async def chat() -> FileResponse:
        return FileResponse(STATIC / "index.html", headers=ASK_AGAIN)

    @router.api_route("/docs", methods=["GET", "HEAD"])
    async def docs() -> FileResponse:
        return FileResponse(STATIC / "docs.html", headers=ASK_AGAIN)

    return router


class PageFiles(StaticFiles):
    """What the pages load, from beside them."""

    def __init__(self) -> None:
        super().__init__(directory=STATIC)

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers.update(ASK_AGAIN)
        return response
