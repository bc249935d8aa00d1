"""What a marker of a model stands for, once it is checked against the passages that were found."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from yingda.agents.markers import Marker
from yingda.agents.pages import is_instruction
from yingda.knowledge.cite import Support, supports
from yingda.knowledge.sentences import split
from yingda.turns.events import CitationDropped, PassageCited
from yingda.turns.types import Passage

CLAIM_CHARS = 600
"""How far back a marker reaches at most; longer stretches without a full stop are no sentences."""
PUNCTUATION = ' \u3000\t\r\n。．.！!？?；;，,、：:*_)）"”’」』'


@dataclass(slots=True)
class Checked:
    """The passages of one answer, and how many citations of them held, did not, or were found for it."""

    passages: Sequence[Passage]
    kept: int = field(default=0, init=False)
    dropped: int = field(default=0, init=False)
    added: int = field(default=0, init=False)

    def cited(self, marker: Marker, claims: Sequence[str]) -> list[PassageCited | CitationDropped]:
        """One event for each thing that the marker names; of a document its first passage that fits."""
        told: list[PassageCited | CitationDropped] = []
        for name in marker:
            named = self._named(name)
            found = next(((each, bears) for each in named if (bears := _support(claims, each))), None)
            if found is None:
                self.dropped += 1
                told.append(CitationDropped(reason="unsupported" if named else "unknown"))
            else:
                self.kept += 1
                told.append(citation(*found))
        return told

    def source_of(self, claims: Sequence[str], least: float = 0.0) -> PassageCited | None:
        """The passage that bears a claim out best; its share of the words is to be `least` or more."""
        found = [(bears, each) for each in self.passages if (bears := _support(claims, each))]
        support, passage = max(found, key=lambda each: each[0].score, default=(None, None))
        if support is None or passage is None or support.score < least:
            return None
        self.added += 1
        return citation(passage, support)

    def _named(self, name: int | str) -> list[Passage]:
        if isinstance(name, str):
            return [each for each in self.passages if each.document_id == name]
        return list(self.passages[name - 1 : name])


def citation(passage: Passage, support: Support) -> PassageCited:
    """With the quote's exact span in the document."""
    return PassageCited(
        passage_id=passage.id,
        quote=passage.text[support.start : support.end],
        start=passage.start + support.start,
        end=passage.start + support.end,
    )


def last_sentence(text: str) -> str:
    """What a marker at the end of the text vouches for."""
    sentences = split(text[-CLAIM_CHARS:])
    at = max(len(text) - CLAIM_CHARS, 0)
    return text[at + sentences[-1].start : at + sentences[-1].end] if sentences else ""


_LIST_MARK = re.compile(r"^[\s>]*(?:[-*+•]\s+|\d{1,2}(?:[.)](?!\d)|、)\s*|#{1,6}\s+)?[*_]*")


def without_list_mark(sentence: str) -> str:
    """The sentence without the number or bullet of its line, which is no figure of it."""
    return _LIST_MARK.sub("", sentence)


def _support(claims: Sequence[str], passage: Passage) -> Support | None:
    found = (supports(without_list_mark(claim), passage.text) for claim in claims)
    return next((each for each in found if each.holds and not _is_demanded(each, passage)), None)


def _is_demanded(support: Support, passage: Passage) -> bool:
    """Whether the model only says what a passage tells an assistant to say: that is no statement of fact."""
    return is_instruction(passage.text[support.start : support.end].lower())
