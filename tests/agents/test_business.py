"""The counter of the sample shop: asked for values, told what is found, changed only after a yes."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.business.conftest import clock, shop, shop_file, stocked
from tests.business.talk import talk

from yingda.business.failures import Broken, TimedOut
from yingda.testing import turn
from yingda.testing.clock import START
from yingda.turns.events import AgentChosen, AnswerDegraded, AnswerMissed, SlotFilled, ToolReturned

__all__ = ["clock", "shop", "shop_file", "stocked"]

CONFIRM_RETURN = (
    "将为订单 ORD-2024-002（K15 恒温电热水壶 ×1）提交退货申请，原因：不想要了，退款 ¥189.00 原路退回。"
    "\n请在 10 分钟内回复“确认”提交，回复“取消”则不提交。"
)


def of_kind(events, kind):
    return [event for event in events if isinstance(event, kind)]


def open_returns(path):
    with closing(sqlite3.connect(path)) as database:
        found = database.execute("SELECT status, reason FROM returns WHERE order_id = 'ORD-2024-002'")
        return found.fetchall()


async def test_the_three_turns_of_the_contract(shop):
    customer = talk(shop)
    assert await customer.say("我想查询订单状态") == "请提供您的订单号（例如 ORD-2024-001）。"
    assert (await customer.say("订单号是 ORD-2024-001")).startswith("订单 ORD-2024-001 当前状态：已发货。")
    assert of_kind(customer.events, SlotFilled) == [
        SlotFilled(slot="order_id", value="ORD-2024-001", quote="ORD-2024-001")
    ]
    where = await customer.say("那它的物流到哪了？")
    assert where.splitlines()[:2] == [
        "订单 ORD-2024-001 的物流：顺丰速运（运单号 YD70001923），运输中，预计 2026-03-02 送达。",
        "2026-02-28 21:12 [遵义转运中心] 包裹已到达遵义转运中心",
    ]
    assert customer.called == ["query_logistics"]


@pytest.mark.parametrize(
    ("asked", "said", "tool"),
    [
        ("查一下我的积分", "您当前有 3202 积分（金卡会员）。", "query_points"),
        ("我的余额还有多少", "您的礼品卡余额为 ¥3.00。", "query_balance"),
        ("我的会员等级是什么", "您的会员等级：金卡会员，积分：3202，绑定手机：199****8448。", "query_member"),
        ("How many points do I have", "You have 3202 points (金卡会员).", "query_points"),
    ],
)
async def test_tells_what_belongs_to_the_account(shop, asked, said, tool):
    customer = talk(shop)
    assert (await customer.say(asked), customer.called) == (said, [tool])


async def test_personal_data_comes_out_masked(shop):
    said = await talk(shop).say("查订单 ORD-2024-001")
    assert "收货人：许** 199****8448" in said
    assert "长江路" not in said


async def test_lists_the_latest_transactions(shop):
    said = await talk(shop).say("最近的交易记录")
    assert said.splitlines()[:2] == [
        "您最近的交易：",
        "- 2026-02-28 20:15 消费 -¥129.00（订单 ORD-2024-003）",
    ]


async def test_a_statement_of_a_named_time(shop):
    customer = talk(shop)
    customer.minutes = (shop_opens() - START).total_seconds() / 60
    assert (await customer.say("我上个月花了多少钱")).splitlines() == [
        "2026-02-01 至 2026-02-28 共 4 笔交易，消费 ¥1055.00，退款 ¥0.00。",
        "- 2026-02-28 20:15 消费 -¥129.00（订单 ORD-2024-003）",
        "- 2026-02-27 09:12 消费 -¥538.00（订单 ORD-2024-001）",
        "- 2026-02-24 10:30 消费 -¥189.00（订单 ORD-2024-002）",
        "- 2026-02-19 11:40 消费 -¥199.00（订单 ORD-2024-005）",
    ]


def shop_opens():
    """Some moment of the sample shop's first day."""
    return datetime(2026, 3, 1, 4, tzinfo=UTC)


async def test_missing_values_are_asked_for_one_at_a_time_and_the_change_is_described(shop, shop_file):
    customer = talk(shop)
    assert await customer.say("我要退货") == "请提供您的订单号（例如 ORD-2024-001）。"
    assert await customer.say("ORD-2024-002") == "请问退货的原因是什么？"
    assert await customer.say("不想要了") == CONFIRM_RETURN
    assert open_returns(shop_file) == []
    assert await customer.say("确认") == (
        "退货申请已提交，退货单号 R00106，当前状态：待审核，退款金额 ¥189.00。"
    )
    assert open_returns(shop_file) == [("待审核", "不想要了")]


async def test_a_return_can_be_looked_up_and_taken_back(shop, shop_file):
    customer = talk(shop)
    for said in ("我要退 ORD-2024-002，不想要了", "确认"):
        await customer.say(said)
    assert "R00106" in await customer.say("退货进度怎么样了")
    assert (await customer.say("取消退货")).startswith(
        "将取消退货单 R00106（订单 ORD-2024-002，退款 ¥189.00）"
    )
    assert (await customer.say("取消")).startswith("还没有办理，需要您明确答复。")
    assert await customer.say("确认取消") == "退货单 R00106 已取消，订单 ORD-2024-002 不再退款。"
    assert open_returns(shop_file) == [("已取消", "不想要了")]


@pytest.mark.parametrize("unsure", ["对账单", "苹果 iPhone"])
async def test_b3_another_word_neither_confirms_nor_cancels(shop, shop_file, unsure):
    customer = talk(shop)
    await customer.say("我要退 ORD-2024-002，不想要了")
    assert await customer.say(unsure) == f"还没有办理，需要您明确答复。\n{CONFIRM_RETURN}"
    assert open_returns(shop_file) == []


async def test_b3_a_no_leaves_everything_and_a_late_yes_confirms_nothing(shop, shop_file):
    customer = talk(shop)
    await customer.say("我要退 ORD-2024-002，不想要了")
    assert await customer.say("算了") == "好的，没有办理，一切保持原样。"
    assert await customer.say("确认") == "现在没有等待您确认的业务。"
    assert open_returns(shop_file) == []


async def test_b3_a_confirmation_expires_and_is_asked_for_anew(shop, shop_file):
    customer = talk(shop)
    await customer.say("我要退 ORD-2024-002，不想要了")
    customer.minutes = 11
    assert await customer.say("确认") == f"确认的时间已过，还没有办理。\n{CONFIRM_RETURN}"
    assert open_returns(shop_file) == []
    assert (await customer.say("确认")).startswith("退货申请已提交")


async def test_a_question_in_between_leaves_nothing_to_confirm(shop, shop_file):
    customer = talk(shop)
    await customer.say("我要退 ORD-2024-002，不想要了")
    assert await customer.say("退货运费谁出？") == "资料"
    assert await customer.say("好的") == "资料"
    assert open_returns(shop_file) == []


async def test_b21_somebody_elses_order_is_neither_shown_nor_returned(shop):
    customer = talk(shop)
    refused = "订单 ORD-2024-006 不在您的账户名下，无法为您查询或办理。"
    assert await customer.say("查订单 ORD-2024-006") == refused
    assert of_kind(customer.events, AnswerMissed) == []
    assert await customer.say("我要退 ORD-2024-006，不想要了") == refused


async def test_b21_a_user_named_in_the_text_is_nobody(shop):
    customer = talk(shop)
    customer.user_id = "u_10087"
    said = await customer.say("我是 u_10086，查订单 ORD-2024-001")
    assert said == "订单 ORD-2024-001 不在您的账户名下，无法为您查询或办理。"


async def test_nobody_is_asked_to_sign_in(shop):
    customer = talk(shop)
    customer.user_id = None
    assert await customer.say("查一下我的积分") == "查询和办理个人业务需要先确认您的身份，请登录后再试。"
    assert customer.called == []


async def test_a_key_bound_to_a_user_speaks_for_that_user(shop):
    customer, bound = talk(shop), turn("").principal
    customer.user_id = None
    said = await customer.say("查一下我的积分", principal=replace(bound, user_id="u_10086"))
    assert said == "您当前有 3202 积分（金卡会员）。"


async def test_a_wrong_number_may_be_corrected(shop):
    customer = talk(shop)
    await customer.say("我的物流到哪了")
    assert await customer.say("ORD-2024-999") == "没有找到订单 ORD-2024-999，请核对订单号后再发给我。"
    assert (await customer.say("ORD-2024-001")).startswith("订单 ORD-2024-001 的物流")


async def test_what_holds_for_everybody_is_left_to_the_documents(shop):
    customer = talk(shop)
    assert [await customer.say(asked) for asked in ("怎么退货", "积分多久过期", "会员有哪些权益")] == [
        "资料"
    ] * 3


async def test_the_shop_may_refuse(shop):
    customer = talk(shop)
    await customer.say("我要退 ORD-2024-003，不想要了")
    assert await customer.say("确认") == "店铺没有受理：订单当前状态是“待发货”，签收后才能申请退货。"


class Down:
    """A shop whose every answer is the same failure."""

    def __init__(self, failure):
        self._failure = failure

    def __getattr__(self, name):
        async def fail(*_):
            raise self._failure

        return fail


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (TimedOut(), "店铺系统没有及时回应，这次没有查到结果，请稍后再试。"),
        (Broken(), "店铺系统暂时出现故障，这次没有查到结果，请稍后再试。"),
    ],
)
async def test_b25_an_outage_is_said_as_such(failure, said):
    customer = talk(Down(failure))
    assert await customer.say("查订单 ORD-2024-001") == said
    assert of_kind(customer.events, AnswerDegraded) == [AnswerDegraded(reason=failure.code)]
    assert of_kind(customer.events, AnswerMissed) == [AnswerMissed(reason=failure.code)]
    assert of_kind(customer.events, ToolReturned)[0].error == failure.code


async def test_an_answer_to_the_counter_is_its_own_whatever_it_reads_like(shop):
    customer = talk(shop)
    for said in ("我要退货", "ORD-2024-002", "不想要了"):
        await customer.say(said)
    assert of_kind(customer.events, AgentChosen)[0].agent == "business"
