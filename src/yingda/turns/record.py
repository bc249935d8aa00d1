"""A turn's events folded into what is kept and shown of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from yingda.turns.events import (
    AgentChosen,
    AnswerDegraded,
    AnswerExtracted,
    AnswerMissed,
    CacheHit,
    CitationDropped,
    ContentBlocked,
    CuratedMatched,
    FlowAdvanced,
    HandoffQueued,
    HandoffRequested,
    LanguageChosen,
    MessageForwarded,
    PassageCited,
    PassagesFound,
    QuestionRewritten,
    ReasoningDelta,
    ScopeResolved,
    SlotFilled,
    StageEntered,
    StepTimed,
    SuggestionsOffered,
    Terminal,
    TextDelta,
    TurnCompleted,
    TurnEvent,
    TurnFailed,
    TurnStarted,
    TurnStopped,
    UsageReported,
)
from yingda.turns.options import Language
from yingda.turns.types import Citation, Passage, Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one agent was chosen for: the question told right before it, if any, and where its text begins."""

    agent: str
    question: str | None
    at: int


@dataclass(slots=True)
class Record:
    """What a list of events says, up to the last one added.

    `citations` are in the order of the text; `text` is the plain concatenation of the text deltas, so that
    `Citation.at` counts its code points. `chosen` is the first agent; `parts` has all of them, one for each
    thing that was asked for. `ending` is None while the turn is open.
    """

    started: TurnStarted | None = None
    chosen: AgentChosen | None = None
    parts: list[Part] = field(default_factory=list)
    question: str | None = None
    passages: tuple[Passage, ...] = ()
    citations: list[Citation] = field(default_factory=list)
    reasoning: str = ""
    handoff: HandoffRequested | None = None
    queue_position: int | None = None
    forwarded: MessageForwarded | None = None
    suggestions: tuple[str, ...] = ()
    steps: list[StepTimed] = field(default_factory=list)
    usages: list[Usage] = field(default_factory=list)
    cache: CacheHit | None = None
    is_extracted: bool = False
    degraded: list[str] = field(default_factory=list)
    missed: str | None = None
    language: Language | None = None
    scope: ScopeResolved | None = None
    curated: CuratedMatched | None = None
    blocked: ContentBlocked | None = None
    revision: int = 0
    stage: StageEntered | None = None
    slots: list[SlotFilled] = field(default_factory=list)
    flow: FlowAdvanced | None = None
    dropped_citations: int = 0
    ending: Terminal | None = None
    _texts: list[str] = field(default_factory=list)
    _length: int = 0

    @property
    def text(self) -> str:
        return "".join(self._texts)

    @property
    def failed_attempts(self) -> int:
        """Unresolved turns in a row, this one included; see `failed_attempts`."""
        return failed_attempts(self, self.ending)

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the documents the answer cites, each once, in the order of first use."""
        return tuple(dict.fromkeys(citation.source for citation in self.citations))

    def add(self, event: TurnEvent) -> None:
        """Take one more event in; kinds that leave no trace in the record are passed over."""
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)

    def add_text(self, event: TextDelta) -> None:
        self._texts.append(event.text)
        self._length += len(event.text)

    def choose(self, event: AgentChosen) -> None:
        self.chosen = self.chosen or event
        self.parts.append(Part(agent=event.agent, question=self.question, at=self._length))

    def find(self, event: PassagesFound) -> None:
        self.passages, self.revision = event.passages, event.revision

    def drop_citation(self, event: CitationDropped) -> None:
        self.dropped_citations += 1

    def cite(self, event: PassageCited) -> None:
        passage = next((p for p in self.passages if p.id == event.passage_id), None)
        if passage is None:
            return
        self.citations.append(
            Citation(
                passage_id=passage.id,
                document_id=passage.document_id,
                version=passage.version,
                source=passage.source,
                quote=event.quote,
                start=event.start,
                end=event.end,
                at=self._length,
                heading=passage.heading,
                page=passage.page,
            )
        )


def failed_attempts(record: Record, ending: Terminal | None) -> int:
    """Unresolved turns in a row if the turn ends so; 0 says that it was resolved (helpdesk 1.2)."""
    before = record.started.failed_attempts if record.started else 0
    if record.missed is not None or isinstance(ending, TurnFailed):
        return before + 1
    return before if isinstance(ending, TurnStopped) else 0


def record_from_events(events: Iterable[TurnEvent]) -> Record:
    """The fold of a whole list."""
    record = Record()
    for event in events:
        record.add(event)
    return record


def _sets(name: str, read: Callable[[Any], object]) -> Callable[[Record, Any], None]:
    return lambda record, event: setattr(record, name, read(event))


def _appends(name: str, read: Callable[[Any], object]) -> Callable[[Record, Any], None]:
    return lambda record, event: getattr(record, name).append(read(event))


def _itself(event: object) -> object:
    return event


def _add_reasoning(record: Record, event: ReasoningDelta) -> None:
    record.reasoning += event.text


_FOLDS: dict[type, Callable[[Record, Any], None]] = {
    TextDelta: Record.add_text,
    PassageCited: Record.cite,
    ReasoningDelta: _add_reasoning,
    TurnStarted: _sets("started", _itself),
    AgentChosen: Record.choose,
    QuestionRewritten: _sets("question", lambda event: event.question),
    PassagesFound: Record.find,
    LanguageChosen: _sets("language", lambda event: event.language),
    ScopeResolved: _sets("scope", _itself),
    CuratedMatched: _sets("curated", _itself),
    ContentBlocked: _sets("blocked", _itself),
    CitationDropped: Record.drop_citation,
    StageEntered: _sets("stage", _itself),
    SlotFilled: _appends("slots", _itself),
    FlowAdvanced: _sets("flow", _itself),
    HandoffRequested: _sets("handoff", _itself),
    HandoffQueued: _sets("queue_position", lambda event: event.position),
    MessageForwarded: _sets("forwarded", _itself),
    SuggestionsOffered: _sets("suggestions", lambda event: event.questions),
    StepTimed: _appends("steps", _itself),
    UsageReported: _appends("usages", lambda event: event.usage),
    CacheHit: _sets("cache", _itself),
    AnswerExtracted: _sets("is_extracted", lambda event: True),
    AnswerDegraded: _appends("degraded", lambda event: event.reason),
    AnswerMissed: _sets("missed", lambda event: event.reason),
    TurnCompleted: _sets("ending", _itself),
    TurnFailed: _sets("ending", _itself),
    TurnStopped: _sets("ending", _itself),
}
