"""A stored text cut into sentences, each knowing what it is in the document: prose, step, table row..."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["prose", "heading", "question", "answer", "item", "step", "row", "record", "code"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """`text[start:end]` without surrounding space; `paragraph` is shared by the sentences of one block.

    A list item is one paragraph; a table row, as `row` or written out as `record`, and a code fence are one
    sentence each.
    """

    start: int
    end: int
    kind: Kind
    paragraph: int


_LINE = re.compile(r"[^\n]+")
_NUMERAL = "一二三四五六七八九十"
_MARK = re.compile(
    r"""[ \t\u3000>]*(?:
      (?P<heading>\#{1,6}\s+|\*\*[^*\n]{1,60}\*\*[：:]?\s*$)
    | (?P<row>\|)
    | (?P<code>```|~~~)
    | (?P<question>(?:\*\*)?(?:[Qq]\d*|问题?)\s*[:：]\s*)
    | (?P<answer>(?:\*\*)?(?:[Aa]\d*|答案?|回答)\s*[:：]\s*)
    | (?P<step>\d{1,2}[.)、．）](?!\d)|[（(]\d{1,2}[)）]|第["""
    + _NUMERAL
    + r"""\d]+步|步骤\s*["""
    + _NUMERAL
    + r"""\d]+|[①-⑳]|[Ss]tep\s+\d+|["""
    + _NUMERAL
    + r"""]{1,3}、)
    | (?P<item>[-*+•·●▪‣–]\s+|[•·●▪‣])
    )""",
    re.VERBOSE,
)
_FIELD = r"[^\s:：;；。！？!?][^:：;；。！？!?\n]{0,30}: "
_RECORD = re.compile(rf"{_FIELD}[^\n]+?; {_FIELD}[^\n]+")
"""A row of a table as the parsers write it: `name: cell; name: cell`."""
_NEXT_FIELD = re.compile(rf"; (?={_FIELD})")
_FENCE_END = re.compile(r"^[ \t]*(?:```|~~~)[ \t]*$", re.MULTILINE)
_RULE = re.compile(r"[\s|:+=*_-]{3,}")
_ENDED = re.compile(r"[。！？!?；;：:….][”’」』）)】\"'*]*\s*$")
_CJK = re.compile(r"[\u3400-\u9fff]")
_END = re.compile(
    r"[。！？…]+[”’」』）)】\"'*]*"
    r"|[!?]+[\"')\]*]*(?=\s|$|[\u3400-\u9fff])"
    r"|\.[\"')\]*]*(?=\s+[A-Z0-9\"'(\[*“\uac00-\ud7af]|\s*$)"
    r"|(?<=[\u0e01-\u0e5b]) +(?=[\u0e01-\u0e2e\u0e40-\u0e44])"
)
_THAI_SENTENCE_CHARS = 24
"""Thai ends its sentences with a space, but not only those: shorter stretches go on."""
_NO_END = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|mr|mrs|ms|dr|no|vs|approx|inc|ltd|st|fig|a\.m|p\.m|[a-z])|^\W*\d{1,2})$",
    re.IGNORECASE,
)
WRAP_CHARS = 40
WRAP_CHARS_CJK = 18


def split(text: str) -> list[Sentence]:
    """The sentences of a text in order; rules and blank lines belong to none.

    A line break inside a paragraph ends nothing where the line is long and unfinished: files made from pages
    break lines anywhere.
    """
    found: list[Sentence] = []
    for number, (kind, start, end) in enumerate(_paragraphs(text)):
        spans = (
            [(start, end)] if kind in ("row", "record", "code", "heading") else _sentences(text, start, end)
        )
        found += (Sentence(start=a, end=b, kind=kind, paragraph=number) for a, b in spans)
    return found


def _paragraphs(text: str) -> Iterator[tuple[Kind, int, int]]:
    """Blocks in order; a code fence runs to its closing mark, or to the end where it has none."""
    at = 0
    while line := _LINE.search(text, at):
        at, raw = line.end(), line.group()
        if not raw.strip() or _RULE.fullmatch(raw):
            continue
        kind = _kind(raw) or "prose"
        if kind == "code":
            closing = _FENCE_END.search(text, at)
            at = closing.end() if closing else len(text)
        while (more := _LINE.match(text, at + 1)) and _goes_on(text, kind, line.start(), at, more.group()):
            at = more.end()
        yield kind, line.start(), at


def _kind(line: str) -> Kind | None:
    if match := _MARK.match(line):
        return match.lastgroup  # type: ignore[return-value]
    return "record" if _RECORD.fullmatch(line) else None


def _goes_on(text: str, kind: Kind, start: int, end: int, after: str) -> bool:
    if (
        kind in ("heading", "row", "record", "code")
        or not after.strip()
        or _kind(after)
        or _RULE.fullmatch(after)
    ):
        return False
    last = text[max(start, text.rfind("\n", start, end) + 1) : end]
    width = WRAP_CHARS_CJK if _CJK.search(last) else WRAP_CHARS
    return len(last) >= width and not _ENDED.search(last)


def _sentences(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for match in _END.finditer(text, start, end):
        if match.group()[0] == "." and _NO_END.search(text[begin : match.start()]):
            continue
        if match.group()[0] == " " and match.start() - begin < _THAI_SENTENCE_CHARS:
            continue
        yield from _trimmed(text, begin, match.end())
        begin = match.end()
    yield from _trimmed(text, begin, end)


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    bare = piece.strip()
    if bare:
        start += len(piece) - len(piece.lstrip())
        yield start, start + len(bare)


_LINK = re.compile(r"!?\[([^\]\n]*)\]\([^)\n]*\)")
_STRESS = re.compile(r"\*\*|__|`|</?[a-zA-Z][^<>\n]{0,40}>|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])")
_LEAD = re.compile(
    r"[\s>]*(?:#{1,6}\s+|(?:[Qq]\d*|问题?|[Aa]\d*|答案?|回答)\s*[:：]\s*|(?:[-*+•·●▪‣–]\s+|[•·●▪‣]\s*))"
)
_BREAK = re.compile(r"[ \t\u3000]*\n[ \t\u3000>]*")


def plain(raw: str, kind: Kind) -> str:
    """A sentence as people read it: marks gone, bullets and rows as `- `, cells joined, wraps closed."""
    if kind == "code":
        return raw
    text = _STRESS.sub("", _LINK.sub(r"\1", raw))
    if kind == "record":
        return _record(text)
    if kind == "row":
        cells = [cell.strip() for cell in text.strip().strip("|").split("|")]
        return ("，" if _CJK.search(text) else ", ").join(cell for cell in cells if cell)
    text = _LEAD.sub("", text, count=1) if (lead := _LEAD.match(text)) else text
    if "\n" in text:
        text = _BREAK.sub(lambda gap: _joint(text, gap), text)
    return ("- " if kind == "item" and lead else "") + text.strip()


def _record(text: str) -> str:
    """`Region: Tibet; Time: 5 days` → `- Tibet: 5 days`; further cells keep the names of their columns."""
    first, *rest = (cell.partition(": ") for cell in _NEXT_FIELD.split(text))
    colon, stop = ("：", "；") if _CJK.search(text) else (": ", "; ")
    told = [rest[0][2]] if len(rest) == 1 else [f"{name} {cell}" for name, _, cell in rest]
    return f"- {first[2]}{colon}{stop.join(told)}"


def _joint(text: str, gap: re.Match[str]) -> str:
    around = text[max(gap.start() - 1, 0) : gap.start()] + text[gap.end() : gap.end() + 1]
    return "" if _CJK.search(around) else " "
