"""What an operator learns of the shop: the customer's own affairs, without particulars, nothing changed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from yingda.business.sample import SampleShop, SampleShopConfig
from yingda.business.shop.database import FILE_NAME, make_shop
from yingda.handoff.assist import CUSTOMER_DECIDES, UNKNOWN, BusinessAssist
from yingda.testing import FrozenClock
from yingda.testing.clock import START


@pytest.fixture
def assist(tmp_path):
    make_shop(tmp_path / FILE_NAME, START.date())
    clock = FrozenClock()
    shop = SampleShop(tmp_path / FILE_NAME, clock, SampleShopConfig())
    return BusinessAssist(shop, clock, ZoneInfo("Asia/Shanghai"))


async def test_the_customers_own_order_is_shown_with_their_particulars_hidden(assist):
    found = await assist.ask("订单 ORD-2024-001 到哪了", "u_10086")
    assert (found.error, found.scene, found.data["order_id"]) == (None, "order", "ORD-2024-001")
    assert found.masked_fields == ("receiver_name", "receiver_phone", "receiver_address")
    assert "****" in found.data["receiver_phone"]


@pytest.mark.parametrize(
    ("query", "customer", "error"),
    [
        ("订单 ORD-2024-001 到哪了", "u_1", "not_yours"),
        ("订单 ORD-2024-001 到哪了", None, "not_logged_in"),
        ("订单 ORD-9999-999 到哪了", "u_10086", "not_found"),
        ("查一下订单", "u_10086", "missing_order_id"),
    ],
)
async def test_b21_what_is_not_theirs_or_not_there_is_said_as_that(assist, query, customer, error):
    assert (await assist.ask(query, customer)).error == error


async def test_b3_an_operators_words_change_nothing(assist):
    asked = await assist.ask("我要退货 ORD-2024-001，确认", "u_10086")
    assert (asked.reply, asked.error) == (CUSTOMER_DECIDES, "customer_must_confirm")


async def test_what_is_no_question_to_the_shop_is_said_so(assist):
    asked = await assist.ask("今天天气如何", "u_10086")
    assert (asked.reply, asked.error) == (UNKNOWN, "unknown_scene")
