"""When a conversation goes to a human: a pure function of the turn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from yingda.turns.types import HandoffStatus

Priority = Literal["highest", "high", "medium", "low", "info"]

RANK: dict[Priority, int] = {"highest": 4, "high": 3, "medium": 2, "low": 1, "info": 0}
"""Order of the queue, larger first (helpdesk 2.7)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffPolicy:
    """`max_failed_attempts` unresolved turns in a row are enough (helpdesk 2.5, rule 3a)."""

    max_failed_attempts: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Why a human is needed, in the words of the card, and how urgently."""

    reason: str
    priority: Priority
    rule: str


def escalation_for(
    policy: HandoffPolicy, *, intent: str, failed_attempts: int, handoff: HandoffStatus | None
) -> Escalation | None:
    """The first rule that matches (helpdesk 2.5); none while the conversation is in human hands already.

    `failed_attempts` counts the turn at hand where it is known to have failed.
    """
    if handoff in ("pending", "assigned"):
        return None
    if intent == "transfer_to_human":
        return Escalation(reason="用户要求转接人工客服", priority="highest", rule="user_request")
    if intent == "emotion_sensitive":
        return Escalation(reason="用户情绪敏感，需人工安抚", priority="high", rule="emotion_anger")
    if failed_attempts >= policy.max_failed_attempts:
        reason = f"连续 {failed_attempts} 轮未解决"
        return Escalation(reason=reason, priority="medium", rule="consecutive_failures")
    return None
