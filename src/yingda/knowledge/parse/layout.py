"""Lines on pages → headings, paragraphs and lists, without what repeats at the edges of every page."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yingda.knowledge.parse import faq, headings
from yingda.knowledge.parse.draft import Draft

_EDGE_LINES = 2
_REPEATS_FROM_PAGES = 3
_REPEATS_SHARE = 0.6
_PAGE_NUMBER = re.compile(
    r"(?:第\s*)?[-–—]?\s*(?:page\s*)?\d{1,4}\s*(?:(?:/|of|页\s*/?\s*共)\s*\d{1,4})?\s*[-–—]?\s*(?:页)?",
    re.IGNORECASE,
)
_HEADING_SIZE = 1.15  # times the body's size
_HEADING_CHARS = 60
_HEADING_RANKS = 4
_GAP = 1.6  # times the usual distance between lines: a new paragraph
_SHORT = 2.0  # characters that a line ends before the margin: the last of its paragraph
_SENTENCE_ENDS = tuple("。！？；：.!?;:”」』）)…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line with its box in points, y upwards; without a known place all are 0."""

    text: str
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    bottom: float = 0.0
    size: float = 0.0


def write(pages: Sequence[Sequence[Line]], draft: Draft) -> None:
    """Blocks of one page after the other; none crosses a page."""
    repeated = _repeated(pages)
    kept = [_without_edges(page, repeated, len(pages)) for page in pages]
    levels = _levels_by_size(kept)
    body = _body_size(kept)
    for number, lines in enumerate(kept, 1):
        draft.page = number
        groups = list(_groups(lines, body))
        for at, group in enumerate(groups):
            _write_group(
                group, levels.get(_rounded(group[0].size), 0) or _numbered(groups, at, levels), draft
            )


def _numbered(groups: Sequence[list[Line]], at: int, levels: dict[float, int]) -> int:
    """Level of a numbered line, 0 amid other numbered lines: that is a table of contents or a list."""
    group, level = groups[at], headings.numbered_level(groups[at][0].text)
    near = [
        headings.numbered_level(near[0].text)
        for near in (*groups[max(at - 1, 0) : at], *groups[at + 1 : at + 2])
    ]
    if not level or len(group) > 1 or level in near or (len(near) == 2 and all(near)):
        return 0
    # Numbers rank below sizes: what the layout says about the outline is said by the author's own hand.
    return min(level + (1 if levels else 0), 6)


def _write_group(group: list[Line], level: int, draft: Draft) -> None:
    text = "\n".join(line.text for line in group)
    marker = headings.item_marker(text)
    if level and len(text) <= _HEADING_CHARS and not text.endswith(("。", "；", "，", ";", ",")):
        draft.heading(text, level)
    elif marker:
        draft.list_item(text[len(marker) :], 1, marker.strip() + " ")
    else:
        draft.prose(text)


def _groups(lines: Sequence[Line], body: float) -> Iterator[list[Line]]:
    """Lines that belong together; the margin is that of the page's widest line."""
    pitch = _pitch(lines)
    margin = max((line.right for line in lines), default=0.0)
    group: list[Line] = []
    for line in lines:
        if group and _parts(group[-1], line, pitch, margin, body):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _parts(line: Line, following: Line, pitch: float, margin: float, body: float) -> bool:
    """Whether a new block begins between the two lines."""
    if faq.starts_part(following.text) or headings.item_marker(following.text):
        return True
    if headings.numbered_level(line.text) or headings.numbered_level(following.text):
        return True
    if abs(line.size - following.size) > 0.1 * max(body, 1.0):
        return True
    distance = line.bottom - following.bottom
    if pitch and (distance > _GAP * pitch or distance < 0):
        return True
    ends_short = margin - line.right > _SHORT * max(line.size, 1.0)
    return ends_short and line.text.endswith(_SENTENCE_ENDS)


def _pitch(lines: Sequence[Line]) -> float:
    """The usual distance from line to line: the lower quartile, since gaps only make it larger."""
    distances = sorted(
        line.bottom - after.bottom
        for line, after in itertools.pairwise(lines)
        if line.bottom - after.bottom > 1.0
    )
    return distances[len(distances) // 4] if distances else 0.0


def _repeated(pages: Sequence[Sequence[Line]]) -> frozenset[tuple[bool, str]]:
    """(is_top, text without its numbers) of edge lines that most pages share."""
    if len(pages) < _REPEATS_FROM_PAGES:
        return frozenset()
    counts: Counter[tuple[bool, str]] = Counter()
    for page in pages:
        counts.update({(is_top, _shape(line.text)) for is_top, line in _edges(page)})
    least = max(_REPEATS_FROM_PAGES, _REPEATS_SHARE * len(pages))
    return frozenset(edge for edge, count in counts.items() if count >= least)


def _edges(page: Sequence[Line]) -> list[tuple[bool, Line]]:
    top, bottom = page[:_EDGE_LINES], page[-_EDGE_LINES:]
    return [(True, line) for line in top] + [(False, line) for line in bottom]


def _without_edges(
    page: Sequence[Line], repeated: frozenset[tuple[bool, str]], page_count: int
) -> list[Line]:
    lines = list(page)
    for is_top, line in _edges(page):
        is_number = page_count > 1 and _PAGE_NUMBER.fullmatch(line.text) is not None
        if line in lines and (is_number or (is_top, _shape(line.text)) in repeated):
            lines.remove(line)
    return lines


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", "".join(text.split()))


def _rounded(size: float) -> float:
    return round(size * 2) / 2


def _body_size(pages: Sequence[Sequence[Line]]) -> float:
    counts: Counter[float] = Counter()
    for page in pages:
        for line in page:
            counts[_rounded(line.size)] += len(line.text)
    return counts.most_common(1)[0][0] if counts else 0.0


def _levels_by_size(pages: Sequence[Sequence[Line]]) -> dict[float, int]:
    """Sizes clearly above the body's, the largest first."""
    body = _body_size(pages)
    sizes = {_rounded(line.size) for page in pages for line in page}
    larger = sorted((size for size in sizes if body and size >= _HEADING_SIZE * body), reverse=True)
    return {size: min(rank, _HEADING_RANKS) for rank, size in enumerate(larger, 1)}
