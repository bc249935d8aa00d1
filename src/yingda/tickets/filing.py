"""What a customer's words make of a ticket: category, urgency and title, read by rules."""

from __future__ import annotations

import re

from yingda.tickets.ticket import DESCRIPTION_CHARS, TITLE_CHARS, Category, NewTicket, Priority

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


def category_of(text: str) -> Category:
    """The contract's default is after-sale."""
    return next((name for name, pattern in _CATEGORIES if pattern.search(text)), "after_sale")


def priority_of(text: str) -> Priority:
    """Medium unless the customer presses; a complaint never waits behind that."""
    if _URGENT.search(text):
        return "urgent"
    return "high" if category_of(text) == "complaint" else "medium"
