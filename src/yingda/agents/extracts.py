"""Which stretches of the passages answer a question, without a model: pure, greedy, the same every time.

Every line is scored by the question's words it holds; its headings count half. A section whose title asks the
same brings its whole answer, or of a list only the rows of the case in question; a how-to its whole run of
steps; anything else its best sentence with the neighbours it leans on. A second stretch joins only where two
things were asked, from another passage, and only if it adds evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yingda.agents.asked import Asked, Word, read_question
from yingda.agents.pages import HINT, Line, Section, scored
from yingda.knowledge.sentences import Sentence
from yingda.turns.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractConfig:
    """Bounds in characters; shares are of the best stretch's score.

    A title matches where question and title share `matched_share` of their words; one that is the question
    in other words (`same_share`) is not repeated above its rows. A row is of the case asked about where it
    holds `known_case_share` of its words, and `case_share` of what the best row holds.
    """

    prose_chars: int = 300
    steps_chars: int = 600
    second_share: float = 0.7
    neighbour_share: float = 0.6
    matched_share: float = 0.6
    same_share: float = 0.8
    case_share: float = 0.75
    known_case_share: float = 0.3
    tied_share: float = 0.98
    tied_count: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Sentences of one passage in order; rows of a table that do not matter may be left out between them.

    `title` is what the document calls them, where they cannot be understood without it.
    """

    passage: Passage
    sentences: tuple[Sentence, ...]
    score: float = 0.0
    title: str = ""

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
    sections = scored(asked, passages, config.matched_share)
    found = [_best_of(section, asked, config) for section in sections]
    if not found:
        return []
    first = max(found, key=lambda each: each.score)  # of equals the earliest: passages come best first
    second = _second(first, found, asked, config) if asked.is_double else None
    return [first] if second is None else [first, second]


def _best_of(section: Section, asked: Asked, config: ExtractConfig) -> Extract:
    top = max(range(len(section.lines)), key=lambda n: section.lines[n].score)
    if section.is_matched:
        return _answer(section, top, asked, config)
    found = [_tied(section, top, config) or _around(section, top, config)]
    if section.fit >= config.matched_share and (case := _case(section, asked, config)):
        found.append(_extract(section, case, section.lines[top].score + HINT, config))
    if asked.wants_steps or section.lines[top].sentence.kind == "step":
        found += _runs(section, config)
    return max(found, key=lambda each: each.score)


def _tied(section: Section, top: int, config: ExtractConfig) -> Extract | None:
    """The best listed line with the others that nothing tells from it, where they are few."""
    best = section.lines[top]
    tied = [
        line
        for line in section.lines
        if line.is_listed and line.sentence.kind != "step" and line.score >= config.tied_share * best.score
    ]
    if not best.is_listed or not 1 < len(tied) <= config.tied_count:
        return None
    return _extract(section, tied, best.score, config)


def _answer(section: Section, top: int, asked: Asked, config: ExtractConfig) -> Extract:
    """All that stands under a matching title as far as the bound goes, or the rows of the case asked."""
    score = section.lines[top].score + HINT
    if case := _case(section, asked, config):
        return _extract(section, case, score, config)
    last, bound = 0, config.prose_chars
    for at in range(1, len(section.lines)):
        line = section.lines[at]
        bound = config.steps_chars if line.is_listed else bound
        if line.is_instruction or section.length(0, at) > bound:
            break
        last = at
    return _extract(section, section.lines[: last + 1], score, config)


def _case(section: Section, asked: Asked, config: ExtractConfig) -> list[Line]:
    """The listed lines that hold what the title lacks of the question, where some do and some do not."""
    rows = [line for line in section.lines if line.is_listed and line.sentence.kind != "step"]
    words = [word for word in asked.case if not word.presence(section.title.lower())]
    held = [_held(words, line) for line in rows]
    least = config.known_case_share * sum(word.weight for word in words)
    if not words or min(held, default=0.0) >= max(held, default=0.0) or max(held) < least:
        return []
    return [line for line, share in zip(rows, held, strict=True) if share >= config.case_share * max(held)]


def _held(words: Sequence[Word], line: Line) -> float:
    return 0.0 if line.is_instruction else sum(word.weight * word.presence(line.text) for word in words)


def _runs(section: Section, config: ExtractConfig) -> Iterator[Extract]:
    """Each run of two or more steps with the line that leads to it."""
    lines, at = section.lines, 0
    while at < len(lines):
        first = at
        while at < len(lines) and lines[at].is_listed:
            at += 1
        paragraphs = {line.sentence.paragraph for line in lines[first:at]}
        if len(paragraphs) >= 2 and lines[first].sentence.kind in ("step", "item", "code"):
            yield _run(section, first, at - 1, config)
        at = max(at, first + 1)


def _run(section: Section, first: int, last: int, config: ExtractConfig) -> Extract:
    items = section.lines[first : last + 1]
    if first > 0 and not section.lines[first - 1].is_instruction:
        first -= 1
    while last > first and section.length(first, last) > config.steps_chars:
        last -= 1
    scores = [line.score for line in items]
    lead = section.lines[first].score
    # One step is nothing without the others; one item of a list may well be all that was asked for.
    best = (
        max(scores) if items[0].sentence.kind == "step" else max(sum(scores) / len(scores), 0.8 * max(scores))
    )
    return _extract(section, section.lines[first : last + 1], max(lead, best) + HINT, config)


def _around(section: Section, top: int, config: ExtractConfig) -> Extract:
    """The sentence, the one before it if it leans on it, what a colon announces, and good next ones."""
    lines, first, last = section.lines, top, top
    if top > 0 and _LEANS.match(lines[top].text) and _joins(section, top - 1, top, config):
        first -= 1
    if lines[last].leads_in:
        while last + 1 < len(lines) and section.length(first, last + 1) <= config.steps_chars:
            last += 1
    while last + 1 < len(lines) and _joins(section, last, last + 1, config):
        follows = lines[last + 1]
        if follows.alone < config.neighbour_share * lines[top].alone and not _LEANS.match(follows.text):
            break
        if section.length(first, last + 1) > config.prose_chars:
            break
        last += 1
    return _extract(section, lines[first : last + 1], lines[top].score, config)


_LEANS = re.compile(
    r"(?:此外|另外|但|不过|然而|因此|所以|否则|它|其|该|这|那|同时|并且|而且|也|如需|"
    r"(?:however|otherwise|therefore|this|that|these|those|it|they|but|also|in addition|then)\b)"
)
"""Beginnings that lean on the sentence before."""


def _joins(section: Section, one: int, next_one: int, config: ExtractConfig) -> bool:
    pair = section.lines[one], section.lines[next_one]
    if any(line.is_instruction for line in pair):
        return False
    together = pair[0].sentence.paragraph == pair[1].sentence.paragraph
    return together and section.length(one, next_one) <= config.prose_chars


def _extract(section: Section, lines: Sequence[Line], score: float, config: ExtractConfig) -> Extract:
    is_loose = all(line.is_listed for line in lines) and section.fit < config.same_share
    return Extract(
        passage=section.passage,
        sentences=tuple(line.sentence for line in lines),
        score=score,
        title=section.title if is_loose else "",
    )


def _second(first: Extract, found: Sequence[Extract], asked: Asked, config: ExtractConfig) -> Extract | None:
    said = first.passage.text[first.start : first.end].lower()
    rest = [
        each
        for each in found
        if each.passage is not first.passage and each.score >= config.second_share * first.score
    ]
    for each in sorted(rest, key=lambda each: -each.score):
        text = each.passage.text[each.start : each.end].lower()
        fits = first.end - first.start + each.end - each.start <= config.prose_chars
        if fits and asked.speaks_like(text) and _adds_evidence(text, said, asked):
            return each
    return None


def _adds_evidence(text: str, said: str, asked: Asked) -> bool:
    """A word of the question that was not said yet, in a text that is not much the same."""
    news = any(word.presence(text) > word.presence(said) for word in asked.words)
    pairs = {text[n : n + 2] for n in range(len(text) - 1)}
    told = {said[n : n + 2] for n in range(len(said) - 1)}
    return news and len(pairs & told) < 0.6 * len(pairs)
