"""The calls that manage chats, under the paths of both generations (callflow C.5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from yingda.conversations.archive import Listing
from yingda.dialects.fastgpt.errors import NoSuchChat
from yingda.dialects.fastgpt.face import Face
from yingda.dialects.fastgpt.history import NEW_CHAT, chat_entry
from yingda.dialects.fastgpt.routes.named import Named
from yingda.dialects.fastgpt.wire import DIALECT, ChatNamed, PageWanted, Renamed, envelope
from yingda.errors import InvalidRequest
from yingda.turns.types import Principal
from yingda.web.auth import ChatCaller
from yingda.web.respond import json_response

CORE = "/api/core/chat"
SOURCE = "api"

OneChat = Annotated[ChatNamed, Depends(Named(ChatNamed))]
OnePage = Annotated[PageWanted, Depends(Named(PageWanted))]
OneTitle = Annotated[Renamed, Depends(Named(Renamed))]


def chat_routes(face: Face) -> APIRouter:
    """The routes, over the chats of an engine."""
    router = APIRouter(tags=["fastgpt"])
    archive = face.parts.archive

    @router.get(f"{CORE}/init")
    async def init(caller: ChatCaller, named: OneChat) -> Response:
        """What a chat is called, and its variables; one that has not begun has none."""
        return json_response(envelope(await _init(face, caller, named)))

    @router.post(f"{CORE}/getHistories")
    @router.post(f"{CORE}/history/getHistories")
    async def get_histories(caller: ChatCaller, page: OnePage) -> Response:
        """The chats, the last active ones first; all of them came by this interface."""
        if page.source != SOURCE:
            return json_response(envelope({"list": [], "total": 0}))
        listing = Listing(offset=page.offset, limit=page.page_size)
        found = await archive.conversations(caller, DIALECT, listing)
        entries = [chat_entry(one, page.app_id) for one in found.items]
        return json_response(envelope({"list": entries, "total": found.total}))

    @router.post(f"{CORE}/updateHistory")
    @router.put(f"{CORE}/updateHistory")
    @router.post(f"{CORE}/history/updateHistory")
    @router.put(f"{CORE}/history/updateHistory")
    async def update_history(caller: ChatCaller, wanted: OneTitle) -> Response:
        """Give a chat a title; an empty one shows its first question again. `top` is not kept."""
        title = wanted.custom_title if wanted.custom_title is not None else wanted.title
        if title is None:
            raise InvalidRequest("only titles can be changed", field="customTitle")
        if not await archive.rename(caller, DIALECT, wanted.chat_id, title):
            raise NoSuchChat("there is no such chat", field="chatId")
        return json_response(envelope())

    @router.delete(f"{CORE}/delHistory")
    @router.delete(f"{CORE}/history/delHistory")
    async def del_history(caller: ChatCaller, named: OneChat) -> Response:
        """Delete a chat with its records and variables; an unknown one is no error."""
        await face.delete(caller, named.chat_id)
        return json_response(envelope())

    @router.delete(f"{CORE}/clearHistories")
    @router.delete(f"{CORE}/history/clearHistories")
    async def clear_histories(caller: ChatCaller) -> Response:
        """Delete all chats but those in which a turn runs or a human is at work."""
        await face.clear(caller)
        return json_response(envelope())

    return router


async def _init(face: Face, caller: Principal, named: ChatNamed) -> dict[str, object]:
    config = face.parts.dialect.config
    summary = await face.parts.archive.conversation(caller, DIALECT, named.chat_id)
    title = (summary.title or summary.preview) if summary else ""
    app = {"name": config.app_name, "avatar": "", "intro": "", "type": "advanced", "pluginInputs": []}
    return {
        "chatId": named.chat_id,
        "appId": named.app_id,
        "title": title or NEW_CHAT,
        "variables": dict(await face.parts.backend.get_info(caller, named.chat_id)),
        "app": {"chatConfig": {"welcomeText": config.welcome_text}, "chatModels": [], **app},
    }
