"""Follow-ups after one, two or three turns: what stands alone is left as it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from yingda.turns.types import Message
from yingda.understanding.followup import Resolution, resolve

# Earlier questions > question = stand-alone question.
RESOLVED = """
    X200 耳机支持无线充电吗 > 那它多久到? = X200 耳机多久到?
    我想查询订单状态 > 订单号是 ORD-2024-001 > 那它的物流到哪了? = ORD-2024-001 的物流到哪了?
    退货要运费吗 > 那换货呢 = 换货要运费吗
    退货要运费吗 > 换货呢？ = 换货要运费吗
    X200 耳机支持无线充电吗 > 多久到? = X200 耳机多久到?
    X200 耳机支持无线充电吗 > 那 X300 呢 = X300 耳机支持无线充电吗
    X200 耳机支持无线充电吗 > 那价格呢 = X200 耳机的价格
    X200 耳机支持无线充电吗 > 保修多久？ = X200 耳机保修多久？
    X200 耳机支持无线充电吗 > 这个多少钱 = X200 耳机多少钱
    X200 耳机支持无线充电吗 > 这款耳机防水吗 = X200 耳机防水吗
    X200 耳机支持无线充电吗 > 该产品有现货吗 = X200 耳机有现货吗
    X200 耳机支持无线充电吗 > 其保修期是多久 = X200 耳机的保修期是多久
    X200 耳机支持无线充电吗 > 这个的价格是多少 = X200 耳机的价格是多少
    X200 耳机支持无线充电吗 > 它们有什么区别 = X200 耳机有什么区别
    退换货政策是什么? > 它有什么条件 = 退换货政策有什么条件
    银卡会员打几折 > 那金卡呢 = 金卡会员打几折
    介绍一下祝融号 > 它有多重? = 祝融号有多重?
    祝融号什么时候发射的 > 那天问一号呢 = 天问一号什么时候发射的
    北京有门店吗 > 那上海呢? = 上海有门店吗
    你们几点上班 > 那周末呢 = 周末你们几点上班
    周末上班吗 > 节假日呢 = 节假日上班吗
    能开发票吗 > 如果是电子订单呢 = 如果是电子订单，能开发票吗
    怎么申请退款 > 要多久 = 退款要多久
    怎么申请退款 > 要钱吗？ = 退款要钱吗？
    怎么申请退款 > 那要多久才能到账呢 = 退款要多久才能到账呢
    会员有什么权益 > 多少钱 = 会员多少钱
    我的积分还有多少 > 什么时候过期 = 我的积分什么时候过期
    我的订单什么时候发货? > 它到哪了 = 我的订单到哪了
    「静音模式」怎么开 > 它费电吗 = 静音模式费电吗
    滚筒洗衣机怎么清洗 > 那它的保修期是多久 = 滚筒洗衣机的保修期是多久
    退货要运费吗 > 那个手续费谁出 = 退货的手续费谁出
    退货要运费吗 > 换货也要吗 = 换货要运费吗
    退货要运费吗 > 谢谢 > 那换货呢 = 换货要运费吗
    iPhone 15 Pro 多少钱 > 它防水吗 = iPhone 15 Pro 防水吗
    X200 耳机支持无线充电吗 > 那它多久到? > 要钱吗 = X200 耳机要钱吗
    X200 耳机支持无线充电吗 > 那 X300 呢 > 它多少钱 = X300 耳机多少钱
    退货要运费吗 > 那换货呢 > 要多久 = 换货要多久
    退货要运费吗 > X200 耳机支持无线充电吗 > 它多少钱 = X200 耳机多少钱
    退货要运费吗 > 换个问题，X200 耳机支持无线充电吗 > 它多少钱 = X200 耳机多少钱
    Does the X200 headset support wireless charging? > How long does it take?
      = How long does the X200 headset take?
    Does the X200 headset support wireless charging? > How much is it? = How much is the X200 headset?
    Does the X200 headset support wireless charging? > what about the price?
      = What is the price of the X200 headset?
    Does the X200 headset support wireless charging? > What about the X300?
      = Does the X300 headset support wireless charging?
    Does the X200 headset support wireless charging? > What is its warranty?
      = What is the X200 headset's warranty?
    Do returns cost anything? > what about exchanges? = Do exchanges cost anything?
    How long does shipping to Germany take? > and for France? = How long does shipping to France take?
    Where is my order? > When will it arrive? = When will my order arrive?
    How do I get a refund? > how long does that take? = How long does the refund take?
    How do I get a refund? > how long? = How long for the refund?
    My order number is ORD-2024-001 > where is it now? = Where is ORD-2024-001 now?
    What is your return policy? > Does it cover sale items? = Does the return policy cover sale items?
    What is your return policy? > thanks > does it expire? = Does the return policy expire?
    Do you sell gift cards? > Do they expire? = Do gift cards expire?
    怎么申请退款 > 需要什么材料 = 退款需要什么材料
    怎么申请退款 > 那运费险呢 = 怎么申请运费险的退款
    退换货政策是什么? > 那特价商品呢 = 特价商品的退换货政策是什么?
    会员有什么权益 > 怎么升级？ = 会员怎么升级？
    会员有什么权益 > 那钻石会员呢 = 钻石会员有什么权益
    我的订单什么时候发货? > 那个订单取消了 = 我的订单取消了
    X200 耳机多少钱 > 这个和 X300 有什么区别 = X200 耳机和 X300 有什么区别
    订单 20240517001 到哪了 > 那 20240517002 呢 = 订单 20240517002 到哪了
    耳机坏了怎么办 > 那屏幕呢 = 屏幕坏了怎么办
    怎么开发票 > 电子的呢 = 怎么开电子的发票
    北京多久到 > 新疆呢 = 新疆多久到
    How do I reset my password? > and for business accounts?
      = How do I reset my password for business accounts?
    Is the X200 waterproof? > And the X300? = Is the X300 waterproof?
    Is the X200 waterproof? > is it possible to return it? = Is it possible to return the X200?
    Where is order ORD-2024-001? > can I cancel it? = Can I cancel ORD-2024-001?
    Where is order ORD-2024-001? > and ORD-2024-002? = Where is order ORD-2024-002?
    Do returns cost anything? > what about exchanges? > how long do they take? = How long do exchanges take?
"""

# Earlier questions > question that stands alone, changes the topic, or has nothing to lean on.
UNTOUCHED = """
    那它多久到?
    要钱吗
    what about exchanges?
    你好 > 那它多久到?
    X200 耳机支持无线充电吗 > 退货要运费吗
    X200 耳机支持无线充电吗 > 退换货政策是什么?
    X200 耳机支持无线充电吗 > 我的订单什么时候发货?
    X200 耳机支持无线充电吗 > 多久发货?
    X200 耳机支持无线充电吗 > 换个问题，多久到
    X200 耳机支持无线充电吗 > 另外，要钱吗
    X200 耳机支持无线充电吗 > X300 它支持快充吗
    X200 耳机支持无线充电吗 > 我买了个手机，它坏了怎么办
    X200 耳机支持无线充电吗 > 其他颜色的手机有吗
    X200 耳机支持无线充电吗 > 这个月有什么活动
    X200 耳机支持无线充电吗 > 我应该怎么退货
    X200 耳机支持无线充电吗 > 这款手机有货吗
    X200 耳机支持无线充电吗 > 谢谢
    X200 耳机支持无线充电吗 > 你好
    X200 耳机支持无线充电吗 > 转人工
    X200 耳机支持无线充电吗 > 你是谁
    X200 耳机支持无线充电吗 > 那退货要运费吗
    X200 耳机支持无线充电吗 > 那我的订单呢
    X200 耳机支持无线充电吗 > 订单号是 ORD-2024-001
    退货要运费吗 > 保修期多久
    怎么申请退款 > 这个问题你们回答错了
    怎么申请退款 > 那个，我想问下运费
    X200 耳机多少钱 > 这个 X300 多久到
    它多久到 > 多久
    退货要运费吗 > 运费谁出呢
    What is your return policy? > How long does it take to get a refund?
    What is your return policy? > Is it possible to pay by card?
    What is your return policy? > My phone broke, can you repair it?
    What is your return policy? > by the way, how much is it?
    What is your return policy? > Where is my order?
    What is your return policy? > thanks
    What is your return policy? > How do I return the item if it is broken?
"""


def _case(line: str) -> tuple[str, tuple[Message, ...], str | None]:
    turns, _, wanted = (part.strip() for part in line.partition(" = "))
    *earlier, question = (part.strip() for part in turns.split(" > "))
    at = datetime(2026, 1, 1, tzinfo=UTC)
    history = [
        message
        for text in earlier
        for message in (Message(role="user", text=text, at=at), Message(role="assistant", text="……", at=at))
    ]
    return question, tuple(history), wanted or None


@pytest.mark.parametrize(
    "line", [line for line in RESOLVED.replace("\n      =", " =").splitlines() if line.strip()]
)
def test_a_dependent_question_is_made_to_stand_alone(line):
    question, history, wanted = _case(line)
    resolution = resolve(question, history)
    assert resolution
    assert resolution.question == wanted


@pytest.mark.parametrize("line", [line for line in UNTOUCHED.splitlines() if line.strip()])
def test_any_other_question_is_left_alone(line):
    question, history, _ = _case(line)
    assert resolve(question, history) is None


def test_says_how_it_was_resolved():
    question, history, _ = _case("退货要运费吗 > 那换货呢")
    assert resolve(question, history) == Resolution(question="换货要运费吗", topic="换货", by="swap")


def test_only_the_user_lends_a_topic():
    at = datetime(2026, 1, 1, tzinfo=UTC)
    history = (Message(role="assistant", text="X200 耳机支持无线充电", at=at),)
    assert resolve("那它多久到?", history) is None
