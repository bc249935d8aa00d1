"""The catalogue: what a customer may ask of the shop, as data, and the one place where it is carried out.

An action names its inputs in the order in which they are asked for. Whose order or return it concerns is
checked here, after the shop has answered and before anything of it is shown, whoever chose the action.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from yingda.business.failures import NotSignedIn, NotTheirs
from yingda.business.records import Found, Order, Return, Transaction
from yingda.business.system import ShopSystem

ActionName = Literal[
    "query_order",
    "query_logistics",
    "query_member",
    "query_points",
    "query_balance",
    "query_transactions",
    "create_return",
    "query_return",
    "cancel_return",
]
InputName = Literal["order_id", "return_id", "reason", "period"]
Arguments = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """One value of an action; `pattern` is what it must look like, whole, before it goes to the shop.

    `is_literal`: it stands in the customer's own words, letter for letter.
    """

    name: InputName
    description: str
    pattern: re.Pattern[str]
    is_literal: bool = True


ORDER_ID = Input(
    name="order_id",
    description="Order number, exactly as the customer wrote it.",
    pattern=re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{4,39}"),
)
RETURN_ID = Input(
    name="return_id",
    description="Return number: R and at least three digits.",
    pattern=re.compile(r"[Rr]\d{3,20}"),
)
REASON = Input(
    name="reason", description="Why, in the customer's own words.", pattern=re.compile(r"[^\x00-\x1f]{1,200}")
)
PERIOD = Input(
    name="period",
    description="Where the customer names a time: its first day and the day after its last, "
    "as in 2026-02-01/2026-03-01.",
    pattern=re.compile(r"\d{4}-\d{2}-\d{2}/\d{4}-\d{2}-\d{2}"),
    is_literal=False,
)

Run = Callable[[ShopSystem, Arguments, str], Awaitable[Found]]
Write = Callable[[ShopSystem, Arguments, str, str], Awaitable[Return]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What it takes and does; `inputs` are asked for, `options` only taken.

    `look` reads and checks whose it is.

    Where `write` is set, `look` brings what the change would concern, for the customer to confirm.
    """

    name: ActionName
    description: str
    look: Run
    inputs: tuple[Input, ...] = ()
    options: tuple[Input, ...] = ()
    write: Write | None = None


async def _order(shop: ShopSystem, given: Arguments, customer_id: str) -> Order:
    order = await shop.order(given["order_id"])
    _own(order.customer_id, customer_id)
    return order


async def _return(shop: ShopSystem, given: Arguments, customer_id: str) -> Return:
    found = await shop.return_of(given["return_id"])
    if found.customer_id:
        _own(found.customer_id, customer_id)
    else:  # a shop that names no owner of a return names that of its order
        _own((await shop.order(found.order_id)).customer_id, customer_id)
    return found


async def _return_or_all(shop: ShopSystem, given: Arguments, customer_id: str) -> Return | tuple[Return, ...]:
    if "return_id" in given:
        return await _return(shop, given, customer_id)
    return await shop.returns(customer_id)


async def _transactions(shop: ShopSystem, given: Arguments, customer_id: str) -> tuple[Transaction, ...]:
    found = await shop.transactions(customer_id)
    since, _, until = given.get("period", "").partition("/")
    if not until:
        return found
    return tuple(one for one in found if since <= one.at.date().isoformat() < until)


def _own(owner: str, customer_id: str) -> None:
    if not owner or owner != customer_id:
        raise NotTheirs


CATALOGUE: Mapping[ActionName, Action] = {
    action.name: action
    for action in (
        Action(
            name="query_order",
            description="Status, contents and amount of one of the customer's orders.",
            look=_order,
            inputs=(ORDER_ID,),
        ),
        Action(
            name="query_logistics",
            description="Where the parcel of one of the customer's orders is.",
            look=_order,
            inputs=(ORDER_ID,),
        ),
        Action(
            name="query_member",
            description="The customer's membership level and particulars.",
            look=lambda shop, given, customer_id: shop.member(customer_id),
        ),
        Action(
            name="query_points",
            description="How many points the customer has.",
            look=lambda shop, given, customer_id: shop.member(customer_id),
        ),
        Action(
            name="query_balance",
            description="What the customer's account holds.",
            look=lambda shop, given, customer_id: shop.account(customer_id),
        ),
        Action(
            name="query_transactions",
            description="The customer's latest payments, refunds and deposits.",
            look=_transactions,
            options=(PERIOD,),
        ),
        Action(
            name="create_return",
            description="Begin the return of one of the customer's orders; confirmed by the customer first.",
            look=_order,
            inputs=(ORDER_ID, REASON),
            write=lambda shop, given, customer_id, token: shop.create_return(
                given["order_id"], given["reason"], customer_id, token
            ),
        ),
        Action(
            name="query_return",
            description="How far one return has come, or all returns of the customer without a number.",
            look=_return_or_all,
            options=(RETURN_ID,),
        ),
        Action(
            name="cancel_return",
            description="Take back one of the customer's returns; confirmed by the customer first.",
            look=_return,
            inputs=(RETURN_ID,),
            write=lambda shop, given, customer_id, token: shop.cancel_return(given["return_id"], token),
        ),
    )
}


async def look(shop: ShopSystem, action: Action, given: Arguments, customer_id: str | None) -> Found:
    """What the action concerns, once it is sure to be the customer's own; raises `ShopFailure`."""
    if not customer_id:
        raise NotSignedIn
    return await action.look(shop, given, customer_id)


async def carry_out(
    shop: ShopSystem, action: Action, given: Arguments, customer_id: str | None, token: str
) -> Return:
    """Make the change that was confirmed, once for one token; whose it is, is checked again."""
    assert action.write is not None, action.name
    await look(shop, action, given, customer_id)
    assert customer_id
    return await action.write(shop, given, customer_id, token)
