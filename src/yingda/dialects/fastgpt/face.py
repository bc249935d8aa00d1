"""What the FastGPT face works with, and what it does to chats beside answering."""

from __future__ import annotations

from dataclasses import dataclass

from yingda.conversations.archive import Archive, Listing
from yingda.conversations.undo import Undo
from yingda.dialects.fastgpt.encode import FastGPTDialect
from yingda.dialects.fastgpt.history import ChatRecords
from yingda.dialects.fastgpt.wire import DIALECT, CompletionBody, facts_from, request_from
from yingda.engine import Engine
from yingda.errors import ConversationBusy, InvalidRequest
from yingda.flows.backend import Backend
from yingda.turns.live import LiveTurn
from yingda.turns.types import Principal
from yingda.web.stream import StreamWatch


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceParts:
    """`backend` keeps the variables of this dialect's chats; the rest is the engine's own."""

    engine: Engine
    watch: StreamWatch
    archive: Archive
    undo: Undo
    backend: Backend
    dialect: FastGPTDialect


class Face:
    """The chats of this dialect."""

    def __init__(self, parts: FaceParts) -> None:
        self.parts = parts
        self.records = ChatRecords(parts.archive, parts.dialect)

    async def begin(self, caller: Principal, body: CompletionBody, *, is_v2: bool) -> LiveTurn:
        """The turn that answers; variables that come with the question are known to it."""
        request = request_from(body, caller, is_v2=is_v2)
        assert request.external_id is not None
        for key, value in facts_from(body.variables).items():
            await self.parts.backend.set_info(caller, request.external_id, key, value)
        return await self.parts.engine.start(caller, request)

    async def stop(self, caller: Principal, chat_id: str) -> None:
        """Stop the chat's run; nothing happens where none is under way."""
        page = await self.parts.archive.turns(caller, DIALECT, chat_id, offset=0, limit=1)
        if page.items and page.items[0].ending is None:
            await self.parts.engine.stop(caller, page.items[0].turn_id, "user")

    async def delete(self, caller: Principal, chat_id: str) -> None:
        """Delete a chat with its variables, a run under way included. Raises ConversationBusy."""
        await self.stop(caller, chat_id)
        await self.parts.archive.delete(caller, DIALECT, chat_id)
        await self.parts.backend.forget(caller, chat_id)

    async def clear(self, caller: Principal) -> None:
        """Delete all chats but those in which a turn runs or a human is at work."""
        kept = 0
        while True:
            listing = Listing(offset=kept, limit=100)
            page = await self.parts.archive.conversations(caller, DIALECT, listing)
            if not page.items:
                return
            for one in page.items:
                try:
                    await self.parts.archive.delete(caller, DIALECT, one.external_id)
                    await self.parts.backend.forget(caller, one.external_id)
                except ConversationBusy:
                    kept += 1

    async def delete_record(self, caller: Principal, chat_id: str, data_id: str) -> None:
        """Take a turn back with both of its records: the last one, for a dialogue stands on its turns.

        A record that is gone already is no error: its turn went with the other one.
        """
        is_last = True
        async for told in self.records.newest_first(caller, chat_id):
            if told.has(data_id):
                if not is_last:
                    raise InvalidRequest("only the records of a chat's last turn can be deleted")
                await self.parts.undo.delete_last(caller, DIALECT, chat_id, only_unfinished=False)
                return
            is_last = False
