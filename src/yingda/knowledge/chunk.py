"""Parsed document → chunks that can be read, cited and retrieved alone. Pure.

Blocks are gathered into sections (one heading, one page), sections parted into bundles that stay together (a
question with its answer, a lead-in with its list), bundles packed into chunks of at most `max_chars`. What is
too long is cut at the best place that fits. Neighbouring sections that are both tiny become one chunk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise, takewhile

from yingda.knowledge.types import Block, Chunk, ParsedDocument
from yingda.turns.types import DocumentId

_LEAD_IN_ENDS = ("：", ":")
_LED = frozenset({"list_item", "table_row", "code"})
# URLs, numbers and Latin words, whole: a mark inside them ends nothing.
_TOKEN = re.compile(
    r"(?:https?://|www\.)[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+"
    r"|[A-Za-z0-9_%](?:[A-Za-z0-9_%+\-@]|[.,:/'](?=[A-Za-z0-9]))*"
)
_TOKEN_TAIL = 2048
# Best first: ends of sentences, ends of clauses, blanks. The cut comes after the match.
_ENDS = (
    re.compile("\n|[。！？；…!?;][”’」』）)】\"']*|\\.[”’)\"']*(?=\\s)"),
    re.compile(r"[，、：,:]|\s"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkConfig:
    """Sections of up to `tiny_chars` may share a chunk; cuts are looked for after `least_share` of it."""

    max_chars: int = 512
    tiny_chars: int = 80
    least_share: float = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    start: int
    end: int

    @property
    def chars(self) -> int:
        return self.end - self.start


@dataclass(slots=True, kw_only=True)
class _Section:
    """Blocks under one heading on one page; `opens` is where its heading begins, for merged chunks."""

    opens: int
    path: tuple[str, ...]
    page: int | None
    is_answer: bool = False
    blocks: list[Block] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A chunk to be; `may_merge` while all of it comes from tiny sections."""

    span: _Span
    section: _Section
    path: tuple[str, ...]
    may_merge: bool
    is_merged: bool = False


def chunk(
    document_id: DocumentId, version: int, source: str, parsed: ParsedDocument, config: ChunkConfig
) -> tuple[Chunk, ...]:
    """In order, without overlap; every visible character outside headings is in exactly one chunk.

    Numbers, words and URLs are cut only where one alone is longer than a chunk. A heading with nothing below
    it counts as content.
    """
    cuts: list[_Cut] = []
    for section in _sections(parsed.blocks):
        spans = list(_packed(parsed.text, section.blocks, config))
        is_tiny = len(spans) == 1 and spans[0].chars <= config.tiny_chars and not section.is_answer
        cuts += (_Cut(span=span, section=section, path=section.path, may_merge=is_tiny) for span in spans)
    return tuple(
        Chunk(
            id=f"{document_id}-{version}-{ordinal}",
            document_id=document_id,
            version=version,
            source=source,
            ordinal=ordinal,
            start=cut.span.start,
            end=cut.span.end,
            text=parsed.text[cut.span.start : cut.span.end],
            heading=cut.path,
            page=cut.section.page,
        )
        for ordinal, cut in enumerate(_merged(cuts, config))
    )


def _sections(blocks: Sequence[Block]) -> Iterator[_Section]:
    section: _Section | None = None
    opens: Block | None = None
    questions: set[tuple[str, ...]] = set()
    for block, after in pairwise([*blocks, None]):
        if block is None:
            continue
        if block.kind == "question":
            questions.add(block.heading)
        if section and not _continues(section, block):
            yield section
            section = None
        if block.kind == "heading" and not _is_leaf(block, after):
            opens = block
            continue
        if section is None:
            section = _section(block, opens, questions)
        section.blocks.append(block)
        opens = None
    if section:
        yield section


def _section(block: Block, opens: Block | None, questions: set[tuple[str, ...]]) -> _Section:
    path = block.heading
    has_heading = opens is not None and opens.page == block.page
    return _Section(
        opens=opens.start if opens and has_heading else block.start,
        path=path,
        page=block.page,
        is_answer=any(path[:depth] in questions for depth in range(1, len(path) + 1)),
    )


def _continues(section: _Section, block: Block) -> bool:
    opens = block.kind in ("heading", "question")
    return not opens and block.page == section.page and block.heading == section.path


def _is_leaf(heading: Block, after: Block | None) -> bool:
    """Whether nothing stands below the heading: then its own words are all the content there is."""
    if after is None or after.heading[: len(heading.heading)] != heading.heading:
        return True
    return after.kind in ("heading", "question") and after.heading == heading.heading


def _packed(text: str, blocks: Sequence[Block], config: ChunkConfig) -> Iterator[_Span]:
    """Whole bundles as long as they fit; one that fits nowhere is split."""
    held: _Span | None = None
    for bundle in _bundles(text, blocks):
        whole = _Span(start=bundle[0].start, end=bundle[-1].end)
        if held and whole.end - held.start <= config.max_chars:
            held = _Span(start=held.start, end=whole.end)
            continue
        if held:
            yield held
        *full, held = _split(text, bundle, config) if whole.chars > config.max_chars else [whole]
        yield from full
    if held:
        yield held


def _bundles(text: str, blocks: Sequence[Block]) -> Iterator[list[Block]]:
    bundle: list[Block] = []
    for block in blocks:
        if bundle and not _stays(text, bundle[-1], block):
            yield bundle
            bundle = []
        bundle.append(block)
    if bundle:
        yield bundle


def _stays(text: str, before: Block, block: Block) -> bool:
    if before.kind == block.kind == "list_item" or before.kind == "question":
        return True
    return block.kind in _LED and _leads_in(text, before)


def _leads_in(text: str, block: Block) -> bool:
    return block.kind == "question" or text.endswith(_LEAD_IN_ENDS, block.start, block.end)


def _split(text: str, bundle: Sequence[Block], config: ChunkConfig) -> list[_Span]:
    """Block by block; a question or lead-in takes the first piece of what follows along."""
    spans: list[_Span] = []
    held: _Span | None = None
    for before, block in pairwise([None, *bundle]):
        if block is None:
            continue
        if held and block.end - held.start <= config.max_chars:
            held = _Span(start=held.start, end=block.end)
            continue
        takes_along = held is not None and before is not None and _leads_in(text, before)
        if held and not takes_along:
            spans.append(held)
        start, least = (held.start, held.end) if held and takes_along else (block.start, block.start)
        *full, held = _pieces(text, _Span(start=start, end=block.end), least, config)
        spans += full
    return [*spans, held] if held else spans


def _pieces(text: str, span: _Span, least: int, config: ChunkConfig) -> list[_Span]:
    """The span in parts of at most `max_chars`, the first one reaching beyond `least` where it can."""
    parts = []
    start = span.start
    while span.end - start > config.max_chars:
        high = start + config.max_chars
        low = start + int(config.max_chars * config.least_share)
        at = _cut_at(text, start, max(low, least + 1) if least < high else low, high)
        parts.append(_trimmed(text, start, at))
        start = at
    parts.append(_trimmed(text, start, span.end))
    return [part for part in parts if part.chars]


def _cut_at(text: str, start: int, low: int, high: int) -> int:
    """The last end of a sentence in `low < at <= high`, else of a clause, else of a word."""
    tokens = takewhile(lambda token: token.start() < high, _TOKEN.finditer(text, start, high + _TOKEN_TAIL))
    inside = {at for token in tokens for at in range(token.start() + 1, min(token.end(), high + 1))}
    for ends in _ENDS:
        places = (match.end() for match in ends.finditer(text, start, high + 1))
        fitting = [at for at in places if low < at <= high and at not in inside]
        if fitting:
            return fitting[-1]
    return next((at for at in range(high, start, -1) if at not in inside), high)


def _trimmed(text: str, start: int, end: int) -> _Span:
    part = text[start:end]
    return _Span(start=start + len(part) - len(part.lstrip()), end=max(start, start + len(part.rstrip())))


def _merged(cuts: Iterable[_Cut], config: ChunkConfig) -> Iterator[_Cut]:
    held: _Cut | None = None
    for cut in cuts:
        joined = _joined(held, cut, config) if held else None
        if held and not joined:
            yield held
        held = joined or cut
    if held:
        yield held


def _joined(held: _Cut, cut: _Cut, config: ChunkConfig) -> _Cut | None:
    """Both under their common heading, the headings between them in the text; None where they differ."""
    if not (held.may_merge and cut.may_merge) or held.section.page != cut.section.page:
        return None
    common = tuple(ours for ours, theirs in takewhile(_is_same, zip(held.path, cut.path, strict=False)))
    if not common or (held.is_merged and common != held.path):
        return None
    start = held.span.start if held.is_merged or held.path == common else held.section.opens
    if cut.span.end - start > config.max_chars:
        return None
    return replace(held, span=_Span(start=start, end=cut.span.end), path=common, is_merged=True)


def _is_same(pair: tuple[str, str]) -> bool:
    return pair[0] == pair[1]
