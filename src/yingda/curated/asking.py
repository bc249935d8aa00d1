"""The type of a question, told from the words that ask; taken out, they leave its matter."""

from __future__ import annotations

import re

_CHINESE_SPAN = "(?:天|小时|分钟|工作日|月|年)"
_ENGLISH_SPAN = "(?:days|hours|weeks|months|years|minutes)"
_ASKED: tuple[tuple[str, str], ...] = (
    (
        "why",
        r"为什么|为何|为啥|凭什么|怎么回事|(?:是|有)?什么原因|原因(?:是|在)?(?:什么|哪里)?"
        r"|(?:怎么|咋)(?=[不没老总]|还没|一直)"
        r"|\bwhy\b|\bhow come\b|\b(?:what (?:is|was|are) )?the (?:reason|cause)s?\b(?: (?:why|that|for))?",
    ),
    ("who", r"(?:由|找|问|跟|是)?(?:谁|哪位|哪个部门|什么人)(?:来)?|\b(?:who|whom|whose)\b"),
    (
        "duration",
        r"多久|多长时间|时间(?:是)?多长|多长"
        rf"|多少个?{_CHINESE_SPAN}|几个?(?:{_CHINESE_SPAN}|周|星期)(?![级龄])"
        r"|\bhow (?:long|soon|fast|quickly)\b"
        rf"|\bhow many (?:business |working )?{_ENGLISH_SPAN}\b",
    ),
    (
        "when",
        r"在?(?:什么时候|啥时候|何时|什么时间|几点钟?|几号|几月|哪天|哪一天)"
        r"|\b(?:at )?what time\b|\bwhen\b|\b(?:which|what) (?:day|date)\b",
    ),
    (
        "amount",
        r"多少钱|几块钱|几元|什么价位?|费用是?多少|多少费用|怎么收费|收费标准"
        r"|\bhow much(?! (?:can|may|could|i|we|you)\b)(?: is| are| does| do)?\b",
    ),
    (
        "count",
        r"(?<!是)多少个?|几[个次件本张台人位种款岁部条份项家]?(?=[\u3400-\u9fff]|$)"
        r"|\bhow (?:many|much|often|old|large|big)\b",
    ),
    ("place", r"在?哪[里儿](?=\W*$)|在哪(?=\W*$)|\bwhere(?: is| are| was|'s)\b"),
    ("where", r"在?(?:哪里|哪儿|什么地方|(?<!如)何处|哪边)|在哪|\bwhere\b"),
    (
        "how",
        r"(?:应该|应当|要|该)?(?:怎么样|怎么|怎样|如何|咋样?|咋)(?:办理|操作|处理|做|办|弄|解决)?"
        r"|的?(?:操作)?(?:流程|步骤|方法|办法|手续)是?(?:什么|怎样的|有哪些)?"
        r"|\bhow\b(?: (?:do|can|could|should|would|does|to)\b)?"
        r"|\bwhat do (?:i|we) (?:need|have) to do\b(?: (?:to|for))?"
        r"|\bwhat(?: is|'s| are) the (?:process|procedure|steps?|way)(?: (?:to|for|of))?\b"
        r"|\b(?:steps?|instructions?) (?:to|for)\b",
    ),
    ("what", r"(?:是|有)?(?:多少|哪些|什么|哪种|哪个|哪几种|哪几个|啥|哪一个)|\b(?:what|which)(?:'s|'re)?\b"),
    (
        "whether",
        r"能不能|可不可以|可以不可以|是不是|有没有|要不要|会不会|行不行|需不需要|好不好|能否|可否|是否|会否"
        r"|可以吗|行吗|好吗|[吗么嘛]$|吗"
        r"|^(?:is it possible to|can|could|may|do|does|did|is|are|am|was|will|would|should|has|have|had"
        r"|must)\b",
    ),
)
_TYPES = tuple((name, re.compile(pattern)) for name, pattern in _ASKED)
"""In this order: a question is of the first type that it has words of."""
_MONEY = re.compile(r"费|价|钱|金额|工资|押金|利率|利息|\b(?:cost|price|fee|charge|rate|rent|deposit)s?\b")
_NOUNS = (
    ("duration", re.compile(r"期限|有效期|保质期|时长|期间|试用期|保修|\b(?:period|duration|validity)\b")),
    ("when", re.compile(r"时间|日期|时候|\b(?:times?|hours?|dates?|deadline)\b")),
    ("where", re.compile(r"地址|地点|位置|\b(?:address|location)\b")),
)


def take_question(text: str, bare: str) -> tuple[str, str]:
    """The type, "" where none shows, and the text without the words that ask; `bare` is the whole question.

    What "what" is after, a noun may say: what price is how much, what period is how long.
    """
    for name, pattern in _TYPES:
        if pattern.search(text):
            return _refined(name, bare), without_question(text)
    return "", text


def without_question(text: str) -> str:
    """The text with a blank for every word that asks."""
    for _, pattern in _TYPES:
        text = pattern.sub(" ", text)
    return text


def _refined(asked: str, bare: str) -> str:
    if asked in ("what", "count") and _MONEY.search(bare):
        return "amount"
    if asked not in ("what", "count", "amount"):
        return asked
    return next((name for name, noun in _NOUNS if noun.search(bare)), asked)
