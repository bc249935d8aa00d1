"""Question headings of real FAQ pages: is the section below one found by it? And is no page of a PDF lost?

Every section of the pages is a document of its own, under the headings above it; headings that ask are taken
out before, so that only the words below can answer for them.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality.indexed import TENANT, search
from benchmarks.quality.rates import Rate
from benchmarks.quality.reading_set import ABSENT, public

from yingda.knowledge.chunk import ChunkConfig, chunk
from yingda.knowledge.index.tantivy_index import TantivyIndex
from yingda.knowledge.parse.document import parse
from yingda.knowledge.parse.faq import is_question
from yingda.knowledge.parse.limits import ParseLimits
from yingda.knowledge.types import Chunk, ParsedDocument
from yingda.turns.types import DEFAULT_COLLECTION, DocumentId

REQUIRED = 0.80
LEAST_WHOLE = 0.95
"""Code that fits into a chunk only without the line that announces it is cut at the end of a line."""
PDF_PAGES = 46

_FRONT = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*")
_FENCE = re.compile(r"\s*(?:```|~~~)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """`path` are the lines of the headings down to its own; `body` goes to the next heading of any level."""

    key: str
    page: str
    path: tuple[tuple[int, str], ...]
    body: str

    @property
    def question(self) -> str | None:
        """Its heading, where that asks."""
        return self.path[-1][1] if is_question(self.path[-1][1]) else None

    @property
    def text(self) -> str:
        """As Markdown, without headings that ask."""
        above = [f"{'#' * level} {title}\n\n" for level, title in self.path if not is_question(title)]
        return "".join(above) + self.body


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a requirement is missed, 2 where the data is absent."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.quality.faq", description=__doc__)
    options.add_argument(
        "--misses", action="store_true", help="print every heading that found another section"
    )
    chosen = options.parse_args(arguments)
    folder = public("kb_tidb_docs_cn")
    if folder is None:
        print("n/a: the FAQ pages are absent, YINGDA_DATA names no folder that holds them")
        return ABSENT
    pages = sorted(folder.glob("*.md"))
    sections = [section for page in pages for section in sections_of(page.stem, page.read_text("utf-8"))]
    rate = _hits(sections, shows_misses=chosen.misses)
    read = Rate(name="PDF pages with text", right=_pdf_pages(folder), total=PDF_PAGES, least=1.0)
    whole = _whole(pages)
    print(f"{len(pages)} pages, {len(sections)} sections")
    print(rate.line(), read.line(), *(each.line() for each in whole), sep="\n")
    return int(not all(each.holds for each in (rate, read, *whole)))


def sections_of(page: str, text: str) -> Iterator[Section]:
    """The sections of a page in order; marks inside a code fence open none."""
    path: tuple[tuple[int, str], ...] = ()
    body: list[str] = []
    fenced, count = False, 0
    for line in [*_FRONT.sub("", text).splitlines(keepends=True), "# end"]:
        fenced = fenced != (_FENCE.match(line) is not None)
        heading = None if fenced else _HEADING.fullmatch(line.rstrip("\n"))
        if heading is None:
            body.append(line)
            continue
        if path:
            yield Section(key=f"{page}-{count:03}", page=page, path=path, body="".join(body))
            count += 1
        level = len(heading[1])
        path = (*(above for above in path if above[0] < level), (level, heading[2]))
        body = []


def _hits(sections: Sequence[Section], *, shows_misses: bool) -> Rate:
    asked = [section for section in sections if section.question]
    right = 0
    with tempfile.TemporaryDirectory() as folder:
        index = TantivyIndex(Path(folder))
        documents = [(DocumentId(each.key), _chunks(each)) for each in sections if each.text.strip()]
        index.replace_many(TENANT, DEFAULT_COLLECTION, documents)
        for section in asked:
            found = search(index, section.question or "", 1)
            is_right = bool(found) and found[0].chunk.document_id == section.key
            right += is_right
            if shows_misses and not is_right:
                print(f"{section.question} {section.key} -> {found[0].chunk.id if found else None}")
    return Rate(name="FAQ hit@1", right=right, total=len(asked), least=REQUIRED)


def _chunks(section: Section) -> Sequence[Chunk]:
    parsed = parse(section.text.encode(), f"{section.page}.md", ParseLimits())
    return chunk(DocumentId(section.key), 1, section.page, parsed, ChunkConfig())


def _whole(pages: Sequence[Path]) -> list[Rate]:
    """Of each kind of block, how many stand in one chunk, cut nowhere; of headings, how many lead to one."""
    right: dict[str, list[bool]] = {
        kind: [] for kind in ("heading", "question", "code", "table_row", "list_item")
    }
    for page in pages:
        parsed = parse(page.read_bytes(), page.name, ParseLimits())
        chunks = chunk(DocumentId(page.stem), 1, page.stem, parsed, ChunkConfig())
        paths = {each.heading[:depth] for each in chunks for depth in range(1, len(each.heading) + 1)}
        for block in parsed.blocks:
            fits = block.end - block.start <= ChunkConfig().max_chars
            if block.kind in right and fits:
                held = any(each.start <= block.start and block.end <= each.end for each in chunks)
                right[block.kind].append(
                    held or (block.kind in ("heading", "question") and block.heading in paths)
                )
    return [
        Rate(name=f"{kind.replace('_', ' ')}s whole", right=sum(kept), total=len(kept), least=LEAST_WHOLE)
        for kind, kept in right.items()
        if kept
    ]


def _pdf_pages(folder: Path) -> int:
    """How many pages have text in the chunks that are indexed."""
    path = next(folder.glob("*.pdf"))
    parsed: ParsedDocument = parse(path.read_bytes(), path.name, ParseLimits())
    chunks = chunk(DocumentId("pdf"), 1, path.name, parsed, ChunkConfig())
    return len({each.page for each in chunks})


if __name__ == "__main__":
    sys.exit(main())
