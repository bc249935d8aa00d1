"""Citation markers in a stream: `[1]`, `[1][2]`, `[1, 2]`, `【1】`, also split over chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CUT = re.compile(r"`+|[ \u3000]*[\[【［]\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]】］](?![(（])")
_TAIL = re.compile(r"[ \u3000]*(?:[\[【［][\s\d,，、]{0,16}[\]】］]?)?$")
_NUMBER = re.compile(r"\d+")
_SIGNS = frozenset("[【［`")
"""Without one of these no marker begins, and only blanks at the end may belong to the next one."""
_SPACES = (" ", "\u3000")

Piece = str | tuple[int, ...]
"""Text to say, or the numbers of one marker."""


class MarkerFilter:
    """Parts a stream into text and markers, holding back only what may yet become a marker.

    Literal brackets pass: `[注意]`, Markdown links, whatever stands in backticks, and `[0]`, as passages
    count from 1. Spaces right before a marker go with it. Full-width digits count as digits.
    """

    def __init__(self) -> None:
        self._held = ""
        self._in_code = False

    def passes(self, chunk: str) -> bool:
        """Whether the chunk is text as it stands; decided without a regular expression."""
        return (
            not self._held
            and "[" not in chunk
            and "`" not in chunk
            and "【" not in chunk
            and "［" not in chunk
            and not chunk.endswith(_SPACES)
        )

    def feed(self, chunk: str) -> Iterator[Piece]:
        """The pieces that are certain now, in order."""
        text = self._held + chunk
        if not self._in_code and _SIGNS.isdisjoint(text):
            said = text.rstrip(" \u3000")
            self._held = text[len(said) :]
            if said:
                yield said
            return
        tail = _TAIL.search(text)
        end = tail.start() if tail else len(text)
        self._held = text[end:]
        yield from self._parted(text[:end])

    def end(self) -> Iterator[Piece]:
        """What was still held back: a marker that ended the stream, or plain text after all."""
        yield from self._parted(self._held)

    def _parted(self, text: str) -> Iterator[Piece]:
        said = 0
        for cut in _CUT.finditer(text):
            if cut[1] is None:
                self._in_code = not self._in_code
                continue
            numbers = tuple(map(int, _NUMBER.findall(cut[1])))
            if self._in_code or 0 in numbers:
                continue
            if cut.start() > said:
                yield text[said : cut.start()]
            yield numbers
            said = cut.end()
        if said < len(text):
            yield text[said:]
