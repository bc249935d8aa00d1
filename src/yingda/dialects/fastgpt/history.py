"""A chat's turns as records: a question and an answer each, found by their ids (callflow C.5)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yingda.conversations.archive import Archive, ConversationSummary
from yingda.conversations.store import StoredTurn
from yingda.dialects.fastgpt.encode import FastGPTDialect, duration_s
from yingda.dialects.fastgpt.wire import DIALECT, note_from
from yingda.turns import codec
from yingda.turns.events import TurnEvent
from yingda.turns.record import Record, record_from_events
from yingda.turns.types import Principal

NEW_CHAT = "新对话"
_TURNS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class Told:
    """A stored turn with its events; `human_id` and `answer_id` are the names of its two records."""

    stored: StoredTurn
    events: Sequence[TurnEvent]
    record: Record

    @property
    def human_id(self) -> str:
        return f"{self.stored.turn_id}q"

    @property
    def answer_id(self) -> str:
        """What the caller named it, else the turn's own id."""
        started = self.record.started
        named = note_from(started.wire).response_id if started else ""
        return named or self.stored.turn_id

    def has(self, data_id: str) -> bool:
        """Whether one of its records has that name."""
        return data_id in (self.human_id, self.answer_id)


class ChatRecords:
    """Reads the chats of one dialect out of the archive."""

    def __init__(self, archive: Archive, dialect: FastGPTDialect) -> None:
        self._archive = archive
        self._dialect = dialect

    async def page(
        self, caller: Principal, chat_id: str, *, offset: int, limit: int
    ) -> tuple[list[dict[str, Any]], int]:
        """The newest `limit` records but for `offset` newer ones, oldest first, and how many there are."""
        first, last = offset // 2, (offset + limit + 1) // 2
        page = await self._archive.turns(caller, DIALECT, chat_id, offset=first, limit=last - first)
        records = [record for stored in page.items for record in self._records(_told(stored))]
        newer = offset - 2 * first
        end = len(records) - newer
        return records[max(0, end - limit) : end], 2 * page.total

    async def find(self, caller: Principal, chat_id: str, data_id: str) -> Told | None:
        """The turn that a record of that name belongs to."""
        async for told in self.newest_first(caller, chat_id):
            if told.has(data_id):
                return told
        return None

    async def newest_first(self, caller: Principal, chat_id: str) -> AsyncGenerator[Told, None]:
        """All turns of a chat."""
        offset = 0
        while True:
            page = await self._archive.turns(caller, DIALECT, chat_id, offset=offset, limit=_TURNS_AT_ONCE)
            for stored in reversed(page.items):
                yield _told(stored)
            offset += _TURNS_AT_ONCE
            if offset >= page.total:
                return

    def _records(self, told: Told) -> Iterator[dict[str, Any]]:
        asked_at = told.stored.started_at.isoformat()
        asked = [{"type": "text", "text": {"content": told.stored.text}}]
        yield {
            "_id": told.human_id,
            "dataId": told.human_id,
            "obj": "Human",
            "value": asked,
            "time": asked_at,
        }
        ending = told.record.ending
        yield {
            "_id": told.answer_id,
            "dataId": told.answer_id,
            "obj": "AI",
            "value": self._dialect.items(told.events, told.record),
            "time": ending.at.isoformat() if ending else asked_at,
            "durationSeconds": duration_s(told.record),
        }


def chat_entry(summary: ConversationSummary, app_id: str) -> dict[str, Any]:
    """A chat as a list shows it."""
    return {
        "chatId": summary.external_id,
        "updateTime": summary.last_active_at.isoformat(),
        "appId": app_id,
        "customTitle": summary.title or "",
        "title": summary.preview or NEW_CHAT,
        "top": False,
    }


def _told(stored: StoredTurn) -> Told:
    events = list(codec.load(stored.lines))
    return Told(stored, events, record_from_events(events))
