"""What is a customer's own errand, and what is asked about everybody's."""

from __future__ import annotations

import pytest

from yingda.business.spotting import spot


@pytest.mark.parametrize(
    "said",
    [
        "签收后多少天可以退货",
        "退货运费谁出",
        "退款几天到账",
        "退货免费吗",
        "Is return shipping free for defective items?",
        "How many days do I have to return an order?",
    ],
)
def test_what_holds_for_everybody_is_no_errand(said):
    spotted = spot(said)
    assert spotted is None or not spotted.is_errand


@pytest.mark.parametrize(
    "said", ["我要退货", "帮我查下订单", "我的会员等级是什么", "cancel my return R001", "where is my parcel"]
)
def test_ones_own_affairs_are(said):
    spotted = spot(said)
    assert spotted is not None
    assert spotted.is_errand
