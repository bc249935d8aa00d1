"""The desk: its queue, its log, its bells, and what operators found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from yingda.business.failures import ShopFailure
from yingda.business.system import ShopSystem
from yingda.conversations.archive import Archive
from yingda.conversations.handovers import Handovers
from yingda.curated.answerer import CuratedParts
from yingda.curated.editing import CuratedEditor
from yingda.dialects.helpdesk.routes.agent import DeskParts, agent_routes, assist_routes, operator_routes
from yingda.dialects.helpdesk.routes.escalation import escalation_routes
from yingda.dialects.helpdesk.routes.feeds import FeedParts, feed_routes
from yingda.dialects.helpdesk.routes.tickets import ticket_routes
from yingda.errors import Unavailable
from yingda.handoff.assist import BusinessAssist
from yingda.handoff.bells import Bells
from yingda.handoff.customers import MemberLevel
from yingda.handoff.desk import Desk
from yingda.handoff.hours import WorkingHours, dates_from
from yingda.handoff.log import DeskLog
from yingda.handoff.operating import DeskConfig, OperatorDesk
from yingda.handoff.policy import HandoffPolicy
from yingda.handoff.solutions import Solutions
from yingda.knowledge.types import Retriever
from yingda.settings import Settings
from yingda.storage.sql import Database
from yingda.tickets.store import Tickets
from yingda.turns.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Desks:
    """Both sides of the desk; `operating` and `bells` are to be run beside the server."""

    desk: Desk
    operating: OperatorDesk
    log: DeskLog
    bells: Bells
    solutions: Solutions
    tickets: Tickets
    business: BusinessAssist


def open_desks(
    settings: Settings,
    database: Database,
    handovers: Handovers,
    curated: CuratedParts,
    shop: ShopSystem,
    clock: Clock,
) -> Desks:
    """Over the SQL database, next to whichever engine keeps the conversations."""
    log = DeskLog(database)
    bells = Bells(log, clock)
    config = DeskConfig(lease_s=settings.desk_lease_s, capacity=settings.desk_capacity)
    return Desks(
        desk=Desk(database, bells),
        operating=OperatorDesk(database, handovers, bells, clock, config),
        log=log,
        bells=bells,
        solutions=Solutions(database, CuratedEditor(curated.book, clock), clock),
        tickets=Tickets(database, clock),
        business=BusinessAssist(shop, clock, ZoneInfo(settings.timezone)),
    )


def level_from(shop: ShopSystem) -> MemberLevel:
    """Membership as the shop has it; a shop that gives no answer leaves the card without it."""

    async def level(user_id: str) -> str:
        try:
            return (await shop.member(user_id)).level
        except ShopFailure:
            return ""

    return level


def policy_from(settings: Settings) -> HandoffPolicy:
    """When a human is called, and when there is one; raises `Unavailable` for days that are none."""
    try:
        hours = WorkingHours(
            start_hour=settings.working_hours_start,
            end_hour=settings.working_hours_end,
            days=frozenset(map(int, settings.working_days)),
            holidays=dates_from(settings.holidays),
            extra_days=dates_from(settings.extra_working_days),
            zone=settings.timezone,
        )
    except ValueError as error:
        raise Unavailable(f"working days cannot be read: {error}") from None
    return HandoffPolicy(
        max_failed_attempts=settings.max_failed_attempts, promise_h=settings.ticket_promise_h, hours=hours
    )


def desk_routes(desks: Desks, archive: Archive, retriever: Retriever, clock: Clock) -> Iterator[APIRouter]:
    """The operators' paths, and the customers' feed."""
    parts = DeskParts(
        desk=desks.operating,
        log=desks.log,
        bells=desks.bells,
        archive=archive,
        retriever=retriever,
        solutions=desks.solutions,
        business=desks.business,
        clock=clock,
    )
    yield operator_routes(desks.operating)
    yield agent_routes(parts)
    yield assist_routes(parts)
    yield feed_routes(FeedParts(desk=desks.desk, log=desks.log, bells=desks.bells, archive=archive))
    yield escalation_routes(desks.solutions)
    yield ticket_routes(desks.tickets)
