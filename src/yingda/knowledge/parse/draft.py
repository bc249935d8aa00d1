"""A document while its parser writes it: blocks in order, headings stacked, spans exact by construction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from yingda.knowledge.parse import faq
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.parse.refused import NoText, TooBig
from yingda.knowledge.parse.text import clean, squeeze, unwrap
from yingda.knowledge.types import Block, BlockKind, ParsedDocument

HEADING_LEVELS = 6
_QUESTION_LEVEL = HEADING_LEVELS + 1  # below every heading: any of them closes the question
_INDENT = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    kind: BlockKind
    text: str
    path: tuple[str, ...]
    level: int
    page: int | None


class Draft:
    """Parsers call one method a block; blank text makes no block. Set `page` before a page's blocks."""

    def __init__(self, limits: ParseLimits) -> None:
        self.page: int | None = None
        self.title: str | None = None
        self.warnings: list[str] = []
        self._limits = limits
        self._pieces: list[_Piece] = []
        self._headings: list[tuple[int, str]] = []
        self._chars = 0

    def heading(self, text: str, level: int) -> None:
        """Opens a section, and closes those of the same or a deeper level; a question stays a question."""
        words = squeeze(clean(unwrap(text.splitlines())))
        if not words:
            return
        self._open(words, level)
        self._add("question" if faq.is_question(words) else "heading", words, min(level, HEADING_LEVELS))

    def question(self, text: str) -> None:
        """Opens a section of its own below the current heading; the next question closes it."""
        words = squeeze(clean(unwrap(text.splitlines())))
        if words:
            self._open(words, _QUESTION_LEVEL)
            self._add("question", words)

    @property
    def depth(self) -> int:
        """Level of the heading that is open now, 0 for none; questions do not count."""
        return max((level for level, _ in self._headings if level <= HEADING_LEVELS), default=0)

    def leave(self, depth: int) -> None:
        """Closes all sections deeper than that level, questions too."""
        self._headings = [opened for opened in self._headings if opened[0] <= depth]

    def prose(self, text: str) -> None:
        """A paragraph with wrapped lines; `Q:` and `A:` lines in it become questions and answers."""
        for kind, part in faq.parts(text, is_asked=self._is_asked()):
            if kind == "question":
                self.question(part)
            else:
                self._add("paragraph", unwrap(part.split("\n")))

    def list_item(self, text: str, depth: int, marker: str = "- ") -> None:
        """An entry at a nesting depth from 1; a further paragraph of an entry has no marker."""
        if words := unwrap(text.split("\n")):
            self._add("list_item", marker + words, depth)

    def table_row(self, text: str) -> None:
        """One row that can be read alone."""
        self._add("table_row", squeeze(text))

    def code(self, text: str) -> None:
        """Verbatim lines."""
        if text.strip():
            self._add("code", clean(text).strip("\n"))

    def finish(
        self, media_type: str, *, encoding: str | None = None, page_count: int | None = None
    ) -> ParsedDocument:
        """The document so far; raises `NoText` where nothing was written."""
        if not self._pieces:
            raise NoText
        text, blocks = _laid_out(_settled(self._pieces))
        return ParsedDocument(
            text=text,
            blocks=blocks,
            media_type=media_type,
            title=squeeze(clean(self.title or "")) or None,
            encoding=encoding,
            page_count=page_count,
            warnings=tuple(self.warnings),
        )

    def _is_asked(self) -> bool:
        if not self._headings:
            return False
        level, words = self._headings[-1]
        return level == _QUESTION_LEVEL or faq.is_question(words)

    def _open(self, heading: str, level: int) -> None:
        while self._headings and self._headings[-1][0] >= level:
            self._headings.pop()
        self._headings.append((level, heading))

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        text = clean(text) if kind == "code" else clean(text).strip()
        if not text:
            return
        self._chars += len(text)
        if self._chars > self._limits.max_chars or len(self._pieces) >= self._limits.max_blocks:
            raise TooBig("The document holds too much text. Split it and send the parts.")
        path = tuple(heading for _, heading in self._headings)
        self._pieces.append(_Piece(kind=kind, text=text, path=path, level=level, page=self.page))


def _settled(pieces: list[_Piece]) -> list[_Piece]:
    """A question with sections below it is a heading after all; elsewhere a question has no level."""
    parents = {piece.path[:-1] for piece in pieces if piece.kind in ("heading", "question")}
    settled = []
    for piece in pieces:
        if piece.kind == "question":
            is_parent = piece.level > 0 and piece.path in parents
            piece = replace(piece, kind="heading") if is_parent else replace(piece, level=0)
        settled.append(piece)
    return settled


def _laid_out(pieces: list[_Piece]) -> tuple[str, tuple[Block, ...]]:
    texts: list[str] = []
    blocks: list[Block] = []
    at = 0
    for before, piece in pairwise([None, *pieces]):
        if piece is None:
            continue
        gap = _gap(before, piece)
        at += len(gap)
        texts += (gap, piece.text)
        blocks.append(
            Block(
                kind=piece.kind,
                start=at,
                end=at + len(piece.text),
                heading=piece.path,
                level=piece.level,
                page=piece.page,
            )
        )
        at += len(piece.text)
    return "".join(texts), tuple(blocks)


def _gap(before: _Piece | None, piece: _Piece) -> str:
    if before is None:
        return ""
    if piece.kind == "list_item":
        return "\n" + _INDENT * (piece.level - 1)
    return "\n" if piece.kind == before.kind == "table_row" else "\n\n"
