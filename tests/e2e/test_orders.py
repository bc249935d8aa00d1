"""Customers' own affairs on the real server, as one answer and as a stream."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.e2e.played_shop import PlayedShop
from tests.e2e.wire import answer_of

from yingda.testing.model_server import asking

ASK_NUMBER = "请提供您的订单号（例如 ORD-2024-001）。"
SEED_TURNS = ("我想查询订单状态", "订单号是 ORD-2024-001", "那它的物流到哪了？")


@pytest.fixture(scope="module", params=["shop", "shop_with_model"])
def server(request):
    return request.getfixturevalue(request.param)


@pytest.fixture
def caller(server, call):
    return call(server)


class Talk:
    """One conversation, by JSON or by stream."""

    def __init__(self, caller, way, **fields):
        self.caller, self.way, self.fields = caller, way, fields
        self.data = {}

    def say(self, message):
        if self.way == "sync":
            body = self.caller.ask(message, **self.fields)
            reply, self.data = body["reply"], body["data"] | {"session_id": body["session_id"]}
        else:
            frames = self.caller.frames(message, **self.fields)
            reply, self.data = answer_of(frames), frames[-1].data | {"intent": frames[0].data["intent"]}
        self.fields["session_id"] = self.data["session_id"]
        return reply


@pytest.fixture(params=["sync", "stream"])
def talk(request, caller):
    return lambda **fields: Talk(caller, request.param, **fields)


@pytest.mark.parametrize("fields", [{}, {"user_id": "u_10086", "channel": "web"}])
def test_a1_the_three_turns_of_the_contract_work(talk, fields):
    customer = talk(**fields)
    replies = [customer.say(said) for said in SEED_TURNS]
    assert replies[0] == ASK_NUMBER
    assert replies[1].startswith("订单 ORD-2024-001 当前状态：已发货。\n商品：X200 真无线降噪耳机 ×1、")
    assert replies[2].startswith("订单 ORD-2024-001 的物流：顺丰速运（运单号 YD")
    data = customer.data
    assert (data["turn_count"], data["failed_attempts"], data["intent"]) == (3, 0, "business_query")


def test_b21_somebody_elses_order_is_refused(talk):
    customer = talk(user_id="u_10086")
    assert customer.say("查订单 ORD-2024-006") == "订单 ORD-2024-006 不在您的账户名下，无法为您查询或办理。"
    assert customer.data["failed_attempts"] == 0


def talk_of(caller, **fields):
    return Talk(caller, "sync", **fields)


def test_b3_a_return_is_begun_once_and_only_after_the_yes(start_server, call):
    caller = call(start_server())
    for way in ("sync", "stream"):
        customer = Talk(caller, way, user_id="u_10086")
        order = {"sync": "ORD-2024-002", "stream": "ORD-2024-004"}[way]
        assert customer.say("我要退货") == ASK_NUMBER
        assert customer.say(order) == "请问退货的原因是什么？"
        assert customer.say("不想要了").startswith(f"将为订单 {order}（")
        assert customer.say("对账单").startswith("还没有办理，需要您明确答复。")
        assert customer.say("确认").startswith("退货申请已提交，退货单号 R")
        assert customer.say("确认") == "现在没有等待您确认的业务。"
        again = customer.say(f"我要退 {order}，买错了")
        assert again.startswith("将为订单")
        assert customer.say("确认") == "店铺没有受理：这个订单已有处理中的退货申请。"


def test_b3_a_confirmation_expires(start_server, call):
    customer = talk_of(call(start_server(BUSINESS_CONFIRM_S="0.3")))
    customer.say("我要退 ORD-2024-002，不想要了")
    time.sleep(0.4)  # idleness is what is asked for
    assert customer.say("确认").startswith("确认的时间已过，还没有办理。\n将为订单 ORD-2024-002")


def test_without_guests_nobody_is_asked_to_sign_in(start_server, call):
    customer = talk_of(call(start_server(SAMPLE_SHOP_GUESTS="false")))
    assert customer.say("查一下我的积分") == "查询和办理个人业务需要先确认您的身份，请登录后再试。"


@pytest.fixture(scope="module")
def played_shop(tmp_path_factory):
    with PlayedShop(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="module")
def behind_http(played_shop, start_lasting_server):
    return start_lasting_server(**played_shop.settings)


@pytest.mark.parametrize("way", ["sync", "stream"])
def test_a_shop_behind_http_is_asked_as_the_contract_says(behind_http, played_shop, call, way):
    customer = Talk(call(behind_http), way, user_id="u_10086")
    assert customer.say("查订单 ORD-2024-001").startswith("订单 ORD-2024-001 当前状态：已发货。")
    asked = played_shop.requests[-1]
    assert (asked.method, asked.path, asked.key) == ("GET", "/shop/orders/ORD-2024-001", "shop-key")


def test_a_guest_of_a_real_shop_is_asked_to_sign_in(behind_http, call):
    assert (
        talk_of(call(behind_http))
        .say("查订单 ORD-2024-001")
        .startswith("查询和办理个人业务需要先确认您的身份")
    )


@pytest.mark.parametrize("way", ["sync", "stream"])
@pytest.mark.parametrize(
    ("fault", "said", "code"),
    [
        ("hangs", "店铺系统没有及时回应，这次没有查到结果，请稍后再试。", "shop_timeout"),
        ("fails", "店铺系统暂时出现故障，这次没有查到结果，请稍后再试。", "shop_unavailable"),
    ],
)
def test_b25_an_outage_of_the_shop_is_never_not_found(behind_http, played_shop, call, way, fault, said, code):
    customer = Talk(call(behind_http), way, user_id="u_10087")
    played_shop.fails(fault)
    try:
        assert customer.say("查订单 ORD-2024-006") == said
    finally:
        played_shop.fails(None)
    assert (customer.data["degraded"], customer.data["failed_attempts"]) == ([code], 1)
    assert customer.say("查订单 ORD-2024-999").startswith("没有找到订单 ORD-2024-999")


def test_b3_a_change_that_timed_out_is_not_called_undone(behind_http, played_shop, call):
    customer = talk_of(call(behind_http), user_id="u_10086")
    assert customer.say("我要退 ORD-2024-002，不想要了").startswith("将为订单 ORD-2024-002")
    played_shop.fails("hangs")
    try:
        assert customer.say("确认").startswith("店铺系统没有及时回应，暂时无法确定申请是否已经提交。")
    finally:
        played_shop.fails(None)


def test_a_model_chooses_an_action_and_the_checks_stay(shop_with_model, model, call):
    customer = Talk(call(shop_with_model), "stream", user_id="u_10086")
    asked = "水壶太吵，ORD-2024-006 请弄走吧"
    model.always(asking("c1", "create_return", '{"order_id": "ORD-2024-006", ', '"reason": "太吵"}'))
    assert customer.say(asked) == "订单 ORD-2024-006 不在您的账户名下，无法为您查询或办理。"
    assert "create_return" in [tool["function"]["name"] for tool in model.requests[-1].body["tools"]]


def test_b3_a_yes_survives_a_crash_and_counts_once_however_often_it_comes(start_server, call):
    server = start_server()
    customer = talk_of(call(server), user_id="u_10086")
    assert customer.say("我要退 ORD-2024-002，不想要了").startswith("将为订单 ORD-2024-002")
    server.kill()
    server.start()
    with ThreadPoolExecutor() as pool:
        sent = [pool.submit(customer.caller.post, "确认", **customer.fields) for _ in range(4)]
        replies = [one.result().json().get("reply", "") for one in sent]
    assert len({reply for reply in replies if reply.startswith("退货申请已提交")}) == 1
    assert customer.say("我的退货进度").count("ORD-2024-002") == 1
