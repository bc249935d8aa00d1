"""Plain text: paragraphs, lists, marked questions and numbered headings."""

from __future__ import annotations

from collections.abc import Iterator

from yingda.knowledge.parse import faq, headings
from yingda.knowledge.parse.draft import Draft
from yingda.knowledge.parse.text import clean, columns

_WRAPPED_COLUMNS = 56  # a line this wide that ends in mid-sentence goes on in the next one
_SENTENCE_ENDS = tuple("。！？；：.!?;:”」』）)…")


def write(text: str, draft: Draft) -> None:
    """Blank lines part paragraphs; so does every line end that is not a wrap at the margin."""
    lines = clean(text).split("\n")
    for line, level in _paragraphs(lines):
        marker = headings.item_marker(line)
        if level:
            draft.heading(line, level)
        elif marker:
            draft.list_item(line[len(marker) :], 1, marker.strip() + " ")
        else:
            draft.prose(line)


def _paragraphs(lines: list[str]) -> Iterator[tuple[str, int]]:
    """Paragraphs, their wrapped lines parted by newlines, each with its heading level or 0."""
    open_lines: list[str] = []
    for at, raw in enumerate(lines):
        line = raw.strip()
        level = _heading_level(lines, at)
        if open_lines and not (line and not level and _goes_on(open_lines[-1], line)):
            yield "\n".join(open_lines), 0
            open_lines = []
        if level:
            yield line, level
        elif line:
            open_lines.append(line)
    if open_lines:
        yield "\n".join(open_lines), 0


def _goes_on(line: str, following: str) -> bool:
    if faq.starts_part(following) or headings.item_marker(following):
        return False
    return columns(line) >= _WRAPPED_COLUMNS and not line.endswith(_SENTENCE_ENDS)


def _heading_level(lines: list[str], at: int) -> int:
    """Level of a numbered line, unless its neighbour is numbered alike: then both are entries of a list."""
    level = headings.numbered_level(lines[at].strip())
    if not level:
        return 0
    near = lines[max(at - 1, 0) : at] + lines[at + 1 : at + 2]
    return 0 if any(headings.numbered_level(line.strip()) == level for line in near) else level
