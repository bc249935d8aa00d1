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
_ASKS_EN = re.compile(
    r"^(?:how (?:to|do|does|can|long|much|many|is|are)|what (?:is|are|do|does|if|happens)|why|"
    r"where (?:is|are|do|does|can)|when (?:is|are|do|does|can|will)|"
    r"(?:can|may|do|does|is|are|should|will) (?:i|we|you|my|the|there|it)) ",
    re.IGNORECASE,
)
_QUESTION_NAMES = frozenset(
    {"问题", "问", "提问", "标准问题", "标准问", "用户问题", "常见问题", "question", "questions", "q"}
)
_ANSWER_NAMES = frozenset(
    {"答案", "回答", "答", "答复", "解答", "标准答案", "标准回答", "answer", "answers", "a", "reply"}
)


def is_question(heading: str) -> bool:
    """Whether a heading asks something, numbered or not, with or without its question mark."""
    text = _NUMBERING.sub("", heading.strip())
    if text.endswith(("?", "？", "吗", "呢")):
        return True
    return bool(_ASKS_ZH.match(text) or _ASKS_EN.match(text))


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
    names = [name.strip().rstrip("：:").lower() for name in header]
    asks = [at for at, name in enumerate(names) if name in _QUESTION_NAMES]
    answers = [at for at, name in enumerate(names) if name in _ANSWER_NAMES]
    return (asks[0], answers[0]) if asks and answers else None
