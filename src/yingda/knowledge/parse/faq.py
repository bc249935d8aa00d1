"""Questions and answers as people mark them: `Q:` and `问：` lines, headings that ask."""

from __future__ import annotations

import re
from typing import Literal

from yingda.knowledge.parse.text import HARD_BREAK

Part = Literal["question", "answer", "text"]

_QUESTION_MARK = re.compile(
    r"^(?:Q(?:uestion)?|问题?|提问)\s*\d{0,3}\s*([:：.、)）])\s*(?=\S)", re.IGNORECASE
)
_ANSWER_MARK = re.compile(r"^(?:A(?:nswer)?|答案?|回答|解答)\s*\d{0,3}\s*[:：]\s*", re.IGNORECASE)
_NUMBERING = re.compile(
    r"^(?:[(（]?(?:\d{1,3}(?:\.\d{1,3})*|[一二三四五六七八九十]{1,3})[)）.、：:]?\s*|第\S{1,3}[章节条问]\s*)"
)
_ASKS_ZH = re.compile(
    r"^(?:请问)?(?:如何|怎么|怎样|为什么|为何|什么是|什么时候|什么情况|能否|可否|是否|可以.*吗|哪里|哪些|多久|多少)"
)
# Words that ask from within a heading or at its end, each with as much after it as still asks.
_ASKS_LATE_ZH = re.compile(
    r"(?:怎么(?:办|样|做|用|回事)?\S{0,8}|怎样\S{1,6}|如何\S{1,8}|为什么\S{0,10}|为何\S{1,8}|"
    r"多少\S{0,3}|多久\S{0,6}|多长时间\S{0,4}|什么时候\S{0,6}|何时\S{1,5}|"
    r"几点(?:上班|下班|开门|关门|开始|结束|营业|发货|截单|截止|可以|能|到|前|之前)\S{0,4}|"
    r"(?<![这那前后近上下好])几(?:天|小时|个工作日|个月|年|次|折)(?:内|后|可以|能|到|发货|生效|过期)?\S{0,3}|"
    r"(?:由|归|找|让|是)谁\S{0,4}|谁来?(?:承担|支付|付|出|负责|买单)|"
    r"(?:在|到|去|从|寄往|寄到)哪(?:里|儿)?\S{0,6}|哪里\S{0,4}|(?:有|包括|包含|是|支持|需要)哪[些个种]\S{0,6}|"
    r"(?:是|有|要|需要|包括|包含)什么\S{0,4}|什么(?:意思|区别)|"
    r"(?:能否|可否|是否|能不能|可不可以|是不是|有没有|要不要|会不会|需不需要)\S{1,12})$"
)
_NAMES_THING = re.compile(
    r"(?:的\S{2,6}|说明|须知|规定|规则|指南|指引|政策|流程|标准|一览|介绍|教程|攻略|办法|方法|技巧|案例)$"
)
_LONGEST_ASKING_HEADING = 40
_ASKS_EN = re.compile(
    r"^(?:how (?:to|do|does|did|can|long|much|many|soon|often|fast|far|is|are|should|will)|"
    r"what (?:is|are|do|does|if|happens|\w+ (?:is|are|do|does|can|must|should|will))|what's|why|"
    r"where (?:is|are|do|does|can|should|to)|when (?:is|are|do|does|can|will|should)|"
    r"who (?:is|are|pays|can|do|does|will|should)|whom (?:do|can|should)|"
    r"which (?:\w+ ){1,2}(?:is|are|do|does|can|cannot|must|should|will)|"
    r"(?:can|may|do|does|is|are|should|will) (?:i|we|you|my|the|there|it)) ",
    re.IGNORECASE,
)
_QUESTION_NAMES = frozenset(
    {"问题", "问", "提问", "标准问题", "标准问", "用户问题", "常见问题", "question", "questions", "q"}
)
_TOPIC_NAMES = frozenset(
    {
        "分类",
        "类别",
        "类目",
        "类型",
        "一级分类",
        "二级分类",
        "主题",
        "模块",
        "栏目",
        "category",
        "topic",
        "section",
    }
)
_ANSWER_NAMES = frozenset(
    {"答案", "回答", "答", "答复", "解答", "标准答案", "标准回答", "answer", "answers", "a", "reply"}
)


def is_question(heading: str) -> bool:
    """Whether a heading asks something, numbered or not, with or without its question mark."""
    text = _NUMBERING.sub("", heading.strip())
    if text.endswith(("?", "？", "吗", "呢")):
        return True
    return bool(_ASKS_ZH.match(text) or _ASKS_EN.match(text)) or _asks_late(text)


def _asks_late(text: str) -> bool:
    if len(text) > _LONGEST_ASKING_HEADING or _NAMES_THING.search(text):
        return False
    return _ASKS_LATE_ZH.search(text) is not None


def starts_part(line: str) -> bool:
    """Whether the line opens a question or an answer."""
    return _marked(line)[0] != "text"


def parts(text: str, *, is_asked: bool = False) -> list[tuple[Part, str]]:
    """The paragraph cut before every marked line, marks taken off; one `text` part where there are none.

    An `A:` is an answer only where something `is_asked` before it; else it may be the first of A, B and C.
    """
    found: list[tuple[Part, list[str]]] = []
    for line in re.split(f"(?<=[\n{HARD_BREAK}])", text):
        kind, rest = _marked(line.lstrip())
        is_asked = is_asked or kind == "question"
        if kind == "answer" and not is_asked:
            kind, rest = "text", line
        if kind != "text" or not found:
            found.append((kind, [rest]))
        else:
            found[-1][1].append(line)
    return [(kind, part) for kind, lines in found if (part := "".join(lines)).strip()]


def _marked(line: str) -> tuple[Part, str]:
    if match := _QUESTION_MARK.match(line):
        rest = line[match.end() :]
        # `Q3. Revenue` and `问题、建议` are no questions: without a colon the words must ask.
        if match[1] in ":：" or is_question(rest):
            return "question", rest
    if match := _ANSWER_MARK.match(line):
        return "answer", line[match.end() :]
    return "text", line


def question_columns(header: list[str]) -> tuple[int, int] | None:
    """Indexes of the question and the answer column, where a table's header names both."""
    names = list(map(_bare, header))
    asks = [at for at, name in enumerate(names) if name in _QUESTION_NAMES]
    answers = [at for at, name in enumerate(names) if name in _ANSWER_NAMES]
    return (asks[0], answers[0]) if asks and answers else None


def is_topic(name: str) -> bool:
    """Whether a column of that name says what a question is about."""
    return _bare(name) in _TOPIC_NAMES


def _bare(name: str) -> str:
    return name.strip().rstrip("：:").lower()
