"""What a question looks for: its words, and the kind of answer it waits for."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from yingda.knowledge.analyzer import VAGUE_WEIGHT, Unit, question_from_text, simplified
from yingda.knowledge.scripts import is_spelt
from yingda.knowledge.sentences import Kind


@dataclass(frozen=True, slots=True)
class Word:
    """A content word of the question; `others` are looser matches for it."""

    text: str
    weight: float
    others: tuple[str, ...] = ()

    def presence(self, text: str) -> float:
        """1 where the folded text holds the word, less where it holds only a like one."""
        if _occurs(self.text, text):
            return 0.7 if _is_longer_code(self.text, text) else 1.0
        return 0.7 if any(_occurs(other, text) for other in self.others) else 0.0


def _occurs(word: str, text: str) -> bool:
    """Latin words begin at a word's beginning: `art` is not in `start`."""
    at = text.find(word)
    if at <= 0 or not word.isascii():
        return at >= 0
    while at > 0 and text[at - 1].isascii() and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    return at >= 0


def _is_longer_code(word: str, text: str) -> bool:
    """Whether the text holds a model's name only as the beginning of another one: `x200` in `x200-e`."""
    if not word.isascii() or not word[-1].isdigit() or word.isdigit():
        return False
    return re.search(rf"{re.escape(word)}(?!-?[a-z0-9])", text) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question taken apart. `text` is folded, `words` are its `content` words and pairs of characters.

    `known` are its characters and those that say nothing, `is_double` says that it asks for two things,
    `kinds` are the forms of answer it hints at.
    """

    text: str
    words: tuple[Word, ...]
    content: tuple[Word, ...]
    known: frozenset[str]
    is_double: bool
    wants_steps: bool
    kinds: tuple[re.Pattern[str], ...]

    @property
    def is_chinese(self) -> bool:
        return _CJK.search(self.text) is not None

    def asks_how_like(self, title: str) -> bool:
        """Whether question and title both ask how something is done."""
        return _HOW.search(self.text) is not None and _HOW.search(title.lower()) is not None

    @property
    def case(self) -> tuple[Word, ...]:
        """The words that may name the case at hand, such as a region or a means of payment."""
        return tuple(word for word in self.content if word.weight > VAGUE_WEIGHT)

    def speaks_like(self, text: str) -> bool:
        """Whether the text is in the question's language."""
        return self.is_chinese == (_CJK.search(text) is not None)

    def fit(self, title: str, path: str) -> tuple[float, float]:
        """How much of the question title and path hold, and the mean of that and the converse, 0..1."""
        own = content_words(title)
        lower = f"{path} {title.lower()}"
        forward = _share(self.content, lower)
        likeness = 1.0 if self.expects_like(title) else OTHER_KIND_SHARE
        return forward, likeness * math.sqrt(forward * _share(own, self.text)) if own else 0.0

    def expects_like(self, title: str) -> bool:
        """False where the title asks for another kind of answer: when instead of how much."""
        mine, other = _particular(self.kinds), _particular(_kinds(title.lower()))
        return not mine or not other or bool(mine & other)

    def hints(self, text: str, kind: Kind) -> float:
        """How well the form of a sentence fits the kind of question: 0, or 1 for each fit."""
        fits = sum(1.0 for pattern in self.kinds if pattern.search(text))
        return fits + (1.0 if self.wants_steps and kind in ("step", "item") else 0.0)

    def adds(self, text: str) -> bool:
        """Whether the sentence says something that the question did not."""
        return len(set(text) - self.known) >= (1 if is_spelt(text) else 2)


_CJK = re.compile(r"[\u3400-\u9fff]")
_STEPS = re.compile(
    r"怎么(?!样)|怎样|如何|步骤|流程|方法|哪些|哪几|有什么|有啥|包括什么|需要什么|"
    r"\bhow (?:do|can|to|should|would)\b|\bsteps?\b|\bwhat are\b|\bwhich\b|\blist\b"
    r"|方法|手[順顺]|어떻게|방법|절차|อย่างไร|ยังไง|วิธี|ขั้นตอน"
)
_HOW = re.compile(r"怎么(?!样)|怎样|如何|\bhow (?:do|can|to|should|would)\b")
_NUMBER = r"\d|[一二两三四五六七八九十百]+(?:个|天|次|元|人|台|年|月|倍|折)"
_EXPECTED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(question), re.compile(answer))
    for question, answer in (
        (
            r"多少钱|价格|费用|运费|多贵|收费|几块|几元|how much|\bcosts?\b|\bprices?\b|\bfees?\b"
            r"|いくら|料金|送料|얼마(?!나)|가격|요금|เท่าไหร่|เท่าไร|ราคา|ค่าส่ง",
            r"\d[\d.,]*\s?(?:元|块|%|円|원|บาท)|[¥$€£₩฿]\s?\d|免费|包邮|\bfree\b|\b(?:usd|yuan|dollars?)\b|무료|ฟรี",
        ),
        (
            r"多久|多长时间|几天|几个?小时|什么时候|何时|几点|哪天|时间|期限|有效期"
            r"|how long|\bwhen\b|what time"
            r"|何[日时時年分]|いつ|どのくらい|며칠|언제|얼마나|몇 ?시|กี่วัน|เมื่อไ|นานเท่าไ",
            r"(?:\d|[一二两三四五六七八九十])\s?(?:个?(?:工作日|小时|月|星期)|天|日|周|年|分钟|点)|\d:\d\d"
            r"|(?:周|星期)[一二三四五六日]|\b\d+\s?(?:days?|hours?|weeks?|months?|years?|minutes?|am|pm)\b"
            r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day"
            r"|\d\s?(?:营业日|[时時]间|时|분|시간?|영업일|일|주|개월|년|วัน|ชั่วโมง|สัปดาห์|เดือน|ปี|นาที)",
        ),
        (
            r"\d点|[一二两三四五六七八九十]点(?:半|钟|前|后|之|下|付)|\d:\d\d|\d ?(?:am|pm)\b",
            r"\d:\d\d|\d\s?(?:点|am|pm)",
        ),
        (r"多少(?!钱)|几[个次台人张位件]|最多|最少|多大|how many|\bnumber of\b", _NUMBER),
        (
            r"哪一?年|何年|几年|几月|年份|日期|\bwhat (?:year|date|day)\b",
            r"\d{3,4}\s?年|\d\s?[月日]|\b(?:1\d|20)\d\d\b",
        ),
        (
            r"为什么|为何|为啥|何以|原因|缘故|\bwhy\b",
            r"因为|由于|因[^此而]|原因|缘故|所以|导致|以便|为了|为避免|从而"
            r"|\b(?:because|due to|since|so that|in order to)\b",
        ),
        (
            r"哪里|哪儿|在哪|何处|地址|什么地方|\bwhere\b",
            r"[省市区县路街号楼室镇]|地址|位于|页面|菜单|\b(?:at|in|under|on)\b",
        ),
        (
            r"电话|热线|邮箱|联系|号码|\bphone\b|\bcall\b|\be-?mail\b|\bcontact\b",
            r"\d{3,}[-\d]*|@|\bwww\.",
        ),
        (
            r"吗|能不能|可不可以|可以|能否|是否|是不是|会不会|要不要|支持|^(?:can|do|does|is|are|may|will|should)\b",
            r"可以|不可|不能|不[开送退发收做卖]|没有|暂不|能够|无法|支持|允许|禁止|需要|无需|不会|不是|^是|^否|"
            r"\b(?:can|cannot|may|must|not|is possible|allowed|yes|no)\b|n't\b",
        ),
    )
)


_SILENT = " \t\n\u3000,.;:!?'\"()[]{}<>|*#_`~-+=/\\，。；：！？、“”‘’（）《》【】…—的了是在"


def read_question(question: str) -> Asked:
    """The question's words with their weights, and the forms of sentence that would answer it."""
    lower = simplified(unicodedata.normalize("NFKC", question).lower())
    found = question_from_text(question)
    content = tuple(_word(unit) for unit in found.units)
    return Asked(
        text=lower,
        words=(*_focused(content, lower), *_bigrams(found.segments)),
        content=content,
        known=frozenset(lower + _SILENT),
        is_double=len(found.clauses) > 1,
        wants_steps=_STEPS.search(lower) is not None,
        kinds=_kinds(lower),
    )


_ASKS_FOR = re.compile(
    r"什么(?:样的?|时候)?|哪(?:一?[个些年位种所座家部次]|里|儿)?|谁|何[时处人]?|多少|多[久大长高远重]|几|怎[么样]+|如何|为何"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how(?: (?:many|much|long|often|far|old))?)\b"
)
FOCUS_CHARS = 3
FOCUS_SHARE = 1.5
"""A word next to the one that asks says what is to be told: 职务 in 担任什么职务."""


def _focused(content: Sequence[Word], question: str) -> Iterator[Word]:
    spans = (
        question[max(0, asks.start() - FOCUS_CHARS) : asks.end() + FOCUS_CHARS]
        for asks in _ASKS_FOR.finditer(question)
    )
    near = "\n".join(spans)
    for word in content:
        weight = word.weight * FOCUS_SHARE if word.text in near else word.weight
        yield Word(word.text, weight, word.others)


@lru_cache(maxsize=4096)
def _kinds(question: str) -> tuple[re.Pattern[str], ...]:
    return tuple(answer for asks, answer in _EXPECTED if asks.search(question))


def _particular(kinds: Sequence[re.Pattern[str]]) -> frozenset[re.Pattern[str]]:
    """Yes and no fit every kind of question."""
    return frozenset(kinds) - {_EXPECTED[-1][1]}


@lru_cache(maxsize=4096)
def content_words(text: str) -> tuple[Word, ...]:
    """The words of a title, read as those of a question are."""
    return tuple(_word(unit) for unit in question_from_text(text).units)


def _share(words: Sequence[Word], text: str) -> float:
    total = sum(word.weight for word in words)
    return sum(word.weight * word.presence(text) for word in words) / total if total else 0.0


def _word(unit: Unit) -> Word:
    return Word(_prefix(unit.text), unit.weight, tuple(map(_prefix, unit.others)))


def _prefix(word: str) -> str:
    """A stem as it begins the words of a text: `deliveri` is `deliver` in `delivery`."""
    return word[:-1] if len(word) > 4 and word.isascii() and word.endswith("i") else word


OTHER_KIND_SHARE = 0.6
"""What a title's likeness counts where it asks for another kind of answer."""

BIGRAM_WEIGHT = 0.25
"""Pairs of characters beside the words: segmentation differs between question and passage."""


def _bigrams(segments: tuple[str, ...]) -> tuple[Word, ...]:
    pairs = dict.fromkeys(each[n : n + 2] for each in segments for n in range(len(each) - 1))
    return tuple(Word(pair, BIGRAM_WEIGHT) for pair in pairs)
