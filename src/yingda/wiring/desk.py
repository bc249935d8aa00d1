"""The desk: its queue, its log, its bells, and what operators found out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter

from yingda.conversations.archive import Archive
from yingda.conversations.handovers import Handovers
from yingda.curated.answerer import CuratedParts
from yingda.curated.editing import CuratedEditor
from yingda.dialects.helpdesk.routes.agent import DeskParts, agent_routes, assist_routes, operator_routes
from yingda.dialects.helpdesk.routes.escalation import escalation_routes
from yingda.dialects.helpdesk.routes.feeds import FeedParts, feed_routes
from yingda.dialects.helpdesk.routes.tickets import ticket_routes
from yingda.handoff.bells import Bells
from yingda.handoff.desk import Desk
from yingda.handoff.log import DeskLog
from yingda.handoff.operating import DeskConfig, OperatorDesk
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


def open_desks(
    settings: Settings, database: Database, handovers: Handovers, curated: CuratedParts, clock: Clock
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
        clock=clock,
    )
    yield operator_routes(desks.operating)
    yield agent_routes(parts)
    yield assist_routes(parts)
    yield feed_routes(FeedParts(desk=desks.desk, log=desks.log, bells=desks.bells, archive=archive))
    yield escalation_routes(desks.solutions)
    yield ticket_routes(desks.tickets)
