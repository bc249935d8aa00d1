"""Passages read for one question: cut into sections and lines, every line scored by what it says to it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import PurePosixPath

from yingda.agents.asked import Asked
from yingda.knowledge.analyzer import simplified
from yingda.knowledge.sentences import Kind, Sentence, plain, split
from yingda.turns.types import Passage

LISTED: tuple[Kind, ...] = ("step", "item", "row", "record", "code")

TITLE_SHARE = 0.5
"""What a word in a heading counts for the sentences under it."""
TOLD_SHARE = 0.5
"""What a word in a sentence counts for those after it in its paragraph, which no longer repeat it."""
HINT = 0.15
FIT_SHARE = 0.3
KEY = 0.1
"""For the row of a table that is about a word of the question."""
HOW = 0.1
"""For what stands under a how-to title, where the question asks how."""
INSTRUCTION_SHARE = 0.1
KNOWN_SHARE = 0.3
OTHER_LANGUAGE_SHARE = 0.8
OTHER_PRODUCT_SHARE = 0.75

_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget)\s+(?:all|any|your|the|previous|prior|these|above|everything)\b"
    r"|system prompt|\byou are (?:now\b|an? (?:ai|assistant|chatbot|language model))"
    r"|(?:say|reply|respond|answer|output)s? (?:with )?(?:only|exactly|the word)\b"
    r"|(?:忽略|无视|忘记|忘掉|不要理会)[^。！？\n]{0,10}(?:指令|指示|提示|规则|要求|设定|命令)|你现在是|系统提示词"
)
"""Sentences that speak to an assistant instead of to a reader."""

_PRODUCT = re.compile(r"[\s•*-]*([a-z]{1,4}\d{1,4})(?![a-z0-9])")
_LABEL = re.compile(r"[^\s:：。，]{1,12}: [^\s\d:：。，；]{1,12}")
_CJK = re.compile(r"[\u3400-\u9fff]")
_TITLED = re.compile(r"[^\d。！!；;，,.：:、…?？|\n]+\Z")
_BLANK_LINE = re.compile(r"[ \t]*\n[ \t]*\n")
TITLE_CHARS = 50
TITLE_CHARS_CJK = 20


@dataclass(slots=True)
class Line:
    """A sentence, its text folded for comparison, and how well it answers: after what was told before it, and
    `alone`.
    """

    sentence: Sentence
    text: str
    score: float = 0.0
    alone: float = 0.0

    @property
    def is_title(self) -> bool:
        kind = self.sentence.kind
        return kind in ("heading", "question") or (
            kind in ("prose", "step") and self.text.endswith(("?", "？"))
        )

    @property
    def is_instruction(self) -> bool:
        return is_instruction(self.text)

    @property
    def is_listed(self) -> bool:
        return self.sentence.kind in LISTED

    @property
    def leads_in(self) -> bool:
        return self.text.endswith((":", "："))


@dataclass(slots=True)
class Section:
    """Lines of a passage under one title; `fit` says how much title and question are the same, 0..1."""

    passage: Passage
    title: str
    fit: float = 0.0
    is_matched: bool = False
    lines: list[Line] = field(default_factory=list)

    def length(self, first: int, last: int) -> int:
        """Characters of the document from one line to another."""
        return self.lines[last].sentence.end - self.lines[first].sentence.start


def sections_of(passage: Passage) -> list[Section]:
    """In order; a title opens the next one, and what stands before the first belongs to the last heading."""
    found = [Section(passage, passage.heading[-1] if passage.heading else "")]
    text = folded(passage.text)
    names = {name.lower() for name in (*passage.heading, PurePosixPath(passage.source).stem)}
    cuts = split(passage.text)
    for cut, after in zip_longest(cuts, cuts[1:]):
        line = Line(cut, text[cut.start : cut.end])
        if line.is_title or line.text in names or (after and _is_bare_title(text, cut, after)):
            found.append(Section(passage, plain(passage.text[cut.start : cut.end], cut.kind)))
        else:
            found[-1].lines.append(line)
    for section in found:
        _drop_label(section)
    return [section for section in found if section.lines]


def _is_bare_title(text: str, cut: Sentence, after: Sentence) -> bool:
    """Whether a line without marks heads the next paragraph: short, alone, unfinished, no figures in it."""
    if (
        cut.kind != "prose"
        or cut.paragraph == after.paragraph
        or _TITLED.match(text, cut.start, cut.end) is None
    ):
        return False
    longest = TITLE_CHARS_CJK if _CJK.search(text, cut.start, cut.end) else TITLE_CHARS
    heads = cut.end - cut.start <= longest and _BLANK_LINE.match(text, cut.end) is not None
    return heads and after.end - after.start > cut.end - cut.start


def scored(asked: Asked, passages: Sequence[Passage], matched_share: float) -> list[Section]:
    """All sections of the passages, their lines scored; matched ones are about what is asked."""
    sections = [section for passage in passages for section in sections_of(passage)]
    weigh = _weigher(asked, [line.text for section in sections for line in section.lines])
    for section in sections:
        path = " ".join(section.passage.heading).lower()
        forward, section.fit = asked.fit(section.title, path)
        section.is_matched = min(forward, section.fit) >= matched_share
        _score(section, path, asked, weigh)
    return sections


def is_instruction(text: str) -> bool:
    """Whether a lower-case text holds a sentence that speaks to an assistant."""
    return _INSTRUCTION.search(text) is not None


def folded(text: str) -> str:
    """Width, case and traditional characters made alike, position by position."""
    alike = simplified(unicodedata.normalize("NFKC", text).lower())
    if len(alike) == len(text):
        return alike
    return lower if len(lower := text.lower()) == len(text) else text


def _drop_label(section: Section) -> None:
    """The last line under a question may be a column that only sorts it: `Category: payment`."""
    is_answer = len(section.lines) > 1 and section.title.endswith(("?", "？"))
    if is_answer and _LABEL.fullmatch(section.lines[-1].text):
        section.lines.pop()


Weigher = Callable[[str], list[float]]
"""Each of the question's words by its weight in a text: less where only a like word occurs, or 0."""


def _weigher(asked: Asked, texts: Sequence[str]) -> Weigher:
    """Words that occur in few of the lines tell more than those that occur in most."""
    hits = [[word.presence(text) for text in texts] for word in asked.words]
    scale = math.log(2 + len(texts))
    weights = [
        word.weight * (0.5 + 0.5 * math.log((2 + len(texts)) / (1 + sum(1 for hit in row if hit))) / scale)
        for word, row in zip(asked.words, hits, strict=True)
    ]
    total = sum(weights) or 1.0
    known = dict(zip(texts, zip(*hits, strict=True), strict=True)) if hits else {}

    def weigh(text: str) -> list[float]:
        row = known.get(text) or tuple(word.presence(text) for word in asked.words)
        return [weight * hit / total for weight, hit in zip(weights, row, strict=True)]

    return weigh


def _score(section: Section, path: str, asked: Asked, weigh: Weigher) -> None:
    above = [max(pair) for pair in zip(weigh(path), weigh(section.title.lower()), strict=True)]
    titles = f"{path} {section.title.lower()}"
    bonus = FIT_SHARE * section.fit + (HOW if asked.asks_how_like(section.title) else 0.0)
    told, paragraph = [0.0] * len(above), -1
    for line in section.lines:
        if line.sentence.paragraph != paragraph:
            told, paragraph = [0.0] * len(above), line.sentence.paragraph
        own = weigh(line.text)
        titled = [max(mine, TITLE_SHARE * other) for mine, other in zip(own, above, strict=True)]
        known = (max(mine, TOLD_SHARE * other) for mine, other in zip(titled, told, strict=True))
        told = list(map(max, told, own))
        hint = HINT if any(own) else HINT / 2
        more = hint * asked.hints(line.text, line.sentence.kind) + bonus
        if line.sentence.kind == "record" and sum(weigh(_key(line.text))) > max(above, default=0.0):
            more += KEY
        share = (0.85 + 0.15 * section.passage.score) * math.prod(_doubts(line, titles, asked))
        line.score, line.alone = share * (sum(known) + more), share * (sum(titled) + more)


def _key(record: str) -> str:
    """The first cell of a row, which names what the row is about."""
    return record.partition(": ")[2].partition("; ")[0]


def _doubts(line: Line, titles: str, asked: Asked) -> Iterator[float]:
    """What speaks against a line, as factors."""
    if line.is_instruction:
        yield INSTRUCTION_SHARE
    elif not asked.adds(line.text):
        yield KNOWN_SHARE
    if asked.is_chinese != (_CJK.search(line.text) is not None):
        yield OTHER_LANGUAGE_SHARE
    about = _PRODUCT.match(line.text)
    if about and about[1] not in asked.text and about[1] not in titles:
        yield OTHER_PRODUCT_SHARE
