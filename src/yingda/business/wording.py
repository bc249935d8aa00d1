"""The fixed sentences of the counter where customers ask for their own affairs."""

from __future__ import annotations

from collections.abc import Mapping

from yingda.business.actions import ActionName
from yingda.turns.options import Language
from yingda.understanding.normalise import any_of

Words = Mapping[str, str]

WONDERS = any_of(
    "什么时候|多久|几天|为什么|为啥|怎么还",
    r"(?<![a-z])(?:when|how long|why)(?![a-z])",
)
"""Questions to which the shop's papers have an answer for everybody, whatever becomes of one order."""

STATES: Mapping[str, str] = {
    "待付款": "awaiting payment",
    "待发货": "being packed",
    "已发货": "shipped",
    "已签收": "delivered",
    "已完成": "completed",
    "已取消": "cancelled",
    "已揽收": "picked up",
    "运输中": "on its way",
    "派送中": "out for delivery",
    "待审核": "under review",
    "待寄回": "waiting for the goods",
    "验货中": "being inspected",
    "已退款": "refunded",
    "已拒绝": "refused",
    "消费": "payment",
    "退款": "refund",
    "充值": "deposit",
}
"""A shop's states in English; one that is not here is shown as it is."""


def pick(words: Words, language: Language) -> str:
    """The wording in the language, in English where there is none."""
    return words.get(language, words["en"])


ASK: Mapping[str, Words] = {
    "order_id": {
        "zh": "请提供您的订单号（例如 ORD-2024-001）。",
        "en": "Please give me the order number (such as ORD-2024-001).",
        "ja": "ご注文番号(例: ORD-2024-001)をお知らせください。",
        "ko": "주문 번호(예: ORD-2024-001)를 알려 주세요.",
        "th": "กรุณาแจ้งหมายเลขคำสั่งซื้อ (เช่น ORD-2024-001)",
    },
    "return_id": {
        "zh": "请提供退货单号（以 R 开头，例如 R00012）。",
        "en": "Please give me the number of the return (it begins with R, such as R00012).",
    },
    "reason": {
        "zh": "请问退货的原因是什么？",
        "en": "Why would you like to return it?",
    },
}
ASK_AGAIN: Mapping[str, Words] = {
    "order_id": {
        "zh": "没有认出订单号。它一般像 ORD-2024-001 这样，在“我的订单”或发货短信里可以看到。",
        "en": "I see no order number in that. It looks like ORD-2024-001 and stands in your order list.",
    },
    "return_id": {
        "zh": "没有认出退货单号。它以 R 开头，例如 R00012。",
        "en": "I see no return number in that. It begins with R, such as R00012.",
    },
    "reason": ASK["reason"],
}
SIGN_IN: Words = {
    "zh": "查询和办理个人业务需要先确认您的身份，请登录后再试。",
    "en": "To see or change anything of yours I have to know who you are; please sign in first.",
}
NOT_FOUND: Mapping[str, Words] = {
    "order_id": {
        "zh": "没有找到订单 {number}，请核对订单号后再发给我。",
        "en": "There is no order {number}. Please check the number and send it again.",
    },
    "return_id": {
        "zh": "没有找到退货单 {number}，请核对后再发给我。",
        "en": "There is no return {number}. Please check the number and send it again.",
    },
    "": {
        "zh": "没有找到您的会员资料。",
        "en": "There is no such customer.",
    },
}
NOT_YOURS: Mapping[str, Words] = {
    "order_id": {
        "zh": "订单 {number} 不在您的账户名下，无法为您查询或办理。",
        "en": "Order {number} does not belong to your account, so I cannot show or change it.",
    },
    "return_id": {
        "zh": "退货单 {number} 不在您的账户名下，无法为您查询或办理。",
        "en": "Return {number} does not belong to your account, so I cannot show or change it.",
    },
    "": {
        "zh": "这不在您的账户名下，无法为您查询或办理。",
        "en": "That does not belong to your account, so I cannot show or change it.",
    },
}
TIMED_OUT: Words = {
    "zh": "店铺系统没有及时回应，这次没有查到结果，请稍后再试。",
    "en": "The shop's system did not answer in time, so I have no result; please try again in a while.",
}
BROKEN: Words = {
    "zh": "店铺系统暂时出现故障，这次没有查到结果，请稍后再试。",
    "en": "The shop's system has failed for now, so I have no result; please try again in a while.",
}
MAYBE_DONE: Words = {
    "zh": "店铺系统没有及时回应，暂时无法确定申请是否已经提交。请稍后查询退货进度，不要重复提交。",
    "en": "The shop's system did not answer in time, so I cannot tell whether it was done. "
    "Please look at your returns in a while before you try again.",
}
NOT_DONE: Words = {
    "zh": "店铺系统暂时出现故障，申请没有办成，请稍后再试。",
    "en": "The shop's system has failed for now and the request was not completed; please try again later.",
}
REFUSED: Words = {
    "zh": "店铺没有受理：{detail}。",
    "en": "The shop did not accept it: {detail}.",
}
REFUSED_PLAINLY: Words = {
    "zh": "店铺没有受理这个申请。",
    "en": "The shop did not accept the request.",
}
CONFIRM: Mapping[ActionName, Words] = {
    "create_return": {
        "zh": "将为订单 {order_id}（{lines}）提交退货申请，原因：{reason}，退款 {paid} 原路退回。"
        "\n请在 {minutes} 分钟内回复“确认”提交，回复“取消”则不提交。",
        "en": "I am about to request the return of order {order_id} ({lines}), reason: {reason}; "
        "{paid} will be refunded the way it was paid."
        '\nReply "confirm" within {minutes} minutes to go ahead, or "cancel" to leave it.',
    },
    "cancel_return": {
        "zh": "将取消退货单 {return_id}（订单 {order_id}，退款 {refund}），取消后不再退款。"
        "\n请在 {minutes} 分钟内回复“确认”取消退货，回复“不取消”则保留。",
        "en": "I am about to cancel return {return_id} (order {order_id}, refund {refund}); "
        "there will be no refund then."
        '\nReply "confirm" within {minutes} minutes to go ahead, or "no" to keep it.',
    },
}
EXPIRED: Words = {
    "zh": "确认的时间已过，还没有办理。",
    "en": "The time to confirm is over and nothing was done.",
}
UNCLEAR: Words = {
    "zh": "还没有办理，需要您明确答复。",
    "en": "Nothing was done yet; I need a clear answer.",
}
LEFT: Words = {
    "zh": "好的，没有办理，一切保持原样。",
    "en": "All right, nothing was done and everything stays as it is.",
}
DONE: Mapping[ActionName, Words] = {
    "create_return": {
        "zh": "退货申请已提交，退货单号 {return_id}，当前状态：{status}，退款金额 {refund}。",
        "en": "Your return is requested: number {return_id}, status {status}, refund {refund}.",
    },
    "cancel_return": {
        "zh": "退货单 {return_id} 已取消，订单 {order_id} 不再退款。",
        "en": "Return {return_id} is cancelled; order {order_id} will not be refunded.",
    },
}
NOTHING_WAITS: Words = {
    "zh": "现在没有等待您确认的业务。",
    "en": "There is nothing that waits for your confirmation.",
}
UNCOVERED: Words = {
    "zh": "这项业务我还不能直接查询。可以查询订单、物流、会员等级、积分、余额、交易记录，"
    "以及申请、查询或取消退货。",
    "en": "I cannot look that up. I can look up orders, parcels, membership, points, balance and "
    "transactions, and request, look up or cancel a return.",
}
