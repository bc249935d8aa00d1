"""A model names actions of the catalogue; the checks are the same as without one."""

from __future__ import annotations

import json

import pytest
from tests.business.conftest import clock, shop, shop_file, stocked
from tests.business.talk import talk

from yingda.agents.tool_choice import tools
from yingda.business.actions import CATALOGUE
from yingda.llm.types import ToolCallChunk, UsageChunk
from yingda.testing import ScriptedModel
from yingda.turns.events import UsageReported
from yingda.turns.types import Usage

__all__ = ["clock", "shop", "shop_file", "stocked"]


def calling(name, **arguments):
    return ScriptedModel(
        [ToolCallChunk(call_id="c1", name=name, arguments_json=json.dumps(arguments, ensure_ascii=False))]
    )


def test_every_action_is_a_function_with_its_inputs():
    described = {tool.name: set(json.loads(tool.parameters_json)["properties"]) for tool in tools()}
    assert described == {
        name: {each.name for each in (*action.inputs, *action.options)} for name, action in CATALOGUE.items()
    }


async def test_a_model_sees_what_the_rules_do_not(shop):
    customer = talk(shop, model=calling("query_balance"))
    assert await customer.serve("我还能花多少") == "您的礼品卡余额为 ¥3.00。"


async def test_the_rules_need_no_model(shop):
    model = calling("query_balance")
    assert await talk(shop, model=model).say("查一下我的积分") == "您当前有 3202 积分（金卡会员）。"
    assert model.prompts == []


async def test_a_number_that_nobody_wrote_is_asked_for(shop):
    customer = talk(shop, model=calling("query_logistics", order_id="ORD-2024-001"))
    assert await customer.serve("东西呢") == "请提供您的订单号（例如 ORD-2024-001）。"


async def test_b21_a_model_opens_nobody_elses_order(shop):
    customer = talk(shop, model=calling("query_logistics", order_id="ORD-2024-006"))
    said = await customer.serve("东西呢东西呢，ORD-2024-006 啊")
    assert said == "订单 ORD-2024-006 不在您的账户名下，无法为您查询或办理。"


async def test_b3_a_model_changes_nothing_without_the_yes(shop, shop_file):
    model = calling("create_return", order_id="ORD-2024-002", reason="太吵")
    customer = talk(shop, model=model)
    assert (await customer.serve("水壶太吵，ORD-2024-002 请弄走吧")).startswith("将为订单 ORD-2024-002（")
    assert customer.called == ["query_order"]


@pytest.mark.parametrize(
    "model",
    [
        calling("drop_tables"),
        ScriptedModel([ToolCallChunk(call_id="c1", name="query_order", arguments_json="[1")]),
        ScriptedModel(["我帮您查到了：余额一百万"]),
        ScriptedModel([RuntimeError("gone")]),
    ],
)
async def test_a_model_that_babbles_or_fails_changes_nothing(shop, model):
    assert (await talk(shop, model=model).serve("我还能花多少")).startswith("这项业务我还不能直接查询。")


async def test_what_the_model_cost_is_reported(shop):
    usage = Usage(model="m1", prompt_tokens=9, completion_tokens=2)
    customer = talk(shop, model=ScriptedModel(["", UsageChunk(usage)]))
    await customer.serve("我还能花多少")
    assert UsageReported(usage=usage) in customer.events
