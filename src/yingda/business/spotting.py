"""Which action a message asks for and which values it gives, by rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from yingda.business.actions import Action, ActionName, InputName
from yingda.understanding.affairs import order_number
from yingda.understanding.normalise import any_of, fold
from yingda.understanding.values import heard
from yingda.understanding.values.times import times

_BACK = r"退货|退款|退单|退换|退掉|退了|退回|退一?下|退(?=$|[,.!;，。！；]|[这那]|订单|\s*[a-z]{1,6}-?\d)"

_CUES: tuple[tuple[ActionName, re.Pattern[str]], ...] = (
    (
        "cancel_return",
        any_of(
            rf"(?:取消|撤销|撤回|收回|不想|不要|不用|先不).{{0,8}}(?:{_BACK})|(?:取消|撤销|撤回).{{0,4}}r\d{{3,}}|"
            rf"r\d{{3,}}.{{0,6}}(?:取消|撤销|撤回)|(?:{_BACK}).{{0,4}}(?:取消|撤销|撤回)",
            r"(?:cancel|withdraw|undo).{0,20}(?:return|refund|r\d{3,})",
        ),
    ),
    (
        "query_return",
        any_of(
            "(?:退货|退款|退换|退单).{0,12}(?:进度|状态|到哪|怎么样|处理|审核|到账了|结果|情况|记录|单号|了吗|了没|完成)|"
            r"(?:查|看|问|跟进|催).{0,8}(?:退货|退款|退换|退单)|(?:我的|退货单.{0,4})r?\d{3,}|^\W*r\d{3,}\W*$",
            r"(?:status|progress|where|check|track|find|happened).{0,24}(?:return|refund|r\d{3,})|"
            r"(?:return|refund).{0,20}(?:status|progress|processed|arrived|come|yet)",
        ),
    ),
    (
        "create_return",
        any_of(
            rf"(?:我[要想]|帮我|给我|申请|办理?|需要|麻烦|请|打算).{{0,30}}(?:{_BACK})|"
            rf"(?:这个|这单|这笔|它).{{0,4}}(?:{_BACK})|[a-z]{{1,6}}-?\d[\d-]{{4,}}.{{0,12}}(?:{_BACK})|"
            rf"^(?:{_BACK})",
            r"(?:i want|i'd like|i would like|please|help me|need).{0,24}(?:return|send back|refund)|"
            "^return ",
        ),
    ),
    (
        "query_transactions",
        any_of(
            "交易|流水|账单|(?:消费|购买|支付|付款|充值)记录|(?:花|消费|支付|付)[了过]多少",
            "transactions?|statement|payment history|purchase history|(?:did|have) i (?:spend|spent|paid?)",
        ),
    ),
    ("query_points", any_of("积分", r"(?<![a-z])points")),
    ("query_balance", any_of("余额|礼品卡.{0,6}(?:多少|剩)|账户?里.{0,6}(?:多少|剩|钱)", "balance")),
    (
        "query_logistics",
        any_of(
            "物流|快递|包裹|运单|到哪|到了[吗没]|配送|派送|签收|派件|送到|什么时候.{0,4}到|几[天号点].{0,3}到|在路上",
            "track|parcel|package|deliver|where(?:'s| is| are)|arriv|courier",
        ),
    ),
    (
        "query_order",
        any_of("订单|单号|下的单|这单|那单|发货|买的|下单|未付款|付款了", r"(?<![a-z])orders?(?![a-z])|ship"),
    ),
    (
        "query_member",
        any_of("会员|等级|级别|我的(?:资料|账户|账号|信息)", "member|my level|my tier|my profile|my account"),
    ),
)
"""In this order: a return is named by an order, and an order's parcel by the order."""

_RULES_OF_ALL = any_of(
    "怎么(?!还|样了)|如何|怎样|政策|规则|流程|条件|步骤|运费|谁出|能不能|可不可以|可以.*[吗么?]|能.{0,6}[吗么?]|支持|"
    "是否|有效期|过期|什么是|有什么|有哪些|哪些|几天|多少天|多久|免费|区别|权益|规定|标准|要求|如果|假如|一般|通常",
    r"(?<![a-z])(?:how (?:do|can|to|long|does|many days)|free|can i|could i|may i|polic(?:y|ies)|rules?|if|"
    r"conditions?|benefits)(?![a-z])",
)
_OWN = any_of(
    "我|俺|本人|帮|查|看看|最近|上个?月|这个?月|退",
    r"(?<![a-z])(?:my|mine|i|check|show|cancel|return)(?![a-z])",
)
_ANOTHER = any_of("另外?一?[个单笔]|别的|其[他它]|再查|换一?[个单]|新的", "another|different|other")
_LATELY = ("最近", "近来", "近期", "lately", "recently")
_RETURN_ID = re.compile(r"(?<![A-Za-z0-9])[Rr]\d{3,20}(?![A-Za-z0-9-])")
_CLAUSE = re.compile(r"[,，.。;；!！?？\n]+")
_BECAUSE = re.compile(r"(?:因为|由于|原因是?[:：]?|理由是?[:：]?|because)\s*(?P<why>.+)", re.IGNORECASE)
_COURTESY = any_of("^(?:谢谢|麻烦|你好|您好|请|好的|嗯)", "^(?:thanks|thank you|please|hello|hi)(?![a-z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotted:
    """`is_rule`: it asks what holds for everybody; `is_errand`: it is about the customer's own affairs."""

    action: ActionName
    is_rule: bool
    is_errand: bool


def spot(message: str) -> Spotted | None:
    """The first action of the table that the message has a cue for."""
    folded = fold(message)
    for name, cue in _CUES:
        if cue.search(folded):
            is_own = bool(_OWN.search(folded) or values_in(message))
            is_rule = bool(_RULES_OF_ALL.search(folded))
            return Spotted(action=name, is_rule=is_rule, is_errand=is_own and not is_rule)
    return None


def names_another(message: str) -> bool:
    """Whether it speaks of another order than the one at hand."""
    return bool(_ANOTHER.search(fold(message)))


def values_in(message: str) -> dict[InputName, str]:
    """Order and return numbers as they were written, or as they were spelt out."""
    text = unicodedata.normalize("NFKC", message)
    found: dict[InputName, str] = {}
    if hit := _RETURN_ID.search(text):
        found["return_id"] = hit[0]
        text = text.replace(hit[0], " ")
    if number := order_number(text) or order_number(heard(text)):
        found["order_id"] = number
    return found


def period_in(message: str, now: datetime) -> str | None:
    """The first stretch of whole days that the message names, as `PERIOD` wants it; never a mere "lately"."""
    for mention in times(message, now):
        span = mention.value.last
        if message[mention.start : mention.end] not in _LATELY and mention.value.grain in ("day", "period"):
            after = span.end if span.end.time() == time.min else span.end + timedelta(days=1)
            return f"{span.start:%Y-%m-%d}/{after:%Y-%m-%d}"
    return None


def reason_in(message: str) -> str | None:
    """The clause of a request that says why."""
    if because := _BECAUSE.search(message):
        return because["why"].strip(" 。.!！,，")[:200] or None
    for clause in (part.strip() for part in _CLAUSE.split(message)):
        asks = spot(clause) is not None or values_in(clause) or _COURTESY.search(fold(clause))
        if len(clause) > 1 and not asks:
            return clause[:200]
    return None


def fitting(action: Action, values: Mapping[InputName, str]) -> dict[str, str]:
    """The values that the action takes and that look as they must."""
    wanted = {each.name: each.pattern for each in (*action.inputs, *action.options)}
    return {name: value for name, value in values.items() if name in wanted and wanted[name].fullmatch(value)}
