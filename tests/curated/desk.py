"""Short ways to curated answers: made, matched, and kept on a real store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from yingda.curated.answer import CuratedAnswer, CuratedId, Wording
from yingda.curated.book import BookConfig, CuratedBook
from yingda.curated.editing import CuratedEditor, SaveOptions
from yingda.curated.hits import HitLog
from yingda.curated.match import Matcher
from yingda.curated.store import CuratedStore
from yingda.knowledge.embed import Embedder
from yingda.storage.sql import Database
from yingda.testing import FrozenClock
from yingda.testing.clock import START
from yingda.turns.types import ALL_ROLES, DEFAULT_COLLECTION, Principal

PRINCIPAL = Principal(tenant="shop", key_id="k1", roles=ALL_ROLES)
STRANGER = Principal(tenant="rival", key_id="k2", roles=ALL_ROLES)


def kept(question: str, answer: str = "好的。", id: str = "", **fields: Any) -> CuratedAnswer:
    """An answer as a matcher takes it; its id is its question unless given."""
    return CuratedAnswer(
        id=CuratedId(id or question),
        wording=Wording(question=question, answer=answer, **fields),
        created_at=START,
        created_by="k1",
        updated_at=START,
        updated_by="k1",
    )


def anything(answer: CuratedAnswer) -> bool:
    """Every answer fits."""
    return True


def matched(matcher: Matcher, question: str) -> str | None:
    """The id of the best answer, if there is one."""
    found = matcher.best(question, anything)
    return found.answer.id if found else None


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything about curated answers over one database."""

    book: CuratedBook
    editor: CuratedEditor
    hits: HitLog
    clock: FrozenClock
    database: Database

    async def add(self, *wordings: Wording, principal: Principal = PRINCIPAL, **options: bool) -> list[Any]:
        """Results of `CuratedEditor.add` in the default collection."""
        return await self.editor.add(principal, DEFAULT_COLLECTION, wordings, SaveOptions(**options))

    async def found(self, question: str, principal: Principal = PRINCIPAL) -> str | None:
        """The text of the answer to a question."""
        match = await self.book.find(principal, DEFAULT_COLLECTION, question, anything)
        return match.answer.wording.answer if match else None


def open_desk(database: Database, embedder: Embedder | None = None) -> Desk:
    """As a process of its own would open it."""
    clock = FrozenClock()
    book = CuratedBook(CuratedStore(database), BookConfig(poll_s=0.02), embedder)
    return Desk(book, CuratedEditor(book, clock), HitLog(database, clock), clock, database)


async def eventually(claim: Callable[[], Any]) -> None:
    """Look for up to ten seconds until the claim, which may be a coroutine, holds."""
    async with asyncio.timeout(10):
        while True:
            held = claim()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.01)
