"""`/api/v0`: a user's conversations, read, renamed, deleted and exported (dataqa 2.3 to 2.6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from yingda.conversations.archive import Archive, ConversationSummary, Listing, Page
from yingda.dialects.dataqa.asks import DataqaConfig
from yingda.dialects.dataqa.callers import DataCaller
from yingda.dialects.dataqa.people import person
from yingda.dialects.dataqa.shown import context, item, markdown, messages, meta, title
from yingda.dialects.dataqa.upkeep import Upkeep
from yingda.dialects.dataqa.wire import (
    DIALECT,
    MAX_COUNT,
    MAX_ID_CHARS,
    MAX_NAME_CHARS,
    MAX_TITLE_CHARS,
    JsonBody,
    RenameRequest,
    described,
    envelope,
    local,
    stamped,
)
from yingda.errors import InvalidRequest, NotFound
from yingda.turns.clock import Clock
from yingda.turns.types import Principal
from yingda.web.respond import json_response

UNKNOWN: dict[str, Any] = {"created_at": None, "updated_at": None, "message_count": 0}
"""`conversation_meta` of what is not there: such a question is no error in the contract."""

UserId = Annotated[str, Path(min_length=1, max_length=MAX_NAME_CHARS)]
ConversationName = Annotated[str, Path(min_length=1, max_length=MAX_ID_CHARS)]
SessionId = Annotated[str | None, Query(max_length=MAX_NAME_CHARS)]
Count = Annotated[int | None, Query(ge=1, le=MAX_COUNT)]
Offset = Annotated[int, Query(ge=0, le=MAX_COUNT)]
Renamed = Annotated[RenameRequest, Depends(JsonBody(RenameRequest))]


class Shelf:
    """What has been said, as these routes read it; what has expired is not there any more."""

    def __init__(self, archive: Archive, upkeep: Upkeep, clock: Clock, config: DataqaConfig) -> None:
        self.archive = archive
        self.upkeep = upkeep
        self.clock = clock
        self.config = config

    @property
    def zone(self) -> ZoneInfo:
        return self.config.zone

    async def page(self, caller: Principal, listing: Listing) -> tuple[Sequence[ConversationSummary], int]:
        """Some of a user's conversations, and how many there are."""
        page = await self.archive.conversations(caller, DIALECT, listing)
        if await self._has_expired(caller, listing, page):
            await self.upkeep.expire(caller, listing.user_id)
            page = await self.archive.conversations(caller, DIALECT, listing)
        return page.items, page.total

    async def _has_expired(
        self, caller: Principal, listing: Listing, page: Page[ConversationSummary]
    ) -> bool:
        """Whether the one that has rested longest should be gone."""
        oldest = page.items[-1:]
        if listing.offset + len(page.items) < page.total:
            last = replace(listing, offset=page.total - 1, limit=1)
            oldest = (await self.archive.conversations(caller, DIALECT, last)).items
        now = self.clock.now()
        return any(self.config.is_expired(one, now) for one in oldest)

    async def find(self, caller: Principal, name: str) -> ConversationSummary | None:
        """The conversation of that name, if there is one that the caller may see."""
        _storable(name)
        found = await self.archive.conversation(caller, DIALECT, name)
        return None if found is None or self.config.is_expired(found, self.clock.now()) else found

    async def one(self, caller: Principal, name: str) -> ConversationSummary:
        """The conversation of that name; raises `NotFound`."""
        if (found := await self.find(caller, name)) is None:
            raise NotFound("没有这个对话")
        return found

    async def said(self, caller: Principal, name: str, limit: int | None) -> list[dict[str, Any]]:
        """The newest messages, oldest first; none of what is not there."""
        return await self.messages(caller, name, limit) if await self.find(caller, name) else []

    async def messages(self, caller: Principal, name: str, limit: int | None) -> list[dict[str, Any]]:
        """The newest messages, oldest first."""
        turns = await self.archive.turns(caller, DIALECT, name, offset=0, limit=limit or MAX_COUNT)
        return messages(turns.items, self.zone)[-limit if limit else 0 :]


def user_routes(shelf: Shelf) -> APIRouter:
    """The routes of a user's conversations, over an archive."""
    router = APIRouter(tags=["dataqa"])
    now, zone = shelf.clock.now, shelf.zone

    @router.get("/api/v0/user/{user_id}/conversations")
    async def user_conversations(
        caller: DataCaller,
        user_id: UserId,
        limit: Count = None,
        offset: Offset = 0,
        session_id: SessionId = None,
    ) -> Response:
        """A user's conversations, the one active last first."""
        who = _user(caller, user_id, session_id)
        listing = Listing(user_id=who, offset=offset, limit=limit or shelf.config.max_conversations)
        items, total = await shelf.page(caller, listing)
        data = {
            "user_id": user_id,
            "conversations": [item(one, zone) for one in items],
            "total_count": total,
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取用户对话列表成功"))

    @router.get("/api/v0/user/{user_id}/conversations/search")
    async def search_conversations(
        caller: DataCaller,
        user_id: UserId,
        q: Annotated[str, Query(min_length=1, max_length=MAX_TITLE_CHARS)],
        session_id: SessionId = None,
    ) -> Response:
        """A user's conversations with those words in title or first question; our addition."""
        who = _user(caller, user_id, session_id)
        items, _total = await shelf.page(caller, Listing(user_id=who, limit=MAX_COUNT))
        words = q.casefold()
        found = [one for one in items if words in f"{one.title or ''}\n{one.preview}".casefold()]
        data = {
            "user_id": user_id,
            "conversations": [item(one, zone) for one in found],
            "total_count": len(found),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "搜索对话成功"))

    @router.get("/api/v0/user/{user_id}/conversations/full")
    async def user_conversations_full(
        caller: DataCaller,
        user_id: UserId,
        conversation_limit: Count = None,
        message_limit: Count = None,
        session_id: SessionId = None,
    ) -> Response:
        """The same with all their messages; without limits, everything there is."""
        who = _user(caller, user_id, session_id)
        items, _total = await shelf.page(caller, Listing(user_id=who, limit=conversation_limit or MAX_COUNT))
        names = [one.external_id for one in items]
        turns = await shelf.archive.turns_of_each(caller, DIALECT, names, limit=message_limit or MAX_COUNT)
        cut = -message_limit if message_limit else 0
        said = {name: messages(turns.get(name, ()), zone)[cut:] for name in names}
        shown = [
            {
                **item(one, zone),
                "meta": meta(one, zone),
                "messages": said[one.external_id],
                "message_count": len(said[one.external_id]),
            }
            for one in items
        ]
        data = {
            "user_id": user_id,
            "conversations": shown,
            "total_conversations": len(shown),
            "total_messages": sum(len(one) for one in said.values()),
            "conversation_limit_applied": conversation_limit,
            "message_limit_applied": message_limit,
            "query_time": local(now(), zone),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取用户完整对话数据成功"))

    return router


def conversation_routes(shelf: Shelf) -> APIRouter:
    """The routes of one conversation, over an archive."""
    router = APIRouter(tags=["dataqa"])
    now, zone = shelf.clock.now, shelf.zone

    @router.get("/api/v0/conversation/{conversation_id}/messages")
    async def conversation_messages(
        caller: DataCaller, conversation_id: ConversationName, limit: Count = None
    ) -> Response:
        """The newest messages of a conversation, oldest first; none of one that nobody knows."""
        found = await shelf.find(caller, conversation_id)
        said = [] if found is None else await shelf.messages(caller, conversation_id, limit)
        data = {
            "conversation_id": conversation_id,
            "conversation_meta": UNKNOWN if found is None else meta(found, zone),
            "exists": found is not None,
            "messages": said,
            "message_count": len(said),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取对话消息成功"))

    @router.get("/api/v0/conversation/{conversation_id}/context")
    async def conversation_context(
        caller: DataCaller, conversation_id: ConversationName, count: Count = None
    ) -> Response:
        """The newest messages as lines of text."""
        said = await shelf.said(caller, conversation_id, count or shelf.config.context_messages)
        data = {
            "conversation_id": conversation_id,
            "context": context(said),
            "context_message_count": len(said),
            **stamped(now(), zone),
        }
        return json_response(envelope(data, "获取对话上下文成功"))

    @router.put("/api/v0/conversation/{conversation_id}", openapi_extra=described(RenameRequest))
    async def rename_conversation(
        caller: DataCaller, conversation_id: ConversationName, renamed: Renamed
    ) -> Response:
        """Give a conversation a title; our addition."""
        await shelf.one(caller, conversation_id)
        await shelf.archive.rename(caller, DIALECT, conversation_id, renamed.title)
        data = {"conversation_id": conversation_id, "conversation_title": renamed.title}
        return json_response(envelope({**data, **stamped(now(), zone)}, "对话已重命名"))

    @router.delete("/api/v0/conversation/{conversation_id}")
    async def delete_conversation(caller: DataCaller, conversation_id: ConversationName) -> Response:
        """Delete a conversation wholly; one that nobody knows is no error."""
        _storable(conversation_id)
        gone, _user_id = await shelf.upkeep.delete_conversation(caller, conversation_id)
        data = {
            "conversation_id": conversation_id,
            "deleted_messages": gone.messages,
            "existed": gone.conversations > 0,
        }
        return json_response(envelope({**data, **stamped(now(), zone)}, "对话已删除"))

    @router.get("/api/v0/conversation/{conversation_id}/export")
    async def export_conversation(
        caller: DataCaller,
        conversation_id: ConversationName,
        format: Literal["json", "markdown"] = "json",
    ) -> Response:
        """The whole conversation as a file, JSON or Markdown; our addition."""
        found = await shelf.one(caller, conversation_id)
        said = await shelf.messages(caller, conversation_id, None)
        if format == "markdown":
            text = markdown(title(found), said)
            return Response(text, headers=_as_file("conversation.md"), media_type="text/markdown")
        data = {**item(found, zone), "messages": said}
        return json_response(envelope(data, "导出对话成功"), headers=_as_file("conversation.json"))

    return router


def _user(caller: Principal, user_id: str, session_id: str | None) -> str:
    _storable(user_id)
    return person(caller, user_id, session_id).user_id


def _storable(name: str) -> None:
    if "\x00" in name:
        raise InvalidRequest("不能包含 U+0000", field="conversation_id")


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
