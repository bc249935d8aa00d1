"""Lines on pages → headings, paragraphs and lists, without what repeats at the edges of every page."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from yingda.knowledge.parse import faq, grid, headings, table
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.grid import Grid
from yingda.knowledge.parse.page import Line, Page

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
class _Outline:
    """Of the document: the size of its body, and the heading level of every larger one."""

    body: float
    levels: dict[float, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Margins:
    """Of a page: the usual distance from line to line, and where its widest line ends."""

    pitch: float
    right: float


def write(pages: Sequence[Page], draft: Draft) -> None:
    """Blocks of one page after the other; none crosses a page, but a table's header is told on the next."""
    bare = [page.lines for page in pages]
    repeated = _repeated(bare)
    kept = [_without_edges(lines, repeated, len(pages)) for lines in bare]
    outline = _Outline(body=_body_size(kept), levels=_levels_by_size(kept))
    open_grid: Grid | None = None
    for number, (page, lines) in enumerate(zip(pages, kept, strict=True), 1):
        draft.page = number
        open_grid = _write_page(replace(page, lines=lines), outline, open_grid, draft)


def _write_page(page: Page, outline: _Outline, open_grid: Grid | None, draft: Draft) -> Grid | None:
    """Returns the table that the page ends with."""
    margins = _margins(page.lines)
    for part in grid.parts(page):
        if isinstance(part, Grid):
            open_grid = _continued(part, open_grid)
            table.write(open_grid.rows, draft, has_header=open_grid.has_header)
        else:
            open_grid = None
            _write_lines(part, margins, outline, draft)
    return open_grid


def _continued(part: Grid, before: Grid | None) -> Grid:
    """With the header of the table before it, where it has no other of its own and the same columns."""
    if before is None or not before.has_header or not part.follows(before):
        return part
    if part.rows[0] == before.rows[0] or (part.has_header and part.is_styled):
        return part
    return replace(part, rows=(before.rows[0], *part.rows), has_header=True)


def _write_lines(lines: Sequence[Line], margins: _Margins, outline: _Outline, draft: Draft) -> None:
    groups = list(_groups(lines, margins, outline.body))
    for at, group in enumerate(groups):
        level = outline.levels.get(_rounded(group[0].size), 0)
        _write_group(group, level or _numbered(groups, at, outline.levels), draft)


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


def _groups(lines: Sequence[Line], margins: _Margins, body: float) -> Iterator[list[Line]]:
    """Lines that belong together."""
    group: list[Line] = []
    for line in lines:
        if group and _parts(group[-1], line, margins, body):
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _parts(line: Line, following: Line, margins: _Margins, body: float) -> bool:
    """Whether a new block begins between the two lines."""
    if faq.starts_part(following.text) or headings.item_marker(following.text):
        return True
    if headings.numbered_level(line.text) or headings.numbered_level(following.text):
        return True
    if abs(line.size - following.size) > 0.1 * max(body, 1.0):
        return True
    distance = line.bottom - following.bottom
    if margins.pitch and (distance > _GAP * margins.pitch or distance < 0):
        return True
    ends_short = margins.right - line.right > _SHORT * max(line.size, 1.0)
    return ends_short and line.text.endswith(_SENTENCE_ENDS)


def _margins(lines: Sequence[Line]) -> _Margins:
    return _Margins(pitch=_pitch(lines), right=max((line.right for line in lines), default=0.0))


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
        return _repeated_on_both(*pages) if len(pages) == 2 else frozenset()
    counts: Counter[tuple[bool, str]] = Counter()
    for page in pages:
        counts.update({(is_top, _shape(line.text)) for is_top, line in _edges(page)})
    least = max(_REPEATS_FROM_PAGES, _REPEATS_SHARE * len(pages))
    return frozenset(edge for edge, count in counts.items() if count >= least)


def _repeated_on_both(first: Sequence[Line], second: Sequence[Line]) -> frozenset[tuple[bool, str]]:
    """Two pages prove little: the lines must also stand at the same place, small, and off the text."""
    body = _body_size([first, second])
    standing = [
        {
            (is_top, _shape(line.text), round(line.left), round(line.bottom))
            for is_top, line in _standing_off(page)
            if line.size <= body + 0.1
        }
        for page in (first, second)
    ]
    return frozenset((is_top, shape) for is_top, shape, _, _ in standing[0] & standing[1])


def _standing_off(page: Sequence[Line]) -> Iterator[tuple[bool, Line]]:
    """The outermost lines, where the gap to the next one is that of a margin."""
    gap = _GAP * _pitch(page)
    if len(page) > 2 and gap:
        if page[0].bottom - page[1].bottom > gap:
            yield True, page[0]
        if page[-2].bottom - page[-1].bottom > gap:
            yield False, page[-1]


def _edges(page: Sequence[Line]) -> list[tuple[bool, Line]]:
    top, bottom = page[:_EDGE_LINES], page[-_EDGE_LINES:]
    return [(True, line) for line in top] + [(False, line) for line in bottom]


def _without_edges(
    page: Sequence[Line], repeated: frozenset[tuple[bool, str]], page_count: int
) -> list[Line]:
    lines = list(page)
    for is_top, line in _edges(page):
        is_number = page_count > 1 and _is_page_number(line, page)
        if line in lines and (is_number or (is_top, _shape(line.text)) in repeated):
            lines.remove(line)
    return lines


def _is_page_number(line: Line, page: Sequence[Line]) -> bool:
    """A number that shares its height with other text may be a cell of a table's last row."""
    if not _PAGE_NUMBER.fullmatch(line.text):
        return False
    return not any(
        other is not line and min(other.top, line.top) > max(other.bottom, line.bottom) for other in page
    )


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
