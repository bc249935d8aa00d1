"""Numbered headings in text that has no marks for them; a doubtful line stays a paragraph."""

from __future__ import annotations

import re

_MAX_CHARS = 40
_DIGITS = "一二三四五六七八九十百零〇"
_PATTERNS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(rf"第[{_DIGITS}\d]+[编部篇](?:\s|：|:|$)"), 1),
    (re.compile(rf"第[{_DIGITS}\d]+章"), 2),
    (re.compile(r"Chapter \d+\b", re.IGNORECASE), 2),
    (re.compile(rf"第[{_DIGITS}\d]+节"), 3),
    (re.compile(rf"[{_DIGITS}]{{1,3}}、\s*\S"), 3),
    (re.compile(rf"[（(][{_DIGITS}]{{1,3}}[)）]\s*\S"), 4),
)
_DECIMAL = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,3})\.?\s+(?=[^\W\d_])")
_ENDS_SENTENCE = re.compile(r"[。；;，,、：:.!！]$")
_ITEM = re.compile(r"(?:[-*•·●▪◦–]|\d{1,2}[.、)）](?!\d)|[（(]\d{1,2}[)）]|[①-⑳]|[a-z][.)](?=\s))\s*(?=\S)")


def numbered_level(line: str) -> int:
    """1..6 where the short line is numbered as headings are, else 0."""
    if len(line) > _MAX_CHARS or _ENDS_SENTENCE.search(line):
        return 0
    if match := _DECIMAL.match(line):
        return min(3 + match[1].count("."), 6)
    return next((level for pattern, level in _PATTERNS if pattern.match(line)), 0)


def item_marker(line: str) -> str:
    """The bullet or number that opens a list entry, with the blanks after it; empty where there is none."""
    match = _ITEM.match(line)
    return match[0] if match else ""
