"""What a shop knows of a customer's affairs: orders, parcels, returns, membership, money."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One article of an order."""

    name: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Where a parcel was seen; `at` is the shop's local time."""

    at: datetime
    place: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A parcel on its way; `steps` are oldest first."""

    number: str
    carrier: str
    status: str
    expected_on: date | None = None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order; `customer_id` is whose it is, and empty where the shop does not say."""

    order_id: str
    customer_id: str
    status: str
    paid: Decimal
    ordered_at: datetime
    shipped_at: datetime | None = None
    delivered_at: datetime | None = None
    lines: tuple[Line, ...] = ()
    parcels: tuple[Parcel, ...] = ()
    receiver_name: str = ""
    receiver_phone: str = ""
    receiver_address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A customer as a member of the shop."""

    customer_id: str
    name: str
    phone: str
    level: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a customer has deposited."""

    customer_id: str
    balance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """Money that moved; what the customer spent is negative."""

    kind: str
    amount: Decimal
    at: datetime
    order_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Goods on their way back; `customer_id` is whose they are, and empty where the shop does not say."""

    return_id: str
    order_id: str
    customer_id: str
    reason: str
    status: str
    refund: Decimal
    requested_at: datetime


OPEN_RETURN = ("待审核", "待寄回", "验货中")
"""States in which a return is still under way."""

Found = Order | Member | Account | Return | tuple[Transaction, ...] | tuple[Return, ...]
"""What an action of the catalogue brings back."""
