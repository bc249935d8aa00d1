"""What operators do: take a conversation, speak in it, give it back or close it; each is written down.

The desk's own row decides who holds a conversation. The conversation's status follows it; where a crash kept
it from following, the next message of the customer is still answered by whom the row names.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection, func, insert, select, update

from yingda.conversations.handovers import Handovers, Note
from yingda.errors import AnswerError, NotFound
from yingda.handoff import queue
from yingda.handoff import tables as t
from yingda.handoff.bells import Bells
from yingda.handoff.log import DESK, Happening, Kind, append
from yingda.handoff.queue import Claim, Handoff, Operator
from yingda.storage.sql import Database
from yingda.storage.transaction import read, write
from yingda.turns.clock import Clock
from yingda.turns.types import ConversationId, HandoffStatus, Principal

log = logging.getLogger(__name__)

Way = Literal["resolved", "returned"]
"""How a hand-off ends: the matter is settled, or the bot goes on with it."""

_BEFORE: dict[HandoffStatus, tuple[HandoffStatus | None, ...]] = {
    "assigned": ("pending", None, "resolved"),
    "pending": ("assigned",),
    "resolved": ("assigned", "pending"),
}
"""What a conversation's status may be when the desk changes it, likeliest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskConfig:
    """`lease_s` is how long a conversation stays with an operator of whom nothing is heard."""

    lease_s: float = 900.0
    capacity: int = 10
    requeue_every_s: float = 2.0
    requeue_at_once: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who acts: the key, and the operator by the name the desk calls them; None for whoever holds it."""

    principal: Principal
    operator_id: str | None = None


class OperatorDesk:
    """Every method raises `NotInThatState` where the conversation is not what the action needs it to be."""

    def __init__(
        self, database: Database, handovers: Handovers, bells: Bells, clock: Clock, config: DeskConfig
    ) -> None:
        self._database = database
        self._handovers = handovers
        self._bells = bells
        self._clock = clock
        self._config = config

    async def waiting(self, principal: Principal, *, limit: int, offset: int = 0) -> tuple[Handoff, ...]:
        """The queue, most urgent first, then by age."""
        query = queue.waiting(principal, limit, offset)
        return await read(
            self._database, lambda link: tuple(map(queue.handoff_from, link.execute(query))), DESK
        )

    async def newest(self, principal: Principal, conversation_id: str) -> Handoff | None:
        """The conversation's last hand-off; None where it never had one."""
        return await read(self._database, lambda link: queue.newest(link, principal, conversation_id), DESK)

    async def claim(self, principal: Principal, conversation_id: str, operator_id: str) -> Handoff:
        """Take the conversation; of several who want it one gets it."""
        wanted = self._claim(principal, operator_id)

        def take(link: Connection) -> Handoff:
            taken = queue.claim(link, principal, conversation_id, wanted)
            if taken is None:
                found = queue.newest(link, principal, conversation_id)
                raise queue.refusal(found, conversation_id, "pending")
            return taken

        return await self._followed(await write(self._database, take, DESK))

    async def claim_next(self, principal: Principal, operator_id: str) -> Handoff | None:
        """Take the most urgent one that the operator can do; None where nobody waits."""
        wanted = self._claim(principal, operator_id)
        taken = await write(self._database, lambda link: queue.claim_next(link, principal, wanted), DESK)
        return None if taken is None else await self._followed(taken)

    async def say(self, acting: Acting, conversation_id: str, text: str) -> int:
        """Tell the customer something; the number of the event that carries it."""
        handoff, number = await self._act(acting, conversation_id, "operator", text)
        author = handoff.operator_id or acting.principal.key_id
        await self._note(acting.principal, conversation_id, author, text)
        return number

    async def renew(self, acting: Acting, conversation_id: str, what: str = "") -> Handoff:
        """A sign of life of who holds the conversation; `what` help was asked for is written down."""
        if what:
            handoff, _ = await self._act(acting, conversation_id, "assist", what)
            return handoff
        until = self._clock.now() + timedelta(seconds=self._config.lease_s)

        def extend(link: Connection) -> Handoff:
            handoff = queue.held(link, acting.principal, conversation_id, acting.operator_id)
            _set(link, handoff.id, lease_until=until)
            return replace(handoff, lease_until=until)

        return await write(self._database, extend, DESK)

    async def release(self, acting: Acting, conversation_id: str, reason: str) -> Handoff:
        """Back into the queue, to the place its age gives it."""
        freed = {"status": "pending", "operator_id": None, "claimed_at": None, "lease_until": None}

        def give_back(link: Connection) -> Handoff:
            handoff = queue.held(link, acting.principal, conversation_id, acting.operator_id)
            append(link, handoff.id, self._happening("released", acting, handoff, reason))
            _set(link, handoff.id, **freed)
            return replace(handoff, status="pending", operator_id=None, claimed_at=None, lease_until=None)

        return await self._followed(await write(self._database, give_back, DESK))

    async def finish(self, acting: Acting, conversation_id: str, way: Way, note: str) -> Handoff:
        """The human part is over; a note for the bot goes into the history, where it reads it."""
        at = self._clock.now()

        def close(link: Connection) -> Handoff:
            handoff = queue.held(link, acting.principal, conversation_id, acting.operator_id)
            append(link, handoff.id, self._happening(way, acting, handoff, note))
            _set(link, handoff.id, status="resolved", closed_at=at, lease_until=None, note=note)
            return replace(handoff, status="resolved", closed_at=at, lease_until=None, note=note)

        closed = await self._followed(await write(self._database, close, DESK))
        if way == "returned" and note:
            author = closed.operator_id or acting.principal.key_id
            await self._note(acting.principal, conversation_id, author, note)
        return closed

    async def operators(self, principal: Principal) -> tuple[Operator, ...]:
        """All who ever worked at the tenant's desk, with what they hold now."""
        held = (
            select(t.handoffs.c.operator_id, func.count().label("held"))
            .where(t.handoffs.c.tenant == principal.tenant, t.handoffs.c.status == "assigned")
            .group_by(t.handoffs.c.operator_id)
            .subquery()
        )
        query = (
            select(t.operators, held.c.held)
            .outerjoin(held, held.c.operator_id == t.operators.c.id)
            .where(t.operators.c.tenant == principal.tenant)
            .order_by(t.operators.c.id)
        )

        def found(link: Connection) -> tuple[Operator, ...]:
            return tuple(queue.operator_from(row, row.held or 0) for row in link.execute(query))

        return await read(self._database, found, DESK)

    async def enlist(
        self, principal: Principal, operator_id: str, *, name: str, capacity: int, skills: Sequence[str]
    ) -> None:
        """Make an operator known, or change one."""
        whose = {"tenant": principal.tenant, "id": operator_id}
        values = {
            "name": name,
            "capacity": capacity,
            "skills": list(skills),
            "updated_at": self._clock.now(),
        }

        def put(link: Connection) -> None:
            known = update(t.operators).where(
                t.operators.c.tenant == principal.tenant, t.operators.c.id == operator_id
            )
            if link.execute(known.values(values)).rowcount == 0:
                link.execute(insert(t.operators).values(whose | values))

        await write(self._database, put, DESK)

    async def run(self) -> None:
        """Put back what operators have left alone for too long, until cancelled."""
        while True:
            await asyncio.sleep(self._config.requeue_every_s)
            try:
                await self.requeue()
            except AnswerError as error:
                log.warning("held conversations wait for the desk: %s", error)

    async def requeue(self) -> int:
        """Every conversation whose lease ran out waits again; how many there were."""
        at = self._clock.now()
        late = (
            select(t.handoffs)
            .where(t.handoffs.c.status == "assigned", t.handoffs.c.lease_until < at)
            .limit(self._config.requeue_at_once)
            .with_for_update(skip_locked=True)
        )

        def put_back(link: Connection) -> list[Handoff]:
            found = [queue.handoff_from(row) for row in link.execute(late)]
            for handoff in found:
                left = Happening(kind="requeued", at=at, actor=handoff.operator_id or "", key_id="")
                append(link, handoff.id, left)
                _set(link, handoff.id, status="pending", operator_id=None, claimed_at=None, lease_until=None)
            return found

        late_ones = await write(self._database, put_back, DESK)
        for handoff in late_ones:
            await self._followed(replace(handoff, status="pending", operator_id=None))
        return len(late_ones)

    def _claim(self, principal: Principal, operator_id: str) -> Claim:
        at = self._clock.now()
        return Claim(
            operator_id=operator_id,
            key_id=principal.key_id,
            at=at,
            lease_until=at + timedelta(seconds=self._config.lease_s),
            default_capacity=self._config.capacity,
        )

    async def _act(self, acting: Acting, conversation_id: str, kind: Kind, text: str) -> tuple[Handoff, int]:
        """Write down what the holder did, which is a sign of life too."""
        until = self._clock.now() + timedelta(seconds=self._config.lease_s)

        def act(link: Connection) -> tuple[Handoff, int]:
            handoff = queue.held(link, acting.principal, conversation_id, acting.operator_id)
            _set(link, handoff.id, lease_until=until)
            number = append(link, handoff.id, self._happening(kind, acting, handoff, text))
            return replace(handoff, lease_until=until), number

        done = await write(self._database, act, DESK)
        self._bells.ring(conversation_id)
        return done

    def _happening(self, kind: Kind, acting: Acting, handoff: Handoff, text: str) -> Happening:
        actor = acting.operator_id or handoff.operator_id or ""
        return Happening(
            kind=kind, at=self._clock.now(), actor=actor, key_id=acting.principal.key_id, text=text
        )

    async def _followed(self, handoff: Handoff) -> Handoff:
        """Give the conversation the status that the desk has for it, and wake who follows it."""
        self._bells.ring(handoff.conversation_id)
        principal = Principal(tenant=handoff.tenant, key_id="desk", roles=frozenset({"desk"}))
        with suppress(NotFound):  # a turn that asked and is not durable yet brings its status along
            for expected in _BEFORE[handoff.status]:
                if await self._handovers.hand_over(
                    principal, handoff.conversation_id, handoff.status, expected=expected
                ):
                    break
        return handoff

    async def _note(self, principal: Principal, conversation_id: str, author: str, text: str) -> None:
        note = Note(at=self._clock.now(), author=author, text=text)
        with suppress(NotFound):
            await self._handovers.add_note(principal, ConversationId(conversation_id), note)


def _set(link: Connection, handoff_id: str, **values: object) -> None:
    link.execute(update(t.handoffs).where(t.handoffs.c.id == handoff_id).values(values))
