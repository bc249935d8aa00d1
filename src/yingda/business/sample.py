"""The sample shop as a shop's system: reads and writes its SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from yingda.business.failures import Broken, NothingThere, Refused, TimedOut
from yingda.business.records import (
    OPEN_RETURN,
    Account,
    Line,
    Member,
    Order,
    Parcel,
    Return,
    Step,
    Transaction,
)
from yingda.business.shop.books import moment
from yingda.turns.clock import Clock

T = TypeVar("T")

_RETURN = (
    "SELECT return_id, order_id, customer_id, reason, returns.status, refund_amount, requested_at"
    " FROM returns JOIN orders USING (order_id)"
)
_WRITING = "BEGIN IMMEDIATE"  # what is read before a write must still hold when it is written
_RETURNABLE = ("已签收", "已完成")


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleShopConfig:
    """How long a write waits for another, how many transactions are read, and the shop's own zone."""

    busy_timeout_s: float = 5.0
    transaction_count: int = 200
    timezone: str = "Asia/Shanghai"


class SampleShop:
    """Implements `ShopSystem`; each call is one connection in a thread, and one transaction."""

    def __init__(self, path: Path, clock: Clock, config: SampleShopConfig = SampleShopConfig()) -> None:
        self._path = path
        self._clock = clock
        self._config = config
        self._zone = ZoneInfo(config.timezone)

    async def order(self, order_id: str) -> Order:
        """As `ShopSystem` says."""
        return await self._run(lambda shop: _order(shop, order_id))

    async def member(self, customer_id: str) -> Member:
        """As `ShopSystem` says."""
        return await self._run(lambda shop: _member(shop, customer_id))

    async def account(self, customer_id: str) -> Account:
        """As `ShopSystem` says."""
        return await self._run(lambda shop: _account(shop, customer_id))

    async def transactions(self, customer_id: str) -> tuple[Transaction, ...]:
        """As `ShopSystem` says."""
        count = self._config.transaction_count
        return await self._run(lambda shop: _transactions(shop, customer_id, count))

    async def returns(self, customer_id: str) -> tuple[Return, ...]:
        """As `ShopSystem` says."""
        return await self._run(lambda shop: _returns(shop, customer_id))

    async def return_of(self, return_id: str) -> Return:
        """As `ShopSystem` says."""
        return await self._run(lambda shop: _return(shop, return_id))

    async def create_return(self, order_id: str, reason: str, customer_id: str, token: str) -> Return:
        """As `ShopSystem` says; an order can go back once it has arrived."""
        now = moment(self._clock.now().astimezone(self._zone))
        return await self._run(lambda shop: _create(shop, (order_id, reason, token, now)), _WRITING)

    async def cancel_return(self, return_id: str, token: str) -> Return:
        """As `ShopSystem` says."""
        now = moment(self._clock.now().astimezone(self._zone))
        return await self._run(lambda shop: _cancel(shop, return_id, token, now), _WRITING)

    async def _run(self, work: Callable[[sqlite3.Connection], T], begin: str = "BEGIN") -> T:
        return await asyncio.to_thread(self._worked, work, begin)

    def _worked(self, work: Callable[[sqlite3.Connection], T], begin: str) -> T:
        try:
            with self._connected() as shop:
                shop.execute(begin)
                return work(shop)
        except sqlite3.DatabaseError as error:
            busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
            raise (TimedOut if busy else Broken)(str(error)) from error

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        # mode=rw: a file that went missing is a failure, and not made anew and empty.
        address = f"{self._path.absolute().as_uri()}?mode=rw"
        shop = sqlite3.connect(address, uri=True, timeout=self._config.busy_timeout_s, isolation_level=None)
        shop.row_factory = sqlite3.Row
        try:
            with shop:
                yield shop
        finally:
            shop.close()


def _one(shop: sqlite3.Connection, query: str, name: str) -> sqlite3.Row:
    row: sqlite3.Row | None = shop.execute(query, (name,)).fetchone()
    if row is None:
        raise NothingThere
    return row


def _order(shop: sqlite3.Connection, order_id: str) -> Order:
    row = _one(shop, "SELECT * FROM orders WHERE order_id = ? COLLATE NOCASE", order_id)
    number = row["order_id"]
    lines = shop.execute(
        "SELECT name, quantity FROM order_items JOIN products USING (product_id) WHERE order_id = ?",
        (number,),
    )
    parcels = shop.execute("SELECT * FROM shipments WHERE order_id = ?", (number,)).fetchall()
    return Order(
        order_id=number,
        customer_id=row["customer_id"],
        status=row["status"],
        paid=_money(row["paid_amount"]),
        ordered_at=_at(row["ordered_at"]),
        shipped_at=_at(row["shipped_at"]) if row["shipped_at"] else None,
        delivered_at=_at(row["delivered_at"]) if row["delivered_at"] else None,
        lines=tuple(Line(name=line["name"], quantity=line["quantity"]) for line in lines),
        parcels=tuple(_parcel(shop, parcel) for parcel in parcels),
        receiver_name=row["receiver_name"],
        receiver_phone=row["receiver_phone"],
        receiver_address=row["receiver_address"],
    )


def _parcel(shop: sqlite3.Connection, row: sqlite3.Row) -> Parcel:
    steps = shop.execute(
        "SELECT happened_at, place, description FROM shipment_events WHERE shipment_id = ?"
        " ORDER BY happened_at",
        (row["shipment_id"],),
    )
    return Parcel(
        number=row["shipment_id"],
        carrier=row["carrier"],
        status=row["status"],
        expected_on=date.fromisoformat(row["expected_on"]),
        steps=tuple(Step(at=_at(at), place=place, what=what) for at, place, what in steps),
    )


def _member(shop: sqlite3.Connection, customer_id: str) -> Member:
    row = _one(shop, "SELECT * FROM customers WHERE customer_id = ?", customer_id)
    return Member(**{name: row[name] for name in ("customer_id", "name", "phone", "level", "points")})


def _account(shop: sqlite3.Connection, customer_id: str) -> Account:
    row = _one(shop, "SELECT balance FROM customers WHERE customer_id = ?", customer_id)
    return Account(customer_id=customer_id, balance=_money(row["balance"]))


def _transactions(shop: sqlite3.Connection, customer_id: str, count: int) -> tuple[Transaction, ...]:
    rows = shop.execute(
        "SELECT kind, amount, happened_at, order_id FROM transactions WHERE customer_id = ?"
        " ORDER BY happened_at DESC LIMIT ?",
        (customer_id, count),
    )
    return tuple(
        Transaction(kind=kind, amount=_money(amount), at=_at(at), order_id=order_id or "")
        for kind, amount, at, order_id in rows
    )


def _returns(shop: sqlite3.Connection, customer_id: str) -> tuple[Return, ...]:
    rows = shop.execute(f"{_RETURN} WHERE customer_id = ? ORDER BY requested_at DESC", (customer_id,))
    return tuple(map(_returned, rows))


def _return(shop: sqlite3.Connection, return_id: str) -> Return:
    return _returned(_one(shop, f"{_RETURN} WHERE return_id = ? COLLATE NOCASE", return_id))


def _create(shop: sqlite3.Connection, wanted: tuple[str, str, str, str]) -> Return:
    order_id, reason, token, now = wanted
    if done := _done(shop, token):
        return _return(shop, done)
    order = _order(shop, order_id)
    if order.status not in _RETURNABLE:
        raise Refused(f"订单当前状态是“{order.status}”，签收后才能申请退货")
    [number] = shop.execute(
        "SELECT coalesce(max(CAST(substr(return_id, 2) AS INTEGER)), 0) FROM returns"
    ).fetchone()
    return_id = f"R{number + 1:05d}"
    try:
        shop.execute(
            "INSERT INTO returns VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (return_id, order.order_id, reason, OPEN_RETURN[0], float(order.paid), now),
        )
    except sqlite3.IntegrityError:
        raise Refused("这个订单已有处理中的退货申请") from None
    shop.execute("INSERT INTO confirmations VALUES (?, ?)", (token, return_id))
    return _return(shop, return_id)


def _cancel(shop: sqlite3.Connection, return_id: str, token: str, now: str) -> Return:
    if done := _done(shop, token):
        return _return(shop, done)
    found = _return(shop, return_id)
    if found.status not in OPEN_RETURN:
        raise Refused(f"退货单当前状态是“{found.status}”，不能取消")
    shop.execute(
        "UPDATE returns SET status = '已取消', closed_at = ? WHERE return_id = ?", (now, found.return_id)
    )
    shop.execute("INSERT INTO confirmations VALUES (?, ?)", (token, found.return_id))
    return _return(shop, found.return_id)


def _done(shop: sqlite3.Connection, token: str) -> str | None:
    """The return that this token has already changed."""
    row = shop.execute("SELECT return_id FROM confirmations WHERE token = ?", (token,)).fetchone()
    return row[0] if row else None


def _returned(row: sqlite3.Row) -> Return:
    return Return(
        return_id=row["return_id"],
        order_id=row["order_id"],
        customer_id=row["customer_id"],
        reason=row["reason"],
        status=row["status"],
        refund=_money(row["refund_amount"]),
        requested_at=_at(row["requested_at"]),
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _money(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(Decimal("0.01"))
