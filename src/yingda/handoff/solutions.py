"""What operators found out, on its way to a curated answer: pending, then approved or rejected."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, insert, select, update

from yingda.curated.answer import CuratedAnswer, Wording
from yingda.curated.editing import CuratedEditor
from yingda.errors import NotFound
from yingda.handoff import tables as t
from yingda.handoff.log import DESK
from yingda.handoff.queue import NotInThatState
from yingda.storage.sql import Database
from yingda.storage.transaction import read, write
from yingda.turns.clock import Clock
from yingda.turns.types import DEFAULT_COLLECTION, Principal

SolutionStatus = Literal["pending", "approved", "rejected"]


class NoSuchSolution(NotFound):
    code = "no_such_solution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What an operator found out, as handed in."""

    question: str
    solution: str
    intent: str | None = None
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """The same with its id and what was decided; `curated_id` names the answer made of it."""

    id: str
    found: Found
    status: SolutionStatus
    created_at: datetime
    created_by: str
    curated_id: str | None = None
    decided_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """How the wording of an approved solution differs from what the operator wrote."""

    question: str | None = None
    solution: str | None = None
    similar: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


AS_IT_IS = Edit()


class Solutions:
    """Of the principal's tenant; raises `NoSuchSolution`, and `NotInThatState` for what is decided."""

    def __init__(self, database: Database, editor: CuratedEditor, clock: Clock) -> None:
        self._database = database
        self._editor = editor
        self._clock = clock

    async def add(self, principal: Principal, found: Found) -> Solution:
        """Keep it for a decision; nobody is answered with it until then."""
        new = Solution(
            id=f"HS-{uuid.uuid4().hex[:12]}",
            found=found,
            status="pending",
            created_at=self._clock.now(),
            created_by=principal.key_id,
        )
        values = {
            "id": new.id,
            "tenant": principal.tenant,
            "conversation_id": found.conversation_id,
            "question": found.question,
            "solution": found.solution,
            "intent": found.intent,
            "status": new.status,
            "created_at": new.created_at,
            "created_by": new.created_by,
        }
        await write(self._database, lambda link: link.execute(insert(t.solutions).values(values)), DESK)
        return new

    async def pending(self, principal: Principal, limit: int) -> tuple[Solution, ...]:
        """Those that wait for a decision, oldest first."""
        query = (
            select(t.solutions)
            .where(t.solutions.c.tenant == principal.tenant, t.solutions.c.status == "pending")
            .order_by(t.solutions.c.created_at, t.solutions.c.id)
            .limit(limit)
        )
        return await read(self._database, lambda link: tuple(map(_solution, link.execute(query))), DESK)

    async def approve(self, principal: Principal, solution_id: str, edit: Edit = AS_IT_IS) -> Solution:
        """Make a curated answer of it, which is given from now on; raises what the editor objects to."""
        pending = await self._decide(principal, solution_id, "approved")
        wording = Wording(
            question=edit.question or pending.found.question,
            answer=edit.solution or pending.found.solution,
            similar=edit.similar,
            negative=edit.negative,
        )
        (made,) = await self._editor.add(principal, DEFAULT_COLLECTION, [wording])
        if isinstance(made, CuratedAnswer):
            await self._set(principal, solution_id, curated_id=made.id)
            return replace(pending, curated_id=made.id)
        await self._set(principal, solution_id, status="pending", decided_at=None, decided_by=None)
        raise made

    async def reject(self, principal: Principal, solution_id: str) -> Solution:
        """It stays as a record; nobody is answered with it."""
        return await self._decide(principal, solution_id, "rejected")

    async def _decide(self, principal: Principal, solution_id: str, status: SolutionStatus) -> Solution:
        """Of two who decide at once, one does."""
        this = t.solutions.c.tenant == principal.tenant, t.solutions.c.id == solution_id
        decided = (
            update(t.solutions)
            .where(*this, t.solutions.c.status == "pending")
            .values(status=status, decided_at=self._clock.now(), decided_by=principal.key_id)
            .returning(*t.solutions.c)
        )

        def decide(link: Connection) -> Solution:
            if (row := link.execute(decided).first()) is not None:
                return _solution(row)
            known = link.scalar(select(t.solutions.c.status).where(*this))
            if known is None:
                raise NoSuchSolution(f"Solution {solution_id} not found")
            raise NotInThatState(f"Solution {solution_id} is {known}, expected pending")

        return await write(self._database, decide, DESK)

    async def _set(self, principal: Principal, solution_id: str, **values: object) -> None:
        this = update(t.solutions).where(
            t.solutions.c.tenant == principal.tenant, t.solutions.c.id == solution_id
        )
        await write(self._database, lambda link: link.execute(this.values(values)), DESK)


def _solution(row: Row[Any]) -> Solution:
    return Solution(
        id=row.id,
        found=Found(
            question=row.question,
            solution=row.solution,
            intent=row.intent,
            conversation_id=row.conversation_id,
        ),
        status=row.status,
        created_at=row.created_at,
        created_by=row.created_by,
        curated_id=row.curated_id,
        decided_at=row.decided_at,
    )
