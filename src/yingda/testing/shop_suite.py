"""What every shop's system must do: give `ShopSuite` a `shop` stocked as the sample shop is."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from yingda.business.failures import NothingThere, Refused
from yingda.business.records import Account, Line
from yingda.business.system import ShopSystem


class ShopSuite:
    """The tests; each is given a shop that nobody has touched."""

    async def test_an_order_with_its_parcel(self, shop: ShopSystem) -> None:
        order = await shop.order("ORD-2024-001")
        assert (order.customer_id, order.status, order.paid) == ("u_10086", "已发货", Decimal("538.00"))
        assert order.lines[0] == Line(name="X200 真无线降噪耳机", quantity=1)
        assert [(parcel.carrier, len(parcel.steps)) for parcel in order.parcels] == [("顺丰速运", 3)]
        assert [step.at for step in order.parcels[0].steps] == sorted(
            step.at for step in order.parcels[0].steps
        )

    async def test_an_order_is_found_whatever_its_case(self, shop: ShopSystem) -> None:
        assert (await shop.order("ord-2024-001")).order_id == "ORD-2024-001"

    async def test_what_is_not_there(self, shop: ShopSystem) -> None:
        for asked in (
            shop.order("ORD-2024-999"),
            shop.member("u_1"),
            shop.account("u_1"),
            shop.return_of("R99999"),
            shop.create_return("ORD-2024-999", "不想要了", "u_10086", "t1"),
            shop.cancel_return("R99999", "t2"),
        ):
            with pytest.raises(NothingThere):
                await asked

    async def test_ids_are_only_ids(self, shop: ShopSystem) -> None:
        for name in (
            "../orders/ORD-2024-001",
            "u_10086/transactions",
            "' OR 1=1 --",
            "u_10086?x=1",
            "%2e%2e",
            "..",
        ):
            with pytest.raises(NothingThere):
                await shop.member(name)

    async def test_level_points_and_balance(self, shop: ShopSystem) -> None:
        member = await shop.member("u_10086")
        assert (member.level, member.points, member.phone[:5]) == ("金卡会员", 3202, "19900")
        assert await shop.account("u_10086") == Account(customer_id="u_10086", balance=Decimal("3.00"))

    async def test_the_latest_transactions_come_first(self, shop: ShopSystem) -> None:
        found = await shop.transactions("u_10086")
        assert [one.order_id for one in found][:3] == ["ORD-2024-003", "ORD-2024-001", "ORD-2024-002"]
        assert (found[0].kind, found[0].amount) == ("消费", Decimal("-129.00"))
        assert [one.kind for one in found].count("充值") == 1

    async def test_returns_of_one_customer(self, shop: ShopSystem) -> None:
        [found] = await shop.returns("u_10086")
        assert (found.order_id, found.status, found.refund) == ("ORD-2024-005", "验货中", Decimal("199.00"))
        assert await shop.return_of(found.return_id) == found

    async def test_a_return_is_created_once_for_one_token(self, shop: ShopSystem) -> None:
        first = await shop.create_return("ORD-2024-002", "不想要了", "u_10086", "t1")
        assert (first.status, first.reason, first.refund) == ("待审核", "不想要了", Decimal("189.00"))
        assert await shop.create_return("ORD-2024-002", "不想要了", "u_10086", "t1") == first
        assert len(await shop.returns("u_10086")) == 2

    async def test_an_order_has_one_open_return_whoever_asks_at_once(self, shop: ShopSystem) -> None:
        asked = (shop.create_return("ORD-2024-002", "不想要了", "u_10086", f"t{n}") for n in range(8))
        results = await asyncio.gather(*asked, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["Refused"] * 7 + ["Return"]

    async def test_what_has_not_arrived_cannot_go_back(self, shop: ShopSystem) -> None:
        with pytest.raises(Refused, match="待发货"):
            await shop.create_return("ORD-2024-003", "不想要了", "u_10086", "t1")

    async def test_a_return_is_taken_back_once(self, shop: ShopSystem) -> None:
        created = await shop.create_return("ORD-2024-002", "不想要了", "u_10086", "t1")
        cancelled = await shop.cancel_return(created.return_id, "t2")
        assert cancelled.status == "已取消"
        assert await shop.cancel_return(created.return_id, "t2") == cancelled
        with pytest.raises(Refused, match="已取消"):
            await shop.cancel_return(created.return_id, "t3")
