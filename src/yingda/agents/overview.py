"""The answer to a broad question: whole sections of the document about it, in its order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from yingda.agents.extracts import Extract
from yingda.agents.pages import Line, Section, sections_of
from yingda.knowledge.breadth import Topic, titles_of, topic_of
from yingda.turns.types import Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewConfig:
    """`columns` bounds the text: a Chinese character takes 2, a Latin one 1."""

    columns: int = 820


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is told, and the titles of what was found besides."""

    parts: tuple[Extract, ...]
    more: tuple[str, ...]


DEFAULTS = OverviewConfig()


def overview(
    question: str, passages: Sequence[Passage], config: OverviewConfig = DEFAULTS
) -> Overview | None:
    """None where the question is no broad one, or the best passage's document is not about its topic.

    Sections that sum the topic up go first when room is given out, then the others in the document's order;
    only one that does not fit by itself is cut, at the end of a line.
    """
    topic = topic_of(question)
    if topic is None or not passages or not _is_about(passages[0], topic):
        return None
    document = passages[0].document_id
    own = sorted((each for each in passages if each.document_id == document), key=lambda each: each.start)
    sections = [section for passage in own for section in sections_of(passage)]
    kept = _kept(sections, topic, config)
    if not kept:
        return None
    told = [(section, lines) for section in sections if (lines := kept.get(id(section)))]
    titles = [section.title for section in sections if id(section) not in kept]
    shown = {section.title for section, _ in told}
    return Overview(
        parts=tuple(_part(section, lines, _title(section, own)) for section, lines in told),
        more=tuple(dict.fromkeys(title for title in titles if title and title not in shown)),
    )


def _is_about(passage: Passage, topic: Topic) -> bool:
    return any(topic.held_by(title) for title in titles_of(passage.source, passage.heading))


def _kept(sections: Sequence[Section], topic: Topic, config: OverviewConfig) -> dict[int, list[Line]]:
    """Lines by the identity of their section."""
    kept: dict[int, list[Line]] = {}
    left = config.columns
    for section in sorted(sections, key=lambda section: not topic.is_summed_up_by(section.title)):
        lines = [line for line in section.lines if not line.is_instruction]
        fitting = _fitting(lines, left)
        if not lines or (kept and len(fitting) < len(lines)):
            continue
        kept[id(section)] = fitting
        left -= sum(columns(line.text) for line in fitting)
    return kept


def _fitting(lines: Sequence[Line], left: int) -> list[Line]:
    """As many lines as there is room for, at least one, and no lead-in without what it leads to."""
    count = 0
    while count < len(lines) and (not count or columns(lines[count].text) <= left):
        left -= columns(lines[count].text)
        count += 1
    while 1 < count < len(lines) and lines[count - 1].leads_in:
        count -= 1
    return list(lines[:count])


def _part(section: Section, lines: Sequence[Line], title: str) -> Extract:
    return Extract(passage=section.passage, sentences=tuple(line.sentence for line in lines), title=title)


def _title(section: Section, own: Sequence[Passage]) -> str:
    """Nothing where it is the title of the whole document."""
    heading = section.passage.heading
    shared = sum(passage.heading[:1] == heading[:1] for passage in own) > 1
    return "" if shared and heading == (section.title,) else section.title


def columns(text: str) -> int:
    """The room a text takes on a screen."""
    return sum(1 if char.isascii() else 2 for char in text)
