"""The sample shop's file: the same for the same day, whole, and full of what the stories need."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from yingda.business.shop.database import make_shop, shop_rows

TODAY = date(2026, 3, 1)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path = tmp_path_factory.mktemp("shop") / "shop.db"
    make_shop(path, TODAY)
    with closing(sqlite3.connect(path)) as database:
        yield database


def test_the_same_day_makes_the_same_shop():
    assert shop_rows(TODAY) == shop_rows(TODAY)


def test_nothing_refers_to_what_is_not_there(shop: sqlite3.Connection):
    assert shop.execute("PRAGMA foreign_key_check").fetchall() == []


def test_there_is_more_than_a_year_of_trade_up_to_yesterday(shop: sqlite3.Connection):
    [row] = shop.execute(
        "SELECT count(*) > 1900, min(ordered_at) < '2025-01-01', max(date(ordered_at)) FROM orders"
    )
    assert row == (1, 1, "2026-02-28")


def test_the_last_month_holds_orders(shop: sqlite3.Connection):
    [(count,)] = shop.execute("SELECT count(*) FROM orders WHERE ordered_at >= '2026-02-01'")
    assert count > 100


def test_nothing_has_happened_after_the_first_day_began(shop: sqlite3.Connection):
    [(last,)] = shop.execute("SELECT max(happened_at) FROM shipment_events")
    assert last < "2026-03-01 00:00:01"


def test_what_was_paid_is_what_the_lines_say(shop: sqlite3.Connection):
    wrong = shop.execute(
        "SELECT order_id FROM orders JOIN order_items USING (order_id) GROUP BY order_id"
        " HAVING sum(item_amount) <> goods_amount"
        " OR status <> '已取消' AND paid_amount <> goods_amount - discount_amount + shipping_fee"
    )
    assert wrong.fetchall() == []


def test_the_known_customer_has_an_order_in_each_state(shop: sqlite3.Connection):
    found = shop.execute(
        "SELECT order_id, status, (SELECT status FROM returns WHERE returns.order_id = orders.order_id)"
        " FROM orders WHERE customer_id = 'u_10086' ORDER BY order_id"
    )
    assert found.fetchall() == [
        ("ORD-2024-001", "已发货", None),
        ("ORD-2024-002", "已签收", None),
        ("ORD-2024-003", "待发货", None),
        ("ORD-2024-004", "已完成", None),
        ("ORD-2024-005", "已签收", "验货中"),
        ("ORD-2024-007", "已完成", None),
    ]


def test_a_shop_that_is_there_is_left_alone(tmp_path: Path):
    path = tmp_path / "shop.db"
    make_shop(path, TODAY)
    before = path.read_bytes()
    make_shop(path, date(2026, 6, 1))
    assert (path.read_bytes(), [one.name for one in tmp_path.iterdir()]) == (before, ["shop.db"])
