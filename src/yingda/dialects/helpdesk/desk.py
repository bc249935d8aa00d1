"""The desk in the words of the helpdesk contract (helpdesk 1.3): bodies in, shapes out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from yingda.conversations.archive import ConversationSummary
from yingda.conversations.store import StoredTurn
from yingda.dialects.helpdesk.wire import Name, Text
from yingda.handoff.assist import Assisted
from yingda.handoff.log import CUSTOMER_KINDS, DeskEvent
from yingda.handoff.queue import Handoff, Operator
from yingda.handoff.solutions import Solution
from yingda.turns import codec
from yingda.turns.record import record_from_events
from yingda.turns.types import Passage

DEFAULT_OPERATOR = "agent-default"
MAX_CONTENT_CHARS = 10_000


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be blank")
    return text


Content = Annotated[Text, Field(min_length=1, max_length=MAX_CONTENT_CHARS), AfterValidator(_said)]
Question = Annotated[Text, Field(min_length=1, max_length=2000), AfterValidator(_said)]
Operators = Annotated[Name, Field(min_length=1)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="ignore")


class AcceptRequest(_Body):
    """Who takes the conversation."""

    agent_id: Operators = DEFAULT_OPERATOR


class MessageRequest(_Body):
    """What the customer is told; with `agent_id` only if that operator holds the conversation."""

    content: Content
    agent_id: Operators | None = None


class RecommendRequest(_Body):
    """What to look up in the documents."""

    query: Question
    top_k: int = Field(5, ge=1, le=20)


class AssistRequest(_Body):
    """What to look up in the shop, in an operator's words."""

    query: Question


class NoteRequest(_Body):
    """An end with a note; with `agent_id` only if that operator holds the conversation."""

    note: Annotated[Text, Field(max_length=MAX_CONTENT_CHARS)] | None = None
    agent_id: Operators | None = None


class HeartbeatRequest(_Body):
    """A sign of life of an operator."""

    agent_id: Operators | None = None


class OperatorRequest(_Body):
    """What an operator can do, and how much at once."""

    name: Name = ""
    capacity: int = Field(10, ge=1, le=1000)
    skills: list[Name] = Field(default_factory=list, max_length=100)


class SolutionRequest(_Body):
    """What an operator found out."""

    question: Question
    solution: Content
    intent: Name | None = None
    session_id: Name | None = None


class ApprovalRequest(_Body):
    """The wording to publish, where it is not the operator's own."""

    question: Question | None = None
    solution: Content | None = None
    similar_questions: list[Question] = Field(default_factory=list, max_length=50)
    negative_questions: list[Question] = Field(default_factory=list, max_length=50)


def summary_body(handoff: Handoff) -> dict[str, Any]:
    """`AgentSessionSummary`; from `handoff_id` on ours."""
    card = handoff.card
    return {
        "session_id": handoff.conversation_id,
        "user_id": handoff.user_id,
        "priority": card.priority,
        "escalate_reason": card.escalate_reason,
        "turn_count": card.turn_count,
        "created_at": _iso(handoff.requested_at),
        "agent_status": handoff.status,
        "assigned_agent_id": handoff.operator_id,
        "handoff_id": handoff.id,
        "dialect": handoff.dialect,
        "skill": handoff.skill,
        "rule_matched": card.rule_matched,
    }


def detail_body(
    handoff: Handoff | None, known: ConversationSummary | None, history: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """`AgentSessionDetail`; of a conversation that never asked for a human too."""
    card = handoff.card if handoff else None
    return {
        "session_id": handoff.conversation_id if handoff else known.id if known else "",
        "user_id": handoff.user_id if handoff else known.user_id if known else None,
        "channel": known.channel if known else None,
        "agent_status": handoff.status if handoff else None,
        "assigned_agent_id": handoff.operator_id if handoff else None,
        "turn_count": known.turn_count if known else card.turn_count if card else 0,
        "emotion_score": card.emotion_score if card else None,
        "escalation_card": dataclasses.asdict(card) if card else None,
        "history": list(history),
        "created_at": _iso(known.created_at if known else handoff.requested_at if handoff else None),
        "handoff_id": handoff.id if handoff else None,
        "requested_at": _iso(handoff.requested_at if handoff else None),
        "claimed_at": _iso(handoff.claimed_at if handoff else None),
        "lease_until": _iso(handoff.lease_until if handoff else None),
        "resolved_at": _iso(handoff.closed_at if handoff else None),
        "resolve_note": handoff.note if handoff else "",
    }


def history_of(turns: Sequence[StoredTurn], events: Sequence[DeskEvent]) -> list[dict[str, Any]]:
    """All that was said, in order; an operator's words have the role `assistant`, as in the contract."""
    said: list[tuple[datetime, dict[str, Any]]] = []
    for turn in turns:
        record = record_from_events(codec.load(turn.lines))
        ended_at = record.ending.at if record.ending else turn.started_at
        said.append((turn.started_at, _message("user", "customer", turn.text, turn.started_at)))
        if record.text:
            said.append((ended_at, _message("assistant", "bot", record.text, ended_at)))
    for event in events:
        if event.kind == "operator":
            told = _message("assistant", "operator", event.text, event.at) | {"agent_id": event.actor}
            said.append((event.at, told))
    return [message for _, message in sorted(said, key=lambda one: one[0])]


def _message(role: str, sender: str, text: str, at: datetime) -> dict[str, Any]:
    return {"role": role, "content": text, "timestamp": _iso(at), "sender": sender}


def chunk_body(passage: Passage) -> dict[str, Any]:
    """A recommended passage; `score` is 0..1."""
    return {
        "content": passage.text,
        "score": round(passage.score, 4),
        "source": passage.source,
        "heading": list(passage.heading),
        "page": passage.page,
    }


def assist_body(found: Assisted) -> dict[str, Any]:
    """What the shop said; `need_confirmation` is never true, because nothing is changed from here."""
    return {
        "result": {
            "reply": found.reply,
            "data": dict(found.data),
            "error": found.error,
            "need_confirmation": False,
            "scene": found.scene,
        },
        "masked_fields": list(found.masked_fields),
    }


def operator_body(operator: Operator) -> dict[str, Any]:
    """An operator with what they hold now."""
    return {
        "agent_id": operator.id,
        "name": operator.name,
        "capacity": operator.capacity,
        "skills": list(operator.skills),
        "held": operator.held,
    }


def solution_body(solution: Solution) -> dict[str, Any]:
    """`HumanSolutionRecord`; `curated_id` is ours."""
    return {
        "solution_id": solution.id,
        "session_id": solution.found.conversation_id,
        "question": solution.found.question,
        "solution": solution.found.solution,
        "intent": solution.found.intent,
        "status": solution.status,
        "created_at": _iso(solution.created_at),
        "curated_id": solution.curated_id,
    }


_STATUS = {
    "requested": "pending",
    "released": "pending",
    "requeued": "pending",
    "claimed": "assigned",
    "operator": "assigned",
    "returned": "resolved",
    "resolved": "resolved",
}


def customer_event(event: DeskEvent) -> dict[str, Any] | None:
    """What the customer is shown of it: an operator's words and who is there, no notes and no reasons."""
    if event.kind not in CUSTOMER_KINDS:
        return None
    shown: dict[str, Any] = {
        "id": event.number,
        "type": "message" if event.kind == "operator" else "status",
        "event": event.kind,
        "agent_status": _STATUS[event.kind],
        "timestamp": _iso(event.at),
    }
    if event.kind == "operator":
        shown |= {"role": "assistant", "content": event.text, "agent_id": event.actor}
    return shown


def desk_event(event: DeskEvent) -> dict[str, Any]:
    """All of it, as the audit has it."""
    return {
        "id": event.number,
        "event": event.kind,
        "actor": event.actor,
        "key_id": event.key_id,
        "content": event.text,
        "timestamp": _iso(event.at),
    }


def feed_frame(name: str, body: dict[str, Any]) -> bytes:
    """One event of a feed; its number is the cursor to come back with."""
    return b"event: %b\nid: %d\ndata: %b\n\n" % (name.encode(), body["id"], orjson.dumps(body))


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
