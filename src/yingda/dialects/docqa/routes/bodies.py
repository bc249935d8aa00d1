"""JSON bodies of the docqa routes: read as they are, so that an error can say line, column and field."""

from __future__ import annotations

from typing import Any, Generic

from fastapi import Request

from yingda.dialects.docqa.wire import Body, decode
from yingda.errors import UnsupportedMedia


class JsonBody(Generic[Body]):
    """A route's dependency: the decoded body; raises what `wire.decode` raises, and UnsupportedMedia.

    A body without a content type is taken as JSON.
    """

    def __init__(self, model: type[Body]) -> None:
        self._model = model

    async def __call__(self, request: Request) -> Body:
        kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
        if kind != "application/json" and not kind.endswith("+json"):
            raise UnsupportedMedia(f"应为 application/json，而不是 {kind[:64]}")
        return decode(self._model, await request.body())


PACKETS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Packets."}
}
"""`responses` of a route that streams."""


def described(model: type[Body]) -> dict[str, Any]:
    """`openapi_extra` of a route that reads its body by `JsonBody`."""
    schema = model.model_json_schema()
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
