"""Citation markers in a stream: `[1]`, `[1, 2]`, `【1】`, `[[<document id>]]`, also split over chunks."""

from __future__ import annotations

import re
from collections.abc import Iterator

_CUT = re.compile(
    r"`+"
    r"|[ \u3000]*\[\[(?P<name>ctx|[0-9a-f]{32}|\s*\d{1,2}\s*)\]\]"
    r"|[ \u3000]*(?<!\[)[\[【［]\s*(?P<numbers>\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)\s*[\]】］](?![(（])"
)
_TAIL = re.compile(
    r"(?:`+"
    r"|[ \u3000]*(?:\[\[(?:[0-9a-f]{0,32}|ct?x?|\s*\d{0,2}\s*)\]?|[\[【［][\s\d,，、]{0,16}[\]】］]?)?)$"
)
_NUMBER = re.compile(r"\d+")
_SIGNS = frozenset("[【［`")
"""Without one of these no marker begins, and only blanks at the end may belong to the next one."""
_SPACES = (" ", "\u3000")

Marker = tuple[int | str, ...]
"""What one marker names: numbers of passages, from 1, or the id of a document."""

Piece = str | Marker
"""Text to say, or a marker."""


class MarkerFilter:
    """Parts a stream into text and markers, holding back only what may yet become a marker.

    Literal brackets pass: `[注意]`, `[[wiki]]`, Markdown links, whatever stands in backticks, and `[0]`, as
    passages count from 1. Spaces right before a marker go with it. Full-width digits count as digits.
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
            if cut.group().startswith("`"):
                self._in_code = not self._in_code
                continue
            marker = _marker(cut)
            if self._in_code or 0 in marker:
                continue
            if cut.start() > said:
                yield text[said : cut.start()]
            yield marker
            said = cut.end()
        if said < len(text):
            yield text[said:]


def _marker(cut: re.Match[str]) -> Marker:
    name = cut["name"]
    if name is None or name.strip().isdigit():
        return tuple(map(int, _NUMBER.findall(name or cut["numbers"])))
    return (name,)
