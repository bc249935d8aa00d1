"""Whether somebody asks to be put through to a person."""

from __future__ import annotations

import re

from yingda.understanding.negation import asserted, is_denied
from yingda.understanding.normalise import any_of, any_word

_STAFF = (
    "(?:人工(?!智能|费|成本|湖|草|审|检|授|降|翻|呼|合成|关节|晶体|心脏|复核|操作|收费|耳蜗|林|景|岛|"
    "鉴定|计算|标注|处理|养殖)"
    "(?:客服|服务|坐席|座席|台)?|真人(?:客服)?|活人|客服(?:人员|专员|小姐姐|妹妹)?|坐席|座席|专员|经理|"
    "主管|领导)"
)
_BRIDGE = "(?:一下|一?个|一?位|到|至|成|给|我|去|下|你们的?|的|在线|真正的|真的)*"
_PERSON = (
    r"(?:human(?: being)?s?|person|people|someone|somebody|agents?|representatives?|reps?|operators?|"
    r"advisors?|advisers?|"
    r"managers?|supervisors?|staff|live (?:chat|support)|customer (?:service|support|care)|"
    r"support (?:team|staff))"
)
_ARTICLE = (
    r"(?:(?:a|an|the|some|your|one|any|real|live|actual|human|physical|another|other|different|"
    r"support|service|customer)\s+)*"
)

_WISH = any_of(
    rf"(?:转接?|接通?|接入|切换?|换|找(?!到)|联系|呼叫|叫|召唤|喊)(?:{_BRIDGE}){_STAFF}",
    rf"(?:要|想|需要|希望|请|来|有|用|给我|帮我|上|安排)(?:{_BRIDGE})(?:人工|真人|活人)(?!智能|费|成本|"
    rf"审|检|翻|合成|操作|鉴定|处理)",
    rf"(?:和|跟|同|与|找|让|叫|派|换)(?:{_BRIDGE})(?:人|{_STAFF})(?:来|出来)?(?:说话|说|聊|沟通|讲|谈|"
    rf"对话|交流|处理|接|跟我|和我|回复|解决)",
    "(?:给我|帮我|请|麻烦)转接(?:一?下)?(?:吧|谢谢)?$",
    "转接?人(?!民|物|员|才|生|家|气)",
    r"(?:put|get|pass|patch|connect|transfer|switch|hand|escalate|forward|direct)\s+(?:me|this|us|"
    r"it)(?: over| through)?\s+"
    rf"(?:to\s+|with\s+)?{_ARTICLE}{_PERSON}(?![a-z])",
    r"(?<![a-z])(?:talk|speak|chat|connect|escalate|talking|speaking)(?: directly)?\s+"
    rf"(?:to|with)\s+{_ARTICLE}{_PERSON}(?![a-z])",
    rf"(?<![a-z])(?:need(?: for)?|want|get|give me|have|prefer|is there|call|like|"
    rf"ask(?:ing)? for)\s+{_ARTICLE}"
    r"(?:human(?: being| agent| operator| rep)?|(?:real|live|actual|human) (?:person|people|human|agent|"
    r"operator|rep|representative|support)"
    r"|person to (?:talk|speak)|operator|representative)(?![a-z])",
)
_ALONE = re.compile(
    r"(?:我?要|请|快|呼叫)*(?:人工(?:客服|服务|坐席)?|真人(?:客服)?|活人|客服|转接?)(?:吧|啊|呢|谢谢|快点?)*"
    r"|(?:(?:real|live|human|actual|an?|the)\s+)*(?:human|person|agent|operator|"
    r"representative)(?:\s+(?:please|now|pls))*"
    r"|(?:オペレーター|担当者)(?:に(?:つないで|代わって)(?:ください)?|と話したい(?:です)?|を?お願いします)?"
    r"|상담[원사](?:과|에게|으로)?\s?(?:연결|통화|상담)?"
    r"(?:해\s?(?:주세요|줘요?)|하고 싶어요|부탁해요|부탁드립니다)?"
    r"|(?:ขอ)?(?:ติดต่อ|คุยกับ|โอนสายให้)(?:คุยกับ)?เจ้าหน้าที่(?:หน่อย)?(?:ครับ|ค่ะ|คะ)?"
)
_ABOUT = any_of(
    "多久(?!了)|多长时间|几点|上班|下班|(?:工作|服务|在线)时间|什么时候|何时|收费|要钱|免费|费用|号码|"
    "热线|电话(?:是|多少)",
    "24小时|区别|是什么|什么意思|什么是|流程|规则|排队|多少|周末|节假日|好不好|态度|哪个好|怎么样|招聘|培训",
)
_ABOUT_WORDS = any_word(
    "how long|how much|how many|hours|what time|when (?:is|are|do|does|can)|working hours|cost|costs|"
    "fees?|charged?|"
    "phone number|difference|available on|weekends?|holidays?|become|do i (?:have|need) to|hiring|jobs?|"
    "salary|what is|what does"
)

_TAIL = 7
"""Characters after a declined transfer that add nothing to it: 了, 谢谢, " please"."""


def wants_human(clauses: tuple[str, ...]) -> bool:
    """True for a request to be transferred; a denied one, or a question about transfers, is none."""
    return any(_asks(clause) for clause in clauses)


def declines_human(clause: str) -> bool:
    """Whether the clause says nothing but that no person is wanted ("不用转人工", "no need for a human")."""
    hit = _WISH.search(clause)
    return hit is not None and len(clause) - hit.end() <= _TAIL and is_denied(clause, hit.start())


def _asks(clause: str) -> bool:
    if _ALONE.fullmatch(clause):
        return True
    if not asserted(_WISH, clause):
        return False
    return not (_ABOUT.search(clause) or _ABOUT_WORDS.search(clause))
