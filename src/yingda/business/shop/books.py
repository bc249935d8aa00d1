"""What a sale leaves in the sample shop's tables by now: order, lines, parcel, return, payments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from yingda.business.shop.sales import Buyer, Sale
from yingda.business.shop.world import World

Cell = str | int | float | None
Row = tuple[Cell, ...]

BALANCE = "礼品卡余额"
"""The payment method that draws on what the customer has deposited."""

_LEVELS = ((3000, "金卡会员", 1.5), (1000, "银卡会员", 1.2), (0, "普通会员", 1.0))
_SETTLED = timedelta(days=15)
_YEAR = timedelta(days=365)


def moment(at: datetime) -> str:
    """A time as the tables hold it."""
    return at.strftime("%Y-%m-%d %H:%M:%S")


@dataclass(slots=True, kw_only=True)
class _Account:
    """What one customer's level, points and balance come from."""

    spent: int = 0
    settled: int = 0
    balance: int = 0


@dataclass(slots=True, kw_only=True)
class Books:
    """The tables under construction; `now` divides what has happened from what has not."""

    world: World
    now: datetime
    rows: dict[str, list[Row]] = field(default_factory=dict)
    accounts: dict[str, _Account] = field(default_factory=dict)

    def add(self, table: str, *cells: Cell) -> None:
        """Append one row, its cells in the order of the schema's columns."""
        self.rows.setdefault(table, []).append(cells)

    def count(self, table: str) -> int:
        """Rows so far."""
        return len(self.rows.get(table, ()))


def enter(books: Books, sale: Sale) -> None:
    """Write one sale down, as far as it has come."""
    goods = sum(books.world.product(model).price * quantity for model, quantity in sale.lines)
    discount = min(sale.coupon, goods // 5)
    fee = _fee(sale, goods - discount)
    paid = 0 if sale.is_cancelled else goods - discount + fee
    shipped_at = sale.ordered_at + timedelta(hours=sale.packing_h)
    delivered_at = shipped_at + timedelta(hours=sale.travel_h)
    is_shipped = not sale.is_cancelled and shipped_at <= books.now
    is_delivered = is_shipped and delivered_at <= books.now
    buyer = sale.buyer
    books.add(
        "orders",
        *(sale.order_id, buyer.customer_id, buyer.region.region_id, sale.channel),
        *(_status(books, sale, shipped_at, delivered_at), sale.payment_method),
        *(goods, discount, fee, paid, buyer.name, buyer.phone, _address(buyer), moment(sale.ordered_at)),
        moment(shipped_at) if is_shipped else None,
        moment(delivered_at) if is_delivered else None,
    )
    for model, quantity in sale.lines:
        price = books.world.product(model).price
        number = books.count("order_items") + 1
        books.add("order_items", number, sale.order_id, model, quantity, price, price * quantity)
    if paid:
        _pay(books, sale, paid)
    if is_shipped:
        _ship(books, sale, shipped_at, delivered_at)
    if is_delivered:
        _settle(books, sale, paid, delivered_at)


def _fee(sale: Sale, amount: int) -> int:
    free_from, fee = (199, 18) if sale.buyer.region.is_remote else (99, 8)
    return 0 if amount >= free_from else fee


def _address(buyer: Buyer) -> str:
    place = buyer.city if buyer.city == buyer.region.province else buyer.region.province + buyer.city
    return f"{place}市{buyer.street}"


def _status(books: Books, sale: Sale, shipped_at: datetime, delivered_at: datetime) -> str:
    if sale.is_cancelled:
        return "已取消"
    if shipped_at > books.now:
        return "待发货"
    if delivered_at > books.now:
        return "已发货"
    return "已签收" if delivered_at + _SETTLED > books.now else "已完成"


def _pay(books: Books, sale: Sale, paid: int) -> None:
    account = books.accounts.setdefault(sale.buyer.customer_id, _Account())
    if sale.ordered_at > books.now - _YEAR:
        account.spent += paid
    if sale.payment_method == BALANCE:
        if (lacking := paid - account.balance) > 0:
            deposit = -(-lacking // 100) * 100
            account.balance += deposit
            _transact(books, sale, "充值", deposit, sale.ordered_at - timedelta(hours=1))
        account.balance -= paid
    _transact(books, sale, "消费", -paid, sale.ordered_at)


def _transact(books: Books, sale: Sale, kind: str, amount: int, at: datetime) -> None:
    number = f"T{books.count('transactions') + 1:08d}"
    order_id = None if kind == "充值" else sale.order_id
    method = "微信支付" if kind == "充值" else sale.payment_method
    books.add("transactions", number, sale.buyer.customer_id, order_id, kind, method, amount, moment(at))


def _ship(books: Books, sale: Sale, shipped_at: datetime, delivered_at: datetime) -> None:
    number = f"YD{70000001 + books.count('shipments')}"
    warehouse = "佛山仓" if sale.buyer.region.area in ("华南", "西南", "华中") else "嘉兴仓"
    known = [step for step in _journey(sale, warehouse, shipped_at, delivered_at) if step[0] <= books.now]
    arrived = moment(delivered_at) if delivered_at <= books.now else None
    due = moment(delivered_at)[:10]
    books.add(
        "shipments",
        number,
        sale.order_id,
        sale.carrier,
        warehouse,
        known[-1][1],
        moment(shipped_at),
        due,
        arrived,
    )
    for at, _, place, what in known:
        books.add("shipment_events", books.count("shipment_events") + 1, number, moment(at), place, what)


def _journey(
    sale: Sale, warehouse: str, shipped_at: datetime, delivered_at: datetime
) -> Iterator[tuple[datetime, str, str, str]]:
    """When, in which state, where and what, for each step that a parcel takes."""
    travel, city = delivered_at - shipped_at, sale.buyer.city
    yield shipped_at, "已揽收", warehouse, f"{sale.carrier}已从{warehouse}揽收"
    yield shipped_at + travel * 0.1, "运输中", warehouse, f"包裹已离开{warehouse}，发往{city}"
    yield shipped_at + travel * 0.4, "运输中", f"{city}转运中心", f"包裹已到达{city}转运中心"
    yield delivered_at - timedelta(hours=3), "派送中", f"{city}营业点", "快递员正在派送"
    yield delivered_at, "已签收", f"{city}营业点", "包裹已签收"


def _settle(books: Books, sale: Sale, paid: int, delivered_at: datetime) -> None:
    account = books.accounts[sale.buyer.customer_id]
    requested_at = delivered_at + timedelta(hours=sale.return_after_h)
    is_refunded = False
    if sale.return_reason and requested_at <= books.now:
        status, closed_at = _return_state(books, sale, requested_at)
        is_refunded = status == "已退款"
        books.add(
            "returns",
            *(f"R{books.count('returns') + 1:05d}", sale.order_id, sale.return_reason, status, paid),
            *(moment(requested_at), moment(closed_at) if closed_at else None),
        )
        if is_refunded and closed_at:
            _transact(books, sale, "退款", paid, closed_at)
            account.balance += paid if sale.payment_method == BALANCE else 0
    if sale.ordered_at > books.now - _YEAR:
        account.spent -= paid if is_refunded else 0
        account.settled += 0 if is_refunded or delivered_at + _SETTLED > books.now else paid


def _return_state(books: Books, sale: Sale, requested_at: datetime) -> tuple[str, datetime | None]:
    for days, status in ((1, "待审核"), (3, "待寄回"), (7, "验货中")):
        if requested_at + timedelta(days=days) > books.now:
            return status, None
    kept = {"不想要了": "已取消", "收到时外壳有划痕": "已拒绝"}.get(sale.return_reason, "已退款")
    return kept, requested_at + timedelta(days=7)


def register(books: Books, buyer: Buyer) -> None:
    """Write the customer down; to be done after all sales, which decide level, points and balance."""
    account = books.accounts.get(buyer.customer_id, _Account())
    level, rate = next((name, rate) for least, name, rate in _LEVELS if account.spent >= least)
    books.add(
        "customers",
        *(buyer.customer_id, buyer.name, buyer.gender, buyer.phone, f"{buyer.customer_id}@example.com"),
        *(buyer.region.region_id, buyer.city, level, int(account.settled * rate), account.balance),
        buyer.registered_on.isoformat(),
    )
