"""The card an operator sees first: filled from the turn and its history, no model needed."""

from __future__ import annotations

from yingda.handoff.policy import Escalation
from yingda.turns.record import Record
from yingda.turns.types import HandoffCard, Message, Turn

SUMMARY_MESSAGES = 4
SUMMARY_MESSAGE_CHARS = 80
SUMMARY_CHARS = 300
ATTEMPTS = 5
"""Helpdesk 2.6."""

_SPEAKER = {"user": "用户", "assistant": "客服", "operator": "人工"}


def card_for(turn: Turn, escalation: Escalation, record: Record) -> HandoffCard:
    """`record` is the turn so far: what was said in it counts as tried."""
    said = [*turn.history, Message(role="user", text=turn.text, at=turn.started_at)]
    replies = [message.text for message in turn.history if message.role == "assistant" and message.text]
    if record.text:
        replies.append(record.text)
    return HandoffCard(
        session_id=turn.conversation_id,
        user_id=turn.user_id,
        turn_count=turn.number,
        conversation_summary=_summary(said),
        attempted_solutions=tuple(reversed(replies[-ATTEMPTS:])),
        escalate_reason=escalation.reason,
        priority=escalation.priority,
        rule_matched=escalation.rule,
        emotion_score=record.chosen.emotion_score if record.chosen else None,
        sources=record.sources,
    )


def _summary(said: list[Message]) -> str:
    lines = [
        f"{_SPEAKER[message.role]}：{message.text[:SUMMARY_MESSAGE_CHARS]}"
        for message in said[-SUMMARY_MESSAGES:]
    ]
    return " / ".join(lines)[:SUMMARY_CHARS]
