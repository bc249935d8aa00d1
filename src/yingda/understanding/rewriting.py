"""Putting a topic into a question that lacks one: the three shapes of `followup`, each a pure function."""

from __future__ import annotations

import re

from yingda.understanding.affairs import order_number, own_affair
from yingda.understanding.normalise import any_of, fold
from yingda.understanding.topic import codes_in, content_words, is_place

_HAN = re.compile(r"[\u3400-\u9fff]")
_LEAD = re.compile(
    r"^(?:(?:那么|那(?![个款件种单台部双些])|好的?|嗯+|哦+|请问|然后)[,，、\s]*"
    r"|(?:ok(?:ay)?|so|and|then|but|well|hmm)\b[,\s]+)+",
    re.IGNORECASE,
)
_END = re.compile(r"[\s?？!！。.]+$")

_SWAP = re.compile(
    r"^(?P<zh>[^,，?？]{1,16}?)(?:呢|也(?:一样|要|是|可以|行|能|支持|需要|是?这样)的?[吗么])[?？!！。\s]*$"
)
_SWAP_WORDS = re.compile(
    r"^(?:(?:what|how) about|what if it(?:'s| is)|and(?: what about)?|same for|for)\s+"
    r"(?:(?:for|in|to|with|on)\s+)?(?:(?:the|an?|my|your)\s+)?(?P<en>[^,?]{1,40}?)(?:\s+then)?[?!.\s]*$",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:for|in|to|with|on)\s+(?:(?:the|an?|my|your)\s+)?[^,?]{1,40}?[?!.\s]*$", re.IGNORECASE
)
_IF = re.compile(r"^(?:如果|要是|假如|万一|若)")
_TIME = re.compile(
    r"(?:周末|工作日|节假日|节日|假期|春节|国庆|今天|明天|后天|昨天|上午|下午|晚上|早上|平时|夏天|冬天|"
    r"周[一二三四五六日])"
)
_PLACE = re.compile(
    r"(?:海外|国外|境外|国内|外地|本地|同城|偏远地区|新疆|西藏|港澳台|香港|台湾|线上|线下|门店)"
)

_ASPECT = any_of(
    "^(?:价格|价钱|运费|邮费|费用|手续费|税费|时间|颜色|尺寸|尺码|大小|重量|材质|续航|现货|库存|保修期?|"
    "质保期?|有效期|规格|配件|保质期|产地|"
    "流程|步骤|条件|物流|进度|地址|电话|密码|期限|售后|发票|安装|清洗|充电|到货时间|发货时间|状态)$",
    r"^(?:price|cost|fee|fees|shipping|delivery|shipping cost|warranty|colou?rs?|size|weight|"
    r"battery life|stock|availability|"
    r"deadline|conditions?|requirements?|status|delivery time|time limit)$",
)
# What a thing is asked about rather than the thing: another noun narrows it, and does not take its place.
_ABSTRACT = any_of(
    "(?:政策|规则|规定|方式|流程|条件|标准|服务|权益|活动|优惠|时间|范围|退款|发票|保修)$",
    "(?:polic(?:y|ies)|methods?|options?|rules?|process|benefits?|conditions?|terms|times?|fees?|"
    "passwords?)$",
)

_GENERIC = "(?:商品|产品|东西|订单|型号|活动|服务|包裹|快递|单子|货|政策|功能|套餐|课程|优惠)"
_POINTER = re.compile(
    rf"它们?|(?:[这那](?:一)?[个款件双台部种单]|该(?={_GENERIC})|"
    rf"(?<![尤极与何])其(?![他它实中余次间后]))(?P<noun>[\u3400-\u9fff]*)"
)
_NO_POINTER = re.compile(
    "[这那]个(?:月|星期|周|礼拜|时候|时间|意思|网站|平台|系统|世界|小程序|app|[,，…。]|$)|"
    "[这那]种(?:情况|时候)"
)
_POINTER_WORDS = re.compile(
    r"(?<![A-Za-z'])(?:(?P<whose>its|their)|it(?!'s\b)|they|them|(?:this|that) one|(?:these|"
    r"those)(?=\s*[?]|$)"
    r"|(?<=does )(?:that|this)|(?<=is )(?:that|this)(?= (?:free|included|covered|available|refundable))"
    r"|(?<=will )(?:that|this)|(?<=can i return )(?:that|this))(?![A-Za-z'])",
    re.IGNORECASE,
)
_EMPTY_IT = any_of(
    r"(?<![a-z])(?:is|was|will|does|would|can) it (?:be )?(?:take|cost|possible|ok|okay|safe|allowed|"
    r"free|better|matter|rain|true|worth|normal|necessary|legal)"
    r"[a-z ]* (?:to|that|if|for) ",
    r"how (?:long|much) does it (?:take|cost) (?:to|for) ",
    r"(?<![a-z])it (?:is|seems|looks|takes)(?![a-z])",
)
_NAMED_NEXT = re.compile(r"\s*[A-Za-z]*\d")
_ANTECEDENT = re.compile(r"\b(?:an?|the|my|your|our|some|any)\s+(?!way\b|same\b)[a-z]", re.IGNORECASE)

_BARE = any_of(
    "多久|多少|几[天点个号折]|什么|怎么|哪|吗|么$|谁|贵不贵|好不好|要不要|能不能|可不可以|有没有|为什么",
    r"^(?:(?:and|so) )?(?:for )?(?:how (?:much|long|many|often|soon)|when|where)(?: (?:exactly|then))?$",
    r"^(?:and )?(?:is there|are there|any|which|what)(?: (?:a|an|any))? (?:fees?|charge|discounts?|"
    r"warranty|colou?rs?|sizes?)(?: (?:are )?(?:available|included))?$",
)
_BARE_VERB = any_of(
    "(?:该|要|应该)?(?:怎么|如何|怎样|在哪(?:里|儿)?)(?:开通|升级|购买|安装|激活|注册|设置|连接|绑定|"
    "操作|退订|续费|领取|兑换|充值|关闭)",
    "(?:还)?(?:需要|要)(?:提供|准备)?(?:什么|哪些)(?:材料|证件|资料|手续|条件)",
)
_WHO_IS_ASKED = re.compile(
    r"你|您|客服|我是|我的|我们?(?:在|要)|(?<![a-z])(?:you|my|i)(?![a-z])", re.IGNORECASE
)


def may_name_an_aspect(asked: str) -> bool:
    """Whether all it names is a product's aspect ("保修多久"): it leans on a product, else stands alone."""
    return _is_product_aspect(without_lead(asked))


def may_lean(asked: str) -> bool:
    """Whether the question has one of the shapes that may need a topic; quick, for every message."""
    bare = without_lead(asked)
    return bool(_swap_of(asked) or _pointer_in(bare) or _is_bare_aspect(bare))


def without_lead(asked: str) -> str:
    """The question after 那, "and", "ok" and the like."""
    return _LEAD.sub("", asked.strip()) or asked.strip()


def owned(topic: str, question: str) -> str:
    """The topic as the user's own where the question said so: "我的订单", "my order"."""
    if f"我的{topic}" in question:
        return f"我的{topic}"
    mine = re.search(rf"\bmy {re.escape(topic)}", question, re.IGNORECASE)
    return f"my {topic}" if mine else topic


def swapped(asked: str, question: str, topic: str) -> str | None:
    """The earlier question asked of something else, or something else asked of its topic."""
    other = _swap_of(asked)
    if other is None:
        return None
    if _IF.search(other):
        return f"{other}，{question}"
    if _ASPECT.search(other.lower()) and not _ASPECT.search(topic.lower()):
        return _aspect_of(other, owned(topic, question))
    old = _slot_for(other, question, topic)
    if old is None:
        return glued(other, question)
    before, _, after = question.partition(old)
    return glued(before, _narrowed(asked, other, old), after)


def pointed(asked: str, topic: str) -> str | None:
    """The question with its first pronoun replaced by the topic."""
    bare = without_lead(asked)
    hit = _pointer_in(bare)
    if hit is None:
        return None
    before, after = bare[: hit.start()], bare[hit.end() :]
    if not _HAN.search(bare):
        said = _with_article(topic)
        tail = f"{said}'s" if hit.groupdict().get("whose") else said
        return _upper_first(f"{before}{tail}{after}")
    noun = hit.groupdict().get("noun") or ""
    rest = _rest_after_noun(noun, topic)
    return None if rest is None else glued(before, topic, rest + after)


def attached(asked: str, topic: str) -> str | None:
    """An aspect without a subject, with the topic as its subject; None where it has one."""
    bare = without_lead(asked)
    if not _is_bare_aspect(bare) and not (codes_in(topic) and _is_product_aspect(bare)):
        return None
    if _HAN.search(bare):
        return glued(topic, bare)
    return f"{_upper_first(_END.sub('', bare))} for {_with_article(topic)}?"


def glued(*parts: str) -> str:
    """The parts in one line, with a space where Han and Latin meet."""
    text = ""
    for part in parts:
        gap = text and part and _meets(text[-1], part[0])
        text += f" {part}" if gap else part
    return text


def _meets(left: str, right: str) -> bool:
    return (left.isascii() and left.isalnum() and bool(_HAN.match(right))) or (
        right.isascii() and right.isalnum() and bool(_HAN.match(left))
    )


def _swap_of(asked: str) -> str | None:
    hit = _SWAP_WORDS.match(asked.strip())
    bare = without_lead(asked)
    hit = hit or _SWAP.match(bare) or _SWAP_WORDS.match(bare)
    if hit is None:
        return None
    other = hit[1].strip()
    if order_number(other) == other:
        return other
    if not content_words(other) and not _TIME.match(other) and not _PLACE.match(other):
        return None
    return None if _pointer_in(other) or own_affair(fold(other)) >= 0.5 or _has_verb_frame(other) else other


def _has_verb_frame(other: str) -> bool:
    """A whole question that merely ends in 呢 ("运费谁出呢") is no swap."""
    return not _IF.search(other) and bool(_BARE.search(fold(other)))


def _slot_for(other: str, question: str, topic: str) -> str | None:
    """The part of the question that `other` is the counterpart of; None for a time or place it lacks."""
    number = order_number(question)
    if number and order_number(other):
        return number
    if codes_in(other) and (codes := codes_in(question)):
        return codes[0] if len(content_words(other)) == 1 else topic
    if _TIME.match(other):
        return _found(_TIME, question)
    if _PLACE.match(other):
        return _found(_PLACE, question) or (topic if is_place(topic) else None)
    return _namesake(other, question, topic) or topic


def _found(pattern: re.Pattern[str], text: str) -> str | None:
    hit = pattern.search(text)
    return hit[0] if hit else None


def _namesake(other: str, question: str, topic: str) -> str | None:
    """A word of the same make: the same last character in Chinese, a capital in English."""
    words = content_words(question)
    if _HAN.search(other):
        alike = [word for word in words if word[-1] == other[-1] and len(word) == len(other)]
    else:
        alike = [word for word in words if word[0].isupper() and other[0].isupper() and word not in topic]
    return alike[0] if alike else None


def _narrowed(asked: str, other: str, old: str) -> str:
    """What stands in place of `old`: the other thing, or `old` itself narrowed down by it."""
    if other.endswith("的"):
        return other + old
    if (
        not _ABSTRACT.search(old.lower())
        or other[-2:] == old[-2:]
        or (_HAN.search(old) and other[-1] == old[-1])
    ):
        return other
    if _HAN.search(old):
        return glued(other, f"的{old}")
    hit = _FOR.search(asked)
    return f"{old} {hit[0].rstrip('?!. ')}" if hit else f"{old} for {other}"


def _aspect_of(aspect: str, topic: str) -> str:
    if _HAN.search(aspect):
        return glued(topic, f"的{aspect}")
    return f"What is the {aspect} of {_with_article(topic)}?"


def _pointer_in(bare: str) -> re.Match[str] | None:
    is_chinese = bool(_HAN.search(bare))
    empty = None if is_chinese else _EMPTY_IT.search(bare.lower())
    hit = (_POINTER if is_chinese else _POINTER_WORDS).search(bare, empty.end() if empty else 0)
    if hit is None or _NO_POINTER.match(bare, hit.start()):
        return None
    before = bare[: hit.start()]
    end = hit.end() - len(hit.groupdict().get("noun") or "")
    if codes_in(before) or order_number(bare) or _NAMED_NEXT.match(bare, end):
        return None
    if is_chinese:
        earlier, comma, _ = before.replace("，", ",").rpartition(",")
        return None if comma and content_words(earlier) else hit
    return None if _ANTECEDENT.search(before) else hit


def _rest_after_noun(noun: str, topic: str) -> str | None:
    """What stays of the words after 这个 or 该 once the topic stands there; None where they name a thing."""
    generic = re.match(_GENERIC, noun)
    if generic:
        return noun[generic.end() :]
    named = next(iter(content_words(noun)), "")
    if not named or not noun.startswith(named):
        return noun
    if topic.endswith(named):
        return noun[len(named) :]
    return f"的{noun}" if _ASPECT.search(named) else None


def _is_bare_aspect(bare: str) -> bool:
    folded = _END.sub("", fold(bare))
    if not _BARE.search(folded) or _WHO_IS_ASKED.search(folded):
        return False
    if _BARE_VERB.fullmatch(folded):
        return True
    return not content_words(folded) or (not _HAN.search(folded) and len(folded) <= 40)


def _is_product_aspect(bare: str) -> bool:
    words = content_words(_END.sub("", bare))
    return bool(words) and len(bare) <= 12 and all(_ASPECT.search(word) for word in words)


def _with_article(topic: str) -> str:
    proper = (
        topic.lower().startswith("my ")
        or order_number(topic)
        or (topic.endswith("s") and not codes_in(topic))
    )
    return topic if proper else f"the {topic}"


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]
