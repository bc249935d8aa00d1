"""The bodies of a shop's HTTP interface (helpdesk 2.11); foreign words stop here."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from yingda.business.records import Account, Line, Member, Order, Parcel, Return, Step, Transaction

Owner = Annotated[str, Field(validation_alias=AliasChoices("user_id", "customer_id"))]
"""Whose something is; a body without it belongs to nobody, and so is shown to nobody."""


class _Body(BaseModel):
    """Numbers may come as text and text as numbers; what is not named here is passed over."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)


class ItemBody(_Body):
    """One article of an order."""

    name: str
    quantity: int = 1


class StepBody(_Body):
    """Where a parcel was seen."""

    time: datetime
    place: str = ""
    description: str


class ParcelBody(_Body):
    """A parcel of an order."""

    number: str = Field("", validation_alias=AliasChoices("tracking_number", "number"))
    carrier: str = ""
    status: str
    expected_on: date | None = None
    steps: list[StepBody] = Field(default_factory=list)


class OrderBody(_Body):
    """`GET /orders/{id}`."""

    order_id: str
    user_id: Owner = ""
    status: str
    amount: Decimal
    created_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    items: list[ItemBody] = Field(default_factory=list)
    logistics: list[ParcelBody] = Field(default_factory=list)
    receiver_name: str = ""
    receiver_phone: str = ""
    receiver_address: str = ""


class MemberBody(_Body):
    """`GET /members/{id}`."""

    user_id: Owner = ""
    name: str = ""
    phone: str = ""
    level: str
    points: int


class AccountBody(_Body):
    """`GET /accounts/{id}`."""

    user_id: Owner = ""
    balance: Decimal


class TransactionBody(_Body):
    """One of `GET /accounts/{id}/transactions`."""

    kind: str = Field(validation_alias=AliasChoices("type", "kind"))
    amount: Decimal
    time: datetime
    order_id: str | None = None


class ReturnBody(_Body):
    """`GET /returns/{id}`, and what both POST requests answer."""

    return_id: str
    order_id: str
    user_id: Owner = ""
    reason: str = ""
    status: str
    refund_amount: Decimal = Decimal(0)
    created_at: datetime


def order_from(body: OrderBody, zone: ZoneInfo) -> Order:
    """Times become the shop's local time."""
    return Order(
        order_id=body.order_id,
        customer_id=body.user_id,
        status=body.status,
        paid=body.amount,
        ordered_at=local(body.created_at, zone),
        shipped_at=local(body.shipped_at, zone) if body.shipped_at else None,
        delivered_at=local(body.delivered_at, zone) if body.delivered_at else None,
        lines=tuple(Line(name=item.name, quantity=item.quantity) for item in body.items),
        parcels=tuple(_parcel(parcel, zone) for parcel in body.logistics),
        receiver_name=body.receiver_name,
        receiver_phone=body.receiver_phone,
        receiver_address=body.receiver_address,
    )


def _parcel(body: ParcelBody, zone: ZoneInfo) -> Parcel:
    steps = (Step(at=local(step.time, zone), place=step.place, what=step.description) for step in body.steps)
    return Parcel(
        number=body.number,
        carrier=body.carrier,
        status=body.status,
        expected_on=body.expected_on,
        steps=tuple(sorted(steps, key=lambda step: step.at)),
    )


def member_from(body: MemberBody, customer_id: str) -> Member:
    """The member that was asked for."""
    return Member(
        customer_id=customer_id, name=body.name, phone=body.phone, level=body.level, points=body.points
    )


def account_from(body: AccountBody, customer_id: str) -> Account:
    """The account that was asked for."""
    return Account(customer_id=customer_id, balance=body.balance)


def transaction_from(body: TransactionBody, zone: ZoneInfo) -> Transaction:
    """One movement of money."""
    return Transaction(
        kind=body.kind, amount=body.amount, at=local(body.time, zone), order_id=body.order_id or ""
    )


def return_from(body: ReturnBody, zone: ZoneInfo) -> Return:
    """A return, as it is now."""
    return Return(
        return_id=body.return_id,
        order_id=body.order_id,
        customer_id=body.user_id,
        reason=body.reason,
        status=body.status,
        refund=body.refund_amount,
        requested_at=local(body.created_at, zone),
    )


def local(at: datetime, zone: ZoneInfo) -> datetime:
    """A time with a zone as the shop's clock shows it; one without is taken to be the shop's."""
    return at if at.tzinfo is None else at.astimezone(zone).replace(tzinfo=None)
