"""The card an operator sees first: filled from the turn and its history, no model needed."""

from __future__ import annotations

from yingda.handoff.customers import NOBODY, Customer
from yingda.handoff.policy import Escalation
from yingda.turns.record import Record
from yingda.turns.types import HandoffCard, Message, Turn
from yingda.understanding.intents import read

SUMMARY_MESSAGES = 4
SUMMARY_MESSAGE_CHARS = 80
SUMMARY_CHARS = 300
ATTEMPTS = 5
COURSE = 6
"""Helpdesk 2.6."""

_SPEAKER = {"user": "用户", "assistant": "客服", "operator": "人工"}


NEXT_STEPS = {
    "user_request": "先复述用户的问题并确认诉求，再说明将由您本人跟进。",
    "emotion_anger": "先致歉并安抚情绪，再核实事实，给出明确的处理时间。",
    "consecutive_failures": "知识库没有答案：核实后答复，并把解决办法提交为标准答案。",
    "unresolved_turns": "先确认前几轮的误解在哪里，再给出答复或登记工单。",
    "complex_problem": "逐项确认每个问题，分别处理；需要跨部门的登记工单。",
    "vip_user": "会员客户：核实后优先答复，必要时主动回访。",
}
"""What to begin with, by the rule that matched; a suggestion, made without a model."""


def card_for(turn: Turn, escalation: Escalation, record: Record, customer: Customer = NOBODY) -> HandoffCard:
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
        member_level=customer.member_level,
        history_ticket_count=customer.ticket_count,
        emotion_course=tuple(read(message.text).emotion_score for message in said if message.role == "user")[
            -COURSE:
        ],
        suggested_next_step=NEXT_STEPS.get(escalation.rule, ""),
    )


def _summary(said: list[Message]) -> str:
    lines = [
        f"{_SPEAKER[message.role]}：{message.text[:SUMMARY_MESSAGE_CHARS]}"
        for message in said[-SUMMARY_MESSAGES:]
    ]
    return " / ".join(lines)[:SUMMARY_CHARS]
