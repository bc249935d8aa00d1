"""Whether a clause is about the user's own order, parcel or account, or about the rules for everybody."""

from __future__ import annotations

import re

from yingda.understanding.normalise import any_of, any_word

_NUMBER = re.compile(
    r"(?<![A-Za-z0-9-])(?:[A-Za-z]{1,6}-?\d{2,}(?:-\d{2,})+|[A-Za-z]{1,6}-?\d{6,}|\d{8,24})(?![A-Za-z0-9-])"
)
_PHONE = re.compile(r"1[3-9]\d{9}")
_NUMBER_SAID = re.compile(
    r"(?:订单|單|单|运单|order)\s*(?:编?号码?|number|no\.?|id)?\s*(?:是|为|:|：|#|is)?\s*$", re.IGNORECASE
)

_THING = any_of(
    "订单|单号|快递|物流|包裹|运单|货物?(?![币源])|退款|退货单|账户|账号|余额|积分|会员|等级|优惠券|"
    "代金券|红包|账单|流水|发票|交易|(?:买|订|拍)的?(?:东西|商品)|这单|那单|工单|投诉(?=.{0,6}(?:处理|"
    "进度|结果|怎么样|"
    "状态))|"
    "押金|保证金|维修单|购买记录|消费记录|包邮卡|快件|我的钱|[退扣].{0,4}钱|钱(?=.{0,3}(?:还没|没到|到账|"
    "退))",
)
_THING_WORDS = any_word(
    "orders?|packages?|parcels?|shipments?|deliver(?:y|ies)|tracking|refunds?|points|balance|account|"
    "coupons?|vouchers?|membership|"
    "invoices?|bills?|payments?|purchases?|items?|stuff|returns?|exchange|subscription|statement|"
    "transactions?|ticket|reward points"
)
_OWN = any_of("我(?!想|要|能|可以|该|应该|是不是|需要|觉得|打算|可不可以|能不能)|俺|本人")
_OWN_WORDS = any_word(
    "my|mine|i(?:'ve| have)? (?:ordered|bought|purchased|placed|paid|returned|sent back)|our"
)
_BOUGHT = any_of("我.{0,8}(?:买|下单|下了?的?单|订购|拍下|定)的?")
_LOOK_UP = any_of(
    "查(?:询|下|一下|查|看|一查|到)?|看(?:一?下|看)|跟踪|追踪|核实|确认一下|问(?:一?下)?(?=我)|催(?:一?下)?"
)
_LOOK_UP_WORDS = any_word(
    "track|check|look up|find|show me|see|locate|trace|where(?:'s| is| are)|status of|update on|"
    "what(?:'s| is) the status"
)
_STATUS = any_of(
    "到哪|到那(?:里|儿)?了|在哪(?!.{0,3}[查看])|哪(?:里|儿)了|到了[吗没么]|到没到|(?:发货|发|寄|退|送|"
    "签收|处理|审核|到账|下来|入账)了?(?:吗|没有|没|么)(?=[?!啊呀]|$)|发出(?:了|去)",
    "(?:怎么)?还(?:没|不)(?:有)?(?:发|到|收到|退|给我|处理|动)|(?:一直)?没(?:有)?(?:收到|到账|到|更新|"
    "动静|发货)|进度|状态|还有多少|还剩|剩(?:下|余)?多少|丢(?:了|件)|派送|配送到|不动了|"
    "有多少(?=积分|余额|优惠券|钱|红包)|多少(?=积分|余额|优惠券)|什么情况|怎么样了|结果了?吗|几(?:号|"
    "点)(?:能)?到(?!账)|今天(?:能)?到|什么时候(?:能|会|可以)?(?:送)?到(?!账)",
)
_STATUS_WORDS = any_word(
    r"where(?:'s| is| are)|(?:has|have|hasn't|haven't|didn't|did|was|is|not) .{0,24}(?:shipped|arrived?|"
    r"delivered|dispatched|received?|processed|posted|credited|come|left)",
    r"when will .{0,24}(?:arrive|ship|be (?:delivered|shipped|refunded|here)|come)|status|track(?:ing)?|"
    r"late|delayed|missing|lost|stuck|progress|how (?:many|much) .{0,20}(?:do i have|have i|left)|eta",
)
_STATUS_ALONE = any_of(
    "怎么还(?:没|不)(?:有)?(?:发货|到|收到|退款|退钱|送)|还没(?:有)?(?:收到货|发货|到货|收到)|"
    "没(?:有)?收到(?:货|东西|快递)|什么时候(?:能)?(?:给我|帮我)(?:发|送|退)|"
    "我什么时候(?:能|可以)?(?:收到|拿到)|给我退(?:钱|款)了?(?:吗|没)",
    r"(?<![a-z])(?:(?:hasn't|haven't|didn't|not|never) (?:arrived|received|been (?:shipped|delivered|"
    r"refunded))|"
    r"still waiting for (?:it|my|the)|how many points do i have|when will i (?:get|receive))(?![a-z])",
)
_RULES_OF_ALL = any_of(
    "^(?!.*[我没]).*(?:期间|过年|春节|周末|节假日)|政策|规则|规定|流程|条款|说明(?!书在)|介绍|是什么|什么是|什么意思|有什么|有哪些|哪些|权益|好处|条件|"
    "标准|步骤|方法|方式|区别|作用|含义|教程|怎么(?!还|没|不|样|回事|又|是|这么|了$)|如何|怎样|啥是|"
    "哪(?:里|儿)?(?:可以|能|能够)?(?:查|看|找|申请|领|兑|改|开|办|修改|设置|取消|下载|绑定)|忘(?:记)?了",
)
_RULES_WORDS = any_word(
    r"how (?:do|can|to|does|would|should|might|could)(?! .{0,12}\bstatus)|policy|policies|what if|"
    r"what happens|what are the|what is (?:a|an|the|your)(?! status)|"
    r"do you|does your|rules?|terms|process|procedure|conditions?|benefits?|steps?|requirements?|"
    r"difference|mean|can (?:i|we|you)(?! (?:track|check|look|see|find|tell))|"
    r"may i|could i|is it possible|are there|is there|options?|guide|tell me about|forgot|where (?:do|"
    r"can|should)"
)
_HYPOTHETICAL = any_of(
    "多久|多长|几天|一般|通常|平均|正常|支持|费用|运费|能不能|可以|可不可以|能(?=.*吗)|要不要|需要|"
    "会不会|如果|假如|要是|下单后|付款后|未发货|才能|吗$",
    r"(?<![a-z])(?:usually|normally|generally|typically|average|how long (?:does|do|is)|if|a refund|"
    r"an order|orders|refunds|returns)(?![a-z])",
)


def order_number(text: str) -> str | None:
    """The first order-like number as the user wrote it; a bare mobile number is none."""
    for hit in _NUMBER.finditer(text):
        if not _PHONE.fullmatch(hit[0]) or _NUMBER_SAID.search(text, max(0, hit.start() - 16), hit.start()):
            return hit[0]
    return None


def is_about_account(text: str) -> bool:
    """Points, balance, membership and the like, rather than an order."""
    return bool(_ACCOUNT.search(text))


def own_affair(clause: str) -> float:
    """How sure it is that the clause asks for the user's own data, 0..1; below 0.5 it does not."""
    thing = bool(_THING.search(clause) or _THING_WORDS.search(clause))
    general = bool(_RULES_OF_ALL.search(clause) or _RULES_WORDS.search(clause))
    status = bool(_STATUS.search(clause) or _STATUS_WORDS.search(clause))
    number = order_number(clause)
    if number and not general and (thing or status or len(clause) - len(number) <= _BARE):
        return 0.95
    if general:
        return 0.3 if thing else 0.0
    return _without_number(clause, thing, status)


def _without_number(clause: str, thing: bool, status: bool) -> float:
    own = bool(_OWN.search(clause) or _OWN_WORDS.search(clause))
    hypothetical = bool(_HYPOTHETICAL.search(clause))
    looked_up = bool(_LOOK_UP.search(clause) or _LOOK_UP_WORDS.search(clause))
    if thing and own:
        return 0.9 if status or looked_up or not hypothetical else 0.65
    if thing and (looked_up or status):
        return 0.6 if hypothetical and not status else 0.85
    if _STATUS_ALONE.search(clause) and not hypothetical:
        return 0.75
    if status and _BOUGHT.search(clause):
        return 0.8
    return 0.3 if thing else 0.0


_BARE = 8
"""Characters around an order number that cannot change what it is there for ("单号是", "it's ")."""

_ACCOUNT = any_of(
    "账户|账号|余额|积分|会员|等级|优惠券|代金券|红包|(?<![a-z])(?:account|balance|points|membership|"
    "coupons?|vouchers?)(?![a-z])"
)
