"""The text of an answer as it goes out: blocks for its sources, and nothing else that looks like one."""

from __future__ import annotations

import re
from dataclasses import dataclass

from yingda.dialects.docqa.graphemes import certain_length
from yingda.knowledge.sentences import split
from yingda.turns.record import Record
from yingda.turns.types import Citation

CONTEXT_ID = "ctx"
"""The reserved id of the passage that the caller brought along."""

_BLOCK = re.compile(r"\[\[(?:[0-9a-f]{32}|ctx)\]\]")
_BEGUN = re.compile(r"\[(?:\[(?:[0-9a-f]{0,32}|ctx?)\]?)?$")
_OPENING = " \t\r\n\u3000。．.！!？?；;，,、：:)）]】」』”’\"'"
CLAIM_CHARS = 600
"""How far back a block vouches at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A citation and the span of the answer that it supports: code points, end exclusive."""

    citation: Citation
    start: int
    end: int


class AnswerText:
    """Takes an answer's text in pieces and gives out what may be shown, in whole characters.

    What all its methods return, put together, is the answer, however the text was cut. A model that writes a
    block by itself forges a citation: it is taken out and counted.
    """

    def __init__(self) -> None:
        self.placed: list[Placed] = []
        self.forged = 0
        self._begun = ""
        self._waiting = ""
        self._since: list[str] = []
        self._length = 0
        self._adjacent: set[str] = set()

    def say(self, text: str) -> str:
        """More text; returns what is certain by now, which may be nothing."""
        if self._begun or "[" in text:
            text = self._without_blocks(self._begun + text)
            begun = _BEGUN.search(text)
            cut = begun.start() if begun else len(text)
            text, self._begun = text[:cut], text[cut:]
        waiting = self._waiting + text
        end = certain_length(waiting)
        self._waiting = waiting[end:]
        return self._out(waiting[:end])

    def cite(self, citation: Citation) -> tuple[str, str]:
        """The text that was held back, and the block: empty where the same one stands right before."""
        said = self.end()
        start, end = self._claim(citation.quote)
        self.placed.append(Placed(citation=citation, start=start, end=end))
        if citation.document_id in self._adjacent:
            return said, ""
        self._adjacent.add(citation.document_id)
        block = f"[[{citation.document_id}]]"
        self._length += len(block)
        self._since = []
        return said, block

    def end(self) -> str:
        """What was held back: nothing follows that could change it."""
        rest, self._waiting, self._begun = self._waiting + self._begun, "", ""
        return self._out(rest)

    def _without_blocks(self, text: str) -> str:
        # A blank takes its place, so that what stood around it cannot close to a block in turn.
        kept, removed = _BLOCK.subn(" ", text)
        self.forged += removed
        return kept

    def _out(self, text: str) -> str:
        if text:
            self._since.append(text)
            self._length += len(text)
            self._adjacent.clear()
        return text

    def _claim(self, quote: str) -> tuple[int, int]:
        """The last sentence, and those right before it that stand in the quote as well."""
        since = "".join(self._since)
        tail = since[-CLAIM_CHARS:]
        opening = len(tail) - len(tail.lstrip(_OPENING))
        if opening == len(tail):
            return (self.placed[-1].start, self.placed[-1].end) if self.placed else (0, self._length)
        claims = tail[opening:]
        sentences = split(claims)
        while len(sentences) > 1 and claims[sentences[-2].start : sentences[-2].end] in quote:
            sentences.pop()
        start = sentences[-1].start if sentences else 0
        return self._length - len(tail) + opening + start, self._length


def composed(record: Record, *, cites: bool) -> tuple[str, AnswerText]:
    """The whole answer at once, equal to what `AnswerText` gave out piece by piece."""
    answer, pieces, said, text = AnswerText(), [], 0, record.text
    for citation in record.citations if cites else ():
        pieces += [answer.say(text[said : citation.at]), *answer.cite(citation)]
        said = citation.at
    pieces += [answer.say(text[said:]), answer.end()]
    return "".join(pieces), answer
