"""The facts a turn is a list of.

    turn     = TurnStarted content* terminal
    content  = the classes in CONTENT, in any order
    terminal = TurnCompleted | TurnFailed | TurnStopped

An answerer yields content, then returns or raises. Only the engine makes `TurnStarted` and the one terminal
event, so no agent can break the grammar. Streaming is a map over the list; JSON body, history, cache entry,
step ledger and metrics are folds of it (`record.py`). Events are frozen and carry no live objects, so a turn
can be written down and replayed byte for byte on any dialect. `docs/events.md` is generated from this module.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from yingda.turns.options import Language
from yingda.turns.types import ConversationId, HandoffCard, Passage, TurnId, Usage

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStarted:
    """The engine admitted the turn; ids and times ride here so that encoders need no clock."""

    turn_id: TurnId
    conversation_id: ConversationId
    number: int
    at: datetime
    failed_attempts: int = 0
    restarted: bool = False
    wire: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextAwaited:
    """There is no text yet, for longer than the dialect lets a caller wait without a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChosen:
    """The router picked an agent; `emotion_score` is 0..1, low = agitated."""

    agent: str
    intent: str
    confidence: float
    emotion_score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRewritten:
    """A follow-up was resolved into a question that stands alone."""

    question: str
    by: Literal["rules", "model"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageChosen:
    """The answer is in this language, because it was asked for or because the question is."""

    language: Language


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeResolved:
    """Of the documents that the caller named, which can be searched, which are not there, which not yet.

    `is_context_cut`: the passage the caller brought along was longer than its budget.
    """

    used: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    not_ready: tuple[str, ...] = ()
    is_context_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CuratedMatched:
    """The text that follows was written by people for this question; `score` is calibrated to 0..1."""

    answer_id: str
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentBlocked:
    """The question was refused, or the answer broken off, because of what it says."""

    what: Literal["question", "answer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PassagesFound:
    """What retrieval gave to the answer, best first; empty says that nothing passed the threshold.

    `revision` is the collection's at that moment.
    """

    passages: tuple[Passage, ...]
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageCited:
    """The text so far rests on a passage of the last `PassagesFound`; spans are in the document's text."""

    passage_id: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationDropped:
    """A model cited what was not found, or what does not support its sentence; nothing of it is shown."""

    reason: Literal["unknown", "unsupported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta:
    """A model thinks aloud; never part of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """The next piece of the answer."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    """An action was begun on behalf of the user."""

    call_id: str
    tool: str
    arguments_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReturned:
    """The action ended; `error` is a stable code where it failed."""

    call_id: str
    tool: str
    result_json: str
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Where rows come from, for a reader to judge them by.

    `source` says who wrote the SQL: `verified`, `parsed` or `model`. `query_json` is the question as
    structure, for a follow-up to edit. `definitions`, `filters` and `assumed` are sentences; `restricted`
    names the policies that left rows or columns out.
    """

    source: str
    confidence: float = 1.0
    query_json: str = ""
    definitions: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    restricted: tuple[str, ...] = ()
    model: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsFetched:
    """A data question was answered by rows; `row_count` is the whole count, `rows` may be cut.

    Where `is_counted` is False there are at least that many. `chart_json` is a Vega-Lite specification with
    its data, empty where no chart says more than the rows.
    """

    sql: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Scalar, ...], ...]
    row_count: int
    is_counted: bool = True
    is_limited: bool = False
    chart_json: str = ""
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntered:
    """A flow moved on; `code` and `label` are what its wire calls the stage."""

    flow: str
    stage: str
    code: str
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowAdvanced:
    """Where a flow stands after this turn, for the next one; it counts once the turn has completed."""

    flow: str
    state_json: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotFilled:
    """A flow learned a value; `quote` is the caller's own words."""

    slot: str
    value: Scalar
    quote: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffRequested:
    """The conversation was handed to the desk, with what an operator should know."""

    handoff_id: str
    card: HandoffCard


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffQueued:
    """The conversation waits for an operator; `position` counts from 1."""

    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageForwarded:
    """The message went to the operator who holds the conversation; nobody else answers it."""

    operator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionsOffered:
    """Questions the user may ask next."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTimed:
    """One line of the step ledger: what ran, for how long, and what came of it."""

    step: str
    elapsed_ms: float
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageReported:
    """A model call was paid for."""

    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheHit:
    """The content that follows was answered before; `age_s` says how long ago."""

    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerExtracted:
    """The text that follows is quoted from the passages; no model wrote it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDegraded:
    """The answer comes from a lesser path than the one configured; `reason` is an error code."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerMissed:
    """The question stays unresolved; the text says so, and the attempt counts as failed."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnCompleted:
    """The answerer returned."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnFailed:
    """The answerer raised, or the process died; fields are those of `errors.AnswerError`."""

    at: datetime
    code: str
    message: str
    status: int
    retryable: bool
    retry_after_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStopped:
    """Somebody ended the turn before its answer did; what was said by then is kept."""

    at: datetime
    by: Literal["user", "operator", "client", "shutdown"]


Content = (
    TextAwaited
    | AgentChosen
    | QuestionRewritten
    | LanguageChosen
    | ScopeResolved
    | CuratedMatched
    | ContentBlocked
    | PassagesFound
    | PassageCited
    | CitationDropped
    | ReasoningDelta
    | TextDelta
    | ToolCalled
    | ToolReturned
    | RowsFetched
    | StageEntered
    | FlowAdvanced
    | SlotFilled
    | HandoffRequested
    | HandoffQueued
    | MessageForwarded
    | SuggestionsOffered
    | StepTimed
    | UsageReported
    | CacheHit
    | AnswerExtracted
    | AnswerDegraded
    | AnswerMissed
)
Terminal = TurnCompleted | TurnFailed | TurnStopped
TurnEvent = TurnStarted | Content | Terminal

CONTENT: tuple[type, ...] = Content.__args__
TERMINAL: tuple[type, ...] = Terminal.__args__
EVENTS: dict[str, type] = {cls.__name__: cls for cls in (TurnStarted, *CONTENT, *TERMINAL)}
