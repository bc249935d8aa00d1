"""Which stretches of the passages answer a question, without a model: pure, greedy, the same every time.

Every sentence is scored by the question's words it holds; its headings count half. A frequent question that
was matched brings its whole answer, a how-to its whole run of steps, anything else its best sentence with the
neighbours it leans on. A second stretch joins only from another passage and only if it adds evidence.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from yingda.agents.asked import Asked, read_question
from yingda.knowledge.sentences import Kind, Sentence, split
from yingda.turns.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractConfig:
    """Bounds in characters; shares are of the best stretch's score."""

    prose_chars: int = 300
    steps_chars: int = 600
    second_share: float = 0.85
    neighbour_share: float = 0.6
    faq_coverage: float = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Sentences of one passage that stand together, in order."""

    passage: Passage
    sentences: tuple[Sentence, ...]
    score: float

    @property
    def start(self) -> int:
        return self.sentences[0].start

    @property
    def end(self) -> int:
        return self.sentences[-1].end


DEFAULTS = ExtractConfig()


def extract(question: str, passages: Sequence[Passage], config: ExtractConfig = DEFAULTS) -> list[Extract]:
    """One stretch, or two; none only where the passages hold no sentence at all."""
    asked = read_question(question)
    pages = [_Page(passage) for passage in passages]
    weigh = _weigher(asked, [line.text for page in pages for line in page.lines])
    for page in pages:
        _score(page, asked, weigh, config)
    found = [best for page in pages if (best := _best_of(page, asked, config)) is not None]
    if not found:
        return []
    first = max(found, key=lambda each: each.score)  # of equals the earliest: passages come best first
    second = _second(first, found, asked, config)
    return [first] if second is None else [first, second]


@dataclass(slots=True)
class _Line:
    sentence: Sentence
    text: str
    score: float = 0.0
    matched: bool = False
    """Stands under a question of the document that matches the one asked."""


class _Page:
    """A passage cut into lines; only what is scored changes."""

    def __init__(self, passage: Passage) -> None:
        self.passage = passage
        folded = unicodedata.normalize("NFKC", passage.text).lower()
        aligned = folded if len(folded) == len(passage.text) else passage.text.lower()
        if len(aligned) != len(passage.text):
            aligned = passage.text
        self.lines = [_Line(cut, aligned[cut.start : cut.end]) for cut in split(passage.text)]

    def extract(self, first: int, last: int, score: float) -> Extract:
        return Extract(
            passage=self.passage,
            sentences=tuple(line.sentence for line in self.lines[first : last + 1]),
            score=score,
        )

    def length(self, first: int, last: int) -> int:
        return self.lines[last].sentence.end - self.lines[first].sentence.start


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


TITLE_SHARE = 0.5
"""What a word in a heading counts for the sentences under it."""
HINT = 0.15
INSTRUCTION_SHARE = 0.1


def _score(page: _Page, asked: Asked, weigh: Weigher, config: ExtractConfig) -> None:
    above = weigh(" ".join(page.passage.heading).lower())
    title, matched = above, False
    for line in page.lines:
        if _is_title(line):
            title = weigh(line.text)
            matched = sum(title) >= config.faq_coverage
            continue
        line.matched = matched
        own = weigh(line.text)
        held = [max(mine, TITLE_SHARE * max(pair)) for mine, *pair in zip(own, title, above, strict=True)]
        line.score = sum(held) + HINT * asked.hints(line.text, line.sentence.kind)
        line.score *= 0.85 + 0.15 * page.passage.score
        if _INSTRUCTION.search(line.text):
            line.score *= INSTRUCTION_SHARE
        elif not asked.adds(line.text):
            line.score *= 0.3


def _is_title(line: _Line) -> bool:
    kind = line.sentence.kind
    return kind in ("heading", "question") or (kind == "prose" and line.text.endswith(("?", "？")))


_INSTRUCTION = re.compile(
    r"\b(?:ignore|disregard|forget)\s+(?:all|any|your|the|previous|prior|these|above|everything)\b"
    r"|system prompt|\byou are (?:now\b|an? (?:ai|assistant|chatbot|language model))"
    r"|(?:say|reply|respond|answer|output)s? (?:with )?(?:only|exactly|the word)\b"
    r"|(?:忽略|无视|忘记|忘掉|不要理会)[^。！？\n]{0,10}(?:指令|指示|提示|规则|要求|设定|命令)|你现在是|系统提示词"
)
"""Sentences that speak to an assistant instead of to a reader."""


def _best_of(page: _Page, asked: Asked, config: ExtractConfig) -> Extract | None:
    usable = [n for n, line in enumerate(page.lines) if not _is_title(line)]
    if not usable:
        return None
    top = max(usable, key=lambda n: page.lines[n].score)
    found = [_around(page, top, config)]
    if page.lines[top].matched:
        found.append(_faq_answer(page, top, config))
    if asked.wants_steps:
        found += _runs(page, config)
    return max(found, key=lambda each: each.score)


def _faq_answer(page: _Page, top: int, config: ExtractConfig) -> Extract:
    """From the first sentence under the matched question, as far as its answer and the bound go."""
    first = top
    while first > 0 and page.lines[first - 1].matched and not _is_title(page.lines[first - 1]):
        first -= 1
    last, bound = first, config.prose_chars
    while last + 1 < len(page.lines) and not _is_title(page.lines[last + 1]):
        if page.lines[last + 1].sentence.kind in _LISTED:
            bound = config.steps_chars
        if page.length(first, last + 1) > bound or _is_instruction(page.lines[last + 1]):
            break
        last += 1
    return page.extract(first, last, page.lines[top].score + HINT)


_LISTED: tuple[Kind, ...] = ("step", "item", "row", "code")


def _runs(page: _Page, config: ExtractConfig) -> Iterator[Extract]:
    """Each run of two or more steps with the line that leads to it."""
    at = 0
    while at < len(page.lines):
        first = at
        while at < len(page.lines) and page.lines[at].sentence.kind in _LISTED:
            at += 1
        paragraphs = {line.sentence.paragraph for line in page.lines[first:at]}
        if len(paragraphs) >= 2 and page.lines[first].sentence.kind != "row":
            yield _run(page, first, at - 1, config)
        at = max(at, first + 1)


def _run(page: _Page, first: int, last: int, config: ExtractConfig) -> Extract:
    items = page.lines[first : last + 1]
    if first > 0 and not _is_title(page.lines[first - 1]) and not _is_instruction(page.lines[first - 1]):
        first -= 1
    while last > first and page.length(first, last) > config.steps_chars:
        last -= 1
    scores = [line.score for line in items]
    lead = page.lines[first].score
    # One step is nothing without the others; one item of a list may well be all that was asked for.
    best = (
        max(scores) if items[0].sentence.kind == "step" else max(sum(scores) / len(scores), 0.8 * max(scores))
    )
    return page.extract(first, last, max(lead, best) + HINT)


def _around(page: _Page, top: int, config: ExtractConfig) -> Extract:
    """The sentence, the one before it if it leans on it, what a colon announces, and good next ones."""
    lines, first, last = page.lines, top, top
    if top > 0 and _LEANS.match(lines[top].text) and _joins(page, top - 1, top, config):
        first -= 1
    if lines[last].text.endswith((":", "：")):
        while last + 1 < len(lines) and not _is_title(lines[last + 1]):
            if page.length(first, last + 1) > config.steps_chars:
                break
            last += 1
    while last + 1 < len(lines) and _joins(page, last, last + 1, config):
        follows = lines[last + 1]
        if follows.score < config.neighbour_share * lines[top].score and not _LEANS.match(follows.text):
            break
        if page.length(first, last + 1) > config.prose_chars:
            break
        last += 1
    return page.extract(first, last, lines[top].score)


_LEANS = re.compile(
    r"(?:此外|另外|但|不过|然而|因此|所以|否则|它|其|该|这|那|同时|并且|而且|也|如需|"
    r"(?:however|otherwise|therefore|this|that|these|those|it|they|but|also|in addition|then)\b)"
)
"""Beginnings that lean on the sentence before."""


def _joins(page: _Page, one: int, next_one: int, config: ExtractConfig) -> bool:
    pair = page.lines[one], page.lines[next_one]
    if any(_is_title(line) or _is_instruction(line) for line in pair):
        return False
    together = pair[0].sentence.paragraph == pair[1].sentence.paragraph
    return together and page.length(one, next_one) <= config.prose_chars


def _is_instruction(line: _Line) -> bool:
    return _INSTRUCTION.search(line.text) is not None


def _second(first: Extract, found: Sequence[Extract], asked: Asked, config: ExtractConfig) -> Extract | None:
    said = first.passage.text[first.start : first.end].lower()
    rest = [each for each in found if each is not first and each.score >= config.second_share * first.score]
    for each in sorted(rest, key=lambda each: -each.score):
        text = each.passage.text[each.start : each.end].lower()
        fits = first.end - first.start + each.end - each.start <= config.prose_chars
        if fits and _adds_evidence(text, said, asked):
            return each
    return None


def _adds_evidence(text: str, said: str, asked: Asked) -> bool:
    """A word of the question that was not said yet, in a text that is not much the same."""
    news = any(word.presence(text) > word.presence(said) for word in asked.words)
    pairs = {text[n : n + 2] for n in range(len(text) - 1)}
    told = {said[n : n + 2] for n in range(len(said) - 1)}
    return news and len(pairs & told) < 0.6 * len(pairs)
