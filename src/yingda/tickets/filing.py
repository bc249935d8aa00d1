"""What a customer's words make of a ticket: category, urgency and title, read by rules."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from yingda.tickets.store import Tickets
from yingda.tickets.ticket import DESCRIPTION_CHARS, TITLE_CHARS, Category, NewTicket, Priority, Ticket
from yingda.turns.types import Turn

EARLIER = 2
"""So many of the customer's earlier messages tell what a short one is about."""

_CATEGORIES: tuple[tuple[Category, re.Pattern[str]], ...] = (
    ("complaint", re.compile("投诉|举报|complain|grievance", re.I)),
    ("logistics", re.compile("物流|快递|配送|派送|没收到|未收到|签收|发货|deliver|shipping|parcel", re.I)),
    (
        "after_sale",
        re.compile("退货|退款|换货|退换|维修|保修|报修|坏了|故障|损坏|refund|return|repair|broken", re.I),
    ),
    ("account", re.compile("账号|账户|登录|密码|会员|积分|余额|发票|account|password|invoice", re.I)),
    ("product", re.compile("产品|商品|质量|型号|功能|参数|product|quality|feature|bug", re.I)),
)
"""The first that matches: a complaint about a parcel is a complaint."""

_URGENT = re.compile("紧急|马上|立刻|立即|加急|尽快|urgent|immediately|asap", re.I)


def ticket_from(said: str) -> NewTicket:
    """A ticket about these words, without what only the caller knows."""
    text = " ".join(said.split())
    return NewTicket(
        title=text[:TITLE_CHARS],
        description=text[:DESCRIPTION_CHARS],
        category=category_of(text),
        priority=priority_of(text),
    )


def categories_in(text: str) -> tuple[Category, ...]:
    """Every kind of matter that the words have."""
    return tuple(name for name, pattern in _CATEGORIES if pattern.search(text))


def category_of(text: str) -> Category:
    """The contract's default is after-sale."""
    return next(iter(categories_in(text)), "after_sale")


def priority_of(text: str) -> Priority:
    """Medium unless the customer presses; a complaint never waits behind that."""
    if _URGENT.search(text):
        return "urgent"
    return "high" if category_of(text) == "complaint" else "medium"


async def file_for(tickets: Tickets, turn: Turn, promised_at: datetime | None = None) -> Ticket:
    """A ticket of the turn's conversation; the same turn again files no second one."""
    earlier = [message.text for message in turn.history if message.role == "user"][-EARLIER:]
    read = ticket_from(turn.text)
    new = replace(
        read,
        description="；".join((*earlier, turn.text))[-DESCRIPTION_CHARS:],
        user_id=turn.user_id,
        conversation_id=turn.conversation_id,
        promised_at=promised_at,
        idempotency_key=f"turn-{turn.id}",
    )
    ticket, _ = await tickets.create(turn.principal, new)
    return ticket
