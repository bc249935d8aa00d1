"""Who buys what and when: the plan of the sample shop's trade, before anything is written down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import TypeVar

from yingda.business.shop.world import Region, World

T = TypeVar("T")

KNOWN_CUSTOMER = "u_10086"
"""The customer whose orders are told one by one, below."""

_FIRST_NUMBER = 10001
_CUSTOMER_COUNT = 320
_DAYS = 450
_ORDERS_A_DAY = 4.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A customer as registered; level, points and balance follow from the orders."""

    customer_id: str
    name: str
    gender: str
    phone: str
    region: Region
    city: str
    street: str
    registered_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """One order as it will go: when it leaves, how long it travels, whether it comes back."""

    order_id: str
    buyer: Buyer
    lines: tuple[tuple[str, int], ...]
    ordered_at: datetime
    packing_h: float = 8.0
    travel_h: float = 48.0
    channel: str = "App"
    payment_method: str = "微信支付"
    carrier: str = "顺丰速运"
    coupon: int = 0
    is_cancelled: bool = False
    return_reason: str = ""
    return_after_h: float = 48.0


def buyers(world: World, chance: Random, today: date) -> tuple[Buyer, ...]:
    """The customers in the order in which they registered; their phone numbers are given to nobody."""
    return tuple(_buyer(world, chance, today, number) for number in range(_CUSTOMER_COUNT))


def _buyer(world: World, chance: Random, today: date, number: int) -> Buyer:
    gender = chance.choice(("男", "女"))
    region = chance.choices(world.regions, [region.weight for region in world.regions])[0]
    street = f"{chance.choice(world.streets)}{chance.randint(1, 300)}号"
    return Buyer(
        customer_id=f"u_{_FIRST_NUMBER + number}",
        name=chance.choice(world.surnames) + chance.choice(world.given[gender]),
        gender=gender,
        phone=f"19900{chance.randrange(10**6):06d}",
        region=region,
        city=chance.choice(region.cities),
        street=street,
        registered_on=today - timedelta(days=round(1100 - 1080 * number / _CUSTOMER_COUNT)),
    )


def everyday_sales(world: World, chance: Random, everybody: tuple[Buyer, ...], today: date) -> Iterator[Sale]:
    """Orders of the days before today, oldest first; trade grows, weekends are livelier."""
    buying = [buyer for buyer in everybody if buyer.customer_id != KNOWN_CUSTOMER]
    eagerness = {buyer.customer_id: chance.paretovariate(1.6) for buyer in buying}
    for back in range(_DAYS, 0, -1):
        day = today - timedelta(days=back)
        lively = 1.35 if day.weekday() >= 5 else 0.87
        expected = _ORDERS_A_DAY * lively * (1.25 - 0.5 * back / _DAYS)
        count = math.floor(expected) + (chance.random() < expected % 1)
        times = sorted(
            time(chance.randint(8, 22), chance.randrange(60), chance.randrange(60)) for _ in range(count)
        )
        here = {buyer: eagerness[buyer.customer_id] for buyer in buying if buyer.registered_on <= day}
        for number, at in enumerate(times, 1):
            buyer = _drawn(chance, here)
            order_id = f"ORD-{day:%Y%m%d}-{number:03d}"
            yield _sale(world, chance, buyer, order_id, datetime.combine(day, at))


def _sale(world: World, chance: Random, buyer: Buyer, order_id: str, at: datetime) -> Sale:
    weights = [product.weight for product in world.products]
    picked = chance.choices(world.products, weights, k=chance.choices((1, 2, 3), (6, 3, 1))[0])
    travel_days = chance.uniform(5, 8) if buyer.region.is_remote else chance.uniform(1, 4)
    comes_back = chance.random() < 0.06
    return Sale(
        order_id=order_id,
        buyer=buyer,
        lines=tuple({p.product_id: chance.choices((1, 2), (9, 1))[0] for p in picked}.items()),
        ordered_at=at,
        packing_h=chance.uniform(2, 24),
        travel_h=24 * travel_days,
        channel=_drawn(chance, world.channels),
        payment_method=_drawn(chance, world.payment_methods),
        carrier=chance.choice(world.carriers),
        coupon=chance.choices((0, 10, 30), (8, 1, 1))[0],
        is_cancelled=chance.random() < 0.04,
        return_reason=chance.choice(world.reasons) if comes_back else "",
        return_after_h=chance.uniform(24, 150),
    )


def _drawn(chance: Random, weighted: Mapping[T, float]) -> T:
    return chance.choices(list(weighted), list(weighted.values()))[0]


def known_sales(everybody: tuple[Buyer, ...], today: date) -> Iterator[Sale]:
    """One order for each state that a story needs; 001 is on its way, 006 is somebody else's."""
    known, other = (buyer for buyer in everybody if buyer.customer_id in (KNOWN_CUSTOMER, "u_10087"))

    def at(days_ago: int, hour: int, minute: int) -> datetime:
        return datetime.combine(today - timedelta(days=days_ago), time(hour, minute))

    two = (("X200", 1), ("X200-S", 1))
    yield Sale(order_id="ORD-2024-001", buyer=known, lines=two, ordered_at=at(2, 9, 12), travel_h=70)
    yield Sale(
        order_id="ORD-2024-002", buyer=known, lines=(("K15", 1),), ordered_at=at(5, 10, 30), travel_h=40
    )
    yield Sale(
        order_id="ORD-2024-003", buyer=known, lines=(("P10", 1),), ordered_at=at(1, 20, 15), packing_h=20
    )
    yield Sale(order_id="ORD-2024-004", buyer=known, lines=(("L30", 2),), ordered_at=at(42, 14, 5))
    yield Sale(
        order_id="ORD-2024-005",
        buyer=known,
        lines=(("X100", 1),),
        ordered_at=at(10, 11, 40),
        return_reason="有杂音",
        return_after_h=50,
    )
    yield Sale(
        order_id="ORD-2024-006", buyer=other, lines=(("X100", 1),), ordered_at=at(3, 16, 20), travel_h=90
    )
    early = (("L50", 1), ("X200", 2))
    yield Sale(
        order_id="ORD-2024-007",
        buyer=known,
        lines=early,
        ordered_at=at(210, 9, 55),
        payment_method="礼品卡余额",
    )
