"""The records of a chat: listed, looked into, taken back (callflow C.5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from yingda.dialects.fastgpt.errors import NoSuchChat
from yingda.dialects.fastgpt.face import Face
from yingda.dialects.fastgpt.routes.chats import CORE, OnePage
from yingda.dialects.fastgpt.routes.named import Named
from yingda.dialects.fastgpt.wire import RecordNamed, envelope
from yingda.web.auth import ChatCaller
from yingda.web.respond import json_response

OneRecord = Annotated[RecordNamed, Depends(Named(RecordNamed))]


def record_routes(face: Face) -> APIRouter:
    """The routes, over the chats of an engine."""
    router = APIRouter(tags=["fastgpt"])

    @router.post(f"{CORE}/getPaginationRecords")
    @router.post(f"{CORE}/record/getPaginationRecords")
    async def get_pagination_records(caller: ChatCaller, page: OnePage) -> Response:
        """Questions and answers of a chat, the newest page first, each page in the order of time."""
        records, total = await face.records.page(
            caller, page.chat_id, offset=page.offset, limit=page.page_size
        )
        return json_response(envelope({"list": records, "total": total}))

    @router.get(f"{CORE}/getResData")
    @router.get(f"{CORE}/record/getResData")
    async def get_res_data(caller: ChatCaller, named: OneRecord) -> Response:
        """The node responses of an answer: in full for a while, then name, kind and time of each."""
        told = await face.records.find(caller, named.chat_id, named.data_id)
        if told is None or told.record.started is None:
            raise NoSuchChat("there is no such record", field="dataId")
        return json_response(envelope(face.parts.dialect.insides.responses(told.record)))

    @router.post(f"{CORE}/item/delete")
    @router.delete(f"{CORE}/item/delete")
    @router.post(f"{CORE}/record/delete")
    @router.delete(f"{CORE}/record/delete")
    async def delete_records(caller: ChatCaller, named: OneRecord) -> Response:
        """Take the chat's last turn back, by the name of its question or its answer; both go."""
        for data_id in named.ids:
            await face.delete_record(caller, named.chat_id, data_id)
        return json_response(envelope())

    return router
