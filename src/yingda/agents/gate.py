"""A model's answer let through sentence by sentence, each once a passage is known to bear it out.

A sentence is complete when the next one begins, so that markers behind its full stop are still its own. What
asserts nothing (a greeting, a lead-in, a question back) waits for the first sentence that holds and goes
before it. What asserts something and has no passage is left out, and counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from yingda.agents.citing import CLAIM_CHARS, PUNCTUATION, Checked, last_sentence, without_list_mark
from yingda.agents.markers import Marker, MarkerFilter
from yingda.knowledge.sentences import Sentence, split
from yingda.llm.failures import ModelGarbled
from yingda.turns.events import CitationDropped, PassageCited, TextDelta, TurnEvent
from yingda.turns.types import Passage
from yingda.understanding.smalltalk import smalltalk_of

_ENDS = frozenset("。！？…\n!?. ")
"""Text without one of these is no more than one sentence."""

_ASSERTS_NOTHING = re.compile(
    r"(?:希望|祝|如(?:果)?(?:您|你)?(?:还)?(?:有|需)|若(?:您|你)?(?:还)?有|欢迎|请随时|您好|你好|很高兴|感谢|抱歉)[^\d]*"
    r"|[^\d]{0,16}(?:资料|文档|知识库|文件|参考)[^\d]{0,12}(?:没有|未|不)[^\d]*"
    r"|(?:i hope|let me know|feel free|please (?:feel|let|ask)|if you (?:have|need)|happy to"
    r"|thank|sorry|sure)\b[^\d]*"
    r"|[^\d]{0,24}\b(?:passages?|documents?|sources?|knowledge base)\b[^\d]{0,12}"
    r"\b(?:do(?:es)? not|don't|doesn't|no|not)\b[^\d]*"
    r"|(?:お役に立て|ご不明|ほかに|他に|よろしく)[^\d]*|[^\d]{0,12}資料[^\d]{0,12}(?:ありません|ない|ません)[^\d]*"
    r"|(?:도움이|더 궁금|추가로|언제든지)[^\d]*|[^\d]{0,12}자료[^\d]{0,12}(?:없|않)[^\d]*"
    r"|(?:หวังว่า|หาก(?:คุณ)?มีคำถาม|ยินดี)[^\d]*|[^\d]{0,16}เอกสาร[^\d]{0,12}ไม่[^\d]*",
    re.IGNORECASE,
)
_TITLE_CHARS = 40


class Gate:
    """Reads a stream of text; `not_found` are the sentences by which the model says that it has no answer."""

    def __init__(self, passages: Sequence[Passage], not_found: Sequence[str]) -> None:
        self._checked = Checked(passages)
        self._not_found = tuple(sentence.strip(PUNCTUATION) for sentence in not_found)
        self._filter = MarkerFilter()
        self._text = ""
        self._marks: list[tuple[int, Marker]] = []
        self._waiting: list[str] = []
        self._gap = ""
        self._removed = self._released = 0
        self._says_not_found = False

    @property
    def found_nothing(self) -> bool:
        """Whether the model says so, and nothing else that holds."""
        return self._says_not_found and not self._released

    @property
    def note(self) -> str:
        """How it went, for the ledger."""
        checked = self._checked
        counts = f"cited={checked.kept} dropped={checked.dropped} added={checked.added}"
        return f"{counts} removed={self._removed}"

    def passes(self, chunk: str) -> bool:
        """Nothing passes unread."""
        return False

    def read(self, chunk: str) -> Iterator[TurnEvent]:
        """What can be let through now."""
        self._take(self._filter.feed(chunk))
        if not _ENDS.isdisjoint(self._text):
            sentences = split(self._text)
            if len(sentences) > 1:
                yield from self._judged(sentences[:-1], sentences[-1].start)

    def finish(self) -> Iterator[TurnEvent]:
        """The rest; raises `ModelGarbled` where nothing asserted held: a better answer must be looked for."""
        self._take(self._filter.end())
        yield from self._judged(split(self._text), len(self._text))
        if self.found_nothing:
            return
        if not self._released and (self._removed or not self._waiting):
            raise ModelGarbled("nothing that the model said has a source")
        kept = "".join(each for each in self._waiting if not each.rstrip("*_ \n").endswith((":", "：")))
        if kept.strip():
            yield TextDelta(text=f"{self._gap}{kept}".rstrip() if self._released else kept.strip())

    def _take(self, pieces: Iterator[str | Marker]) -> None:
        for piece in pieces:
            if isinstance(piece, str):
                self._text += piece
            else:
                self._marks.append((len(self._text), piece))

    def _judged(self, sentences: Sequence[Sentence], end: int) -> Iterator[TurnEvent]:
        """The events of these sentences; what lies up to `end` is then dealt with."""
        bounds = [*(sentence.start for sentence in sentences), end]
        for sentence, until in zip(sentences, bounds[1:], strict=True):
            marks = [(at, marker) for at, marker in self._marks if at <= until]
            self._marks = self._marks[len(marks) :]
            yield from self._sentence(sentence, until, marks)
        self._text = self._text[end:]
        self._marks = [(at - end, marker) for at, marker in self._marks]

    def _sentence(
        self, cut: Sentence, until: int, marks: Sequence[tuple[int, Marker]]
    ) -> Iterator[TurnEvent]:
        said, gap = self._text[cut.start : cut.end], self._text[cut.end : until]
        if any(sentence in said for sentence in self._not_found):
            self._says_not_found = True
            return
        if not marks and self._asserts_nothing(cut, said, gap):
            self._waiting.append(said + gap)
            return
        told = list(self._told(said, [(max(0, at - cut.start), marker) for at, marker in marks]))
        if any(isinstance(event, TextDelta) for event in told):
            yield from self._released_with(told, gap)
        else:
            self._removed += 1
            self._gap = max(self._gap, gap, key=lambda each: each.count("\n"))
            yield from told

    def _asserts_nothing(self, cut: Sentence, said: str, gap: str) -> bool:
        bare = without_list_mark(said).strip(PUNCTUATION)
        if not bare or said.rstrip(PUNCTUATION.replace("?", "").replace("？", "")).endswith(("?", "？")):
            return True
        if any(char.isdigit() for char in bare):
            return False
        is_title = len(bare) <= _TITLE_CHARS and (
            cut.kind in ("heading", "question") or said.rstrip("*_ ").endswith((":", "："))
        )
        is_header = cut.kind == "row" and "---" in gap
        is_talk = smalltalk_of(bare) is not None or _ASSERTS_NOTHING.fullmatch(bare) is not None
        return is_title or is_header or is_talk

    def _told(self, said: str, marks: Sequence[tuple[int, Marker]]) -> Iterator[TurnEvent]:
        """The sentence with its sources in place; without its text where a part of it has none."""
        told: list[TurnEvent] = []
        holds = True
        for part, at, marker in _parts(said, marks):
            claims = _claims(part, said[:at], said)
            events = self._checked.cited(marker, claims)
            sources = [event for event in events if isinstance(event, PassageCited)]
            if not sources and (found := self._checked.source_of(claims)):
                sources = [found]
            yield from (event for event in events if isinstance(event, CitationDropped))
            told += [TextDelta(text=part), *sources]
            holds = holds and bool(sources)
        if holds:
            yield from told

    def _released_with(self, told: Sequence[TurnEvent], gap: str) -> Iterator[TurnEvent]:
        before = self._gap + "".join(self._waiting)
        self._waiting, self._gap = [], gap
        before = before if self._released else before.lstrip()
        self._released += 1
        is_first = True
        for event in told:
            if isinstance(event, TextDelta) and is_first:
                event, is_first = TextDelta(text=before + event.text), False
            yield event


def _parts(said: str, marks: Sequence[tuple[int, Marker]]) -> list[tuple[str, int, Marker]]:
    """The stretches of a sentence with their ends and what is cited for them; punctuation is no stretch."""
    parts: list[tuple[str, int, Marker]] = []
    begin = 0
    for at, marker in [*marks, (len(said), ())]:
        text, end = said[begin:at], min(at, len(said))
        if parts and not text.strip(PUNCTUATION):
            before, _, known = parts.pop()
            text, marker = before + text, (*known, *marker)
        parts.append((text, end, marker))
        begin = end
    return parts


def _claims(part: str, whole: str, sentence: str) -> tuple[str, ...]:
    """What is said since the last marker, with what it leans on: the sentence so far, or all of it."""
    tries = (part[-CLAIM_CHARS:], last_sentence(whole), sentence[:CLAIM_CHARS])
    return tuple(dict.fromkeys(each for each in tries if each.strip(PUNCTUATION)))
