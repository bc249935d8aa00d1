"""The values a turn is made of: who asks, what is asked, what was found and cited."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

from yingda.turns.options import PLAIN, UNSET, AnswerOptions, Project

TurnId = NewType("TurnId", str)
ConversationId = NewType("ConversationId", str)
DocumentId = NewType("DocumentId", str)
CollectionId = NewType("CollectionId", str)

Role = Literal["chat", "desk", "data", "admin"]
ALL_ROLES: frozenset[Role] = frozenset({"chat", "desk", "data", "admin"})

HandoffStatus = Literal["pending", "assigned", "resolved"]
"""`pending` waits for an operator, `assigned` is held by one, `resolved` is over (helpdesk 2.7)."""

DEFAULT_COLLECTION = CollectionId("default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking; made in `web/auth.py` only, required by every store method.

    `user_id` is set where the key is bound to one end user; then nothing of another user is visible.
    """

    tenant: str
    key_id: str
    roles: frozenset[Role]
    user_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One utterance of a conversation, as the history shows it."""

    role: Literal["user", "assistant", "operator"]
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """What a dialect decoded from a body: the question, and how its wire wants the turn driven.

    `external_id` is the conversation's name on the wire; None asks for a new conversation.
    `linger_s` is how long the turn outlives its last reader (the dialect's resume window). `adopts_name`: an
    external id that nobody knows becomes the name of the new conversation. A turn without text for
    `patience_s` says so with `TextAwaited`; 0 never does. `wire` is the dialect's own note on how this caller
    wants the events shown; it comes back with `TurnStarted`, so that a replay needs nothing else. `idle_s` is
    how long this wire lets a conversation rest, None as long as the engine does.
    """

    dialect: str
    text: str
    external_id: str | None = None
    channel: str = "api"
    user_id: str | None = None
    idempotency_key: str | None = None
    deadline_s: float = 55.0
    linger_s: float = 30.0
    adopts_name: bool = False
    patience_s: float = 0.0
    wire: str = ""
    idle_s: float | None = None
    options: AnswerOptions = PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question with all that an answerer may know about its conversation.

    `number` counts from 1 within the conversation. `history` is oldest first and ends before this question.
    `failed_attempts` counts the unresolved turns right before this one. `route_by_s` and `answer_by_s` are on
    the clock's monotonic scale: by the first, routing, follow-up resolution and the remote legs of retrieval
    have ended or are done without; by the second, an answerer has switched to its fastest answer.
    `question` is the text, or what a follow-up was resolved into; `passages` is what retrieval found for it;
    `project` holds its tenant's settings. All three are set by wrappers, for the answerers inside.
    `external_id` is the conversation's name on the wire.
    """

    id: TurnId
    conversation_id: ConversationId
    number: int
    principal: Principal
    dialect: str
    channel: str
    text: str
    question: str
    started_at: datetime
    route_by_s: float
    answer_by_s: float
    external_id: str = ""
    user_id: str | None = None
    collection: CollectionId = DEFAULT_COLLECTION
    history: tuple[Message, ...] = ()
    failed_attempts: int = 0
    handoff: HandoffStatus | None = None
    restarted: bool = False
    passages: tuple[Passage, ...] = ()
    options: AnswerOptions = PLAIN
    project: Project = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """How a document came in; `url` is the page that it was read from, `is_kept` says that its bytes are."""

    kind: Literal["file", "url", "text", "qa"]
    url: str = ""
    is_kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of a document as retrieved.

    `start` and `end` are code points into the stored text of that version of the document, `page` counts
    from 1, `heading` is the path from the outermost heading inwards, `score` is calibrated to 0..1.
    `provenance` is only there where a dialect shows it.
    """

    id: str
    document_id: DocumentId
    version: int
    source: str
    text: str
    start: int
    end: int
    score: float
    heading: tuple[str, ...] = ()
    page: int | None = None
    provenance: Provenance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A passage that the answer rests on, checked.

    `at` is the code point of the answer after which the citation stands; `quote`, with `start` and `end` in
    the document's stored text, is what supports the sentence before it.
    """

    passage_id: str
    document_id: DocumentId
    version: int
    source: str
    quote: str
    start: int
    end: int
    at: int
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens as the provider counted them."""

    model: str
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectedValue:
    """What a dialogue learned for one slot: from whom, in which words, and whether it was confirmed.

    `said` is how the value is read out.
    """

    slot: str
    label: str
    value: str | int | float | bool | None
    said: str
    quote: str
    source: str
    is_confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetails:
    """What goes with a call to the desk: how far its dialogue came, and all that was said (callflow F.3).

    `call` is the call's name on its wire, `code` the stage it ended at, `last_question` what the caller was
    asked last, `counters` how often things went wrong.
    """

    call: str
    code: str
    at: datetime
    queue: str = ""
    stage: str = ""
    began_at: datetime | None = None
    slots: tuple[CollectedValue, ...] = ()
    transcript: tuple[Message, ...] = ()
    last_question: str = ""
    counters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffCard:
    """What an operator sees before the first word (helpdesk 2.6); `details` are there for calls.

    `emotion_course` are the emotion scores of the user's last messages, oldest first.
    """

    session_id: str
    user_id: str | None
    turn_count: int
    conversation_summary: str
    attempted_solutions: tuple[str, ...]
    escalate_reason: str
    priority: Literal["highest", "high", "medium", "low", "info"]
    rule_matched: str
    member_level: str = "normal"
    history_ticket_count: int = 0
    emotion_score: float | None = None
    sources: tuple[str, ...] = field(default=())
    emotion_course: tuple[float, ...] = ()
    suggested_next_step: str = ""
    details: CallDetails | None = None
